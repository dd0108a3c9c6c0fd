import { describe, expect, it } from 'vitest';
import type { ProgramView } from '../../../shared/ipc.ts';
import { healthOfAll, programWords } from './program-words.ts';

const program = (over: Partial<ProgramView> = {}): ProgramView => ({
  name: 'gh',
  path: '/data/Jean Ravi/bin/gh',
  state: 'installed',
  onPath: true,
  hiddenBy: null,
  works: true,
  says: 'gh version 2.90.0',
  ...over,
});

describe('how an installed program stands', () => {
  it.each([
    ['not installed', { state: 'absent' as const }, 'absent', 'Not installed.'],
    ['a foreign file', { state: 'foreign' as const }, 'warning', 'another file at /data/Jean Ravi/bin/gh'],
    ['of another version', { state: 'outdated' as const }, 'warning', 'Install it again'],
    ['not on the PATH', { onPath: false }, 'warning', 'Shells do not look into its folder'],
    ['behind another one', { hiddenBy: '/usr/bin/gh' }, 'warning', 'Shells find /usr/bin/gh first'],
    ['broken', { works: false, says: 'no other gh' }, 'warning', 'It does not work. no other gh'],
    ['in order', {}, 'ok', 'Your shells and Jean use it. It says: gh version 2.90.0'],
  ])('%s', (_what, over, health, sentence) => {
    const words = programWords(program(over), 'path');
    expect(words.health).toBe(health);
    expect(words.sentence).toContain(sentence);
  });

  it('gives the line for the profile, quoted for a shell', () => {
    expect(programWords(program({ onPath: false, path: '/home/a $b/bin/gh' }), null).line).toBe(
      'export PATH="/home/a \\$b/bin:$PATH"',
    );
    expect(programWords(program({ onPath: false, path: 'C:\\data\\bin\\gh.cmd' }), null)).toMatchObject({ line: null });
  });

  it('says that Jean passes it by while Jean runs its own gh', () => {
    expect(programWords(program(), 'jean').sentence).toContain('gh_cli_source is "path"');
    expect(programWords(program({ name: 'jean-ravi' }), 'jean').health).toBe('ok');
  });

  it('is as well as the worst of those that are installed', () => {
    const [ok, absent, wrong] = [program(), program({ state: 'absent' }), program({ works: false })].map((one) =>
      programWords(one, null),
    );
    if (!ok || !absent || !wrong) throw new Error('three were asked for');
    expect([healthOfAll([ok, absent]), healthOfAll([absent]), healthOfAll([ok, wrong])]).toEqual(['ok', 'absent', 'warning']);
  });
});
