import { many } from '../shared/format.ts';
import type { LeavingPart, LeavingReport } from '../shared/ipc.ts';
import type { AuditInput } from './audit/log.ts';
import type { GitHubConnection } from './connections/github.ts';
import type { RaviConnection } from './connections/ravi.ts';
import type { CredentialRecord } from './credentials/credential.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import { placesOf } from './credentials/place.ts';
import type { Reconciler } from './credentials/reconciler.ts';
import type { CredentialRecords } from './credentials/records.ts';
import type { PersonSources } from './person-sources.ts';
import type { Provisioning } from './provisioning.ts';

export interface LeavingOptions {
  readonly records: Pick<CredentialRecords, 'all' | 'update' | 'forgetTroubles'>;
  readonly lifecycle: Pick<Lifecycle, 'end'>;
  readonly reconciler: Pick<Reconciler, 'run' | 'clean'>;
  /** Ids of what lies around of ours and belongs to no worktree, as the last look found it. */
  readonly leftovers: () => readonly string[];
  readonly provisioning: () => Pick<Provisioning, 'close' | 'open'>;
  readonly github: Pick<GitHubConnection, 'connected' | 'forget'>;
  readonly ravi: Pick<RaviConnection, 'vault' | 'forget'>;
  readonly sources: Pick<PersonSources, 'forgetAll'>;
  /** Turns on what we turned off in Jean; answers whether there was anything. */
  readonly endBanners: () => Promise<boolean>;
  readonly audit: (entry: AuditInput) => void;
}

/** What releasing all worktrees came to. */
export interface Released {
  /** How many are the person's own again. */
  readonly released: number;
  /** What is not through, with the reason. */
  readonly left: readonly { readonly worktreeId: string; readonly name: string; readonly why: string }[];
}

/** Part of the roof: releasing every worktree, and leaving nothing of ours behind. */
export class Leaving {
  readonly #o: LeavingOptions;

  constructor(options: LeavingOptions) {
    this.#o = options;
  }

  /** Gives every worktree back to the person: its git as it was before, its credential dead, its entry gone from the vault. */
  async releaseAll(): Promise<Released> {
    const { audit, lifecycle, records } = this.#o;
    const held = records.all().filter(isHeld);
    audit({
      kind: 'credential.removed',
      actor: 'person',
      outcome: 'ok',
      message: `Release all worktrees: ${held.length} are to be the person’s own again.`,
    });
    for (const { binding } of held) {
      // What failed before is tried now, not when it would be due.
      if (binding.trouble !== null) records.update(binding.worktreeId, { trouble: null });
      records.forgetTroubles(binding.worktreeId);
    }
    await Promise.all(held.map(({ binding }) => lifecycle.end(binding.worktreeId, 'released')));
    const left = records.all().flatMap((record) => {
      const why = whyHeld(record);
      return why === null ? [] : [{ worktreeId: record.binding.worktreeId, name: record.binding.subject, why }];
    });
    return { released: held.filter(({ binding }) => left.every((one) => one.worktreeId !== binding.worktreeId)).length, left };
  }

  /**
   * Takes everything of ours out of what is not ours: worktrees, vault, accounts. The accounts stay while something is left that only
   * they can end; `before` is what came of what was ended before. Nothing is made any more once that is done, until an account is connected again.
   */
  async leave(before: readonly LeavingPart[] = []): Promise<LeavingReport> {
    const { audit, leftovers, provisioning, reconciler } = this.#o;
    provisioning().close();
    const parts: LeavingPart[] = [...before];
    let through = false;
    try {
      const { released, left } = await this.releaseAll();
      parts.push(worktreesPart(released, left));
      await reconciler.run();
      parts.push(await this.#clean(leftovers()));
      parts.push(parts.every(({ done }) => done) ? await this.#forgetAccounts() : accountsStay);
      through = parts.every(({ done }) => done);
      const banners = await this.#endBanners();
      if (banners !== null) parts.push(banners);
    } finally {
      if (!through) provisioning().open();
    }
    const done = parts.every((part) => part.done);
    audit({
      kind: 'policy.changed',
      actor: 'person',
      outcome: done ? 'ok' : 'failed',
      message: `Leave for good: ${parts.map(({ sentence }) => sentence).join(' ')}`,
    });
    return { parts, done };
  }

  async #clean(ids: readonly string[]): Promise<LeavingPart> {
    const troubles: string[] = [];
    for (const id of ids) await this.#o.reconciler.clean(id).catch((error: unknown) => troubles.push(sentenceOf(error)));
    const left = this.#o.leftovers().length;
    if (left === 0 && troubles.length === 0) {
      const sentence =
        ids.length === 0
          ? 'Nothing else of ours was left over.'
          : `${many(ids.length, 'leftover was', 'leftovers were')} taken out.`;
      return { part: 'leftovers', done: true, sentence };
    }
    const sentence = `${many(left, 'leftover is', 'leftovers are')} still there. ${troubles.join(' ')}`.trim();
    return { part: 'leftovers', done: false, sentence };
  }

  /** Null: there is nothing to say of them. */
  async #endBanners(): Promise<LeavingPart | null> {
    try {
      if (!(await this.#o.endBanners())) return null;
      return { part: 'banners', done: true, sentence: 'They are on again.' };
    } catch (error) {
      const remedy = 'Start Jean and try again, or turn them on in Jean’s own settings.';
      return { part: 'banners', done: false, sentence: `They are still off. ${sentenceOf(error)} ${remedy}` };
    }
  }

  async #forgetAccounts(): Promise<LeavingPart> {
    const { github, ravi, sources } = this.#o;
    try {
      await sources.forgetAll();
      if (github.connected) await github.forget();
      if (ravi.vault !== null) await ravi.forget();
      return { part: 'accounts', done: true, sentence: 'The keys for GitHub and Ravi are no longer on this machine.' };
    } catch (error) {
      return { part: 'accounts', done: false, sentence: `An account could not be forgotten. ${sentenceOf(error)}` };
    }
  }
}

/** What came of ending remote access; `left` are Jeans' tokens that a vault still has. */
export function remotePart(left: readonly { readonly key: string; readonly why: string | null }[]): LeavingPart {
  const [first] = left;
  if (first === undefined)
    return { part: 'remote', done: true, sentence: 'Nobody gets in any more, and Jean’s own token is in no vault of ours.' };
  const which = left.length === 1 ? `${first.key} is` : `${left.length} tokens of Jeans are`;
  return {
    part: 'remote',
    done: false,
    sentence: `Nobody gets in any more, but ${which} still in the vault. ${first.why ?? ''}`.trim(),
  };
}

const accountsStay: LeavingPart = {
  part: 'accounts',
  done: false,
  sentence: 'The accounts stay connected: without them what is left could not be ended.',
};

/** Whether something of ours is, or is to be, outside. */
const isHeld = (record: CredentialRecord): boolean => record.binding.ending === null || whyHeld(record) !== null;

/** Why a worktree is not the person's own yet, or its credential not known to be dead; null: nothing is left. */
function whyHeld({ binding, tokens }: CredentialRecord): string | null {
  const alive = tokens.filter(({ phase }) => phase !== 'dead');
  const known = alive.find(({ revokeTrouble }) => revokeTrouble !== null)?.revokeTrouble ?? binding.trouble;
  if (binding.touched || binding.installed) return `Our settings are still in its git. ${known?.reason ?? ''}`.trim();
  if (alive.length > 0) return known?.reason ?? 'GitHub has not confirmed yet that its credential is dead.';
  if (placesOf(binding).length > 0)
    return `The vault still has its entry. ${known?.reason ?? binding.moveTrouble?.reason ?? ''}`.trim();
  return null;
}

function worktreesPart(released: number, left: Released['left']): LeavingPart {
  const done =
    released === 0
      ? ''
      : `${many(released, 'worktree is', 'worktrees are')} released, and every credential of the App's is verified dead.`;
  if (left.length === 0) return { part: 'worktrees', done: true, sentence: done || 'No worktree was in our hands.' };
  const sentence = `${done} Not through yet: ${left.map(({ name, why }) => `${name}: ${why}`).join(' ')}`.trim();
  return { part: 'worktrees', done: false, sentence };
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
