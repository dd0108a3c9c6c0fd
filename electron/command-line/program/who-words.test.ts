import { describe, expect, it } from 'vitest';
import type { Attribution, CredentialFate, Origin } from '../../../shared/attribution.ts';
import { whoText } from './who-words.ts';
import { timeText } from './words.ts';

const minute = 60_000;
const now = 100 * minute;
const ago = (minutes: number): number => now - minutes * minute;
const time = (minutes: number): string => `${minutes} min ago (${timeText(ago(minutes))})`;

const credential: CredentialFate = {
  fingerprint: 'c2hh=',
  issuedAt: ago(18),
  expiresAt: now + 42 * minute,
  lastUsedAt: ago(3),
  ended: null,
};

const mend = { id: 's1', name: 'Mend the checkout', model: 'opus' };

const pushed: Origin = {
  worktreeId: 'w1',
  subject: 'shop · flake',
  push: {
    id: 1,
    worktreeId: 'w1',
    subject: 'shop · flake',
    repository: 'acme/shop',
    branch: 'fix/flake',
    old: null,
    new: '4be1f02abc',
    at: ago(3),
    commits: 2,
    fingerprint: 'c2hh=',
    generation: 1,
    sessions: [mend],
  },
  sessions: [mend],
  credential,
};

const answer = (over: Partial<Attribution> = {}): Attribution => ({
  about: 'commit',
  name: '4be1f02abc',
  title: 'Mend the flake',
  repository: 'acme/shop',
  author: 'bot (flake) <7+bot@users.noreply.github.com>',
  verdict: 'managed',
  sentence: 'Pushed from shop · flake to fix/flake.',
  origins: [pushed],
  ...over,
});

const told = (from: Partial<Origin>): string => whoText(answer({ origins: [{ ...pushed, ...from }] }), now);
const fate = (over: Partial<CredentialFate>): string => told({ credential: { ...credential, ...over } });

describe('who, in words', () => {
  it('tells the worktree, the sessions with their models, and the credential', () => {
    expect(whoText(answer(), now)).toBe(
      [
        '4be1f02abc Mend the flake',
        'Pushed from shop · flake to fix/flake.',
        'By bot (flake) <7+bot@users.noreply.github.com>.',
        '',
        `shop · flake pushed 2 commits to fix/flake ${time(3)}.`,
        'Session Mend the checkout (opus) was at work there.',
        `Credential c2hh=: issued ${time(18)}, last used ${time(3)}.`,
        'It is in force, 42 min left.',
        '',
      ].join('\n'),
    );
  });

  it('has a paragraph for each worktree', () => {
    const other = { ...pushed, worktreeId: 'w2', subject: 'shop · other', push: null, sessions: [], credential: null };
    expect(whoText(answer({ origins: [pushed, other] }), now)).toContain(
      'left.\n\nNothing of it was seen going out of shop · other yet.\nNo session is at work there.\nIt has no credential yet.\n',
    );
  });

  it('tells when the credential ended, and how', () => {
    expect(fate({ ended: { how: 'revoked', at: ago(1) } })).toContain(`It was revoked ${time(1)}.`);
    expect(fate({ ended: { how: 'expired', at: ago(2) } })).toContain(`It expired ${time(2)}.`);
    expect(fate({ expiresAt: ago(4) })).toContain(`It expired ${time(4)}.`);
  });

  it('says what is not known of it', () => {
    expect(fate({ issuedAt: null, lastUsedAt: null, expiresAt: null })).toContain(
      'Credential c2hh=: issued at a time that is not known, not known to have been used.\nIt is in force.\n',
    );
  });

  it('names every session that was at work, or none', () => {
    const review = { id: 's2', name: 'Review', model: null };
    expect(told({ sessions: [mend, review] })).toContain('Sessions Mend the checkout (opus), Review were at work there.');
    expect(told({ sessions: [] })).toContain('No session was at work there.');
  });

  it('is short about what was made outside', () => {
    const sentence = 'Made outside of any managed worktree.';
    const outside = answer({ name: 'main', title: null, author: null, verdict: 'outside', sentence, origins: [] });
    expect(whoText(outside, now)).toBe('main\nMade outside of any managed worktree.\n');
  });

  it('passes on nothing that steers a terminal', () => {
    const evil = 'a\u001b[2J\nb';
    const push = pushed.push && { ...pushed.push, branch: evil };
    const origin = { ...pushed, subject: evil, push, sessions: [{ id: 's', name: evil, model: evil }] };
    const text = whoText(answer({ name: evil, title: evil, author: evil, sentence: evil, origins: [origin] }), now);
    expect(text).not.toContain('\u001b');
    expect(text.trimEnd().split('\n')).toHaveLength(8);
  });
});
