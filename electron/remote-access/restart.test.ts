import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shellWord } from '../base/shell-word.ts';
import { commandWords, restartWords, runRestart } from './restart.ts';

describe('a command that restarts Jean', () => {
  it.each([
    ['docker restart jean', ['docker', 'restart', 'jean']],
    ['  ssh   desk\tsystemctl ', ['ssh', 'desk', 'systemctl']],
    [`ssh desk 'systemctl --user restart jean; true'`, ['ssh', 'desk', 'systemctl --user restart jean; true']],
    ['"/opt/My Jean/restart" --now ""', ['/opt/My Jean/restart', '--now', '']],
    ['a\\ b "c\\"d" "e\\f"', ['a b', 'c"d', 'e\\f']],
    [`x'y'"z"`, ['xyz']],
  ])('%s is a program and its words', (command, words) => {
    const read = commandWords(command);
    expect([read.program, ...read.words]).toEqual(words);
  });

  it.each([
    ['kill $(pidof jean)', 'without a shell, which “$” would need'],
    ['stop jean && start jean', 'without a shell, which “&” would need'],
    ['restart > log', 'without a shell, which “>” would need'],
    ['restart "$HOME/jean"', 'without a shell, which “$” would need'],
    ['~/restart', 'without a shell, which “~” would need'],
    ['restart "jean', 'that is not closed'],
    ['restart \\', 'ends with a backslash'],
    ['  ', 'Type the command'],
    [`''`, 'Type the command'],
  ])('%s is refused', (command, why) => expect(() => commandWords(command)).toThrow(why));

  it('reads each word as a shell would that was given it in quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }), (words) => {
        const { program, words: others } = commandWords(words.map(shellWord).join(' '));
        expect([program, ...others]).toEqual(words);
      }),
    );
  });

  it('is systemctl for a unit of the person', () => {
    expect(restartWords({ kind: 'systemd', unit: 'jean-server.service' })).toEqual({
      program: 'systemctl',
      words: ['--user', 'restart', '--', 'jean-server.service'],
    });
  });
});

describe('a restart', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'restart-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const never = new AbortController().signal;
  const env = { PATH: process.env.PATH };
  const sh = (script: string) => ({ kind: 'command', command: `sh -c ${shellWord(script)}` }) as const;

  it('runs what it was told, with each word as it is', async () => {
    const file = join(folder, 'a b');
    expect(await runRestart({ kind: 'command', command: `touch ${shellWord(file)}` }, env, never)).toEqual({ ok: true });
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('that fails tells the last that was said, without secrets', async () => {
    expect(await runRestart(sh(`echo first >&2; echo "no unit jrg_${'a'.repeat(49)}" >&2; exit 5`), env, never)).toEqual({
      ok: false,
      why: 'sh ended with 5: no unit [redacted]',
    });
    expect(await runRestart(sh('kill -9 $$'), env, never)).toEqual({ ok: false, why: 'sh was ended by SIGKILL.' });
  });

  it('by a program that there is not, or by what is no command, is told', async () => {
    const missing = await runRestart({ kind: 'command', command: 'no-such-program-here' }, env, never);
    expect(missing).toEqual({ ok: false, why: 'There is no program “no-such-program-here”.' });
    expect(await runRestart({ kind: 'command', command: 'a | b' }, env, never)).toMatchObject({ ok: false });
  });

  it('that takes too long is ended with all that it started', async () => {
    const mark = join(folder, 'late');
    const slow = await runRestart(sh(`(sleep 1; touch ${shellWord(mark)}) & sleep 30`), env, never, 200);
    expect(slow).toEqual({ ok: false, why: 'sh did not end within 0 seconds.' });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(() => readFileSync(mark)).toThrow('ENOENT');
  });

  it('ends with the app', async () => {
    const control = new AbortController();
    const running = runRestart(sh('sleep 30'), env, control.signal);
    control.abort();
    expect(await running).toEqual({ ok: false, why: 'The restart was stopped because the companion quits.' });
  });

  it('does not wait for a service that it left behind', async () => {
    expect(await runRestart(sh('sleep 5 & exit 0'), env, never, 3_000)).toEqual({ ok: true });
  });
});
