import type { FiledEntry } from './audit-file.ts';

/** A token that lives at GitHub, of which no entry of the log has the fingerprint. */
export interface UnknownToken {
  readonly hash: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** How much later than the token's end the one that was told may be, ms: the app counts a minute for the asking, and GitHub in whole seconds. */
const toldTooLateMs = 61_000;

/**
 * Tokens that GitHub made and nobody holds, each matched with the entry of the log that tells of it. An entry may also tell of a token that
 * was never made, because nobody knew; but it is good for one alone, and for none that was made after the app came to rest.
 */
export class LostTokens {
  readonly #told = new Set<string>();
  #readTo = 0;

  /** What is not told, in words. With `rested` the app has come to rest: what was told until now is over. */
  wrongs(unknown: readonly UnknownToken[], entries: readonly FiledEntry[], rested: boolean): string[] {
    const ends = entries
      .filter(({ seq, facts, fingerprint }) => seq > this.#readTo && fingerprint === null && facts.includes('"ends by"'))
      .map(({ facts }) => Date.parse(String(JSON.parse(facts)['ends by'])))
      .sort((a, b) => a - b);
    const fresh = unknown.filter(({ hash }) => !this.#told.has(hash)).sort((a, b) => a.expiresAt - b.expiresAt);
    const untold = fresh.filter(({ expiresAt }) => {
      const at = ends.findIndex((end) => end >= expiresAt && end <= expiresAt + toldTooLateMs);
      if (at !== -1) ends.splice(at, 1);
      return at === -1;
    });
    if (rested && untold.length === 0) {
      for (const { hash } of fresh) this.#told.add(hash);
      this.#readTo = entries.at(-1)?.seq ?? 0;
    }
    return untold.map(() => 'a token lives at GitHub that nobody knows, and the audit log does not tell of it');
  }
}

/** The log tells of each token that it was made and kept, and how it ended; once each, and never of an end that did not come. */
export function tokensWronglyTold(entries: readonly FiledEntry[], live: ReadonlySet<string>): string[] {
  const times = (...kinds: string[]): Map<string, number> => {
    const counted = new Map<string, number>();
    for (const { kind, fingerprint } of entries)
      if (fingerprint !== null && kinds.includes(kind)) counted.set(fingerprint, (counted.get(fingerprint) ?? 0) + 1);
    return counted;
  };
  const [minted, stored] = [times('credential.minted'), times('credential.stored')];
  const dead = times('credential.verified-dead', 'credential.expired');
  const found: string[] = [];
  for (const [hash, count] of minted) {
    const ends = dead.get(hash) ?? 0;
    if (count > 1 || ends > 1)
      found.push(`the audit log tells ${count} times that a token was made, ${ends} times that it ended`);
    if (live.has(hash) && !stored.has(hash)) found.push('the audit log does not tell where a token is kept');
    if (live.has(hash) === ends > 0)
      found.push(`the audit log tells wrongly of a token’s end, which ${live.has(hash) ? 'lives' : 'is dead'}`);
  }
  return found;
}

/** A worktree as the log's last words on it should have it. */
export interface Place {
  readonly vault: boolean;
  /** Null: both are right. */
  readonly git: boolean | null;
}

/** What the log says last of what lies outside for a worktree is how it is: put there, or taken away. A worktree that is not in `places` has nothing. */
export function placesWronglyTold(entries: readonly FiledEntry[], places: ReadonlyMap<string, Place>): string[] {
  const told = new Map<string, { vault: boolean; git: boolean; subject: string }>();
  for (const { worktree_id: id, kind, message, subject } of entries) {
    if (id === null) continue;
    const known = told.get(id) ?? { vault: false, git: false, subject: subject ?? id };
    if (kind === 'credential.stored') known.vault = true;
    if (kind === 'credential.installed') known.git = true;
    if (kind === 'credential.removed' && message.includes('deleted from the vault')) known.vault = false;
    if (kind === 'credential.removed' && message.includes('out of the worktree’s git')) known.git = false;
    told.set(id, known);
  }
  const found: string[] = [];
  for (const [id, { vault, git, subject }] of told) {
    const is = places.get(id) ?? { vault: false, git: false };
    if (vault !== is.vault)
      found.push(`the audit log says wrongly that the vault ${vault ? 'has' : 'lacks'} the entry of ${subject}`);
    if (is.git !== null && git !== is.git)
      found.push(`the audit log says wrongly that git of ${subject} is ${git ? '' : 'not '}ours`);
  }
  return found;
}
