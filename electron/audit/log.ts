import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { type AuditEntry, type AuditFilter, type AuditKind, auditEntry, auditFilter } from '../../shared/audit.ts';
import { plainLine } from '../base/plain-line.ts';
import type { Db } from '../storage/database.ts';
import { type ChainCheck, type ChainEntry, type ChainHead, ChainVerifier, hashEntry } from './chain.ts';
import { whereOf } from './query.ts';

/** What is to be recorded. Foreign text may be in it: it is cut to one plain line and redacted before it is written. */
export interface AuditInput {
  readonly kind: AuditKind;
  readonly actor: AuditEntry['actor'];
  readonly outcome: AuditEntry['outcome'];
  readonly worktreeId?: string | null;
  readonly subject?: string | null;
  /** base64(SHA-256(token)); anything else is hidden, because it might be the token itself. */
  readonly fingerprint?: string | null;
  readonly message: string;
  readonly facts?: Readonly<Record<string, string>>;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: AuditEntry[];
  /** Pass it as `before` to go on; null at the end. */
  readonly next: number | null;
  /** How many entries the filter means in all. */
  readonly total: number;
}

export interface AuditLogOptions {
  readonly db: Db;
  readonly now: () => number;
  /** Replaces what looks like a secret (`base/redact.ts`). */
  readonly redact: (text: string) => string;
}

const columns = 'seq, at, kind, actor, outcome, worktree_id, subject, fingerprint, message, facts, previous, hash';
const row = z.object({
  seq: z.number(),
  at: z.number(),
  kind: z.string(),
  actor: z.string(),
  outcome: z.string(),
  worktree_id: z.string().nullable(),
  subject: z.string().nullable(),
  fingerprint: z.string().nullable(),
  message: z.string(),
  facts: z.string(),
  previous: z.string(),
  hash: z.string(),
});
const head = z.object({ seq: z.number(), hash: z.string() });
const factsSchema = z.record(z.string(), z.string());

/** The filter that leaves nothing out. */
export const everything: AuditFilter = auditFilter.parse({});

const longest = { message: 1_000, subject: 200, id: 200, key: 60, fact: 500, facts: 30 } as const;
/** How many entries are checked or exported before others get a turn; about 10 ms of work. */
const portion = 1_000;

/** Hex SHA-256. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The append-only, hash-chained log of everything that was done with a credential. */
export class AuditLog {
  readonly #db: Db;
  readonly #now: () => number;
  readonly #redact: (text: string) => string;
  #lastTotal = { key: '', total: 0 };
  readonly #listeners = new Set<(entry: AuditEntry) => void>();

  constructor(options: AuditLogOptions) {
    this.#db = options.db;
    this.#now = options.now;
    this.#redact = options.redact;
  }

  /** Writes an entry; it is on the disk when this returns (or when the transaction that is open now commits), or `soon` after, see {@link Db.transaction}. */
  append(input: AuditInput, onDisk: 'now' | 'soon' = 'now'): AuditEntry {
    const entry = this.#db.transaction(() => this.#insert(input), onDisk);
    this.#db.afterCommit(() => {
      for (const listener of this.#listeners) listener(entry);
    });
    return entry;
  }

  /** Entries of the filter, newest first, older than `before` (a seq; null: from the newest). */
  page(filter: AuditFilter, before: number | null, limit: number): AuditPage {
    const where = whereOf(filter);
    const older = before === null ? where : { sql: `${where.sql} AND seq < ?`, params: [...where.params, before] };
    const rows = this.#db.all(
      `SELECT ${columns} FROM audit_entry WHERE ${older.sql} ORDER BY seq DESC LIMIT ?`,
      [...older.params, limit + 1],
      row,
    );
    const entries = rows.slice(0, limit).map((each) => auditEntry.parse(toEntry(each)));
    const next = rows.length > limit ? (entries.at(-1)?.seq ?? null) : null;
    return { entries, next, total: before === null && next === null ? entries.length : this.#total(filter) };
  }

  /** Entries after entry `seq`, oldest first. */
  after(seq: number, limit: number): AuditEntry[] {
    const rows = this.#db.all(`SELECT ${columns} FROM audit_entry WHERE seq > ? ORDER BY seq LIMIT ?`, [seq, limit], row);
    return rows.map((each) => auditEntry.parse(toEntry(each)));
  }

  /** Entries of the filter, oldest first, up to entry `last`; other work gets a turn in between. */
  async *oldestFirst(filter: AuditFilter, last: number, signal?: AbortSignal): AsyncGenerator<ChainEntry, void, undefined> {
    const where = whereOf(filter);
    const sql = `SELECT ${columns} FROM audit_entry WHERE ${where.sql} AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`;
    let done = 0;
    for (;;) {
      signal?.throwIfAborted();
      const rows = this.#db.all(sql, [...where.params, done, last, portion], row);
      for (const each of rows) yield toEntry(each);
      done = rows.at(-1)?.seq ?? last;
      if (rows.length < portion) return;
      await nextTurn();
    }
  }

  /** Checks every entry that is there now against the chain and the head. @throws when `signal` aborts. */
  async verify(signal?: AbortSignal): Promise<ChainCheck> {
    const end = this.chainHead();
    const beyond = this.#db.get('SELECT seq FROM audit_entry WHERE seq > ? LIMIT 1', [end.seq], z.object({ seq: z.number() }));
    const verifier = new ChainVerifier(sha256);
    for await (const entry of this.oldestFirst(everything, end.seq, signal)) if (!verifier.add(entry)) break;
    const check = verifier.finish(end);
    if (!check.ok || beyond === null) return check;
    const why = `The log should end with entry ${end.seq}, and there are entries after it that the companion did not write.`;
    return { ok: false, count: check.count, brokenAt: beyond.seq, why };
  }

  /** Sequence number of the newest entry; 0 when there is none. */
  head(): number {
    return this.chainHead().seq;
  }

  /** The newest entry's number and hash. @throws when someone has removed them from the database. */
  chainHead(): ChainHead {
    const found = this.#db.get('SELECT seq, hash FROM audit_head', [], head);
    if (found === null) throw new Error('The head of the audit log is missing from the database: someone has changed it.');
    return found;
  }

  /** Tells of every entry once it is committed. The answer takes the listener away again. */
  onAppend(listener: (entry: AuditEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Remembered until the log grows: scrolling asks for it with every page, and a search by text reads every entry. */
  #total(filter: AuditFilter): number {
    const key = `${this.head()} ${JSON.stringify(filter)}`;
    if (this.#lastTotal.key === key) return this.#lastTotal.total;
    const where = whereOf(filter);
    const count = z.object({ count: z.number() });
    const total = this.#db.get(`SELECT count(*) AS count FROM audit_entry WHERE ${where.sql}`, where.params, count)?.count ?? 0;
    this.#lastTotal = { key, total };
    return total;
  }

  #insert(input: AuditInput): AuditEntry {
    const last = this.chainHead();
    const body = {
      seq: last.seq + 1,
      at: this.#now(),
      kind: input.kind,
      actor: input.actor,
      outcome: input.outcome,
      worktreeId: this.#clean(input.worktreeId, longest.id),
      subject: this.#clean(input.subject, longest.subject),
      fingerprint: safeFingerprint(input.fingerprint),
      message: this.#text(input.message, longest.message),
      facts: this.#facts(input.facts ?? {}),
    };
    const entry: AuditEntry = { ...body, previous: last.hash, hash: hashEntry(last.hash, body, sha256) };
    this.#db.run(`INSERT INTO audit_entry (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
      entry.seq,
      entry.at,
      entry.kind,
      entry.actor,
      entry.outcome,
      entry.worktreeId,
      entry.subject,
      entry.fingerprint,
      entry.message,
      JSON.stringify(entry.facts),
      entry.previous,
      entry.hash,
    ]);
    return entry;
  }

  #facts(facts: Readonly<Record<string, string>>): Record<string, string> {
    const clean = Object.entries(facts)
      .slice(0, longest.facts)
      .map(([key, value]) => [this.#text(key, longest.key), this.#text(value, longest.fact)] as const)
      // The one key that would not come back from the database.
      .filter(([key]) => key !== '__proto__');
    return Object.fromEntries(clean);
  }

  #clean(text: string | null | undefined, max: number): string | null {
    return text === null || text === undefined ? null : this.#text(text, max);
  }

  /** Redacted before it is cut, because half a token may be too short to be known as one, and after invisible characters are out of it. */
  #text(text: string, max: number): string {
    return plainLine(this.#redact(plainLine(text, Number.POSITIVE_INFINITY)), max);
  }
}

const safeFingerprint = (fingerprint: string | null | undefined): string | null => {
  if (fingerprint === null || fingerprint === undefined) return null;
  return /^[A-Za-z0-9+/]{43}=$/.test(fingerprint) ? fingerprint : '[not a fingerprint]';
};

function toEntry({ worktree_id, facts, ...same }: z.infer<typeof row>): ChainEntry {
  return { ...same, worktreeId: worktree_id, facts: parseFacts(facts) };
}

/** What is no object of texts becomes a fact that no entry was written with, so that the chain shows it. */
function parseFacts(text: string): Record<string, string> {
  try {
    const parsed = factsSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : { unreadable: text };
  } catch {
    return { unreadable: text };
  }
}
