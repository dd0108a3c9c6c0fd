import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDir } from '../git/fixture.ts';
import { writtenByUs } from '../git/gh-shim.ts';
import { Programs } from './programs.ts';

const script = (body: string): string => `#!/bin/sh\n# ${writtenByUs}\n${body}\n`;

async function person(text = script('echo version 1')) {
  const dir = await temporaryDir();
  const path = join(dir, 'bin', 'gh');
  const folders = [join(dir, 'first'), join(dir, 'bin')];
  const programs = new Programs({
    programs: [{ name: 'gh', path: () => path, text }],
    searchPath: async () => folders,
    env: process.env,
    cwd: dir,
  });
  const look = async () => (await programs.look())[0];
  const put = async (file: string, content: string) => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, 0o755);
  };
  return { dir, path, folders, programs, look, put };
}

describe('a program in a folder of the person', () => {
  it('is written, found to work, and taken away again', async () => {
    const { path, programs, look } = await person();
    expect(await look()).toMatchObject({ state: 'absent', works: null, onPath: true });
    await programs.install('gh');
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect(await look()).toEqual({
      name: 'gh',
      path,
      state: 'installed',
      onPath: true,
      hiddenBy: null,
      works: true,
      says: 'version 1',
    });
    await programs.remove('gh');
    await programs.remove('gh');
    expect(await look()).toMatchObject({ state: 'absent' });
  });

  it('is taken away with all that is ours, and a file of somebody else stays', async () => {
    const ours = await person();
    await ours.programs.install('gh');
    expect(await ours.programs.removeAll()).toEqual({ part: 'programs', done: true, sentence: `Deleted: ${ours.path}.` });
    await expect(stat(ours.path)).rejects.toMatchObject({ code: 'ENOENT' });
    const theirs = await person();
    await theirs.put(theirs.path, '#!/bin/sh\nmine\n');
    expect(await theirs.programs.removeAll()).toMatchObject({ done: true, sentence: 'No program of ours was installed.' });
    expect(await readFile(theirs.path, 'utf8')).toContain('mine');
  });

  it('never takes the place of a file of somebody else, nor takes that away', async () => {
    const { path, programs, look, put } = await person();
    await put(path, '#!/bin/sh\nmine\n');
    expect(await look()).toMatchObject({ state: 'foreign', works: null });
    await expect(programs.install('gh')).rejects.toThrow(`There is another file at ${path}, which is not overwritten.`);
    await expect(programs.remove('gh')).rejects.toThrow('not the companion’s');
    expect(await readFile(path, 'utf8')).toBe('#!/bin/sh\nmine\n');
  });

  it('is replaced when it is ours and of another version', async () => {
    const { path, programs, look, put } = await person();
    await put(path, script('echo version 0'));
    expect(await look()).toMatchObject({ state: 'outdated' });
    await programs.install('gh');
    expect(await look()).toMatchObject({ state: 'installed', says: 'version 1' });
  });

  it('is not reached when another one comes first, or its folder is in no list', async () => {
    const { dir, folders, programs, look, put } = await person();
    await programs.install('gh');
    await put(join(dir, 'first', 'gh'), '#!/bin/sh\n');
    expect(await look()).toMatchObject({ onPath: true, hiddenBy: join(dir, 'first', 'gh') });
    folders.splice(0);
    expect(await look()).toMatchObject({ onPath: false, hiddenBy: null });
  });

  it('tells its own complaint when it does not work', async () => {
    const { programs, look } = await person(script('echo "gh: no other gh" >&2; exit 127'));
    await programs.install('gh');
    expect(await look()).toMatchObject({ works: false, says: 'gh: no other gh' });
  });
});
