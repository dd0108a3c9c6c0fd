import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimFolder, leaveSocketFolder, socketFolder } from './socket-place.ts';

const name = `${'0'.repeat(16)}.sock`.length;
const surroundings = { home: '/home/ada', temporary: '/tmp' };

describe('the folder of a socket', () => {
  it('is where it belongs, as long as the system takes the path', () => {
    for (const folder of [
      '/home/ada/.config/Jean Ravi Companion/git',
      '/Users/ada/Library/Application Support/Jean Ravi Companion/git',
    ])
      expect(socketFolder(folder, name, surroundings)).toBe(folder);
    expect(socketFolder(`/${'d'.repeat(80)}`, name, surroundings)).toHaveLength(81);
  });

  it('is a short one in the home where that path would be too long, the same one each time', () => {
    const long = `/home/ada/${'deep/'.repeat(20)}git`;
    const short = socketFolder(long, name, surroundings);
    expect(short).toMatch(/^\/home\/ada\/\.jean-ravi\/[0-9a-f]{8}$/);
    expect(socketFolder(long, name, surroundings)).toBe(short);
    expect(socketFolder(`${long}2`, name, surroundings)).not.toBe(short);
  });

  it('counts bytes, not letters, and fits with its name into what every system takes', () => {
    for (let length = 1; length < 120; length += 1) {
      for (const letter of ['a', 'ä', '猫']) {
        const folder = `/${letter.repeat(length)}`;
        expect(Buffer.byteLength(socketFolder(folder, name, surroundings)) + 1 + name).toBeLessThanOrEqual(103);
      }
    }
  });

  it('is among temporary files where the home is too long as well', () => {
    const home = `/home/${'a'.repeat(90)}`;
    expect(socketFolder(join(home, 'git'), name, { home, temporary: '/tmp' })).toMatch(/^\/tmp\/jean-ravi-[0-9a-f]{8}$/);
  });

  it('in the home is gone once no socket is in it, and the one that holds it once nothing of ours is', async () => {
    const home = await mkdtemp(join(tmpdir(), 'jr-'));
    try {
      const [git, commands] = ['git', 'command-line'].map((what) => join(home, 'deep/'.repeat(20), what)) as [string, string];
      const at = { home, temporary: '/tmp' };
      for (const folder of [git, commands]) await claimFolder(socketFolder(folder, name, at));
      await writeFile(join(socketFolder(git, name, at), 'theirs.sock'), '');
      for (const folder of [git, commands]) await leaveSocketFolder(folder, name, at);
      expect([existsSync(socketFolder(git, name, at)), existsSync(socketFolder(commands, name, at))]).toEqual([true, false]);
      await rm(join(socketFolder(git, name, at), 'theirs.sock'));
      await leaveSocketFolder(git, name, at);
      expect(existsSync(join(home, '.jean-ravi'))).toBe(false);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  it('is left where it belongs to the app’s own data', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'jr-'));
    await leaveSocketFolder(dir, name, { home: '/home/ada', temporary: '/tmp' });
    expect(existsSync(dir)).toBe(true);
    await rm(dir, { recursive: true });
  });

  it('is made for its person alone, and never taken where it is a link', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'jr-'));
    try {
      await claimFolder(join(dir, 'a', 'b'));
      expect((await stat(join(dir, 'a', 'b'))).mode & 0o777).toBe(0o700);
      await mkdir(join(dir, 'theirs'));
      await symlink(join(dir, 'theirs'), join(dir, 'link'));
      await expect(claimFolder(join(dir, 'link'))).rejects.toThrow('not a folder of ours');
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
