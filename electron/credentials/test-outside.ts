import { defaultProjectPolicy } from '../../shared/policy.ts';
import type { AuditInput } from '../audit/log.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import { Secret } from '../base/secret.ts';
import { type Db, memoryDatabase } from '../storage/database.ts';
import { type Binding, refusalSentence } from './credential.ts';
import { Lifecycle, type LifecycleOptions } from './lifecycle.ts';
import { defaultLifePolicy, type LifePolicy } from './policy.ts';
import { CredentialRecords, credentialMigrations } from './records.ts';
import type { SecretStore, Vault } from './vault.ts';
import { VaultMark } from './vault-mark.ts';
import type { WantedWorktree } from './wanted-worktree.ts';

export const minute = 60_000;

/** GitHub, vault, secret box and git of a test; they outlive the app, and fail when told. */
export class Outside {
  now = 1_800_000_000_000;
  readonly live = new Map<string, number>();
  readonly vault = new Map<string, string>();
  /** The vault of this machine, for who wants to move there. */
  readonly localVault = new Map<string, string>();
  inUse: 'ravi' | 'local' = 'ravi';
  /** The vault that lets nobody in. */
  refusing: 'ravi' | 'local' | null = null;
  /** Keys of the vault under which something lies that is not ours. */
  readonly foreign = new Set<string>();
  readonly box = new Map<string, Secret>();
  readonly configured = new Set<string>();
  readonly doors = new Map<string, string | true>();
  readonly audited: AuditInput[] = [];
  readonly db: Db = memoryDatabase(credentialMigrations);
  failing = new Set<'mint' | 'revoke' | 'vault' | 'git'>();
  /** GitHub lets nobody in: the App is not installed. */
  outOfReach = false;
  /** Counts calls to the outside down; at 0 the app dies, before or after the call took effect. */
  crashIn: { calls: number; after: boolean } | null = null;
  minted = 0;
  /** Whether GitHub says who commits. */
  authored = true;
  policy: LifePolicy = defaultLifePolicy;
  /** Told of each call to the outside before it takes effect. */
  onCall: ((what: 'mint' | 'revoke' | 'vault' | 'git' | 'box') => void) | undefined;

  async #call<T>(what: 'mint' | 'revoke' | 'vault' | 'git' | 'box', effect: () => T): Promise<T> {
    this.onCall?.(what);
    await Promise.resolve();
    if (this.crashIn && this.crashIn.calls <= 0) return new Promise<never>(() => undefined);
    const dies = this.crashIn !== null && --this.crashIn.calls === 0;
    if (dies && !this.crashIn?.after) return new Promise<never>(() => undefined);
    if (what !== 'box' && this.failing.has(what)) throw new Error(`${what} can’t be reached.`);
    const value = effect();
    if (dies) return new Promise<never>(() => undefined);
    return value;
  }

  #letIn(kind: 'ravi' | 'local'): void {
    if (this.refusing === kind) throw new Error('The key is not known any more.');
  }

  get secrets(): SecretStore {
    return {
      put: (name, value) => this.#call('box', () => void this.box.set(name, value)),
      get: (name) => this.#call('box', () => this.box.get(name) ?? null),
      delete: (name) => this.#call('box', () => void this.box.delete(name)),
      names: () => this.#call('box', () => [...this.box.keys()]),
    };
  }

  app(change: Partial<LifecycleOptions> = {}): Lifecycle {
    return new Lifecycle({ ...this.options(), ...change });
  }

  options(): LifecycleOptions {
    const vaultOf = (kind: 'ravi' | 'local', entries: Map<string, string>): Vault => ({
      kind,
      identity: kind === 'ravi' ? 'i' : '',
      label: kind === 'ravi' ? 'Ravi’s vault' : 'the encrypted vault on this machine',
      put: (key, value) =>
        this.#call('vault', () => {
          if (kind === 'ravi' && this.foreign.has(key))
            throw Object.assign(new Error(`${key} is not the companion’s.`), { kind: 'foreign' });
          entries.set(key, value.reveal());
        }),
      get: (key) =>
        this.#call('vault', () => {
          this.#letIn(kind);
          return entries.has(key) ? Secret.of(entries.get(key) ?? '') : null;
        }),
      remove: (key) =>
        this.#call('vault', () => {
          this.#letIn(kind);
          entries.delete(key);
        }),
    });
    const vaults = { ravi: vaultOf('ravi', this.vault), local: vaultOf('local', this.localVault) };
    return {
      records: new CredentialRecords(this.db),
      projectPolicy: () => defaultProjectPolicy,
      lifePolicy: () => this.policy,
      vaultKeyTemplate: () => 'JEAN_GH_TOKEN_<SLUG>',
      source: () => ({
        mint: () =>
          this.#call('mint', () => {
            if (this.outOfReach) throw Object.assign(new Error('The GitHub App is not installed there.'), { outOfReach: true });
            const token = Secret.of(`ghs_${++this.minted}`);
            const expiresAt = this.now + 60 * minute;
            this.live.set(token.reveal(), expiresAt);
            return {
              token,
              fingerprint: fingerprintOf(token),
              holder: 'acme-agents[bot]',
              permissions: { contents: 'write' },
              expiresAt,
              requestId: 'r',
            };
          }),
        revoke: (token) =>
          this.#call('revoke', () => {
            this.live.delete(token.reveal());
            return 'dead' as const;
          }),
        probe: async (token) => (this.failing.has('mint') ? 'unknown' : this.alive().includes(token.reveal()) ? 'alive' : 'dead'),
      }),
      vaults: { current: () => vaults[this.inUse], find: (kind) => vaults[kind === 'ravi' ? 'ravi' : 'local'] },
      mark: new VaultMark('0a1b2c3d'),
      box: this.secrets,
      git: {
        open: async (binding: Binding) => void this.doors.set(binding.worktreeId, true),
        bar: async (binding: Binding, reason: string) => void this.doors.set(binding.worktreeId, reason),
        close: async (binding: Binding, reason: string) => void this.doors.set(binding.worktreeId, reason),
        install: (binding) =>
          this.#call('git', () => {
            this.configured.add(binding.worktreeId);
            return { whole: this.authored };
          }),
        isInstalled: async ({ worktreeId }) => this.configured.has(worktreeId),
        uninstall: (binding) => this.#call('git', () => void this.configured.delete(binding.worktreeId)),
      },
      refusal: refusalSentence,
      shortHash: () => 'abc123',
      audit: (entry) => this.audited.push(entry),
      onChange: () => undefined,
      now: () => this.now,
      random: () => 0.5,
    };
  }

  /** Live at GitHub at this moment. */
  alive(): string[] {
    return [...this.live].filter(([, expiresAt]) => expiresAt > this.now).map(([token]) => token);
  }

  kinds(): string[] {
    return this.audited.map((entry) => entry.kind);
  }
}

export const worktree: WantedWorktree = {
  worktreeId: 'w1',
  projectId: 'p1',
  projectName: 'shop',
  worktreeName: 'checkout-flake',
  branch: 'checkout-flake',
  path: '/jean/shop/checkout-flake',
  projectPath: '/code/shop',
  repository: 'acme/shop',
};
export const key = 'JEAN_GH_TOKEN_SHOP_CHECKOUT_FLAKE';
