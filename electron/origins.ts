import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Attribution as Answer, PushView, SessionThen } from '../shared/attribution.ts';
import { bucketOf } from '../shared/model.ts';
import { Attribution } from './attribution/attribution.ts';
import { CommitMarks } from './attribution/commit-marks.ts';
import { fateOf } from './attribution/fate.ts';
import { PushRecords } from './attribution/records.ts';
import { type PlaceOfWork, Who } from './attribution/who.ts';
import type { AuditLog } from './audit/log.ts';
import { PullLookup } from './connections/pull-lookup.ts';
import { type Binding, type CredentialRecord, currentToken, type Token } from './credentials/credential.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import type { CredentialRecords } from './credentials/records.ts';
import { findCommit, wasMadeIn } from './git/commits.ts';
import { PushWatch } from './git/pushes.ts';
import type { WorktreePlan } from './git/worktree-settings.ts';
import type { Boards } from './sessions/boards.ts';
import type { Db } from './storage/database.ts';
import type { SettingsFile } from './storage/settings.ts';

/** What of a world is needed to say where commits come from. */
export interface OriginsOptions {
  readonly folder: string;
  readonly db: Db;
  readonly settings: SettingsFile;
  readonly audit: AuditLog;
  readonly records: CredentialRecords;
  readonly board: Pick<Boards, 'state'>;
  readonly lifecycle: () => Pick<Lifecycle, 'valueForGit'>;
  /** Puts into a worktree's git what the settings say now. */
  readonly install: (binding: Binding) => Promise<void>;
  readonly webUrl: () => string;
  readonly fetch: typeof fetch;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** A part of the roof, beside world.ts: what went out of managed worktrees, who that was, and the marks that commits carry. */
export class Origins {
  readonly #o: OriginsOptions;
  readonly #pushes: PushWatch;
  readonly #attribution: Attribution;
  readonly #who: Who;
  readonly #marks: CommitMarks;

  constructor(options: OriginsOptions) {
    this.#o = options;
    const { db, settings, audit, records, fetch, now } = options;
    const onError = (error: unknown): void => options.log(`Attribution failed: ${String(error)}`);
    const sessionsAt = (worktreeId: string): SessionThen[] => this.#sessionsAt(worktreeId);
    const pushRecords = new PushRecords(db);
    this.#pushes = new PushWatch({ now, onError });
    this.#attribution = new Attribution({
      db,
      records: pushRecords,
      pushes: this.#pushes,
      sessionsAt,
      audit: (entry) => void audit.append(entry),
      onError,
      now,
    });
    const lookup = new PullLookup({
      apiUrl: () => settings.get().github?.apiUrl ?? 'https://api.github.com',
      fetch,
      now,
      token: async (repository) => {
        for (const { binding } of records.all()) {
          if (binding.repository.toLowerCase() !== repository.toLowerCase()) continue;
          const held = await options.lifecycle().valueForGit(binding.worktreeId);
          if (held && held.token.expiresAt > now()) return held.value;
        }
        return null;
      },
    });
    this.#who = new Who({
      records: pushRecords,
      worktrees: () => this.#places(),
      sessionsAt,
      credentialOf: (worktreeId) => records.get(worktreeId)?.tokens.at(-1)?.fingerprint ?? null,
      fateOf: (fingerprint) => fateOf(audit, fingerprint, now()),
      host: () => new URL(options.webUrl()).host,
      pull: (repository, number) => lookup.find(repository, number),
      findCommit,
      wasMadeIn,
    });
    this.#marks = new CommitMarks({
      on: () => settings.get().trailers,
      hooks: join(options.folder, 'hooks'),
      file: (worktreeId) => join(options.folder, 'marks', createHash('sha256').update(worktreeId).digest('hex').slice(0, 16)),
      managed: () => this.#installed().map(({ worktreeId }) => worktreeId),
      sessionsAt,
      credentialOf: (worktreeId) => {
        const record = records.get(worktreeId);
        return (record && currentToken(record)?.fingerprint) ?? null;
      },
      onError,
    });
  }

  /** Before any worktree's git is touched. */
  start(): Promise<void> {
    return this.#marks.start();
  }

  async stop(): Promise<void> {
    this.#pushes.stop();
    await this.#marks.stop();
  }

  /** GitHub accepted a credential that git showed it. */
  accepted({ binding }: CredentialRecord, { fingerprint, generation }: Token): void {
    const { worktreeId, subject, path, repository } = binding;
    if (fingerprint !== null) this.#attribution.accepted({ worktreeId, subject, path, repository, fingerprint, generation });
  }

  /** A session or the credential of a worktree changed. */
  changed(worktreeId: string): void {
    if (this.#o.settings.get().trailers) this.#marks.update(worktreeId);
  }

  /** What marks commits in a worktree; null while they are not to be marked. */
  trailersFor(worktreeId: string): WorktreePlan['trailers'] {
    return this.#marks.planFor(worktreeId);
  }

  /** Marks commits from now on, or no more, in every managed worktree. Throws with those in which that failed. */
  async setTrailers(on: boolean): Promise<void> {
    this.#o.settings.update({ trailers: on });
    const message = on
      ? 'Commits in managed worktrees are marked with their session and credential from now on.'
      : 'Commits in managed worktrees are not marked any more.';
    try {
      this.#o.audit.append({ kind: 'policy.changed', actor: 'person', outcome: 'ok', message });
    } catch (error) {
      // What can't be written down is not done by halves.
      this.#o.settings.update({ trailers: !on });
      throw error;
    }
    await this.#marks.start();
    const installed = this.#installed();
    const results = await Promise.allSettled(installed.map((binding) => this.#o.install(binding)));
    const failed = installed.filter((_binding, at) => results[at]?.status === 'rejected').map(({ subject }) => subject);
    if (failed.length > 0) throw new Error(`The hooks of these worktrees could not be changed: ${failed.join(', ')}.`);
  }

  /** The newest pushes of a worktree. */
  pushesOf(worktreeId: string): PushView[] {
    return this.#attribution.pushesOf(worktreeId);
  }

  /** When something last went out of a worktree, epoch ms; null when nothing did. */
  lastPushAt(worktreeId: string): number | null {
    return this.#attribution.lastPushAt(worktreeId);
  }

  /** Who a commit, a pull request or a branch came from; null when the text is none of them. */
  who(text: string): Promise<Answer | null> {
    return this.#who.ask(text);
  }

  #installed(): Binding[] {
    return this.#o.records.all().flatMap(({ binding }) => (binding.installed ? [binding] : []));
  }

  #sessionsAt(worktreeId: string): SessionThen[] {
    return Object.values(this.#o.board.state().sessions)
      .filter((session) => session.worktreeId === worktreeId)
      .filter(({ status }) => bucketOf(status) === 'running' || bucketOf(status) === 'needs-you')
      .map(({ id, name, model }) => ({ id, name, model }));
  }

  #places(): PlaceOfWork[] {
    const { projects, worktrees } = this.#o.board.state();
    const known = this.#o.records.all().map(({ binding }): PlaceOfWork => {
      const { worktreeId, subject, repository, path, projectPath } = binding;
      const now = worktrees[worktreeId];
      return {
        worktreeId,
        subject,
        repository,
        branch: now?.branch ?? null,
        path,
        projectPath,
        managed: true,
        pull: now?.pull?.number ?? null,
      };
    });
    const managed = new Set(known.map(({ worktreeId }) => worktreeId));
    const others = Object.values(worktrees).flatMap((worktree): PlaceOfWork[] => {
      const project = projects[worktree.projectId];
      if (managed.has(worktree.id) || !project) return [];
      const { id: worktreeId, branch, path } = worktree;
      const subject = `${project.name} · ${worktree.name}`;
      const pull = worktree.pull?.number ?? null;
      return [
        { worktreeId, subject, repository: project.repository, branch, path, projectPath: project.path, managed: false, pull },
      ];
    });
    return [...known, ...others];
  }
}
