import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waveOf } from '../notifications/tone.ts';
import { Sounds } from './sounds.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jr-sounds-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A desktop whose one player writes down what it was asked to play. */
function desktop(name: string): { readonly sounds: Sounds; readonly played: () => string; readonly logged: string[] } {
  const told = join(folder, 'played');
  writeFileSync(join(folder, name), `#!/bin/sh\necho "$1" >> ${told}\n`);
  chmodSync(join(folder, name), 0o755);
  const logged: string[] = [];
  const env = { PATH: `/nowhere:${folder}` };
  const sounds = new Sounds({
    folder: join(folder, 'sounds'),
    platform: 'linux',
    env,
    waveOf,
    log: (message) => logged.push(message),
  });
  return { sounds, played: () => (existsSync(told) ? readFileSync(told, 'utf8') : ''), logged };
}

describe('sounds', () => {
  it('are played by the player that the desktop has', async () => {
    const { sounds, played, logged } = desktop('paplay');
    expect(sounds.limit).toBeNull();
    sounds.play('chime', 60);
    await expect.poll(played).toBe(`${join(folder, 'sounds', 'chime-60.wav')}\n`);
    expect(logged).toEqual([]);
  });

  it('say so where nothing can play them, and play nothing', () => {
    const { sounds, played } = desktop('no-player');
    expect(sounds.limit).toContain('the desktop’s own sound is heard');
    sounds.play('chime', 60);
    expect(played()).toBe('');
  });

  it.each(['chime', 'knock', 'alert'] as const)('%s is a WAV file, as loud as wanted', (tone) => {
    const peak = (volume: number): number => {
      const file = waveOf(tone, volume);
      expect(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 12)).toBe('RIFFWAVE');
      expect(file.readUInt32LE(4)).toBe(file.length - 8);
      expect(file.readUInt32LE(40)).toBe(file.length - 44);
      let highest = 0;
      for (let at = 44; at < file.length; at += 2) highest = Math.max(highest, Math.abs(file.readInt16LE(at)));
      return highest;
    };
    expect(peak(100)).toBeGreaterThan(8_000);
    expect(peak(50)).toBeGreaterThan(0);
    expect(peak(50)).toBeLessThan(peak(100) / 3);
    expect(peak(0)).toBe(0);
  });
});
