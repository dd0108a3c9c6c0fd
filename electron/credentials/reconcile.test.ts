import { describe, expect, it } from 'vitest';
import type { Binding, Token } from './credential.ts';
import { type Facts, type Finding, reconcile } from './reconcile.ts';
import { binding as tie } from './test-record.ts';

const binding = (over: Partial<Binding> = {}): Binding =>
  tie({
    worktreeId: 'w',
    subject: 'shop · a',
    worktreeName: 'a',
    path: '/jean/shop/a',
    vaultKey: 'JEAN_GH_TOKEN_SHOP_A',
    ...over,
  });

const stored = { stored: true } as Token;
const entry = { key: 'JEAN_GH_TOKEN_SHOP_A', note: 'acme/shop · worktree w', ours: true };
const config = { path: '/jean/shop/a', state: 'installed', worktreeId: 'w' } as const;

const facts = (over: Partial<Facts> = {}, ofBinding: Partial<Binding> = {}): Facts => {
  const records = [{ binding: binding(ofBinding), tokens: [stored] }];
  return {
    recordsBefore: records,
    records,
    vaultEntries: [entry],
    vaultIdentity: 'i',
    configs: [config],
    brokenDoors: [],
    ...over,
  };
};

const lost = (kind: 'config-lost' | 'door-lost' | 'entry-lost'): Finding[] => [{ kind, worktreeId: 'w', subject: 'shop · a' }];

describe('reconciliation', () => {
  it.each<[string, Facts, readonly Finding[]]>([
    ['finds nothing where all is as it should be', facts(), []],
    [
      'finds a config that an agent took out',
      facts({ configs: [{ ...config, state: 'absent', worktreeId: null }] }),
      lost('config-lost'),
    ],
    ['finds a config that was changed', facts({ configs: [{ ...config, state: 'altered' }] }), lost('config-lost')],
    ['finds a config that names another worktree', facts({ configs: [{ ...config, worktreeId: 'x' }] }), lost('config-lost')],
    ['leaves a worktree alone whose folder it did not see', facts({ configs: [] }), []],
    [
      'watches over the config of a merged worktree too',
      facts(
        { configs: [{ ...config, state: 'absent', worktreeId: null }], vaultEntries: [] },
        { ending: 'merged', vaulted: false },
      ),
      lost('config-lost'),
    ],
    ['finds a socket that is gone', facts({ brokenDoors: ['w'] }), lost('door-lost')],
    [
      'misses nothing that came while it looked',
      facts({ recordsBefore: [], vaultEntries: [], configs: [], brokenDoors: ['w'] }),
      [],
    ],
    ['takes nothing for left over that went while it looked', facts({ records: [] }), []],
    ['finds a vault entry that somebody deleted', facts({ vaultEntries: [] }), lost('entry-lost')],
    [
      'counts an entry as gone where another of its name is not ours',
      facts({ vaultEntries: [{ ...entry, ours: false }] }),
      lost('entry-lost'),
    ],
    ['says nothing of the vault while it can’t be read', facts({ vaultEntries: null }), []],
    ['says nothing of an entry in another identity’s vault', facts({ vaultEntries: [], vaultIdentity: 'other' }), []],
    [
      'finds an entry of ours that belongs to nothing',
      facts({ vaultEntries: [entry, { key: 'JEAN_GH_TOKEN_OLD', note: 'x', ours: true }] }),
      [{ kind: 'entry-left', key: 'JEAN_GH_TOKEN_OLD', note: 'x' }],
    ],
    [
      'never counts a foreign entry, whatever its name',
      facts({ vaultEntries: [entry, { key: 'JEAN_GH_TOKEN_MINE', note: 'mine', ours: false }] }),
      [],
    ],
    [
      'finds settings of ours in a worktree that is not ours',
      facts({ configs: [config, { path: '/else', state: 'installed', worktreeId: 'gone' }] }),
      [{ kind: 'config-left', path: '/else' }],
    ],
  ])('%s', (_name, given, findings) => expect(reconcile(given)).toEqual(findings));
});
