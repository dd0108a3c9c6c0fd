import type { SourceView, StateChange } from '../shared/model.ts';
import { defaultProjectPolicy, type SourceKind } from '../shared/policy.ts';
import type { AuditInput } from './audit/log.ts';
import type { Author, GitHubConnection } from './connections/github.ts';
import { Sources } from './connections/sources.ts';
import { type Binding, endless } from './credentials/credential.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import type { TokenSource } from './credentials/token-source.ts';
import { noticesFor } from './notifications/happenings.ts';
import type { Notice } from './notifications/notice.ts';
import type { Projects } from './projects.ts';
import type { Boards } from './sessions/boards.ts';
import type { SecretBox } from './storage/secret-box.ts';

export interface PersonSourcesOptions {
  readonly box: SecretBox;
  readonly github: GitHubConnection;
  readonly board: Boards;
  readonly projects: () => Projects;
  readonly lifecycle: () => Lifecycle;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly notify: (notice: Notice) => void;
  /** What was told of a project's shared token is past. */
  readonly onReplaced: (projectId: string) => void;
  readonly audit: (entry: AuditInput) => void;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/** Part of the roof: the sources that are a person's, put between the projects, the App and the lifecycle. */
export class PersonSources extends Sources {
  readonly #github: GitHubConnection;
  readonly #projects: () => Projects;

  constructor(o: PersonSourcesOptions) {
    const { github } = o;
    super({
      box: o.box,
      fetch: o.fetch,
      now: o.now,
      audit: o.audit,
      github: () => ({ apiUrl: github.apiUrl, webUrl: github.webUrl }),
      clientId: () => github.clientId(),
      repositoryId: (repository) => github.repositoryId({ repository, policy: lookUp }),
      project: (projectId) => {
        const { name, repository } = o.board.state().projects[projectId] ?? {};
        return name === undefined || !repository ? null : { name, repository, policy: o.projects().policies.of(projectId) };
      },
      publish: (id: string, value: SourceView | null) => o.publish([{ collection: 'sources', id, value }]),
      onReplaced: (projectId, kind, fingerprint) => {
        o.onReplaced(projectId);
        o.lifecycle().sourceReplaced(projectId, kind, fingerprint);
        // Without an App this may be what the project's worktrees have waited for.
        if (fingerprint !== null) void o.projects().provisionAll();
      },
      onExpiring: (expiring) => {
        for (const notice of noticesFor({ type: 'source', ...expiring, at: o.now() })) o.notify(notice);
      },
    });
    this.#github = github;
    this.#projects = o.projects;
  }

  /** Where tokens of this kind come from; null while that is not connected. */
  of(kind: SourceKind): TokenSource | null {
    if (kind !== 'app') return this.source(kind, endless);
    return this.#github.connected ? this.#github : null;
  }

  /** Who commits in a worktree. Throws with the reason while that is not known. */
  async authorIn({ projectId }: Pick<Binding, 'projectId'>): Promise<Author> {
    const { source } = this.#projects().policies.of(projectId);
    if (source === 'app') return this.#github.author();
    const author = this.author(projectId, source);
    if (author) return author;
    throw new Error(
      source === 'shared'
        ? 'This project has no shared token yet. Add one under Projects.'
        : 'You are not signed in to GitHub for this project. Sign in under Projects.',
    );
  }
}

/** All that it takes to read a repository's number: no permission but the one that every token has. */
const lookUp = { ...defaultProjectPolicy, profile: 'custom', custom: {} } as const;
