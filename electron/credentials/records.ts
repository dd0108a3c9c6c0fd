import { z } from 'zod';
import type { SourceKind } from '../../shared/policy.ts';
import type { Db } from '../storage/database.ts';
import type { Migration } from '../storage/migrations.ts';
import { movedBy } from './clock.ts';
import type { Binding, CredentialRecord, Token } from './credential.ts';

/** The tables of this room. One row a worktree, one row a token; no value of a token is ever in here. */
export const credentialMigrations: readonly Migration[] = [
  {
    name: 'credentials: bindings and tokens',
    sql: `
      CREATE TABLE bindings (
        worktree_id TEXT PRIMARY KEY,
        data TEXT NOT NULL
      ) STRICT;
      CREATE TABLE tokens (
        worktree_id TEXT NOT NULL REFERENCES bindings (worktree_id) ON DELETE CASCADE,
        generation INTEGER NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (worktree_id, generation)
      ) STRICT;
    `,
  },
  {
    name: 'credentials: by which clock',
    // GitHub's clock less this machine's when the times of the records were written.
    sql: 'CREATE TABLE credential_clock (id INTEGER PRIMARY KEY CHECK (id = 1), skew_ms INTEGER NOT NULL) STRICT;',
  },
];

const trouble = z
  .object({
    reason: z.string(),
    retryAt: z.number(),
    attempts: z.number(),
    minting: z.enum(['passing', 'out-of-reach']).optional(),
  })
  .nullable();

const ending = z.enum([
  'archived',
  'deleted',
  'merged',
  'closed',
  'revoked-by-person',
  'disconnected',
  'switched-off',
  'released',
]);

const vaultKind = z.enum(['ravi', 'local', 'memory']);
const place = z.object({ vault: vaultKind, identity: z.string(), key: z.string() });

const bindingData = z.object({
  worktreeId: z.string(),
  projectId: z.string(),
  subject: z.string(),
  worktreeName: z.string(),
  path: z.string(),
  projectPath: z.string(),
  repository: z.string(),
  vaultKey: z.string(),
  vault: vaultKind,
  vaultIdentity: z.string(),
  vaulted: z.boolean(),
  installed: z.boolean(),
  // Taking out what is not there does no harm.
  touched: z.boolean().default(true),
  authored: z.boolean().default(true),
  ending: ending.nullable(),
  endedBy: z.number().int().nullable().default(null),
  overruled: ending.nullable().default(null),
  overruledPull: z.number().int().nullable().default(null),
  rest: z.enum(['awake', 'unused', 'asleep']),
  wantedAt: z.number(),
  rotateGeneration: z.number().nullable(),
  trouble,
  moveTo: place.nullable().default(null),
  left: z.array(place).readonly().default([]),
  moveTrouble: trouble.default(null),
}) satisfies z.ZodType<Binding>;

const tokenData = z.object({
  worktreeId: z.string(),
  generation: z.number(),
  phase: z.enum(['minting', 'minted', 'serving', 'retired', 'lost', 'dead']),
  fingerprint: z.string().nullable(),
  holder: z.string().nullable(),
  source: z.enum(['app', 'shared', 'user']),
  permissions: z.record(z.string(), z.string()),
  requestedAt: z.number(),
  issuedAt: z.number().nullable(),
  expiresAt: z.number(),
  renewAt: z.number(),
  stored: z.boolean(),
  revokeAfter: z.number(),
  death: z.enum(['verified', 'expired', 'released']).nullable(),
  lastUsedAt: z.number().nullable(),
  storeTrouble: trouble,
  revokeTrouble: trouble,
}) satisfies z.ZodType<Token>;

const row = z.object({ data: z.string() });
const clockRow = z.object({ skew_ms: z.number() });
/** `Date` is whole seconds, and an answer may take 15 s; tokens are renewed minutes before their end, ms. */
const clockToleranceMs = 30_000;

/** Dead tokens kept for the page's "last used" and the audit's story; older ones go. */
const deadTokensKept = 3;

/**
 * The durable record of every credential, held in memory and written through: reads cost nothing, each write is one
 * transaction that outlives the process at once, and a power cut when {@link CredentialRecords.durable} has resolved.
 */
export class CredentialRecords {
  readonly #db: Db;
  readonly #records = new Map<string, CredentialRecord>();

  constructor(db: Db) {
    this.#db = db;
    const tokens = db
      .all('SELECT data FROM tokens ORDER BY worktree_id, generation', [], row)
      .map(({ data }) => tokenData.parse(JSON.parse(data)));
    for (const { data } of db.all('SELECT data FROM bindings', [], row)) {
      const binding = bindingData.parse(JSON.parse(data));
      this.#records.set(binding.worktreeId, { binding, tokens: tokens.filter((t) => t.worktreeId === binding.worktreeId) });
    }
  }

  /** Writes what `act` writes all at once, an audit entry among it too: a crash leaves everything of it or nothing. */
  together(act: () => void): void {
    this.#db.transaction(act, 'soon');
  }

  /** Resolves when all that was written until now survives a power cut. What is announced is waited for before it is done. */
  durable(): Promise<void> {
    return this.#db.durable();
  }

  all(): readonly CredentialRecord[] {
    return [...this.#records.values()];
  }

  get(worktreeId: string): CredentialRecord | null {
    return this.#records.get(worktreeId) ?? null;
  }

  create(binding: Binding): void {
    this.#write({ binding, tokens: [] });
  }

  /** Changes facts of the binding, with a write where one is another; throws when the worktree is unknown. */
  update(worktreeId: string, change: Partial<Binding>): void {
    const record = this.#must(worktreeId);
    const binding = { ...record.binding, ...change };
    const same = Object.keys(change).every((name) => binding[name as keyof Binding] === record.binding[name as keyof Binding]);
    if (!same) this.#write({ ...record, binding });
  }

  updateToken(worktreeId: string, generation: number, change: Partial<Token>): void {
    const record = this.#must(worktreeId);
    this.#write({ ...record, tokens: record.tokens.map((t) => (t.generation === generation ? { ...t, ...change } : t)) });
  }

  /** Before GitHub is asked: should we die now, a token may exist until `expiresAt`. */
  addIntent(worktreeId: string, generation: number, source: SourceKind, requestedAt: number, expiresAt: number): void {
    const record = this.#must(worktreeId);
    const intent: Token = {
      worktreeId,
      generation,
      phase: 'minting',
      fingerprint: null,
      holder: null,
      source,
      permissions: {},
      requestedAt,
      issuedAt: null,
      expiresAt,
      renewAt: expiresAt,
      stored: false,
      revokeAfter: 0,
      death: null,
      lastUsedAt: null,
      storeTrouble: null,
      revokeTrouble: null,
    };
    this.#write({ ...record, tokens: [...record.tokens, intent] });
  }

  /** GitHub said no: nothing was issued. */
  dropIntent(worktreeId: string, generation: number): void {
    const record = this.#must(worktreeId);
    this.#write({ ...record, tokens: record.tokens.filter((t) => t.generation !== generation) });
  }

  /** The vault's entry now holds this generation and no other. */
  markStored(worktreeId: string, generation: number): void {
    const record = this.#must(worktreeId);
    this.#write({
      binding: { ...record.binding, vaulted: true },
      tokens: record.tokens.map((t) => ({
        ...t,
        stored: t.generation === generation,
        ...(t.generation === generation ? { storeTrouble: null } : {}),
      })),
    });
  }

  /** The vault entry is gone, or forsaken, though the token lives: it is to be stored again. */
  unstore(worktreeId: string, change: Partial<Binding> = {}): void {
    const record = this.#must(worktreeId);
    this.#write({
      binding: { ...record.binding, vaulted: false, ...change },
      tokens: record.tokens.map((t) => ({ ...t, stored: false, storeTrouble: null })),
    });
  }

  /** Swaps in one write: `generation` serves, the one that served is retired and may be revoked after `revokeAfter`. */
  serve(worktreeId: string, generation: number, revokeAfter: number): void {
    const record = this.#must(worktreeId);
    this.#write({
      binding: { ...record.binding, rotateGeneration: null, trouble: null },
      tokens: record.tokens.map((t) => {
        if (t.generation === generation) return { ...t, phase: 'serving' };
        return t.phase === 'serving' ? { ...t, phase: 'retired', revokeAfter } : t;
      }),
    });
  }

  /** Makes every postponed try of this worktree's tokens and entries due now. */
  forgetTroubles(worktreeId: string): void {
    this.update(worktreeId, { moveTrouble: null });
    const record = this.#must(worktreeId);
    if (record.tokens.every((t) => t.storeTrouble === null && t.revokeTrouble === null)) return;
    this.#write({ ...record, tokens: record.tokens.map((t) => ({ ...t, storeTrouble: null, revokeTrouble: null })) });
  }

  /**
   * GitHub's clock less this machine's, ms. All times here are by this machine's clock: where it was set since they were written, they move
   * with it. True when they did.
   */
  setSkew(skewMs: number): boolean {
    const known = this.#db.get('SELECT skew_ms FROM credential_clock', [], clockRow)?.skew_ms ?? null;
    if (known !== null && Math.abs(skewMs - known) < clockToleranceMs) return false;
    this.#db.transaction(() => {
      this.#db.run(
        'INSERT INTO credential_clock (id, skew_ms) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET skew_ms = excluded.skew_ms',
        [Math.round(skewMs)],
      );
      if (known !== null) for (const record of this.all()) this.#write(movedBy(record, known - skewMs));
    });
    return known !== null;
  }

  /** Removes a record of which nothing is left outside. */
  remove(worktreeId: string): void {
    this.#db.run('DELETE FROM bindings WHERE worktree_id = ?', [worktreeId]);
    this.#records.delete(worktreeId);
  }

  #must(worktreeId: string): CredentialRecord {
    const record = this.#records.get(worktreeId);
    if (!record) throw new Error(`No credential record for worktree ${worktreeId}.`);
    return record;
  }

  #write(record: CredentialRecord): void {
    const dead = record.tokens.filter((t) => t.phase === 'dead');
    const dropped = new Set(dead.slice(0, Math.max(0, dead.length - deadTokensKept)));
    const kept: CredentialRecord = { ...record, tokens: record.tokens.filter((t) => !dropped.has(t)) };
    const { worktreeId } = kept.binding;
    const before = this.#records.get(worktreeId);
    this.#db.transaction(() => {
      if (before?.binding !== kept.binding)
        this.#db.run(
          'INSERT INTO bindings (worktree_id, data) VALUES (?, ?) ON CONFLICT (worktree_id) DO UPDATE SET data = excluded.data',
          [worktreeId, JSON.stringify(kept.binding)],
        );
      const old = new Set(before?.tokens);
      for (const token of kept.tokens) {
        if (old.has(token)) continue;
        this.#db.run(
          'INSERT INTO tokens (worktree_id, generation, data) VALUES (?, ?, ?) ON CONFLICT (worktree_id, generation) DO UPDATE SET data = excluded.data',
          [worktreeId, token.generation, JSON.stringify(token)],
        );
      }
      const generations = new Set(kept.tokens.map((t) => t.generation));
      for (const token of old)
        if (!generations.has(token.generation))
          this.#db.run('DELETE FROM tokens WHERE worktree_id = ? AND generation = ?', [worktreeId, token.generation]);
    }, 'soon');
    this.#records.set(worktreeId, kept);
  }
}
