import { describe, expect, it } from 'vitest';
import type { RetiredToken } from '../../shared/identities.ts';
import { Secret } from '../base/secret.ts';
import { memoryDatabase } from '../storage/database.ts';
import { Desk } from './desk.ts';
import { IdentityRecords, identityMigrations, newRecord } from './records.ts';
import { Retiring, type RetiringOptions } from './retiring.ts';

/** A project whose account has a token: taken by the project and used, or still waiting for the repository. */
async function retired(token: RetiredToken, where: 'in use' | 'waiting', over: { readonly fails?: string } = {}) {
  const records = new IdentityRecords(memoryDatabase(identityMigrations));
  const account = { id: 1, login: 'sarah-johnson', at: 0 };
  records.put({ ...newRecord('p1', 'shop', 0), account });
  const did: string[] = [];
  const inUse = where === 'in use';
  let waits = inUse ? null : Secret.of('github_pat_waits');
  const desk = new Desk({
    records,
    projectName: () => 'shop',
    facts: () => ({
      repository: 'acme/shop',
      keyHeld: true,
      sharedLogin: inUse ? account.login : null,
      sharedTrouble: null,
      inUse,
    }),
    inbox: () => null,
    show: () => undefined,
    audit: () => undefined,
    now: () => 0,
  });
  const does = async (what: string): Promise<void> => {
    if (over.fails) throw new Error(over.fails);
    did.push(what);
  };
  const options: Pick<RetiringOptions, 'desk' | 'waiting' | 'sources'> = {
    desk,
    waiting: {
      get: async () => waits,
      put: async () => undefined,
      delete: async () => {
        waits = null;
      },
    },
    sources: {
      remove: () => does('removed here'),
      revoke: () => does('revoked at GitHub'),
      leave: () => void did.push('the App again'),
      alsoUsing: () => [],
      revokeWaiting: (one) => does(`revoked at GitHub: ${one.reveal()}`),
    },
  };
  // Without an identity there is no vault to look into.
  const report = await new Retiring(options as RetiringOptions).retire('p1', token, []);
  return { report, did, waits: () => waits?.reveal() ?? null };
}

describe('the token of an identity that is retired', () => {
  it.each([
    [
      'revoke',
      ['the App again', 'revoked at GitHub'],
      'The worktrees of shop act as the GitHub App again. Its token is dead at GitHub.',
    ],
    [
      'remove',
      ['the App again', 'removed here'],
      'The worktrees of shop act as the GitHub App again. Its token was removed here; at GitHub it lives on.',
    ],
    ['keep', [], 'The worktrees of shop go on with its token.'],
  ] as const)('ends as was chosen: %s', async (token, wanted, sentence) => {
    const { report, did } = await retired(token, 'in use');
    expect(report).toMatchObject({ done: true, parts: [{ sentence }] });
    expect(did).toEqual(wanted);
  });

  it.each([
    ['revoke', ['revoked at GitHub: github_pat_waits'], 'Its token is dead at GitHub.'],
    ['remove', [], 'Its token was removed here; at GitHub it lives on.'],
    ['keep', [], 'Its token was removed here; at GitHub it lives on.'],
  ] as const)('ends as was chosen, also where no project has taken it yet: %s', async (token, wanted, sentence) => {
    const { report, did, waits } = await retired(token, 'waiting');
    expect(report).toMatchObject({ done: true, parts: [{ sentence }] });
    expect([did, waits()]).toEqual([wanted, null]);
  });

  it('stays here where GitHub could not be asked to kill it', async () => {
    const { report, waits } = await retired('revoke', 'waiting', { fails: 'GitHub is not reachable.' });
    expect(report).toMatchObject({
      done: false,
      parts: [{ sentence: 'Its token is not through yet. GitHub is not reachable.' }],
    });
    expect(waits()).toBe('github_pat_waits');
  });
});
