import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

describe('a command that we run ourselves', () => {
  it('has the environment that it was given, its arguments as they are, and gives its status', async () => {
    const check = 'process.exit(process.env.GH_TOKEN === "ghs_x" && process.argv[1] === "a \\"b\\" & c" ? 7 : 1)';
    const env = { ...process.env, GH_TOKEN: 'ghs_x' };
    expect(await runCommand([process.execPath, '-e', check, 'a "b" & c'], env, () => undefined)).toBe(7);
  });

  it('says what is missing', async () => {
    let said = '';
    const err = (text: string): void => {
      said += text;
    };
    expect(await runCommand(['no-such-program'], process.env, err)).toBe(127);
    expect(said).toContain('There is no program no-such-program.');
  });
});
