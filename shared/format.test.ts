import { describe, expect, it } from 'vitest';
import { credential as credentialRow, minute, now, session as sessionRow } from './fixture.ts';
import { agoWords, askWords, credentialWords, durationWords, headline, sessionWords } from './format.ts';
import type { CredentialView, SessionView } from './model.ts';

const session = (over: Partial<SessionView>) => sessionRow('s', over);
const credential = (over: Partial<CredentialView>) => credentialRow('w', over);

describe('words', () => {
  it.each([
    [0, '0 s'],
    [40_900, '40 s'],
    [12 * minute, '12 min'],
    [3 * 60 * minute, '3 h'],
    [72 * 60 * minute, '3 days'],
  ])('say %d ms as %s', (ms, words) => expect(durationWords(ms)).toBe(words));

  it('say "just now" for the first seconds', () => {
    expect(agoWords(now - 2_000, now)).toBe('just now');
    expect(agoWords(now - 3 * minute, now)).toBe('3 min ago');
  });

  it.each([
    [
      session({ status: 'permission', since: now - 40_000, request: { kind: 'command', text: 'npm ci' } }),
      'wants to run a command · 40 s',
    ],
    [session({ status: 'vibing', since: now - 12 * minute }), 'running 12 min'],
    [session({ status: 'completed', since: now - 3 * minute }), 'finished 3 min ago'],
    [session({ status: 'crashed', error: 'context limit reached' }), 'failed: context limit reached'],
  ])('describe a session', (view, words) => expect(sessionWords(view, now)).toBe(words));

  it.each([
    [credential({ expiresAt: now + 46 * minute, renewAt: now + 36 * minute }), '46 min left'],
    [credential({ expiresAt: now + 12 * minute, renewAt: now + 2 * minute }), 'renews in 2 min'],
    [credential({ state: 'revoked' }), 'revoked, verified'],
    [credential({ expiresAt: now - 1 }), 'expired'],
  ])('describe a credential', (view, words) => expect(credentialWords(view, now)).toBe(words));

  it.each([
    [{ kind: 'command', text: 'npm ci' } as const, 'wants to run', 'npm ci'],
    [{ kind: 'command', text: null } as const, 'wants to run a command', null],
    [{ kind: 'answer', text: 'Which database?' } as const, 'asks', 'Which database?'],
    [null, 'waits for you', null],
  ])('say what a session asks', (request, words, text) => expect(askWords(request)).toEqual({ words, text }));

  it('sum up all sessions in a headline', () => {
    const none = { 'needs-you': 0, running: 0, failed: 0, finished: 0, idle: 3 };
    expect(headline(none)).toBe('nothing is running');
    expect(headline({ ...none, running: 2, 'needs-you': 1 })).toBe('2 running, 1 needs you');
    expect(headline({ ...none, 'needs-you': 2 })).toBe('2 need you');
  });
});
