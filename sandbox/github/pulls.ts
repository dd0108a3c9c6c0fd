import type { SandboxClock } from '../clock.ts';
import { type Account, accountJson } from './accounts.ts';
import { counter, nodeId, timestamp, timestampOrNull } from './format.ts';
import { git, runGit } from './git.ts';
import { isDeletion, type RefChange } from './pushes.ts';
import { fullName, ownEmail, type Repository, refValue, repositoryJson } from './repositories.ts';

/** A pull request within one repository. */
export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly repository: Repository;
  readonly author: Account;
  readonly title: string;
  readonly body: string | null;
  readonly draft: boolean;
  /** Branch names. */
  readonly head: string;
  readonly base: string;
  readonly createdAt: number;
  headSha: string;
  baseSha: string;
  state: 'open' | 'closed';
  updatedAt: number;
  closedAt: number | undefined;
  merged: { readonly at: number; readonly by: Account; readonly sha: string } | undefined;
}

/** What a pull request is opened with. */
export interface NewPull {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body?: string;
  readonly draft?: boolean;
}

/** Why something can't be done with a pull request; the message is GitHub's. */
export class PullRefused extends Error {}

/** The pull requests of all repositories. */
export class Pulls {
  readonly #clock: SandboxClock;
  readonly #pulls: Pull[] = [];
  readonly #nextId = counter(2_401_118_009);

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** @throws PullRefused when a branch is missing, there is nothing to merge, or there is one already. */
  async open(repository: Repository, author: Account, wanted: NewPull): Promise<Pull> {
    const headSha = await refValue(repository, `refs/heads/${wanted.head}`);
    const baseSha = await refValue(repository, `refs/heads/${wanted.base}`);
    if (headSha === undefined) throw new PullRefused('head');
    if (baseSha === undefined) throw new PullRefused('base');
    if ((await git(repository.path, ['rev-list', '--count', `${baseSha}..${headSha}`])) === '0') {
      throw new PullRefused(`No commits between ${wanted.base} and ${wanted.head}`);
    }
    const twin = this.of(repository).find(
      (pull) => pull.state === 'open' && pull.head === wanted.head && pull.base === wanted.base,
    );
    if (twin !== undefined) throw new PullRefused(`A pull request already exists for ${repository.owner.login}:${wanted.head}.`);
    const now = this.#clock.now();
    const pull: Pull = {
      id: this.#nextId(),
      number: this.of(repository).length + 1,
      repository,
      author,
      title: wanted.title,
      body: wanted.body ?? null,
      draft: wanted.draft ?? false,
      head: wanted.head,
      base: wanted.base,
      createdAt: now,
      updatedAt: now,
      headSha,
      baseSha,
      state: 'open',
      closedAt: undefined,
      merged: undefined,
    };
    this.#pulls.push(pull);
    return pull;
  }

  /** Those of one repository, oldest first. */
  of(repository: Repository): readonly Pull[] {
    return this.#pulls.filter((pull) => pull.repository === repository);
  }

  find(repository: Repository, number: number): Pull | undefined {
    return this.of(repository).find((pull) => pull.number === number);
  }

  /** @throws when there is none. */
  get(repository: Repository, number: number): Pull {
    const pull = this.find(repository, number);
    if (pull === undefined) throw new Error(`There is no pull request ${number} in ${fullName(repository)}`);
    return pull;
  }

  /** Merges for real, with a merge commit or as one squashed commit on the base. @throws PullRefused when it is closed or in conflict. */
  async merge(pull: Pull, by: Account, method: 'merge' | 'squash' = 'merge'): Promise<string> {
    const { repository, base, headSha } = pull;
    const baseSha = await refValue(repository, `refs/heads/${base}`);
    if (pull.state === 'closed' || pull.draft || baseSha === undefined) throw new PullRefused('Pull Request is not mergeable');
    const merged = await runGit(['merge-tree', '--write-tree', baseSha, headSha], { cwd: repository.path });
    if (merged.code !== 0) throw new PullRefused('Pull Request is not mergeable');
    const tree = merged.stdout.toString('utf8').split('\n')[0] ?? '';
    const parents = method === 'merge' ? ['-p', baseSha, '-p', headSha] : ['-p', baseSha];
    const title =
      method === 'merge'
        ? `Merge pull request #${pull.number} from ${repository.owner.login}/${pull.head}`
        : `${pull.title} (#${pull.number})`;
    const date = `${Math.floor(this.#clock.now() / 1000)} +0000`;
    const sha = await git(repository.path, ['commit-tree', tree, ...parents, '-m', title], {
      env: {
        GIT_AUTHOR_NAME: by.login,
        GIT_AUTHOR_EMAIL: ownEmail(by),
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: 'GitHub',
        GIT_COMMITTER_EMAIL: 'noreply@github.com',
        GIT_COMMITTER_DATE: date,
      },
    });
    await git(repository.path, ['update-ref', `refs/heads/${base}`, sha, baseSha]);
    this.close(pull);
    pull.merged = { at: this.#clock.now(), by, sha };
    return sha;
  }

  /** Closes it without merging; nothing happens to one that is closed. */
  close(pull: Pull): void {
    if (pull.state === 'closed') return;
    pull.state = 'closed';
    pull.closedAt = this.#clock.now();
    pull.updatedAt = this.#clock.now();
  }

  /** Opens a closed one again. @throws PullRefused when it was merged, or its branch is gone. */
  async reopen(pull: Pull): Promise<void> {
    const headSha = await refValue(pull.repository, `refs/heads/${pull.head}`);
    if (pull.merged !== undefined || headSha === undefined) throw new PullRefused('state cannot be changed.');
    pull.state = 'open';
    pull.closedAt = undefined;
    pull.headSha = headSha;
    pull.updatedAt = this.#clock.now();
  }

  /** Lets the open pull requests of a repository follow a push: a new head is taken over, a deleted branch closes. */
  follow(repository: Repository, changes: readonly RefChange[]): void {
    for (const change of changes) {
      for (const pull of this.of(repository)) {
        if (pull.state === 'closed' || `refs/heads/${pull.head}` !== change.ref) continue;
        if (isDeletion(change)) this.close(pull);
        else pull.headSha = change.after;
        pull.updatedAt = this.#clock.now();
      }
    }
  }
}

/** A pull request as lists show it. */
export function pullJson(pull: Pull, origin: string) {
  const path = fullName(pull.repository);
  const side = (ref: string, sha: string) => ({
    label: `${pull.repository.owner.login}:${ref}`,
    ref,
    sha,
    user: accountJson(pull.repository.owner, origin),
    repo: repositoryJson(pull.repository, origin, 'read'),
  });
  return {
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    url: `${origin}/repos/${path}/pulls/${pull.number}`,
    html_url: `${origin}/${path}/pull/${pull.number}`,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    draft: pull.draft,
    user: accountJson(pull.author, origin),
    created_at: timestamp(pull.createdAt),
    updated_at: timestamp(pull.updatedAt),
    closed_at: timestampOrNull(pull.closedAt),
    merged_at: timestampOrNull(pull.merged?.at),
    merge_commit_sha: pull.merged?.sha ?? null,
    assignees: [],
    requested_reviewers: [],
    labels: [],
    head: side(pull.head, pull.headSha),
    base: side(pull.base, pull.baseSha),
    auto_merge: null,
  };
}

/** A pull request as it is shown alone: only there GitHub says `merged` outright. */
export function fullPullJson(pull: Pull, origin: string) {
  const open = pull.state === 'open';
  return {
    ...pullJson(pull, origin),
    merged: pull.merged !== undefined,
    merged_by: pull.merged === undefined ? null : accountJson(pull.merged.by, origin),
    mergeable: open ? true : null,
    mergeable_state: open ? 'clean' : 'unknown',
    comments: 0,
    maintainer_can_modify: false,
  };
}
