import { plainLine } from '../base/plain-line.ts';
import type { Secret } from '../base/secret.ts';
import { GitHubApi } from '../github/api.ts';
import { type Pull, PullRequests } from '../github/pulls.ts';

export interface PullLookupOptions {
  readonly apiUrl: () => string;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** A worktree's own token for a repository; null while none is alive. */
  readonly token: (repository: string) => Promise<Secret | null>;
}

/** Answers kept for the next conditional question. */
const mostKept = 200;

/** Looks pull requests up with the token of a worktree of their repository. What did not change costs no rate limit. */
export class PullLookup {
  readonly #o: PullLookupOptions;
  readonly #kept = new Map<string, { readonly etag: string; readonly pull: Pull | null }>();

  constructor(options: PullLookupOptions) {
    this.#o = options;
  }

  /** Null: there is no such pull request. @throws Error with the reason when GitHub can't be asked. */
  async find(repository: string, number: number): Promise<Pull | null> {
    const token = await this.#o.token(repository);
    if (token === null) throw new Error(`No worktree of ${repository} has a live credential now.`);
    const { fetch, now } = this.#o;
    const apiUrl = this.#o.apiUrl();
    const key = `${apiUrl} ${repository.toLowerCase()} ${number}`;
    const kept = this.#kept.get(key);
    const pulls = new PullRequests({ api: new GitHubApi({ apiUrl, fetch, now }) });
    const answer = await pulls.pull(token, repository, number, { etag: kept?.etag ?? null });
    if (answer.notModified) return kept?.pull ?? null;
    const pull = answer.pull && {
      ...answer.pull,
      title: plainLine(answer.pull.title, 200),
      author: answer.pull.author && plainLine(answer.pull.author, 100),
    };
    this.#kept.delete(key);
    if (answer.etag !== null) this.#kept.set(key, { etag: answer.etag, pull });
    for (const oldest of this.#kept.keys()) if (this.#kept.size > mostKept) this.#kept.delete(oldest);
    return pull;
  }
}
