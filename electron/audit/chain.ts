/** An entry as the chain sees it: kinds are plain text here, so that an entry with a changed kind is found by its hash. */
export interface ChainEntry {
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly outcome: string;
  readonly worktreeId: string | null;
  readonly subject: string | null;
  readonly fingerprint: string | null;
  readonly message: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly previous: string;
  readonly hash: string;
}

/** Hex SHA-256 of the UTF-8 of a text. Handed in, so that this file stays free of Node. */
export type Sha256 = (text: string) => string;

/** Where a chain ends: the newest entry, kept apart from the entries so that a cut tail is noticed. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** What the first entry says is before it. */
export const genesis: ChainHead = { seq: 0, hash: '0'.repeat(64) };

/** Part of what is hashed: another order of fields would be another version. */
const version = 'jean-ravi-audit-1';

/** The one spelling of an entry that is hashed: a JSON array in fixed order, facts sorted by key (by UTF-16 code unit). */
export function canonical(entry: Omit<ChainEntry, 'hash' | 'previous'>): string {
  const facts = Object.entries(entry.facts).sort(([a], [b]) => (a < b ? -1 : 1));
  const { seq, at, kind, actor, outcome, worktreeId, subject, fingerprint, message } = entry;
  return JSON.stringify([version, seq, at, kind, actor, outcome, worktreeId, subject, fingerprint, message, facts]);
}

/** The hash of an entry that follows the one with the hash `previous`. */
export const hashEntry = (previous: string, entry: Omit<ChainEntry, 'hash' | 'previous'>, sha256: Sha256): string =>
  sha256(`${previous}\n${canonical(entry)}`);

/** The result of a check. `count` entries were good, counted from the start; `why` is for the person. */
export type ChainCheck =
  | { readonly ok: true; readonly count: number }
  | { readonly ok: false; readonly count: number; readonly brokenAt: number; readonly why: string };

/** Checks a chain entry by entry, oldest first, so that a long one need not be in memory. */
export class ChainVerifier {
  readonly #sha256: Sha256;
  #last: ChainHead = genesis;
  #broken: { readonly brokenAt: number; readonly why: string } | null = null;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** False from the first wrong entry on: what comes after it proves nothing. */
  add(entry: ChainEntry): boolean {
    if (this.#broken) return false;
    const why = this.#wrong(entry);
    if (why === null) this.#last = { seq: entry.seq, hash: entry.hash };
    else this.#broken = { brokenAt: this.#last.seq + 1, why };
    return why === null;
  }

  /** The verdict; with `head`, also entries that are missing at the end, or that nobody recorded, are found. */
  finish(head: ChainHead | null): ChainCheck {
    const count = this.#last.seq;
    if (this.#broken) return { ok: false, count, ...this.#broken };
    if (head === null || (head.seq === count && head.hash === this.#last.hash)) return { ok: true, count };
    if (head.seq > count) {
      const missing = head.seq === count + 1 ? `entry ${head.seq} is missing` : `entries ${count + 1} to ${head.seq} are missing`;
      return { ok: false, count, brokenAt: count + 1, why: `The end of the log was cut off: ${missing}.` };
    }
    return {
      ok: false,
      count,
      brokenAt: Math.max(1, head.seq),
      why: `The log should end with entry ${head.seq}, and it does not.`,
    };
  }

  #wrong(entry: ChainEntry): string | null {
    const expected = this.#last.seq + 1;
    if (entry.seq !== expected) return `Entry ${expected} is missing or out of order: entry ${entry.seq} stands in its place.`;
    if (entry.previous !== this.#last.hash) return `Entry ${entry.seq} does not follow the entry before it.`;
    if (hashEntry(entry.previous, entry, this.#sha256) !== entry.hash)
      return `Entry ${entry.seq} was changed after it was written.`;
    return null;
  }
}

/** Checks entries, oldest first, from the very first one. */
export function verifyChain(entries: Iterable<ChainEntry>, sha256: Sha256, head: ChainHead | null = null): ChainCheck {
  const verifier = new ChainVerifier(sha256);
  for (const entry of entries) if (!verifier.add(entry)) break;
  return verifier.finish(head);
}

/** The verdict as a sentence for the person. */
export function chainWords(check: ChainCheck): string {
  if (check.ok) return check.count === 1 ? 'The one entry is unbroken.' : `All ${check.count} entries are unbroken.`;
  return `${check.why} The ${check.count} entries before are unbroken.`;
}
