import type { StateChange } from '../shared/model.ts';
import type { SourceKind } from '../shared/policy.ts';
import type { AuditInput } from './audit/log.ts';
import type { GitHubConnection } from './connections/github.ts';
import { Installations } from './connections/installations.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import { ProjectPolicies } from './credentials/project-policies.ts';
import { originOf } from './git/remote.ts';
import type { Board } from './sessions/board.ts';
import type { WorktreeFacts } from './sessions/happening.ts';
import type { SettingsFile } from './storage/settings.ts';

export interface ProjectsOptions {
  readonly board: Board;
  readonly github: GitHubConnection;
  readonly lifecycle: () => Lifecycle;
  /** Whether credentials can come from there now. */
  readonly connected: (source: SourceKind) => boolean;
  readonly settings: SettingsFile;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly audit: (entry: AuditInput) => void;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** A window that is looked at again and again asks GitHub no more often than this, ms. */
const glanceEveryMs = 5_000;

/** Part of the roof: which repository each project of Jean is, whether GitHub lets us in there, and which worktrees get a credential. */
export class Projects {
  readonly policies: ProjectPolicies;
  readonly #o: ProjectsOptions;
  readonly #installations: Installations;
  /** Projects whose remote was read; reading it starts git. */
  readonly #read = new Set<string>();
  #stopping = new AbortController();
  #looking: Promise<void> = Promise.resolve();
  #lookedAt = 0;

  constructor(options: ProjectsOptions) {
    this.#o = options;
    const { board, github, settings, publish, audit } = options;
    this.#installations = new Installations({ source: github, publish });
    this.policies = new ProjectPolicies({
      settings,
      projects: () => board.state().projects,
      reach: (repository) => this.#installations.reachOf(repository),
      publish,
      audit,
      changed: (projectId, enabled) => options.lifecycle().policyChanged(projectId, enabled),
      allowed: (projectId) => {
        for (const facts of this.#worktrees()) if (facts.project.id === projectId) void this.provision(facts);
      },
    });
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Another Jean is watched from now on. */
  restart(): void {
    this.#stopping.abort();
    this.#stopping = new AbortController();
    this.#read.clear();
  }

  /** The board has changed: new projects are looked at. */
  onBoard(changes: readonly StateChange[]): void {
    if (!changes.some(({ collection }) => collection === 'projects')) return;
    this.policies.publish();
    if (Object.keys(this.#o.board.state().projects).some((id) => !this.#read.has(id))) void this.look();
  }

  /** The person came to the window: perhaps from GitHub, where the App was given more repositories. */
  glance(): void {
    if (this.#o.github.connected && this.#o.now() - this.#lookedAt >= glanceEveryMs) void this.look();
  }

  /** Asks GitHub where the App is installed; what came within reach gets its credentials. The answer, or why there is none, is in the state. */
  look(): Promise<void> {
    this.#lookedAt = this.#o.now();
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  /** A source was connected, or is another one now: projects get their repositories, worktrees their credentials. */
  async provisionAll(): Promise<void> {
    this.#read.clear();
    await this.look();
    for (const facts of this.#worktrees()) await this.provision(facts);
    this.#o.lifecycle().retryAll();
  }

  /** Gives a worktree its credential where it is to have one: not the project's own work tree, and at the GitHub that we know. */
  async provision({ worktree, project }: WorktreeFacts): Promise<void> {
    const { enabled, source } = this.policies.of(project.id);
    if (!enabled) return this.#o.lifecycle().end(worktree.id, 'switched-off');
    if (!this.#o.connected(source) || worktree.base) return;
    const repository = await this.#repositoryOf(project.id, project.path);
    // Jean may have removed it while git was asked.
    if (repository === null || this.#o.board.worktree(worktree.id) === null) return;
    const over = worktree.pull?.state === 'merged' || worktree.pull?.state === 'closed' ? worktree.pull.state : null;
    if (over !== null) return this.#o.lifecycle().end(worktree.id, over);
    this.#o.lifecycle().want({
      worktreeId: worktree.id,
      projectId: project.id,
      projectName: project.name,
      worktreeName: worktree.name,
      branch: worktree.branch,
      path: worktree.path,
      projectPath: project.path,
      repository,
    });
  }

  async #look(): Promise<void> {
    for (const { id, path } of Object.values(this.#o.board.state().projects))
      if (!this.#read.has(id)) await this.#repositoryOf(id, path);
    const repositories = Object.values(this.#o.board.state().projects).flatMap(({ repository }) => repository ?? []);
    const changed = await this.#installations.refresh(repositories).catch((error: unknown) => {
      this.#o.log(`The installations of the GitHub App can’t be read: ${String(error)}`);
      return false;
    });
    this.policies.publish();
    if (!changed) return;
    for (const facts of this.#worktrees()) await this.provision(facts);
    this.#o.lifecycle().retryAll();
  }

  async #repositoryOf(projectId: string, path: string): Promise<string | null> {
    this.#read.add(projectId);
    const origin = await originOf(path, this.#stopping.signal).catch((error: unknown) => {
      this.#o.log(`The remote of ${path} can’t be read: ${String(error)}`);
      return null;
    });
    const remote = origin?.remote ?? null;
    const web = new URL(this.#o.github.webUrl);
    const ours = remote !== null && (remote.protocol === 'ssh' ? remote.host === web.hostname : remote.host === web.host);
    const repository = ours ? `${remote.owner}/${remote.name}` : null;
    const { changes } = this.#o.board.setRepository(projectId, repository);
    this.#o.publish(changes);
    if (changes.length > 0) this.policies.publish();
    return repository;
  }

  #worktrees(): WorktreeFacts[] {
    return Object.keys(this.#o.board.state().worktrees).flatMap((id) => this.#o.board.worktree(id) ?? []);
  }
}
