import type { Secret } from '../base/secret.ts';
import type { Boundary } from './boundary.ts';
import type { Binding, CredentialRecord, Token } from './credential.ts';
import {
  entryForsaken,
  entryIntended,
  moveArrived,
  moveGivenUp,
  type Place,
  placeOf,
  sameVault,
  type VaultName,
  without,
} from './place.ts';
import type { StepsOptions } from './steps.ts';
import type { TokenValues } from './token-values.ts';
import { isForeign, type Vault } from './vault.ts';

export interface EntriesOptions extends Pick<StepsOptions, 'records' | 'vaults' | 'mark' | 'shortHash'> {
  readonly values: TokenValues;
  readonly pass: (name: Boundary) => void;
  /** Resolves when what was written is on the disk. */
  readonly announced: (name: Boundary) => Promise<void>;
  readonly note: (kind: 'credential.stored' | 'credential.moved' | 'credential.removed', message: string) => void;
}

const notConnected = (key: string): Error =>
  new Error(`${key} is in a vault that is not connected. Sign in to Ravi again, so that it can be deleted.`);

/** The entry of one worktree in a vault: put there, copied to another one, and deleted; each step is written down before and after. */
export class Entries {
  readonly #o: EntriesOptions;
  readonly #worktreeId: string;

  constructor(options: EntriesOptions, worktreeId: string) {
    this.#o = options;
    this.#worktreeId = worktreeId;
  }

  /** Puts a token's value into the vault in use. */
  async store(token: Token, value: Secret): Promise<void> {
    const { records, vaults } = this.#o;
    const vault = vaults.current();
    const to: VaultName = { vault: vault.kind, identity: vault.identity };
    const binding = this.#binding();
    const change = entryIntended(binding, to);
    // Written before the try: an entry that was put in the moment we die must be taken out some day.
    if (sameVault(placeOf(binding), to)) records.update(this.#worktreeId, change);
    else records.unstore(this.#worktreeId, change);
    await this.#o.announced('store:intended');
    const taken = async (vaultKey: string): Promise<void> => {
      records.update(this.#worktreeId, { vaultKey });
      await this.#o.announced('store:intended');
    };
    const key = await this.#put(vault, binding.vaultKey, value, taken);
    this.#o.pass('store:put');
    records.together(() => {
      records.markStored(this.#worktreeId, token.generation);
      this.#o.note('credential.stored', `Kept as ${key} in ${vault.label}.`);
    });
    this.#o.pass('store:recorded');
  }

  /** Copies the entry to where it is to be moved, and reads it back there; the one before is deleted by a step of its own. */
  async move(record: CredentialRecord): Promise<void> {
    const { records, vaults, values } = this.#o;
    const { binding, tokens } = record;
    if (binding.moveTo === null) return;
    const vault = vaults.find(binding.moveTo.vault, binding.moveTo.identity);
    if (!vault)
      throw new Error(`${binding.vaultKey} waits to be moved to Ravi’s vault, which is not connected. Sign in to Ravi.`);
    const token = tokens.findLast((t) => t.stored);
    const value = token && binding.vaulted ? await values.find(record, token) : null;
    if (!value) return records.unstore(this.#worktreeId, entryForsaken(this.#binding()));
    await this.#o.announced('move:intended');
    const taken = async (key: string): Promise<void> => {
      const { moveTo } = this.#binding();
      if (moveTo) records.update(this.#worktreeId, { moveTo: { ...moveTo, key } });
      await this.#o.announced('move:intended');
    };
    const key = await this.#put(vault, binding.moveTo.key, value, taken);
    this.#o.pass('move:put');
    const back = await vault.get(key);
    if (back?.reveal() !== value.reveal())
      throw new Error(`${key} does not read back from ${vault.label} as it was put there. The entry before stays until it does.`);
    this.#o.pass('move:verified');
    records.together(() => {
      const now = this.#binding();
      // It ended meanwhile, or is to go elsewhere: what was put there is to be deleted then.
      if (
        now.moveTo === null ||
        now.moveTo.key !== key ||
        !sameVault(now.moveTo, { vault: vault.kind, identity: vault.identity })
      )
        return;
      records.update(this.#worktreeId, moveArrived(now, now.moveTo));
      this.#o.note('credential.moved', `Copied as ${key} to ${vault.label}, and read back there.`);
    });
    this.#o.pass('move:recorded');
  }

  /** Deletes an entry that was left behind. */
  async clear(place: Place): Promise<void> {
    const vault = this.#o.vaults.find(place.vault, place.identity);
    if (!vault) throw notConnected(place.key);
    await vault.remove(place.key);
    this.#o.pass('clear:removed');
    this.#o.records.together(() => {
      this.#o.records.update(this.#worktreeId, { left: without(this.#binding().left, place), moveTrouble: null });
      this.#o.note('credential.removed', `${place.key} was deleted from ${vault.label}.`);
    });
    this.#o.pass('clear:recorded');
  }

  /** Deletes the entry itself. */
  async unvault(): Promise<void> {
    const { vault: kind, vaultIdentity, vaultKey } = this.#binding();
    const vault = this.#o.vaults.find(kind, vaultIdentity);
    if (!vault) throw notConnected(vaultKey);
    await vault.remove(vaultKey);
    this.#o.pass('unvault:removed');
    this.#o.records.together(() => {
      this.#o.records.update(this.#worktreeId, { vaulted: false, trouble: null, ...moveGivenUp(this.#binding()) });
      this.#o.note('credential.removed', `${vaultKey} was deleted from the vault.`);
    });
    this.#o.pass('unvault:recorded');
  }

  /** Resolves with the name under which it lies now: where something that is not ours has the worktree's own, another one. */
  async #put(vault: Vault, vaultKey: string, value: Secret, taken: (key: string) => Promise<void>): Promise<string> {
    const { repository } = this.#binding();
    const note = this.#o.mark.note(repository, this.#worktreeId);
    try {
      await vault.put(vaultKey, value, note);
      return vaultKey;
    } catch (error) {
      const suffix = `_${this.#o.shortHash(this.#worktreeId).toUpperCase()}`;
      if (!isForeign(error) || vaultKey.endsWith(suffix)) throw error;
      const key = `${vaultKey}${suffix}`;
      await taken(key);
      await vault.put(key, value, note);
      return key;
    }
  }

  #binding(): Binding {
    const record = this.#o.records.get(this.#worktreeId);
    if (!record) throw new Error('The companion has no credential for this worktree any more.');
    return record.binding;
  }
}
