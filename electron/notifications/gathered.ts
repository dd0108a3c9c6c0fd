import { z } from 'zod';
import { noticeKind, noticePage } from '../../shared/notifications.ts';
import { redact } from '../base/redact.ts';
import type { Db, Migration } from '../storage/database.ts';
import type { Notice } from './notice.ts';

export const gatheredMigration: Migration = {
  name: 'notifications: gathered',
  sql: 'CREATE TABLE notice_gathered (id TEXT PRIMARY KEY, notice TEXT NOT NULL) STRICT, WITHOUT ROWID;',
};

const name = z.string().nullable();
const notice = z.object({
  id: z.string(),
  cause: z.string(),
  topic: z.string(),
  kind: noticeKind,
  title: z.string(),
  line: z.string(),
  detail: z.string().nullable(),
  body: z.string(),
  link: z.string().nullable(),
  about: z.object({ projectId: name, worktreeId: name, sessionId: name, project: name, worktree: name, session: name }),
  target: z.object({ page: noticePage, id: name }),
  at: z.number(),
  severity: z.enum(['info', 'attention', 'error']),
  urgent: z.boolean(),
  prompt: z.boolean(),
  ownDoing: z.boolean(),
}) satisfies z.ZodType<Notice>;
const row = z.object({ notice: z.string() });

/** Notices between their happening and their routing, for which a burst is waited; in the database, so that an app that dies then has not lost them. */
export class Gathered {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  put(one: Notice): void {
    const text = JSON.stringify(one, (_key, value: unknown) => (typeof value === 'string' ? redact(value) : value));
    this.#db.transaction(
      () =>
        this.#db.run('INSERT OR REPLACE INTO notice_gathered (id, notice) VALUES (?, ?)', [
          one.id,
          text.replaceAll('\\u0000', ''),
        ]),
      'soon',
    );
  }

  /** In the transaction in which they are handed on. */
  take(ids: readonly string[]): void {
    for (const id of ids) this.#db.run('DELETE FROM notice_gathered WHERE id = ?', [id]);
  }

  /** What an earlier run of the app did not come to tell. What only another version understands is left out, and kept for it. */
  all(): Notice[] {
    const rows = this.#db.all('SELECT notice FROM notice_gathered ORDER BY id', [], row);
    return rows.flatMap((one) => notice.safeParse(JSON.parse(one.notice)).data ?? []);
  }
}
