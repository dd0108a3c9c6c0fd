import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { type GitHubAnswer, type GitHubApi, parsed } from './api.ts';
import { GitHubError } from './errors.ts';

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
