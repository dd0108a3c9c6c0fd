import { z } from 'zod';
import { type PushView, pushView, type SessionThen, sessionThen } from '../../shared/attribution.ts';
import type { Commit } from '../git/commits.ts';
import type { Db } from '../storage/database.ts';
import type { Migration } from '../storage/migrations.ts';

/** The tables of this room: what went out, by whom, with which credential. */
export const attributionMigrations: readonly Migration[] = [
  {
    name: 'attribution: pushes and commits',
    sql: `
      CREATE TABLE push (
        id INTEGER PRIMARY KEY,
        worktree_id TEXT NOT NULL,
        subject TEXT NOT NULL,
        repository TEXT NOT NULL,
        branch TEXT NOT NULL,
        old TEXT NOT NULL,
        new TEXT NOT NULL,
        at INTEGER NOT NULL,
        commits INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        generation INTEGER NOT NULL,
        sessions TEXT NOT NULL,
        UNIQUE (worktree_id, branch, old, new, at)
      ) STRICT;
      CREATE INDEX push_branch ON push (branch, at);
      CREATE INDEX push_worktree ON push (worktree_id, at);
      CREATE TABLE pushed_commit (
        sha TEXT PRIMARY KEY,
        push_id INTEGER NOT NULL REFERENCES push (id),
        author TEXT NOT NULL,
        subject TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
];

/** A commit that went out, and the push by which it did so first. */
export interface PushedCommit extends Commit {
  readonly push: PushView;
}

const columns = 'id, worktree_id, subject, repository, branch, old, new, at, commits, fingerprint, generation, sessions';
const row = z
  .object({
    id: z.number(),
    worktree_id: z.string(),
    subject: z.string(),
    repository: z.string(),
    branch: z.string(),
    old: z.string(),
    new: z.string(),
    at: z.number(),
    commits: z.number(),
    fingerprint: z.string(),
    generation: z.number(),
    sessions: z.string(),
  })
  .transform(({ worktree_id, old, sessions, ...rest }) =>
    pushView.parse({
      ...rest,
      worktreeId: worktree_id,
      old: old || null,
      sessions: z.array(sessionThen).parse(JSON.parse(sessions)),
    }),
  );
const commitRow = z.object({ sha: z.string(), push_id: z.number(), author: z.string(), commit_subject: z.string() });

/** What is known of pushes, in the database. */
export class PushRecords {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Writes a push down with its commits; a commit stays with the push by which it went out first. False when it is known already. */
  add(push: Omit<PushView, 'id' | 'sessions'>, sessions: readonly SessionThen[], commits: readonly Commit[]): boolean {
    return this.#db.transaction(() => {
      const { changes } = this.#db.run(
        `INSERT OR IGNORE INTO push (worktree_id, subject, repository, branch, old, new, at, commits, fingerprint, generation, sessions)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          push.worktreeId,
          push.subject,
          push.repository,
          push.branch,
          push.old ?? '',
          push.new,
          push.at,
          push.commits,
          push.fingerprint,
          push.generation,
          JSON.stringify(sessions),
        ],
      );
      if (changes === 0) return false;
      const last = this.#db.get('SELECT max(id) AS id FROM push', [], z.object({ id: z.number() }));
      for (const { sha, author, subject } of commits)
        this.#db.run('INSERT OR IGNORE INTO pushed_commit (sha, push_id, author, subject) VALUES (?, ?, ?, ?)', [
          sha,
          last?.id ?? 0,
          author,
          subject,
        ]);
      return true;
    });
  }

  /** A worktree's pushes, newest first. */
  ofWorktree(worktreeId: string, limit: number): PushView[] {
    return this.#db.all(
      `SELECT ${columns} FROM push WHERE worktree_id = ? ORDER BY at DESC, id DESC LIMIT ?`,
      [worktreeId, limit],
      row,
    );
  }

  /** Each worktree's newest push to a branch, newest first. `repository` null: of any. */
  ofBranch(branch: string, repository: string | null): PushView[] {
    const pushes = this.#db.all(
      `SELECT ${columns} FROM push WHERE branch = ?1 AND (?2 IS NULL OR lower(repository) = lower(?2)) ORDER BY at DESC, id DESC LIMIT 200`,
      [branch, repository],
      row,
    );
    const seen = new Set<string>();
    return pushes.filter(({ worktreeId }) => !seen.has(worktreeId) && seen.add(worktreeId));
  }

  /** Commits whose id begins with `prefix` (hexadecimal, lower case), two at most. */
  commitsLike(prefix: string): PushedCommit[] {
    const found = this.#db.all(
      'SELECT sha, push_id, author, subject AS commit_subject FROM pushed_commit WHERE sha >= ? AND sha < ? LIMIT 2',
      // The letter after the last hexadecimal digit.
      [prefix, `${prefix}g`],
      commitRow,
    );
    return found.flatMap(({ sha, push_id, author, commit_subject: subject }) => {
      const push = this.#db.get(`SELECT ${columns} FROM push WHERE id = ?`, [push_id], row);
      return push === null ? [] : [{ sha, author, subject, push }];
    });
  }
}
