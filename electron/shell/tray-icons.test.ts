import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trayIconFiles } from './tray-icons.ts';

const folder = join(import.meta.dirname, '..', '..', 'build', 'icons', 'tray');

/** Width and height, from the header of a PNG. */
const sizeOf = (file: string): string => {
  const bytes = readFileSync(file);
  return `${bytes.readUInt32BE(16)}×${bytes.readUInt32BE(20)}`;
};

describe('tray icons', () => {
  it.each([
    ['linux', '22×22', '44×44'],
    ['win32', '16×16', '32×32'],
    ['darwin', '18×18', '36×36'],
  ] as const)('are there for %s in both sizes, each state with a picture of its own', (platform, size, doubled) => {
    const files = Object.values(trayIconFiles(folder, platform));
    for (const file of files) {
      expect(sizeOf(file)).toBe(size);
      expect(sizeOf(file.replace(/\.png$/, '@2x.png'))).toBe(doubled);
      expect(file.endsWith('Template.png')).toBe(platform === 'darwin');
    }
    expect(new Set(files.map((file) => readFileSync(file).toString('base64'))).size).toBe(5);
  });

  it('come with the icon of the app', () => {
    expect(existsSync(join(folder, '..', 'app.png'))).toBe(true);
    expect(sizeOf(join(folder, '..', 'app.png'))).toBe('512×512');
  });
});
