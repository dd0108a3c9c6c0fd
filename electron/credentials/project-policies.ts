import type { Coverage, ProjectView, StateChange } from '../../shared/model.ts';
import { type CredentialSettings, defaultProjectPolicy, type ProjectPolicy, profileWords, reachOf } from '../../shared/policy.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Settings } from '../storage/settings.ts';
import type { Binding } from './credential.ts';
import type { LifePolicy } from './policy.ts';

type Kept = Pick<Settings, 'projects' | 'credentials'>;

export interface ProjectPoliciesOptions {
  readonly settings: {
    get(): Kept;
    update(change: Partial<Kept>): unknown;
  };
  readonly projects: () => Readonly<Record<string, ProjectView>>;
  /** What the GitHub App could give a repository. */
  readonly reach: (repository: string | null) => {
    readonly coverage: Coverage;
    readonly grants: Readonly<Record<string, string>> | null;
  };
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly audit: (entry: AuditInput) => void;
  /** The project's credentials end, or are replaced by ones of the new policy. */
  readonly changed: (projectId: string, enabled: boolean) => void;
  /** The project's worktrees may have credentials again. */
  readonly allowed: (projectId: string) => void;
}

const hourMs = 3_600_000;

/** What the person has decided for each project, and for when credentials are made: kept, shown and acted on. */
export class ProjectPolicies {
  readonly #o: ProjectPoliciesOptions;
  #shown: readonly string[] = [];

  constructor(options: ProjectPoliciesOptions) {
    this.#o = options;
  }

  of(projectId: string): ProjectPolicy {
    const { projects } = this.#o.settings.get();
    return (Object.hasOwn(projects, projectId) && projects[projectId]) || defaultProjectPolicy;
  }

  life(): LifePolicy {
    const { mintAt, lapseHours } = this.#o.settings.get().credentials;
    return { mintAt, lapseAfterMs: lapseHours === null ? null : lapseHours * hourMs };
  }

  vaultKeyTemplate(): string {
    return this.#o.settings.get().credentials.vaultKeyTemplate;
  }

  /** The repositories (`owner/name`) that git in a worktree may ask for. */
  repositoriesOf({ projectId, repository }: Pick<Binding, 'projectId' | 'repository'>): readonly string[] {
    return reachOf(repository, this.of(projectId));
  }

  /** Decides for a project; its credentials follow at once. */
  set(projectId: string, policy: ProjectPolicy): void {
    const before = this.of(projectId);
    if (JSON.stringify(before) === JSON.stringify(policy)) return;
    this.#o.settings.update({ projects: { ...this.#o.settings.get().projects, [projectId]: policy } });
    this.#note(
      policy.enabled
        ? 'What the project’s worktrees get was changed.'
        : 'Credentials were switched off for the project; git in its worktrees is the person’s own again.',
      {
        project: this.#o.projects()[projectId]?.name ?? projectId,
        source: policy.source,
        profile: profileWords[policy.profile],
        ...(policy.profile === 'custom' && {
          custom: Object.entries(policy.custom)
            .map((pair) => pair.join(': '))
            .join(', '),
        }),
        ...(policy.extraRepositories.length > 0 && { 'extra repositories': policy.extraRepositories.join(', ') }),
      },
    );
    this.publish();
    if (policy.enabled && !before.enabled) this.#o.allowed(projectId);
    if (before.enabled || JSON.stringify({ ...before, enabled: true }) !== JSON.stringify(policy))
      this.#o.changed(projectId, policy.enabled);
  }

  /** Decides when credentials are made and go to sleep, and what new ones are called. */
  setLife(credentials: CredentialSettings): void {
    if (JSON.stringify(credentials) === JSON.stringify(this.#o.settings.get().credentials)) return;
    this.#o.settings.update({ credentials });
    this.#note('When credentials are made and go to sleep was changed.', {
      made: credentials.mintAt === 'creation' ? 'when the worktree is created' : 'at the first use',
      sleep: credentials.lapseHours === null ? 'never' : `after ${credentials.lapseHours} hours without use`,
      name: credentials.vaultKeyTemplate,
    });
    this.publish();
  }

  /** Shows every project's policy with what the GitHub App could give it. */
  publish(): void {
    const projects = Object.values(this.#o.projects());
    const gone = this.#shown.filter((id) => !projects.some((project) => project.id === id));
    this.#shown = projects.map(({ id }) => id);
    this.#o.publish([
      ...gone.map((id) => ({ collection: 'policies', id, value: null }) as const),
      ...projects.map(({ id, repository }) => {
        const { coverage, grants } = this.#o.reach(repository);
        return {
          collection: 'policies',
          id,
          value: { ...this.of(id), projectId: id, coverage, grants: grants && { ...grants } },
        } as const;
      }),
      {
        collection: 'settings',
        id: 'credentials',
        value: { ...this.#o.settings.get().credentials, id: 'credentials' },
      },
    ]);
  }

  #note(message: string, facts: Record<string, string>): void {
    this.#o.audit({ kind: 'policy.changed', actor: 'person', outcome: 'ok', message, facts });
  }
}
