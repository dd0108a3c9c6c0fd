import { describe, expect, it } from 'vitest';
import { credential, minute, now } from '../../../shared/fixture.ts';
import { credentialGroups } from './credential-groups.ts';
import { isRevocable, lifeOf, shapeOf } from './life.ts';
import { permissionWords } from './permission-words.ts';

describe('the ring of a credential', () => {
  it('shows what is left of its life', () => {
    expect(lifeOf(credential('w', { issuedAt: now - 15 * minute, expiresAt: now + 45 * minute, renewAt: null }), now)).toEqual({
      left: 0.75,
      soon: false,
    });
  });

  it.each([
    ['its renewal is under five minutes away', { renewAt: now + 4 * minute }, true],
    ['its end is under five minutes away', { renewAt: null, expiresAt: now + 4 * minute }, true],
    ['neither is near', {}, false],
  ])('takes the warning colour when %s', (_when, over, soon) => expect(lifeOf(credential('w', over), now)?.soon).toBe(soon));

  it.each([
    ['is revoked', { state: 'revoked' as const }],
    ['is over', { expiresAt: now - 1 }],
    ['has not been issued', { issuedAt: null, expiresAt: null }],
  ])('is not there when it %s', (_when, over) => expect(lifeOf(credential('w', over), now)).toBeNull());

  it('stays, with a shape beside it, while a renewal fails but the old one lives', () => {
    const failed = credential('w', { state: 'failed' });
    expect(lifeOf(failed, now)).not.toBeNull();
    expect(shapeOf(failed)).toBe('failed');
  });
});

it.each([
  ['in force', {}, true],
  ['without an end', { expiresAt: null, renewAt: null, shared: true }, true],
  ['that could not be renewed and lives', { state: 'failed' }, true],
  ['that could not be renewed and is over', { state: 'failed', expiresAt: now - 1 }, false],
  ['that was never there', { state: 'failed', issuedAt: null, expiresAt: null }, false],
  ['asleep', { state: 'sleeping', expiresAt: now - 1 }, false],
] as const)('a credential %s can be revoked: %#', (_what, over, revocable) => {
  expect(isRevocable(credential('w', over), now)).toBe(revocable);
});

describe('the list of credentials', () => {
  it('puts trouble first and what has ended in a group of its own', () => {
    const { live, ended } = credentialGroups({
      a: credential('a'),
      b: credential('b', { state: 'revoked', issuedAt: 1 }),
      c: credential('c', { state: 'unverified' }),
      d: credential('d', { state: 'revoked', issuedAt: 2 }),
      e: credential('e', { state: 'failed' }),
    });
    expect(live.map((one) => one.worktreeId)).toEqual(['c', 'e', 'a']);
    expect(ended.map((one) => one.worktreeId)).toEqual(['d', 'b']);
  });
});

it.each([
  ['contents', 'write', 'Read and write code and branches'],
  ['metadata', 'read', 'Read basic facts of the repository'],
  ['organization_hooks', 'read', 'Read organization hooks'],
  ['administration', 'admin', 'Full control of administration'],
])('says the permission %s: %s in plain words', (name, level, words) => expect(permissionWords(name, level)).toBe(words));
