import { describe, expect, it } from 'vitest';
import { credential } from '../../../shared/fixture.ts';
import { checkCommand } from './check-command.ts';
import { shapeOf } from './life.ts';
import { sharers } from './sharers.ts';
import { peopleToRevoke, toRevoke } from './to-revoke.ts';
import { notRotated, toRotate } from './to-rotate.ts';

const byId = (...all: ReturnType<typeof credential>[]) => Object.fromEntries(all.map((one) => [one.worktreeId, one]));
const minted = { fingerprint: 'f' } as const;

describe('the kill switch', () => {
  it('tells apart what dies at GitHub, what is shared, and what has no token just now', () => {
    const { mortal, shared, resting } = toRevoke(
      byId(
        credential('a', minted),
        credential('b', { ...minted, state: 'unverified' }),
        credential('c', { ...minted, shared: true }),
        credential('d', { ...minted, state: 'sleeping' }),
        credential('e', { state: 'absent' }),
        credential('f', { ...minted, state: 'revoked' }),
      ),
    );
    const ids = (list: typeof mortal) => list.map(({ worktreeId }) => worktreeId);
    expect([ids(mortal), ids(shared), ids(resting)]).toEqual([['a', 'b'], ['c'], ['d', 'e']]);
  });
});

describe('the tokens of people', () => {
  const of = (id: string, shared: string | null, user: string | null | undefined) => ({
    id,
    shared: shared === null ? null : { login: shared, expiresAt: null, takenAt: 0, lacks: [] },
    user: user === undefined ? null : { login: user, signedInAt: 0, renewsUntil: 1 },
    login: null,
    troubles: { shared: null, user: null },
  });
  it('are named by their owners, each once', () =>
    expect(peopleToRevoke({ a: of('a', 'robot', 'dana'), b: of('b', 'robot', undefined), c: of('c', null, null) })).toEqual([
      'dana',
      'robot',
      'you',
    ]));
});

describe('rotating everything', () => {
  it('is for what has a token of its own in force', () =>
    expect(
      toRotate(
        byId(
          credential('a', minted),
          credential('b', { ...minted, state: 'expiring' }),
          credential('c', { ...minted, shared: true }),
          credential('d', { state: 'sleeping' }),
          credential('e', { ...minted, state: 'revoked' }),
        ),
      ).map(({ worktreeId }) => worktreeId),
    ).toEqual(['a', 'b']));

  it('is through where there is another token, and after that where nothing else was reported', () => {
    const begun = new Map([
      ['new', 'f'],
      ['same', 'f'],
      ['under way', 'f'],
      ['gone', 'f'],
    ]);
    const now = byId(
      credential('new', { fingerprint: 'g' }),
      credential('same', minted),
      credential('under way', { fingerprint: 'g', state: 'rotating' }),
    );
    const left = (kept: string[] | null) =>
      notRotated(begun, now, kept && { kept: kept.map((worktreeId) => ({ worktreeId })) }).map(({ worktreeId }) => worktreeId);
    expect([left(null), left(['same']), left([])]).toEqual([['same', 'under way'], ['same'], []]);
  });
});

describe('the check that can be copied', () => {
  it('asks as git does, in that folder, and shows no password', () =>
    expect(checkCommand("/jean/dana's shop", 'https://github.com', 'acme/shop')).toBe(
      String.raw`printf 'protocol=https\nhost=github.com\npath=acme/shop.git\n\n' | git -C '/jean/dana'\''s shop' credential fill | sed 's/^password=.*/password=(hidden)/'`,
    ));
});

describe('a shared token', () => {
  const one = credential('a', { shared: true });
  it.each([
    ['nobody else', byId(one), 'with no other worktree now'],
    ['one more', byId(one, credential('b', { shared: true })), 'with 1 other worktree of the project'],
    [
      'two more; not one that has ended, of another project, or with a token of its own',
      byId(
        one,
        credential('b', { shared: true }),
        credential('c', { shared: true }),
        credential('d', { shared: true, state: 'revoked' }),
        credential('e', { shared: true, projectId: 'api' }),
        credential('f'),
      ),
      'with 2 other worktrees of the project',
    ],
  ])('says that it is used by %s', (_who, all, words) => expect(sharers(one, all)).toBe(words));
});

it.each([
  ['absent', 'offline'],
  ['sleeping', 'idle'],
] as const)('a credential that is %s has the shape “%s”', (state, shape) =>
  expect(shapeOf(credential('w', { state }))).toBe(shape),
);
