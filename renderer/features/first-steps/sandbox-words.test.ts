import { expect, it } from 'vitest';
import { connection, credential, session, stateOf } from '../../../shared/fixture.ts';
import { enteringWords, leavingWords } from './sandbox-words.ts';

it('the way into the sandbox asks where something of one’s own stands still meanwhile, and nowhere else', () => {
  expect(enteringWords(stateOf({}))).toEqual([]);
  const state = { ...stateOf({ credentials: [credential('w1')] }), connections: { c: connection('c', 'ana') } };
  expect(enteringWords(state)).toEqual([
    'git in 1 worktree fails with a message until you are back: the Companion does not watch them meanwhile.',
    '1 person who is connected by remote access is out until then.',
    'No notice of your own sessions comes meanwhile. Nothing of yours is changed.',
  ]);
});

it('the way out says how much of it is deleted', () => {
  const state = stateOf({ sessions: [session('a'), session('b')], credentials: [credential('w1')] });
  expect(leavingWords(state)[0]).toContain('2 sessions and 1 credential.');
});
