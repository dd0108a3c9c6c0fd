import type { PushView, SessionThen } from '../../shared/attribution.ts';
import type { AuditInput } from '../audit/log.ts';
import { plainLine } from '../base/plain-line.ts';
import type { Push } from '../git/pushes.ts';
import type { Db } from '../storage/database.ts';
import type { PushRecords } from './records.ts';

/** A worktree whose credential GitHub accepted, and that credential. */
export interface Accepted {
  readonly worktreeId: string;
  /** "shop · checkout-flake" */
  readonly subject: string;
  readonly path: string;
  /** `owner/name` */
  readonly repository: string;
  /** base64(SHA-256(token)) */
  readonly fingerprint: string;
  readonly generation: number;
}

export interface AttributionOptions {
  readonly db: Pick<Db, 'transaction'>;
  readonly records: PushRecords;
  readonly pushes: { expect(worktreePath: string, from: number, told: (push: Push) => void): Promise<void> };
  /** Those that are at work in a worktree now. */
  readonly sessionsAt: (worktreeId: string) => readonly SessionThen[];
  readonly audit: (entry: AuditInput) => void;
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
}

/** Writes down what went out of managed worktrees, by which session and with which credential. */
export class Attribution {
  readonly #o: AttributionOptions;

  constructor(options: AttributionOptions) {
    this.#o = options;
  }

  /** GitHub accepted a credential from git: what is pushed next out of that worktree is written down. */
  accepted(accepted: Accepted): void {
    const sessions = this.#o.sessionsAt(accepted.worktreeId);
    this.#o.pushes
      .expect(accepted.path, this.#o.now(), (push) => this.#record(accepted, sessions, push))
      .catch((error: unknown) => this.#o.onError(error));
  }

  /** The newest pushes of a worktree. */
  pushesOf(worktreeId: string): PushView[] {
    return this.#o.records.ofWorktree(worktreeId, 20);
  }

  /** When something last went out of a worktree, epoch ms; null when nothing did. */
  lastPushAt(worktreeId: string): number | null {
    return this.#o.records.ofWorktree(worktreeId, 1)[0]?.at ?? null;
  }

  #record(accepted: Accepted, sessions: readonly SessionThen[], push: Push): void {
    const { worktreeId, subject, repository, fingerprint, generation } = accepted;
    const branch = plainLine(push.branch, 200);
    const { old, new: tip, at, count } = push;
    const row = { worktreeId, subject, repository, branch, old, new: tip, at, commits: count, fingerprint, generation };
    this.#o.db.transaction(() => {
      if (!this.#o.records.add(row, sessions, push.commits)) return;
      const many = count === 1 ? '1 commit' : `${count} commits`;
      this.#o.audit({
        kind: 'git.pushed',
        actor: 'git',
        outcome: 'ok',
        worktreeId,
        subject,
        fingerprint,
        message: count === 0 ? `Pushed ${branch}; its commits had gone out before.` : `Pushed ${many} to ${branch}.`,
        facts: {
          repository,
          branch,
          range: old === null ? tip : `${old}..${tip}`,
          commits: String(count),
          ...(sessions.length > 0 ? { sessions: sessions.map(({ id }) => id).join(', ') } : {}),
        },
      });
    });
  }
}
