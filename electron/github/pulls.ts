import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { type GitHubAnswer, type GitHubApi, parsed } from './api.ts';
import { GitHubError } from './errors.ts';

/** The pull request of a branch, as it stands now. `etag` is for the next question. */
export type BranchPull =
  | { readonly notModified: true; readonly etag: string }
  | {
      readonly notModified: false;
      readonly etag: string | null;
      readonly state: 'none';
      readonly number: null;
      readonly url: null;
    }
  | {
      readonly notModified: false;
      readonly etag: string | null;
      readonly state: 'draft' | 'open' | 'merged' | 'closed';
      readonly number: number;
      readonly url: string;
    };

const pullSchema = z.object({
  number: z.number().int().positive(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().optional(),
  merged_at: z.string().nullable(),
});

/** One pull request, as it stands now. */
export interface Pull {
  readonly title: string;
  readonly author: string | null;
  readonly headBranch: string;
  readonly headSha: string;
  /** `owner/name` that the branch is in; null when that is gone. */
  readonly headRepository: string | null;
}

/** The answer about one pull request. `etag` is for the next question; `pull` is null where there is no such one. */
export type PullAnswer =
  | { readonly notModified: true; readonly etag: string }
  | { readonly notModified: false; readonly etag: string | null; readonly pull: Pull | null };

const onePullSchema = z.object({
  title: z.string(),
  user: z.object({ login: z.string() }).nullable(),
  head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
});

/** Pull requests, read with a worktree's own token. */
export class PullRequests {
  readonly #api: GitHubApi;

  constructor(options: { readonly api: GitHubApi }) {
    this.#api = options.api;
  }

  /**
   * The pull request whose head is `branch` of this repository: the open one, else the newest. With the `etag` of the last answer
   * the question costs no rate limit while nothing changed.
   * @throws GitHubError
   */
  async pullForBranch(
    token: Secret,
    repository: string,
    branch: string,
    options: { readonly etag?: string | null; readonly signal?: AbortSignal; readonly installationId?: number } = {},
  ): Promise<BranchPull> {
    const [owner = '', name = ''] = repository.split('/');
    const query = new URLSearchParams({
      head: `${owner}:${branch}`,
      state: 'all',
      sort: 'created',
      direction: 'desc',
      per_page: '10',
    });
    const what = `Looking up the pull request of ${branch} in ${repository}`;
    const answer = await this.#api.send({
      path: `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/pulls?${query}`,
      bearer: token,
      headers: options.etag ? { 'if-none-match': options.etag } : {},
      signal: options.signal,
      installationId: options.installationId,
      // On a private repository 404 means no access (contract github §1.7).
      notFound: 'forbidden',
      what,
    });
    const etag = answer.headers.get('etag');
    if (answer.status === 304) {
      if (!options.etag) throw new GitHubError('malformed', `${what} failed: GitHub says that nothing changed since nothing.`);
      return { notModified: true, etag: etag ?? options.etag };
    }
    const pulls = parsed(what, answer, z.array(pullSchema));
    const pull = pulls.find((one) => one.state === 'open') ?? pulls[0];
    if (pull === undefined) return { notModified: false, etag, state: 'none', number: null, url: null };
    return { notModified: false, etag, state: stateOf(pull), number: pull.number, url: pull.html_url };
  }

  /** A pull request by its number. With the `etag` of the last answer it costs no rate limit while nothing changed. @throws GitHubError */
  async pull(
    token: Secret,
    repository: string,
    number: number,
    options: { readonly etag?: string | null; readonly signal?: AbortSignal } = {},
  ): Promise<PullAnswer> {
    const [owner = '', name = ''] = repository.split('/');
    const what = `Looking up pull request ${number} of ${repository}`;
    let answer: GitHubAnswer;
    try {
      answer = await this.#api.send({
        path: `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/pulls/${number}`,
        bearer: token,
        headers: options.etag ? { 'if-none-match': options.etag } : {},
        signal: options.signal,
        what,
      });
    } catch (error) {
      // The token reaches this very repository, so 404 means that there is none.
      if (error instanceof GitHubError && error.status === 404) return { notModified: false, etag: null, pull: null };
      throw error;
    }
    const etag = answer.headers.get('etag');
    if (answer.status === 304 && options.etag) return { notModified: true, etag: etag ?? options.etag };
    const { title, user, head } = parsed(what, answer, onePullSchema);
    const facts = { headBranch: head.ref, headSha: head.sha, headRepository: head.repo?.full_name ?? null };
    return { notModified: false, etag, pull: { title, author: user?.login ?? null, ...facts } };
  }
}

function stateOf(pull: z.infer<typeof pullSchema>): 'draft' | 'open' | 'merged' | 'closed' {
  if (pull.merged_at !== null) return 'merged';
  if (pull.state === 'closed') return 'closed';
  return pull.draft ? 'draft' : 'open';
}
