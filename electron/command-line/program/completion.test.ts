import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { topics, wantedOf } from './arguments.ts';
import { completionScript } from './completion.ts';

/** What bash offers after these words; the last one is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `jean-ravi() { printf 'pay\\nflake\\n'; }
${completionScript('bash')}
COMP_WORDS=(jean-ravi "$@"); COMP_CWORD=$#; _jean_ravi; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', ...words], { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('completion in bash', () => {
  it('offers every command', () => {
    expect(offered('')).toEqual([...topics, 'help', '--help', '--version']);
    expect(offered('re')).toEqual(['revoke', 'release']);
  });

  it.each([
    ['exec', ['.', 'pay', 'flake']],
    ['rotate', ['.', 'pay', 'flake', '--json']],
    ['release', ['.', 'pay', 'flake', '--all', '--json']],
    ['audit', ['tail', 'verify', 'export', '--json']],
    ['list', ['--names', '--json']],
    ['completion', ['bash', 'zsh', 'fish']],
  ])('after %s offers what can follow', (command, words) => {
    expect(offered(command, '')).toEqual(words);
  });

  it('offers what audit tail takes', () => {
    expect(offered('audit', 'tail', '')).toEqual(['-n', '--follow', '--json']);
  });
});

describe('completion in every shell', () => {
  it.each(['bash', 'zsh', 'fish'] as const)('knows every option: %s', (shell) => {
    const script = completionScript(shell);
    for (const option of ['json', 'all', 'names', 'follow']) expect(script).toMatch(new RegExp(`(--|-l )${option}\\b`));
  });

  it('offers only what is understood', () => {
    for (const topic of topics) {
      if (topic === 'exec' || topic === 'completion') continue;
      const rest = topic === 'audit' ? ['verify'] : topic === 'status' || topic === 'list' ? [] : ['pay'];
      expect(wantedOf([topic, ...rest, '--json'])).toMatchObject({ json: true });
    }
  });
});
