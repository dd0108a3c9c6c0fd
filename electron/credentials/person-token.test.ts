import { describe, expect, it } from 'vitest';
import { defaultProjectPolicy, type SourceKind } from '../../shared/policy.ts';
import type { AuditInput } from '../audit/log.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import { Secret } from '../base/secret.ts';
import { memoryDatabase } from '../storage/database.ts';
import { endless, refusalSentence, viewOf } from './credential.ts';
import { Lifecycle } from './lifecycle.ts';
import { defaultLifePolicy } from './policy.ts';
import { CredentialRecords, credentialMigrations } from './records.ts';
import { localVault } from './vault.ts';
import { VaultMark } from './vault-mark.ts';

const now = 1_800_000_000_000;

/** Two worktrees of a project whose source is a person; `held` is the one token that it has. */
function machine() {
  const world = {
    kind: 'shared' as SourceKind,
    held: 'github_pat_one' as string | null,
    installs: [] as string[],
    audited: [] as AuditInput[],
    box: new Map<string, Secret>(),
  };
  const records = new CredentialRecords(memoryDatabase(credentialMigrations));
  const box = {
    put: async (name: string, value: Secret) => void world.box.set(name, value),
    get: async (name: string) => world.box.get(name) ?? null,
    delete: async (name: string) => void world.box.delete(name),
    names: async () => [...world.box.keys()],
  };
  const vault = localVault(box, true);
  const app = new Lifecycle({
    records,
    projectPolicy: () => ({ ...defaultProjectPolicy, source: world.kind }),
    lifePolicy: () => defaultLifePolicy,
    vaultKeyTemplate: () => 'JEAN_GH_TOKEN_<SLUG>',
    source: (kind) => ({
      mint: async () => {
        const token = kind === 'app' ? Secret.of('ghs_own') : world.held === null ? null : Secret.of(world.held);
        if (!token) throw new Error('This project has no shared token yet.');
        const holder = kind === 'app' ? 'acme-agents[bot]' : 'acme-robot';
        const expiresAt = kind === 'app' ? now + 3_600_000 : endless;
        return { token, fingerprint: fingerprintOf(token), holder, permissions: {}, expiresAt, requestId: null };
      },
      revoke: async () => (kind === 'app' ? 'dead' : 'released'),
      probe: async () => 'alive',
    }),
    vaults: { current: () => vault, find: () => vault },
    mark: new VaultMark('00000000'),
    box,
    git: {
      open: async () => undefined,
      bar: async () => undefined,
      close: async () => undefined,
      install: async ({ worktreeId }) => {
        world.installs.push(worktreeId);
        return { whole: true };
      },
      isInstalled: async () => true,
      uninstall: async () => undefined,
    },
    refusal: refusalSentence,
    shortHash: (text) => text,
    audit: (entry) => world.audited.push(entry),
    onChange: () => undefined,
    now: () => now,
    random: () => 0.5,
  });
  const want = async (): Promise<void> => {
    for (const id of ['w1', 'w2']) {
      const name = `tree-${id}`;
      const place = { path: `/trees/${id}`, projectPath: '/trees' };
      const tree = { worktreeId: id, projectId: 'p1', projectName: 'shop', worktreeName: name, branch: name, ...place };
      app.want({ ...tree, repository: 'acme/shop' });
      await app.settle(id);
    }
  };
  const settle = async (): Promise<void> => {
    for (const id of ['w1', 'w2']) await app.settle(id);
  };
  const view = (id: string) => {
    const record = records.get(id);
    if (!record) throw new Error(`no record of ${id}`);
    return viewOf(record, now);
  };
  const git = async (id: string): Promise<string | null> => (await app.valueForGit(id))?.value.reveal() ?? null;
  return { world, app, records, want, settle, view, git };
}

function raise(): never {
  throw new Error('no record');
}

describe('a token of a person', () => {
  it('is handed to each worktree, without an end and never renewed', async () => {
    const { want, view, git } = machine();
    await want();
    expect([await git('w1'), await git('w2')]).toEqual(['github_pat_one', 'github_pat_one']);
    expect(view('w1')).toMatchObject({ state: 'active', shared: true, source: 'shared', expiresAt: null, renewAt: null });
  });

  it('is taken away from an archived worktree, and serves on in the others', async () => {
    const { want, app, view, git, world, records } = machine();
    await want();
    await app.end('w1', 'archived');
    expect(view('w1').state).toBe('revoked');
    expect(await git('w2')).toBe('github_pat_one');
    expect(refusalSentence(records.get('w1') ?? raise())).toContain('Its GitHub credential was taken away here');
    expect(world.audited.map(({ message }) => message)).toContain(
      'Taken away from this worktree. The shared token itself lives on; only its owner can revoke it.',
    );
    expect(world.audited.map(({ kind }) => kind)).not.toContain('credential.revoked');
  });

  it('is replaced in all worktrees at once, and none is given the former one again', async () => {
    const { want, app, world, settle, git } = machine();
    await want();
    world.held = 'github_pat_two';
    app.sourceReplaced('p1', 'shared', fingerprintOf(Secret.of('github_pat_two')));
    expect([await git('w1'), await git('w2')]).toEqual([null, null]);
    await settle();
    expect([await git('w1'), await git('w2')]).toEqual(['github_pat_two', 'github_pat_two']);
    expect(world.installs).toEqual(['w1', 'w2']);
  });

  it('that is gone leaves git with the reason, and comes back with the next one', async () => {
    const { want, app, world, settle, view, git } = machine();
    await want();
    world.held = null;
    app.sourceReplaced('p1', 'shared', null);
    await settle();
    expect(view('w1')).toMatchObject({
      state: 'failed',
      reason: 'This project has no shared token yet. Until then git here is refused.',
    });
    world.held = 'github_pat_two';
    app.sourceReplaced('p1', 'shared', fingerprintOf(Secret.of('github_pat_two')));
    await settle();
    expect(await git('w1')).toBe('github_pat_two');
  });

  it('can’t be rotated for one worktree alone', async () => {
    const { want, app } = machine();
    await want();
    await expect(app.rotate('w1')).rejects.toThrow('shares its token with the project’s other worktrees');
  });

  it('whose value this machine has forgotten is no loss: it is fetched again', async () => {
    const { want, app, world, records, settle, git } = machine();
    await want();
    world.box.clear();
    expect(await git('w1')).toBeNull();
    await app.wake('w1');
    await settle();
    expect(await git('w1')).toBe('github_pat_one');
    expect(records.all().flatMap(({ tokens }) => tokens.filter(({ phase }) => phase === 'lost'))).toEqual([]);
  });

  it('gives way to a credential of the App’s own, and commits go out under the App’s name then', async () => {
    const { want, app, world, settle, view, git } = machine();
    await want();
    world.kind = 'app';
    app.policyChanged('p1', true);
    await settle();
    expect(await git('w1')).toBe('ghs_own');
    expect(view('w1')).toMatchObject({ holder: 'acme-agents[bot]', shared: false });
    expect(world.installs).toEqual(['w1', 'w2', 'w1', 'w2']);
  });
});
