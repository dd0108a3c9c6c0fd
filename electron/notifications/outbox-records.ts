import { z } from 'zod';
import { type RemoteChannel, remoteChannel } from '../../shared/channels.ts';
import type { Db } from '../storage/database.ts';
import type { Migration } from '../storage/migrations.ts';
import type { Telling } from './delivery.ts';
import type { Letter, LetterState } from './letter.ts';

/** The tables of the outbox: a notice on a channel, its letters (one a recipient), and what has stopped a channel. */
export const outboxMigrations: readonly Migration[] = [
  {
    name: 'outbox: deliveries and letters',
    sql: `
      CREATE TABLE outbox_delivery (
        notice_id TEXT NOT NULL,
        channel TEXT NOT NULL,
        telling TEXT NOT NULL,
        worth_until INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        held TEXT,
        cancelled INTEGER NOT NULL DEFAULT 0,
        fallen_back INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (notice_id, channel)
      ) STRICT;
      CREATE TABLE outbox_letter (
        mark TEXT PRIMARY KEY,
        notice_id TEXT NOT NULL,
        channel TEXT NOT NULL,
        recipient TEXT NOT NULL,
        state TEXT NOT NULL,
        why TEXT NOT NULL,
        next_at INTEGER,
        attempts INTEGER NOT NULL,
        tried_at INTEGER,
        identity TEXT,
        remote_id TEXT
      ) STRICT;
      CREATE INDEX outbox_letter_notice ON outbox_letter (notice_id, channel);
      CREATE INDEX outbox_letter_due ON outbox_letter (channel, next_at) WHERE next_at IS NOT NULL;
      CREATE INDEX outbox_letter_tried ON outbox_letter (channel, tried_at) WHERE tried_at IS NOT NULL;
      CREATE TABLE outbox_stop (
        channel TEXT PRIMARY KEY,
        why TEXT NOT NULL,
        at INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'outbox: pauses',
    sql: 'CREATE TABLE outbox_pause (channel TEXT PRIMARY KEY, until INTEGER NOT NULL, why TEXT NOT NULL) STRICT;',
  },
];

/** A notice on its way over one channel. Times are epoch ms. */
export interface Delivery {
  readonly noticeId: string;
  readonly channel: RemoteChannel;
  readonly telling: Telling;
  readonly worthUntil: number;
  /** Why it has no letters. */
  readonly held: string | null;
  readonly cancelled: boolean;
  /** The next channel has it. */
  readonly fallenBack: boolean;
}

/** What has stopped a channel. */
export interface Stop {
  readonly why: string;
  /** Epoch ms. */
  readonly at: number;
}

const channel = remoteChannel;
const state = z.enum(['waiting', 'sending', 'looking', 'sent', 'maybe', 'failed', 'held', 'dropped']);
const flag = z.number().transform((value) => value === 1);

const telling = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  line: z.string(),
  detail: z.string().nullable(),
  link: z.string().nullable().default(null),
  urgent: z.boolean().default(false),
});

const deliveryRow = z
  .object({
    notice_id: z.string(),
    channel,
    telling: z.string(),
    worth_until: z.number(),
    held: z.string().nullable(),
    cancelled: flag,
    fallen_back: flag,
  })
  .transform(
    (row): Delivery => ({
      noticeId: row.notice_id,
      channel: row.channel,
      telling: telling.parse(JSON.parse(row.telling)),
      worthUntil: row.worth_until,
      held: row.held,
      cancelled: row.cancelled,
      fallenBack: row.fallen_back,
    }),
  );

const letterRow = z
  .object({
    mark: z.string(),
    notice_id: z.string(),
    channel,
    recipient: z.string(),
    state,
    why: z.string(),
    next_at: z.number().nullable(),
    attempts: z.number(),
    tried_at: z.number().nullable(),
    identity: z.string().nullable(),
    remote_id: z.string().nullable(),
  })
  .transform(
    (row): Letter => ({
      mark: row.mark,
      noticeId: row.notice_id,
      channel: row.channel,
      to: row.recipient,
      state: row.state,
      why: row.why,
      nextAt: row.next_at,
      attempts: row.attempts,
      triedAt: row.tried_at,
      identity: row.identity,
      remoteId: row.remote_id,
    }),
  );

/** The outbox on the disk. */
export class OutboxRecords {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  transaction(fn: () => void): void {
    this.#db.transaction(fn);
  }

  /** Calls `fn` once the transaction that is open is committed. */
  afterCommit(fn: () => void): void {
    this.#db.afterCommit(fn);
  }

  delivery(noticeId: string, channel: RemoteChannel): Delivery | null {
    return this.#db.get('SELECT * FROM outbox_delivery WHERE notice_id = ? AND channel = ?', [noticeId, channel], deliveryRow);
  }

  /** Each notice once; what is there already stays as it is. */
  add(delivery: Delivery, now: number): void {
    const { noticeId, channel: name, worthUntil, held } = delivery;
    const text = JSON.stringify(telling.parse(delivery.telling)).replaceAll('\\u0000', '');
    this.#db.run(
      'INSERT INTO outbox_delivery (notice_id, channel, telling, worth_until, created_at, held) VALUES (?, ?, ?, ?, ?, ?)',
      [noticeId, name, text, worthUntil, now, held],
    );
  }

  cancel(noticeId: string): void {
    this.#db.run('UPDATE outbox_delivery SET cancelled = 1 WHERE notice_id = ?', [noticeId]);
  }

  fellBack({ noticeId, channel: name }: Delivery): void {
    this.#db.run('UPDATE outbox_delivery SET fallen_back = 1 WHERE notice_id = ? AND channel = ?', [noticeId, name]);
  }

  letter(mark: string): Letter | null {
    return this.#db.get('SELECT * FROM outbox_letter WHERE mark = ?', [mark], letterRow);
  }

  lettersOf(noticeId: string, name: RemoteChannel): readonly Letter[] {
    return this.#db.all(
      'SELECT * FROM outbox_letter WHERE notice_id = ? AND channel = ? ORDER BY recipient',
      [noticeId, name],
      letterRow,
    );
  }

  lettersIn(name: RemoteChannel, wanted: LetterState): readonly Letter[] {
    return this.#db.all('SELECT * FROM outbox_letter WHERE channel = ? AND state = ?', [name, wanted], letterRow);
  }

  /** Letters of a notice, over all channels. */
  lettersFor(noticeId: string): readonly Letter[] {
    return this.#db.all('SELECT * FROM outbox_letter WHERE notice_id = ?', [noticeId], letterRow);
  }

  /** Writes a letter as it is now. */
  put(letter: Letter): void {
    const { mark, noticeId, channel: name, to, state: now, why, nextAt, attempts, triedAt, identity, remoteId } = letter;
    this.#db.run('INSERT OR REPLACE INTO outbox_letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
      mark,
      noticeId,
      name,
      to,
      now,
      why.replaceAll('\0', ''),
      nextAt,
      attempts,
      triedAt,
      identity,
      remoteId,
    ]);
  }

  /** The letter that is due first, if it is due by `now`. */
  due(name: RemoteChannel, now: number): Letter | null {
    return this.#db.get(
      'SELECT * FROM outbox_letter WHERE channel = ? AND next_at <= ? ORDER BY next_at, mark LIMIT 1',
      [name, now],
      letterRow,
    );
  }

  /** When the next letter is due. */
  nextAt(name: RemoteChannel): number | null {
    const row = z.object({ at: z.number().nullable() });
    return this.#db.get('SELECT min(next_at) AS at FROM outbox_letter WHERE channel = ?', [name], row)?.at ?? null;
  }

  /** Letters that wait with this reason are due at once. */
  wake(why: string, now: number): void {
    this.#db.run(`UPDATE outbox_letter SET next_at = ? WHERE state = 'waiting' AND why = ?`, [now, why]);
  }

  /** Why letters wait that were tried already; null when none does. */
  troubleOf(name: RemoteChannel): string | null {
    const row = z.object({ why: z.string() });
    const sql =
      'SELECT why FROM outbox_letter WHERE channel = ? AND next_at IS NOT NULL AND attempts > 0 ORDER BY next_at LIMIT 1';
    return this.#db.get(sql, [name], row)?.why ?? null;
  }

  /** How many letters left, or may have left, since then. */
  usedSince(name: RemoteChannel, since: number): number {
    const row = z.object({ count: z.number() });
    const sql = `SELECT count(*) AS count FROM outbox_letter WHERE channel = ? AND tried_at >= ? AND state IN ('sending', 'looking', 'sent', 'maybe')`;
    return this.#db.get(sql, [name, since], row)?.count ?? 0;
  }

  /** Ids at Ravi of what an identity has certainly sent, the newest first. */
  sentIds(name: RemoteChannel, identity: string): readonly string[] {
    const row = z.object({ remote_id: z.string() });
    const sql =
      'SELECT remote_id FROM outbox_letter WHERE channel = ? AND identity = ? AND remote_id IS NOT NULL ORDER BY tried_at DESC LIMIT 5';
    return this.#db.all(sql, [name, identity], row).map(({ remote_id }) => remote_id);
  }

  /** The newest trouble of each recipient since then, and null once a letter has reached it again. */
  troublesSince(name: RemoteChannel, since: number): ReadonlyMap<string, string | null> {
    const row = z.object({ recipient: z.string(), state, why: z.string() });
    const sql = `SELECT recipient, state, why FROM outbox_letter WHERE channel = ? AND tried_at >= ? AND state IN ('sent', 'maybe', 'failed') ORDER BY tried_at`;
    return new Map(
      this.#db.all(sql, [name, since], row).map((one) => [one.recipient, one.state === 'sent' ? null : one.why] as const),
    );
  }

  stop(name: RemoteChannel, { why, at }: Stop): void {
    this.#db.run('INSERT OR REPLACE INTO outbox_stop VALUES (?, ?, ?)', [name, why.replaceAll('\0', ''), at]);
  }

  stopOf(name: RemoteChannel): Stop | null {
    const row = z.object({ why: z.string(), at: z.number() });
    return this.#db.get('SELECT why, at FROM outbox_stop WHERE channel = ?', [name], row);
  }

  /** Ravi takes nothing of a channel before then (epoch ms), also not after a restart. */
  pause(name: RemoteChannel, until: number, why: string): void {
    this.#db.run('INSERT OR REPLACE INTO outbox_pause VALUES (?, ?, ?)', [name, until, why.replaceAll('\0', '')]);
  }

  pauseOf(name: RemoteChannel): { readonly until: number; readonly why: string } | null {
    const row = z.object({ until: z.number(), why: z.string() });
    return this.#db.get('SELECT until, why FROM outbox_pause WHERE channel = ?', [name], row);
  }

  resume(name: RemoteChannel): void {
    this.#db.run('DELETE FROM outbox_stop WHERE channel = ?', [name]);
  }

  /** Forgets what came to its end before then. */
  forget(before: number): void {
    this.#db.run('DELETE FROM outbox_letter WHERE next_at IS NULL AND coalesce(tried_at, 0) < ? AND state <> ?', [
      before,
      'sending',
    ]);
    this.#db.run(
      `DELETE FROM outbox_delivery WHERE created_at < ? AND NOT EXISTS (SELECT 1 FROM outbox_letter AS letter
        WHERE letter.notice_id = outbox_delivery.notice_id AND letter.channel = outbox_delivery.channel)`,
      [before],
    );
  }
}
