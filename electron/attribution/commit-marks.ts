import type { SessionThen } from '../../shared/attribution.ts';
import { type Trailers, writeHooks, writeTrailers } from '../git/commit-trailers.ts';
import type { WorktreePlan } from '../git/worktree-settings.ts';

export interface CommitMarksOptions {
  /** The person wants commits to be marked. */
  readonly on: () => boolean;
  /** Folder of our hooks, one for all worktrees. */
  readonly hooks: string;
  /** Where a worktree's hook reads what to mark commits with. */
  readonly file: (worktreeId: string) => string;
  /** Worktrees whose git is ours. */
  readonly managed: () => readonly string[];
  readonly sessionsAt: (worktreeId: string) => readonly SessionThen[];
  /** base64(SHA-256(token)) of the credential in force; null without one. */
  readonly credentialOf: (worktreeId: string) => string | null;
  readonly onError: (error: unknown) => void;
}

/** Keeps the files true that commits are marked by, one a worktree. While the app is not running there are none, so nothing is said that is out of date. */
export class CommitMarks {
  readonly #o: CommitMarksOptions;
  /** What stands in each file. */
  readonly #written = new Map<string, string>();
  #work: Promise<void> = Promise.resolve();

  constructor(options: CommitMarksOptions) {
    this.#o = options;
  }

  /** What is put into a worktree's git; null while commits are not to be marked. */
  planFor(worktreeId: string): WorktreePlan['trailers'] {
    return this.#o.on() ? { hooks: this.#o.hooks, file: this.#o.file(worktreeId) } : null;
  }

  /** Before any worktree's git points to the hooks, and whenever the setting changed. */
  async start(): Promise<void> {
    if (this.#o.on()) await writeHooks(this.#o.hooks);
    for (const worktreeId of this.#o.managed()) this.update(worktreeId);
    await this.#work;
  }

  /** A session or the credential of a worktree may have changed. */
  update(worktreeId: string): void {
    const marks = this.#o.on() ? this.#marksOf(worktreeId) : null;
    const text = JSON.stringify(marks);
    if ((this.#written.get(worktreeId) ?? 'null') === text) return;
    this.#written.set(worktreeId, text);
    this.#write(worktreeId, marks);
  }

  /** Takes every file away. */
  async stop(): Promise<void> {
    for (const worktreeId of this.#written.keys()) this.#write(worktreeId, null);
    this.#written.clear();
    await this.#work;
  }

  #write(worktreeId: string, marks: Trailers | null): void {
    this.#work = this.#work.then(() => writeTrailers(this.#o.file(worktreeId), marks)).catch(this.#o.onError);
  }

  /** With several sessions at work nobody can tell whose commit it is, unless Jean tells the hook. */
  #marksOf(worktreeId: string): Trailers {
    const [session, another] = this.#o.sessionsAt(worktreeId);
    const fingerprint = this.#o.credentialOf(worktreeId);
    return {
      session: another === undefined ? (session?.id ?? null) : null,
      credential: fingerprint === null ? null : fingerprint.slice(0, 12).replaceAll('+', '-').replaceAll('/', '_'),
    };
  }
}
