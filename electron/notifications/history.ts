import { z } from 'zod';
import type { Outcome } from '../../shared/notifications.ts';
import {
  type ChannelName,
  channelName,
  type NoticeEntry,
  type NoticeFilter,
  type NoticeKind,
  noticeKind,
  noticePage,
  outcome as outcomeSchema,
} from '../../shared/notifications.ts';
import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import type { Db, Migration, SqlParams } from '../storage/database.ts';
import { gatheredMigration } from './gathered.ts';
import type { Notice } from './notice.ts';

export const noticeMigrations: readonly Migration[] = [
  {
    name: 'notifications: history',
    sql: `
      CREATE TABLE notice (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        cause TEXT NOT NULL,
        topic TEXT NOT NULL,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        body TEXT NOT NULL,
        project_id TEXT,
        worktree_id TEXT,
        page TEXT NOT NULL,
        target_id TEXT,
        at INTEGER NOT NULL,
        urgent INTEGER NOT NULL,
        digest TEXT,
        seen_at INTEGER,
        over_at INTEGER
      ) STRICT;
      CREATE INDEX notice_topic ON notice (topic) WHERE over_at IS NULL;
      CREATE INDEX notice_cause ON notice (cause);
      CREATE TABLE notice_outcome (
        notice_id TEXT NOT NULL,
        channel TEXT NOT NULL,
        -- What was sent for it: the notice itself, or the digest of a burst.
        carrier TEXT NOT NULL,
        type TEXT NOT NULL,
        why TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (notice_id, channel)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX notice_carrier ON notice_outcome (carrier);`,
  },
  gatheredMigration,
  { name: 'notifications: settings page', sql: `UPDATE notice SET page = 'settings' WHERE page = 'setup'` },
];

/** Of what is given to the post and not answered yet. */
export const onItsWay = 'It is on its way.';

/** So many are kept. */
const keptAtMost = 5_000;
const longest = { title: 200, body: 500 } as const;

const row = z.object({
  seq: z.number(),
  id: z.string(),
  kind: noticeKind,
  title: z.string(),
  body: z.string(),
  project_id: z.string().nullable(),
  worktree_id: z.string().nullable(),
  page: noticePage,
  target_id: z.string().nullable(),
  at: z.number(),
  urgent: z.number(),
  digest: z.string().nullable(),
  seen_at: z.number().nullable(),
  over_at: z.number().nullable(),
});
const outcomeRow = z.object({
  notice_id: z.string(),
  channel: channelName,
  carrier: z.string(),
  type: z.string(),
  why: z.string(),
  at: z.number(),
});
const idRow = z.object({ id: z.string() });
const carrierRow = z.object({ carrier: z.string() });

/** What one notice came to on one channel. `carrier`: the id of what was sent for it. */
export interface Delivered {
  readonly channel: ChannelName;
  readonly carrier: string;
  readonly outcome: Outcome;
}

/**
 * Every notice that there was, with what became of it on each channel; in the database, so that a restart forgets none. Nothing waits for
 * the disk here: what leaves the machine is written down by the outbox, and a power cut may take the last words of this list.
 */
export class NoticeHistory {
  readonly #db: Db;
  readonly #now: () => number;

  constructor(db: Db, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** All that `fn` writes, here and to other tables, or nothing of it. */
  together<T>(onDisk: 'now' | 'soon', fn: () => T extends Promise<unknown> ? never : T): T {
    return this.#db.transaction(fn, onDisk);
  }

  /** Writes down a notice; one whose id is known stays as it is. */
  add(notice: Notice, urgent: boolean): void {
    this.#db.transaction(() => this.#add(notice, urgent), 'soon');
  }

  #add(notice: Notice, urgent: boolean): void {
    this.#db.run(
      `INSERT INTO notice (id, cause, topic, kind, title, body, project_id, worktree_id, page, target_id, at, urgent)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      [
        notice.id,
        notice.cause,
        notice.topic,
        notice.kind,
        plain(notice.title, longest.title),
        plain(notice.body, longest.body),
        notice.about.projectId,
        notice.about.worktreeId,
        notice.target.page,
        notice.target.id,
        notice.at,
        urgent ? 1 : 0,
      ],
    );
    const dropped = this.#db.run('DELETE FROM notice WHERE seq <= (SELECT MAX(seq) FROM notice) - ?', [keptAtMost]);
    if (dropped.changes > 0) this.#db.run('DELETE FROM notice_outcome WHERE notice_id NOT IN (SELECT id FROM notice)');
  }

  /** Writes down what became of notices on a channel; `digest` are the words that stood for all of them. */
  record(noticeIds: readonly string[], { channel, carrier, outcome }: Delivered, digest: string | null = null): void {
    const why = outcome.type === 'sent' ? '' : plain(outcome.why, longest.body);
    const at = outcome.type === 'sent' ? outcome.at : outcome.type === 'waiting' ? outcome.nextAt : this.#now();
    this.#db.transaction(() => {
      for (const id of noticeIds) {
        this.#db.run(
          `INSERT INTO notice_outcome (notice_id, channel, carrier, type, why, at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (notice_id, channel) DO UPDATE SET carrier = excluded.carrier, type = excluded.type, why = excluded.why, at = excluded.at`,
          [id, channel, carrier, outcome.type, why, at],
        );
        if (digest !== null) this.#db.run('UPDATE notice SET digest = ? WHERE id = ?', [plain(digest, longest.title), id]);
      }
    }, 'soon');
  }

  /** What was on its way when the app ended: it is what the post knows of it by now (`known`), and where that knows nothing it may have left or not. */
  doubt(known: (carrier: string, channel: ChannelName) => Outcome | null): void {
    const why = 'The app ended while it was on its way.';
    const rows = this.#db.all("SELECT * FROM notice_outcome WHERE type = 'waiting' AND why = ?", [onItsWay], outcomeRow);
    for (const { notice_id: id, channel, carrier } of rows)
      this.record([id], { channel, carrier, outcome: known(carrier, channel) ?? { type: 'maybe', why } });
  }

  /** Whether the person was told of a cause that is not over, or needed not be. What failed on every channel may be tried again. */
  isOpen(cause: string): boolean {
    const open = this.#db.get(
      `SELECT n.id FROM notice n WHERE n.cause = ? AND n.over_at IS NULL AND (${reached} OR NOT ${stuck})`,
      [cause],
      idRow,
    );
    return open !== null;
  }

  /** The newest notice that is not over of the same kind on the same topic, in the same words. */
  openLike({ topic, kind, title }: Notice): { readonly id: string; readonly cause: string; readonly seen: boolean } | null {
    const like = z.object({ id: z.string(), cause: z.string(), seen: z.number().transform((seen) => seen === 1) });
    return this.#db.get(
      `SELECT id, cause, seen_at IS NOT NULL AS seen FROM notice
       WHERE topic = ? AND kind = ? AND title = ? AND over_at IS NULL ORDER BY seq DESC LIMIT 1`,
      [topic, kind, plain(title, longest.title)],
      like,
    );
  }

  /** Whether it reached the person over some channel, may have, or is about to. */
  wasTold(id: string): boolean {
    return this.#db.get(`SELECT n.id FROM notice n WHERE n.id = ? AND ${reached}`, [id], idRow) !== null;
  }

  /** Topics that begin so and have a notice that is not over. */
  openTopics(prefix: string): string[] {
    return this.#ids("SELECT DISTINCT topic AS id FROM notice WHERE over_at IS NULL AND topic LIKE ? || '%'", [prefix]);
  }

  /** Whether something of this id was sent over a channel before. */
  wasCarried(carrier: string, channel: ChannelName): boolean {
    const sql = 'SELECT carrier FROM notice_outcome WHERE carrier = ? AND channel = ?';
    return this.#db.get(sql, [carrier, channel], carrierRow) !== null;
  }

  /** Ids of the notices on a topic that are not over; of some kinds, or of all. */
  openOn(topic: string, kinds: readonly NoticeKind[] = noticeKind.options): string[] {
    const sql = 'SELECT id FROM notice WHERE topic = ? AND over_at IS NULL AND kind IN (SELECT value FROM json_each(?))';
    return this.#ids(sql, [topic, JSON.stringify(kinds)]);
  }

  /** Ids of the notices with this target that were not seen yet; `id` null: the whole page. */
  unseenOn(page: string, targetId: string | null): string[] {
    return targetId === null
      ? this.#ids('SELECT id FROM notice WHERE page = ? AND seen_at IS NULL AND over_at IS NULL', [page])
      : this.#ids('SELECT id FROM notice WHERE page = ? AND target_id = ? AND seen_at IS NULL AND over_at IS NULL', [
          page,
          targetId,
        ]);
  }

  markOver(ids: readonly string[]): void {
    this.#mark('UPDATE notice SET over_at = ? WHERE id = ? AND over_at IS NULL', ids);
  }

  markSeen(ids: readonly string[]): void {
    this.#mark('UPDATE notice SET seen_at = ? WHERE id = ? AND seen_at IS NULL', ids);
  }

  #mark(sql: string, ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#db.transaction(() => {
      for (const id of ids) this.#db.run(sql, [this.#now(), id]);
    }, 'soon');
  }

  /** What was sent for these notices, where it tells nothing any more that is open and unseen. */
  spentCarriers(ids: readonly string[]): string[] {
    const spent = new Set<string>();
    for (const id of ids) {
      const carriers = this.#db.all('SELECT DISTINCT carrier FROM notice_outcome WHERE notice_id = ?', [id], carrierRow);
      for (const { carrier } of carriers) if (this.#noneLeft(carrier)) spent.add(carrier);
    }
    return [...spent];
  }

  /** Ids of the notices that something sent tells. */
  toldBy(carrier: string): string[] {
    return this.#ids('SELECT DISTINCT notice_id AS id FROM notice_outcome WHERE carrier = ?', [carrier]);
  }

  /** What waits for its time and is not urgent: what was sent, by channel. */
  waiting(): { readonly id: string; readonly channel: ChannelName; readonly carrier: string }[] {
    return this.#db
      .all(
        `SELECT o.notice_id, o.channel, o.carrier, o.type, o.why, o.at FROM notice_outcome o
         JOIN notice n ON n.id = o.notice_id WHERE o.type = 'waiting' AND n.urgent = 0`,
        [],
        outcomeRow,
      )
      .map(({ notice_id: id, channel, carrier }) => ({ id, channel, carrier }));
  }

  /** Channels on which something sent waits. */
  waitingOf(carrier: string): ChannelName[] {
    const rows = this.#db.all("SELECT * FROM notice_outcome WHERE carrier = ? AND type = 'waiting'", [carrier], outcomeRow);
    return [...new Set(rows.map(({ channel }) => channel))];
  }

  /** One notice; null when it is not known. */
  entry(id: string): NoticeEntry | null {
    const found = this.#db.get('SELECT * FROM notice WHERE id = ?', [id], row);
    return found === null ? null : (this.#withOutcomes([found])[0] ?? null);
  }

  /** Notices, newest first. `before`: the `seq` to go on from. */
  page(
    filter: NoticeFilter,
    before: number | null,
    limit: number,
  ): { readonly entries: NoticeEntry[]; readonly next: number | null; readonly total: number } {
    const { where, params } = whereOf(filter);
    const total = this.#db.get(`SELECT COUNT(*) AS n FROM notice n WHERE ${where}`, params, z.object({ n: z.number() }))?.n ?? 0;
    const rows = this.#db.all(
      `SELECT * FROM notice n WHERE ${where} AND (? IS NULL OR n.seq < ?) ORDER BY n.seq DESC LIMIT ?`,
      [...params, before, before, limit + 1],
      row,
    );
    const entries = this.#withOutcomes(rows.slice(0, limit));
    return { entries, next: rows.length > limit ? (entries.at(-1)?.seq ?? null) : null, total };
  }

  #noneLeft(carrier: string): boolean {
    const left = this.#db.get(
      `SELECT n.id FROM notice n JOIN notice_outcome o ON o.notice_id = n.id
       WHERE o.carrier = ? AND n.over_at IS NULL AND n.seen_at IS NULL`,
      [carrier],
      idRow,
    );
    return left === null;
  }

  #withOutcomes(rows: readonly z.infer<typeof row>[]): NoticeEntry[] {
    return rows.map(({ project_id, worktree_id, page, target_id, seen_at, over_at, urgent, ...rest }) => ({
      ...rest,
      projectId: project_id,
      worktreeId: worktree_id,
      target: { page, id: target_id },
      urgent: urgent === 1,
      seenAt: seen_at,
      overAt: over_at,
      outcomes: this.#db
        .all('SELECT * FROM notice_outcome WHERE notice_id = ?', [rest.id], outcomeRow)
        .sort((a, b) => channelName.options.indexOf(a.channel) - channelName.options.indexOf(b.channel))
        .map(({ channel, type, why, at }) => ({ channel, outcome: outcomeSchema.parse({ type, why, at, nextAt: at }) })),
    }));
  }

  #ids(sql: string, params: SqlParams): string[] {
    return this.#db.all(sql, params, idRow).map(({ id }) => id);
  }
}

const reached = "EXISTS (SELECT 1 FROM notice_outcome o WHERE o.notice_id = n.id AND o.type IN ('sent', 'maybe', 'waiting'))";

const stuck = "EXISTS (SELECT 1 FROM notice_outcome o WHERE o.notice_id = n.id AND o.type = 'failed')";

const shows: Readonly<Record<NoticeFilter['show'], string>> = {
  all: '1',
  told: reached,
  held: `NOT ${reached}`,
  failed: "EXISTS (SELECT 1 FROM notice_outcome o WHERE o.notice_id = n.id AND o.type IN ('failed', 'maybe'))",
};

function whereOf({ show, kind, projectId }: NoticeFilter): { readonly where: string; readonly params: SqlParams } {
  return {
    where: `${shows[show]} AND (? IS NULL OR n.kind = ?) AND (? IS NULL OR n.project_id = ?)`,
    params: [kind, kind, projectId, projectId],
  };
}

const plain = (text: string, max: number): string => plainLine(redact(plainLine(text, Number.POSITIVE_INFINITY)), max);
