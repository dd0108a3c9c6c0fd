import { describe, expect, it } from 'vitest';
import { passingCipher } from './passing-cipher.ts';

describe('a passing cipher', () => {
  it('gives back what it encrypted, and shows none of it', async () => {
    const cipher = passingCipher('a test');
    const sealed = await cipher.encrypt('ghs_16C7e42F292c6912E7710c838347Ae178B4a');
    expect(sealed.toString('latin1')).not.toContain('16C7e42F');
    expect(await cipher.decrypt(sealed)).toBe('ghs_16C7e42F292c6912E7710c838347Ae178B4a');
  });

  it('refuses what was changed, and what another process encrypted', async () => {
    const cipher = passingCipher('a test');
    const sealed = await cipher.encrypt('secret');
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(14) ^ 1, 14);
    await expect(cipher.decrypt(changed)).rejects.toThrow();
    await expect(passingCipher('another').decrypt(sealed)).rejects.toThrow();
  });
});
