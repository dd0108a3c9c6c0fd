import { z } from 'zod';
import { remoteRole } from '../../shared/remote-access.ts';
import type { Db } from '../storage/database.ts';
import type { Migration } from '../storage/migrations.ts';
import type { Grant } from './grant.ts';
import { GrantIndex } from './grant-index.ts';
import type { TokenKind } from './grant-token.ts';

/** The tables of grants: one row a grant, with the hashes of what it gave out. No token, code or cookie is ever in here. */
export const grantMigrations: readonly Migration[] = [
  {
    name: 'remote access: grants',
    sql: `
      CREATE TABLE remote_grant (
        id TEXT PRIMARY KEY,
        data TEXT NOT NULL
      ) STRICT;
      CREATE TABLE remote_grant_clock (id INTEGER PRIMARY KEY CHECK (id = 1), seen_at INTEGER NOT NULL) STRICT;
    `,
  },
];

/** A token of a grant by its hash. Times are epoch ms. */
export interface KeptToken {
  /** base64(SHA-256(token)). */
  readonly fingerprint: string;
  /** Counts rotations. */
  readonly generation: number;
  /** When it stops working, though the grant goes on; null: with the grant. */
  readonly until: number | null;
  /** A one-time token that has had its one use. */
  readonly spent: boolean;
}

/** A link that was sent, by the hash of its code. */
export interface KeptClaim {
  readonly fingerprint: string;
  readonly generation: number;
  readonly until: number;
  readonly usedAt: number | null;
}

/** A browser with a cookie of its own, by the cookie's hash. */
export interface KeptDevice {
  readonly id: string;
  readonly fingerprint: string;
  readonly generation: number;
  readonly userAgent: string | null;
  readonly since: number;
  readonly lastUsedAt: number | null;
}

/** All that is known of a grant. */
export interface GrantRecord {
  readonly grant: Grant;
  readonly generation: number;
  readonly tokens: readonly KeptToken[];
  readonly claims: readonly KeptClaim[];
  readonly devices: readonly KeptDevice[];
  /** Addresses it was used from, the latest last. */
  readonly seenFrom: readonly string[];
}

const at = z.number();
const grant = z.object({
  id: z.string(),
  person: z.string(),
  mail: z.string().nullable(),
  phone: z.string().nullable(),
  role: remoteRole,
  instanceIds: z.array(z.string()),
  addresses: z.array(z.string()),
  oneTime: z.boolean(),
  createdAt: at,
  expiresAt: at,
  suspendedAt: at.nullable(),
  revokedAt: at.nullable(),
  expiredAt: at.nullable(),
  firstUsedAt: at.nullable(),
  lastUsedAt: at.nullable(),
}) satisfies z.ZodType<Grant>;

const record = z.object({
  grant,
  generation: z.number(),
  tokens: z.array(z.object({ fingerprint: z.string(), generation: z.number(), until: at.nullable(), spent: z.boolean() })),
  claims: z.array(z.object({ fingerprint: z.string(), generation: z.number(), until: at, usedAt: at.nullable() })),
  devices: z.array(
    z.object({
      id: z.string(),
      fingerprint: z.string(),
      generation: z.number(),
      userAgent: z.string().nullable(),
      since: at,
      lastUsedAt: at.nullable(),
    }),
  ),
  seenFrom: z.array(z.string()),
}) satisfies z.ZodType<GrantRecord>;

const row = z.object({ data: z.string() });
const clockRow = z.object({ seen_at: z.number() });

/** Grants on the disk, and held in memory. */
export class GrantRecords {
  readonly #db: Db;
  readonly #records = new Map<string, GrantRecord>();
  readonly #index = new GrantIndex();

  constructor(db: Db) {
    this.#db = db;
    this.hold(db.all('SELECT data FROM remote_grant ORDER BY rowid', [], row).map(({ data }) => record.parse(JSON.parse(data))));
  }

  all(): readonly GrantRecord[] {
    return [...this.#records.values()];
  }

  get(id: string): GrantRecord | null {
    return this.#records.get(id) ?? null;
  }

  /** Whose token of this kind a text is, and its hash. */
  find(kind: TokenKind, text: string): { readonly record: GrantRecord; readonly fingerprint: string } | null {
    const found = this.#index.find(kind, text);
    const record = found === null ? null : this.get(found.grantId);
    return found === null || record === null ? null : { record, fingerprint: found.fingerprint };
  }

  /** The latest time that was seen when something was written, epoch ms; null when nothing was yet. */
  seenAt(): number | null {
    return this.#db.get('SELECT seen_at FROM remote_grant_clock', [], clockRow)?.seen_at ?? null;
  }

  /**
   * Writes these, and what `beside` writes, all at once: after a crash there is everything of it or nothing. `now`: it is on the disk when
   * this returns, so that what is told as revoked stays revoked.
   */
  write(records: readonly GrantRecord[], seenAt: number, onDisk: 'now' | 'soon', beside: () => void = () => {}): void {
    this.#db.transaction(() => {
      for (const one of records)
        this.#db.run('INSERT INTO remote_grant (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data', [
          one.grant.id,
          JSON.stringify(record.parse(one)),
        ]);
      this.#db.run(
        'INSERT INTO remote_grant_clock (id, seen_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at',
        [Math.round(seenAt)],
      );
      beside();
    }, onDisk);
  }

  /** What is answered from now on: these, whatever the disk has. */
  hold(records: readonly GrantRecord[]): void {
    for (const one of records) {
      this.#records.set(one.grant.id, one);
      this.#index.set(one);
    }
  }

  remove(ids: readonly string[]): void {
    this.#db.transaction(() => {
      for (const id of ids) this.#db.run('DELETE FROM remote_grant WHERE id = ?', [id]);
    }, 'soon');
    for (const id of ids) {
      this.#records.delete(id);
      this.#index.remove(id);
    }
  }

  /** Calls `fn` once the transaction that is open is committed. */
  afterCommit(fn: () => void): void {
    this.#db.afterCommit(fn);
  }
}
