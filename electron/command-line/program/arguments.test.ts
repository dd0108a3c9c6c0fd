import { describe, expect, it } from 'vitest';
import { wantedOf } from './arguments.ts';

const read = (line: string) => wantedOf(line.split(' ').filter((word) => word !== ''));

describe('the arguments of jean-ravi', () => {
  it.each([
    ['', { do: 'help', of: null }],
    ['--help', { do: 'help', of: null }],
    ['help env', { do: 'help', of: 'env' }],
    ['env --help', { do: 'help', of: 'env' }],
    ['exec -h', { do: 'help', of: 'exec' }],
    ['--version', { do: 'version' }],
    ['status', { do: 'status', json: false }],
    ['status --json', { do: 'status', json: true }],
    ['list --json --names', { do: 'list', json: true, names: true }],
    ['env .', { do: 'env', json: false, worktree: '.' }],
    ['rotate --json feature/pay', { do: 'rotate', json: true, worktree: 'feature/pay' }],
    ['revoke shop/pay', { do: 'revoke', json: false, worktree: 'shop/pay' }],
    ['exec . -- git push --force', { do: 'exec', worktree: '.', skip: 3 }],
    // What comes after `--` is the command's own, also where it looks like ours.
    ['exec . -- sh --help', { do: 'exec', worktree: '.', skip: 3 }],
    ['who 4be1f02', { do: 'who', json: false, query: '4be1f02' }],
    ['who --json #12', { do: 'who', json: true, query: '#12' }],
    ['who --help', { do: 'help', of: 'who' }],
    ['release pay --json', { do: 'release', json: true, worktree: 'pay' }],
    ['release --all', { do: 'release', json: false, worktree: null }],
    ['audit tail', { do: 'audit tail', json: false, count: 20, follow: false }],
    ['audit tail -n 5 --json', { do: 'audit tail', json: true, count: 5, follow: false }],
    ['audit tail --follow', { do: 'audit tail', json: false, count: 20, follow: true }],
    ['audit tail -f -n 0 --json', { do: 'audit tail', json: true, count: 0, follow: true }],
    ['audit verify', { do: 'audit verify', json: false }],
    ['audit export log.jsonl', { do: 'audit export', json: false, file: 'log.jsonl' }],
    ['completion fish', { do: 'completion', shell: 'fish' }],
  ])('%s', (line, wanted) => {
    expect(read(line)).toEqual(wanted);
  });

  it('ask about something', () => {
    expect(wantedOf(['who', ''])).toMatchObject({ do: 'misuse', message: expect.stringContaining("in quotes: '#12'") });
  });

  it.each([
    'walk',
    '--json status',
    'status now',
    'env',
    'env a b',
    'env --all',
    'who',
    'who --json',
    'who a b',
    'who --all',
    'exec .',
    'exec . --',
    'exec -- ls',
    'exec a b -- ls',
    'exec . ls',
    'audit',
    'audit tail 5',
    'audit tail -f 5',
    'audit tail -f -n -1',
    'release',
    'release a b',
    'release --all pay',
    'release --every',
    'audit tail -n',
    'audit tail -n 0',
    'audit tail -n five',
    'audit tail -n 5 6',
    'audit export',
    'audit export a b',
    'completion tcsh',
  ])('are refused with a sentence: %s', (line) => {
    const wanted = read(line);
    expect(wanted).toEqual({ do: 'misuse', message: expect.stringMatching(/\S/) });
  });
});
