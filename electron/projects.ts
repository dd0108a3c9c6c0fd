import type { StateChange } from '../shared/model.ts';
import type { AuditInput } from './audit/log.ts';
import type { GitHubConnection } from './connections/github.ts';
import { Installations } from './connections/installations.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import { ProjectPolicies } from './credentials/project-policies.ts';
import type { Provisioning } from './provisioning.ts';
import type { Boards } from './sessions/boards.ts';
import type { SettingsFile } from './storage/settings.ts';

export interface ProjectsOptions {
  readonly board: Boards;
  readonly github: GitHubConnection;
  readonly lifecycle: () => Lifecycle;
  readonly provisioning: () => Provisioning;
  readonly settings: SettingsFile;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly audit: (entry: AuditInput) => void;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** A window that is looked at again and again asks GitHub no more often than this, ms. */
const glanceEveryMs = 5_000;

/** Part of the roof: what each project of Jean gets, and whether GitHub lets us in there. */
export class Projects {
  readonly policies: ProjectPolicies;
  readonly #o: ProjectsOptions;
  readonly #installations: Installations;
  /** Projects whose remote was read; reading it starts git. */
  readonly #read = new Set<string>();
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
        void options.provisioning().provisionProject(projectId);
      },
    });
  }

  /** Another Jean is watched from now on. */
  restart(): void {
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
    this.#o.provisioning().open();
    await this.look();
    await this.#o.provisioning().provisionAll();
  }

  async #look(): Promise<void> {
    for (const { id, path } of Object.values(this.#o.board.state().projects))
      if (!this.#read.has(id)) {
        this.#read.add(id);
        await this.#o.provisioning().repositoryOf(id, path);
      }
    const repositories = Object.values(this.#o.board.state().projects).flatMap(({ repository }) => repository ?? []);
    const changed = await this.#installations.refresh(repositories).catch((error: unknown) => {
      this.#o.log(`The installations of the GitHub App can’t be read: ${String(error)}`);
      return false;
    });
    this.policies.publish();
    if (!changed) return;
    await this.#o.provisioning().provisionAll();
  }
}
