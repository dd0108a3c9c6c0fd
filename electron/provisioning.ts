import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { StateChange } from '../shared/model.ts';
import type { ProjectPolicy, SourceKind } from '../shared/policy.ts';
import type { AuditInput } from './audit/log.ts';
import type { GitHubConnection } from './connections/github.ts';
import { isOverruled, releasesGit } from './credentials/credential.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import type { CredentialRecords } from './credentials/records.ts';
import { FirstCheck } from './first-check.ts';
import { originOf } from './git/remote.ts';
import type { Boards } from './sessions/boards.ts';
import type { WorktreeFacts } from './sessions/happening.ts';

export interface ProvisioningOptions {
  /** The Companion's own. */
  readonly folder: string;
  readonly board: Pick<Boards, 'worktree' | 'state' | 'setRepository'>;
  readonly records: Pick<CredentialRecords, 'all' | 'get' | 'remove'>;
  readonly lifecycle: Pick<Lifecycle, 'want' | 'wake' | 'end' | 'settle' | 'provision' | 'retryAll'>;
  readonly github: Pick<GitHubConnection, 'webUrl'>;
  readonly settings: {
    get(): { readonly baseWorktrees: readonly string[] };
    update(change: { readonly baseWorktrees: readonly string[] }): unknown;
  };
  readonly audit: (entry: AuditInput) => void;
  /** What the person set for a project. */
  readonly policyOf: (projectId: string) => Pick<ProjectPolicy, 'enabled' | 'source'>;
  /** Whether credentials can come from there now. */
  readonly connected: (source: SourceKind) => boolean;
  readonly publish: (changes: readonly StateChange[]) => void;
  /** Aborted when another Jean is watched, or none. */
  readonly watching: () => AbortSignal;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** Says which worktrees of the board are to have a credential, and tells the lifecycle. */
export class Provisioning {
  readonly check: FirstCheck;
  readonly #o: ProvisioningOptions;
  /** Look-ups of a project's remote that are under way: its worktrees appear together. */
  readonly #origins = new Map<string, Promise<string | null>>();
  /** While the App goes, or another takes its place, nothing may be made by it. */
  #pauses = 0;
  /** Everything of ours was taken out: nothing is made until an account is connected again. */
  #closed = false;

  constructor(options: ProvisioningOptions) {
    this.#o = options;
    const { audit, folder, github, lifecycle, now, publish, records } = options;
    this.check = new FirstCheck({
      folder,
      records,
      lifecycle,
      audit,
      now,
      webUrl: () => github.webUrl,
      publish: (value) => publish([{ collection: 'check', id: value.id, value }]),
      forgotten: (id) => publish([{ collection: 'credentials', id, value: null }]),
    });
  }

  /** Gives a worktree its credential where it is to have one: the project's own work tree only where the person asked for it, and at the GitHub that we know. `reopened`: its pull request is open again, and so is what ended with that. */
  async provision(seen: WorktreeFacts, reopened = false): Promise<void> {
    const { board, connected, lifecycle, policyOf, records } = this.#o;
    const { id, path } = seen.project;
    if (this.#elsewhere(id)) return;
    const { enabled, source } = policyOf(id);
    if (!enabled) return lifecycle.end(seen.worktree.id, 'switched-off');
    if (!connected(source) || (seen.worktree.base && !this.#isAskedFor(seen.worktree.id))) return;
    const repository = await this.repositoryOf(id, path);
    // While git was asked, Jean may have changed or removed it, and the App may have gone.
    const facts = board.worktree(seen.worktree.id);
    if (repository === null || facts === null || !connected(policyOf(id).source) || this.#pauses > 0 || this.#closed) return;
    const { worktree, project } = facts;
    if (!isAbsolute(worktree.path)) return;
    const { state = null, number = 0 } = worktree.pull ?? {};
    const over = state === 'merged' || state === 'closed' ? state : null;
    if (over !== null && !isOverruled(records.get(worktree.id)?.binding, over, number))
      return lifecycle.end(worktree.id, over, number);
    lifecycle.want(
      {
        worktreeId: worktree.id,
        projectId: project.id,
        projectName: project.name,
        worktreeName: worktree.name,
        branch: worktree.branch,
        path: worktree.path,
        projectPath: project.path,
        repository,
      },
      reopened,
    );
  }

  /** A GitHub App was connected: projects get their repositories, worktrees their credentials. */
  async provisionAll(): Promise<void> {
    const { board, lifecycle } = this.#o;
    const all = Object.keys(board.state().worktrees).flatMap((id) => board.worktree(id) ?? []);
    for (const facts of all) await this.provision(facts);
    lifecycle.retryAll();
  }

  /** A project's policy allows credentials now. */
  async provisionProject(projectId: string): Promise<void> {
    const { board } = this.#o;
    for (const id of Object.keys(board.state().worktrees)) {
      const facts = board.worktree(id);
      if (facts?.project.id === projectId) await this.provision(facts);
    }
  }

  /** Ends what ended in Jean while we were not looking. */
  endMissing(): void {
    void this.check.sweep();
    for (const { binding } of this.#o.records.all()) {
      if (this.check.holds(binding.worktreeId)) continue;
      // One whose credential had ended before may still have a socket and our settings.
      const left = binding.ending === null || (binding.touched && !releasesGit[binding.ending]);
      if (!left || this.#o.board.worktree(binding.worktreeId) !== null) continue;
      void this.#o.lifecycle.end(binding.worktreeId, existsSync(binding.path) ? 'archived' : 'deleted');
    }
  }

  /** Ends every credential and releases every worktree. Throws when one could not be ended for certain. */
  async endAll(): Promise<void> {
    const { records, lifecycle, policyOf } = this.#o;
    // A person's own token does not go with the App.
    const ofApp = () => records.all().filter(({ binding }) => policyOf(binding.projectId).source === 'app');
    const held = ofApp().filter(({ binding }) => binding.ending === null || binding.installed);
    await Promise.all(held.map((r) => lifecycle.end(r.binding.worktreeId, 'disconnected')));
    const left = ofApp().filter((r) => r.binding.installed || r.tokens.some((t) => t.phase !== 'dead' && t.phase !== 'lost'));
    if (left.length > 0)
      throw new Error(
        `${left.length} credentials could not be ended yet. Keep the App connected until they are; the companion goes on trying.`,
      );
  }

  /**
   * Gives the project's own work tree a credential, because the person asked for it; from then on it is as any other worktree.
   * Throws with the reason when that can't be.
   */
  async provisionBase(worktreeId: string): Promise<void> {
    const { audit, board, connected, policyOf, records, settings } = this.#o;
    const facts = board.worktree(worktreeId);
    if (!facts?.worktree.base) throw new Error('That is no base session that Jean shows.');
    const { project, worktree } = facts;
    const { enabled, source } = policyOf(project.id);
    if (!enabled) throw new Error(`Credentials are switched off for ${project.name}. Switch them on under Projects.`);
    if (!connected(source))
      throw new Error('There is nothing yet that a credential could come from. Connect a GitHub App in Settings.');
    if ((await this.repositoryOf(project.id, project.path)) === null)
      throw new Error(`${project.name} is no clone of a repository at the GitHub that is connected.`);
    if (!this.#isAskedFor(worktreeId)) settings.update({ baseWorktrees: [...settings.get().baseWorktrees, worktreeId] });
    audit({
      kind: 'policy.changed',
      actor: 'person',
      outcome: 'ok',
      worktreeId,
      subject: `${project.name} · ${worktree.name}`,
      message: 'The project’s own work tree gets a credential too, because you asked for it.',
    });
    await this.provision(facts);
    const ended = records.get(worktreeId)?.binding.ending;
    if (ended) await this.#o.lifecycle.provision(worktreeId);
  }

  /** Goes the whole way of a credential once, in a scratch work tree of the project. @throws Error with a sentence when it can't begin. */
  async startCheck(projectId: string): Promise<void> {
    const { board, connected, policyOf } = this.#o;
    const project = board.state().projects[projectId];
    if (!project) throw new Error('Jean does not show that project any more.');
    const { enabled, source } = policyOf(projectId);
    if (!enabled) throw new Error(`Credentials are switched off for ${project.name}. Switch them on under Projects.`);
    if (!connected(source))
      throw new Error('There is nothing yet that a credential could come from. Connect a GitHub App first.');
    if (this.#pauses > 0 || this.#closed) throw new Error(pausedWords);
    const { path } = project;
    const repository = await this.repositoryOf(projectId, path);
    if (repository === null) throw new Error(`${project.name} is no clone of a repository at the GitHub that is connected.`);
    this.check.start({ id: projectId, name: project.name, path, repository });
  }

  /** Whether this is a project's own work tree whose git the companion may change. */
  #isAskedFor(worktreeId: string): boolean {
    return this.#o.settings.get().baseWorktrees.includes(worktreeId);
  }

  /** Makes nothing while `change` is under way. */
  async paused<T>(change: () => Promise<T>): Promise<T> {
    this.#pauses += 1;
    try {
      return await change();
    } finally {
      this.#pauses -= 1;
    }
  }

  /** Makes nothing any more. */
  close(): void {
    this.#closed = true;
  }

  open(): void {
    this.#closed = false;
  }

  /** The GitHub repository that a project is a clone of, as its remote says now; null: of none that we know. The board is told. */
  async repositoryOf(projectId: string, path: string): Promise<string | null> {
    const looking = this.#origins.get(projectId) ?? this.#read(projectId, path).finally(() => this.#origins.delete(projectId));
    this.#origins.set(projectId, looking);
    return looking;
  }

  /** A path on another machine may be some other folder of this one: it is not even looked at. */
  #elsewhere(projectId: string): boolean {
    const { instances, projects } = this.#o.board.state();
    return instances[projects[projectId]?.instanceId ?? '']?.place === 'elsewhere';
  }

  async #read(projectId: string, path: string): Promise<string | null> {
    const { board, github, publish, log } = this.#o;
    if (this.#elsewhere(projectId)) return null;
    const signal = this.#o.watching();
    const origin = await originOf(path, signal).catch((error: unknown) => {
      if (!signal.aborted) log(`The remote of ${path} can’t be read: ${String(error)}`);
      return null;
    });
    if (signal.aborted) return null;
    const remote = origin?.remote ?? null;
    const web = new URL(github.webUrl);
    const ours = remote !== null && (remote.protocol === 'ssh' ? remote.host === web.hostname : remote.host === web.host);
    const repository = ours ? `${remote.owner}/${remote.name}` : null;
    publish(board.setRepository(projectId, repository).changes);
    return repository;
  }
}

const pausedWords =
  'Nothing is made now: credentials are being ended, or were taken out for good. Connect GitHub again, then check.';
