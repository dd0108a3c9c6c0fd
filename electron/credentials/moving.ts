import { moveGivenUp, type Place, placeOf, placesOf, sameVault, type VaultName } from './place.ts';
import type { StepsOptions } from './steps.ts';

/** An entry of ours that a vault holds, or may hold. */
export interface HeldEntry {
  readonly worktreeId: string;
  /** "shop · checkout-flake". */
  readonly subject: string;
  readonly key: string;
  /** What keeps it there; null while nothing is known to. */
  readonly why: string | null;
}

type MovingOptions = Pick<StepsOptions, 'records' | 'vaults' | 'boundary' | 'audit'>;

/** Orders that entries lie in another vault, and says what is where. The steps of each are in its worktree's plan. */
export class Moving {
  readonly #o: MovingOptions;
  readonly #run: (worktreeId: string) => Promise<void>;

  /** `run` looks at a worktree's plan until it rests. */
  constructor(options: MovingOptions, run: (worktreeId: string) => Promise<void>) {
    this.#o = options;
    this.#run = run;
  }

  /**
   * Writes down, all at once, that every entry of a wanted credential is to lie in the vault in use: each is copied there, read back and
   * deleted where it was, while git goes on. What has ended is deleted where it is. Answers the worktrees whose entry has to move.
   */
  order(): readonly string[] {
    const { records, vaults, boundary } = this.#o;
    const { kind: vault, identity } = vaults.current();
    const to: VaultName = { vault, identity };
    const ordered = records.all().filter(({ binding: { ending, vaulted, moveTo, ...rest } }) => {
      if (ending !== null || !vaulted) return false;
      return moveTo === null ? !sameVault({ vault: rest.vault, identity: rest.vaultIdentity }, to) : !sameVault(moveTo, to);
    });
    if (ordered.length === 0) return [];
    records.together(() => {
      for (const { binding } of ordered) {
        const there = sameVault(placeOf(binding), to);
        const moveTo: Place | null = there ? null : { ...to, key: binding.vaultKey };
        records.update(binding.worktreeId, { ...moveGivenUp(binding), moveTo, moveTrouble: null });
      }
    });
    boundary?.('move:ordered');
    const ids = ordered.map(({ binding }) => binding.worktreeId);
    for (const id of ids) void this.#run(id);
    return ids;
  }

  /** Entries of ours that lie, or may lie, where `isIn` says. */
  entries(isIn: (place: Place) => boolean): readonly HeldEntry[] {
    return this.#o.records.all().flatMap(({ binding, tokens }) =>
      placesOf(binding)
        .filter(isIn)
        .map(({ key }) => {
          const dying = tokens.find(({ phase, revokeTrouble }) => phase === 'retired' && revokeTrouble !== null)?.revokeTrouble;
          const trouble = binding.moveTrouble ?? binding.trouble ?? dying ?? null;
          return { worktreeId: binding.worktreeId, subject: binding.subject, key, why: trouble?.reason ?? null };
        }),
    );
  }

  /** Worktrees whose entry is not where it is wanted yet, or still where it was, with what is in the way. */
  onTheWay(): readonly { readonly worktreeId: string; readonly why: string | null }[] {
    return this.#o.records
      .all()
      .filter(({ binding: { moveTo, left } }) => moveTo !== null || left.length > 0)
      .map(({ binding }) => ({ worktreeId: binding.worktreeId, why: binding.moveTrouble?.reason ?? null }));
  }

  /** Tries now all that keeps entries there, and answers what is there still. */
  async emptied(isIn: (place: Place) => boolean): Promise<readonly HeldEntry[]> {
    const { records } = this.#o;
    const ids = new Set(this.entries(isIn).map(({ worktreeId }) => worktreeId));
    for (const id of ids) {
      if (records.get(id)?.binding.ending !== null) records.update(id, { trouble: null });
      records.forgetTroubles(id);
    }
    await Promise.all([...ids].map((id) => this.#run(id)));
    return this.entries(isIn);
  }

  /**
   * Gives up entries in a vault that lets us in no more: `kill` replaces each credential, so that what lies there is dead at GitHub.
   * @throws with the reason where that can't be done; what was given up by then stays so
   */
  async abandon(isIn: (place: Place) => boolean, kill: (worktreeId: string) => Promise<void>): Promise<void> {
    const { records, audit } = this.#o;
    for (const { worktreeId, subject, key } of await this.emptied(isIn)) {
      const before = records.get(worktreeId);
      if (before?.binding.ending === null) await kill(worktreeId);
      const record = records.get(worktreeId);
      if (!record) continue;
      const { binding, tokens } = record;
      const lies = binding.vaulted && isIn(placeOf(binding));
      if (binding.ending === null ? lies : tokens.some(({ phase }) => phase !== 'dead'))
        throw new Error(`The credential of ${subject} can’t be replaced yet, and ${key} in the vault may still be good for it.`);
      records.together(() => {
        const left = binding.left.filter((place) => !isIn(place));
        records.update(worktreeId, { left, moveTrouble: null, trouble: null, ...(lies && { vaulted: false }) });
        const message = `${key} was given up in a vault that does not let us in any more. Its credential is dead.`;
        audit({ kind: 'credential.removed', actor: 'person', outcome: 'failed', worktreeId, subject, message });
      });
    }
  }

  /** An identity turns out to be one that has been known by another name: what lies in its vault lies there under the new one. */
  renamed(from: VaultName, to: VaultName): void {
    const { records } = this.#o;
    const anew = (place: Place): Place => (sameVault(place, from) ? { ...place, ...to } : place);
    records.together(() => {
      for (const { binding } of records.all()) {
        if (!placesOf(binding).some((place) => sameVault(place, from))) continue;
        const at = anew(placeOf(binding));
        const { moveTo, left } = binding;
        const change = { moveTo: moveTo && anew(moveTo), left: left.map(anew) };
        records.update(binding.worktreeId, { ...change, vault: at.vault, vaultIdentity: at.identity });
      }
    });
  }
}
