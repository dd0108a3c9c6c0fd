import type { PullView, WorktreeView } from '../../shared/model.ts';
import type { Secret } from '../base/secret.ts';
import type { GitHubApi } from '../github/api.ts';
import { GitHubError } from '../github/errors.ts';
import { type Checks, type ListedPull, RepositoryPulls, type Verdict } from '../github/pull-watch.ts';
import { numberIn, pullOf } from './pull-match.ts';
import { type LastLook, looksAt } from './pull-plan.ts';

/** The pull request of a worktree as GitHub has it now. Times are epoch ms. */
export interface FoundPull {
  readonly worktreeId: string;
  readonly pull: PullView;
  readonly headSha: string;
  /** When the last of its checks was completed. */
  readonly checkedAt: number | null;
  /** The review that decides, and when it was given. */
  readonly review: { readonly id: string; readonly at: number | null } | null;
}

interface Look extends LastLook {
  readonly all: Checks | null;
  readonly verdict: Verdict | null;
}

/** Looks at one repository's pull requests again and again, for its worktrees, asking for nothing that did not change. */
export class PullLook {
  readonly #pulls: RepositoryPulls;
  readonly #repository: string;
  readonly #now: () => number;
  /** Pull requests of worktrees, also those that are no longer among the hundred that moved last: then they did not move. */
  readonly #known = new Map<number, ListedPull>();
  /** Branches and numbers that were looked for beyond the hundred. */
  readonly #sought = new Set<string>();
  readonly #looks = new Map<number, Look>();

  constructor(api: GitHubApi, repository: string, now: () => number) {
    this.#pulls = new RepositoryPulls(api, repository);
    this.#repository = repository;
    this.#now = now;
  }

  /**
   * What GitHub says of these worktrees' pull requests. `trouble` is what kept checks or reviews from being read: those are as they were.
   * @throws GitHubError when the pull requests themselves can't be listed
   */
  async look(
    token: Secret,
    worktrees: readonly WorktreeView[],
    signal: AbortSignal,
  ): Promise<{ readonly found: readonly FoundPull[]; readonly trouble: unknown }> {
    const { pulls, whole } = await this.#pulls.list(token, signal);
    const listed = new Map([...this.#known, ...pulls.map((pull) => [pull.number, pull] as const)]);
    const matched: (readonly [WorktreeView, ListedPull])[] = [];
    for (const worktree of worktrees) {
      if (!whole) await this.#seek(token, worktree, listed, signal);
      const pull = pullOf(worktree, this.#repository, [...listed.values()]);
      if (pull !== null) matched.push([worktree, pull]);
    }
    this.#known.clear();
    for (const [, pull] of matched) this.#known.set(pull.number, pull);
    const open = [...this.#known.values()].filter(({ state }) => state === 'open' || state === 'draft');
    const trouble = await this.#lookAt(token, open, signal);
    return { found: matched.map(([worktree, pull]) => this.#found(worktree, pull)), trouble };
  }

  /** Looks once for a pull request that did not move for so long that a hundred others have since. */
  async #seek(token: Secret, worktree: WorktreeView, listed: Map<number, ListedPull>, signal: AbortSignal): Promise<void> {
    const number = numberIn(this.#repository, worktree.pull);
    if (number === null ? worktree.base || pullOf(worktree, this.#repository, [...listed.values()]) : listed.has(number)) return;
    const key = number === null ? `branch ${worktree.branch}` : `number ${number}`;
    if (this.#sought.has(key)) return;
    const by = number === null ? { branch: worktree.branch } : { number };
    const pull = await this.#pulls.find(token, by, signal).catch((error: unknown) => {
      if (error instanceof GitHubError && error.status === 404) return null;
      throw error;
    });
    this.#sought.add(key);
    if (pull !== null) listed.set(pull.number, pull);
  }

  async #lookAt(token: Secret, open: readonly ListedPull[], signal: AbortSignal): Promise<unknown> {
    const numbers = new Set(open.map(({ number }) => number));
    for (const number of this.#looks.keys()) if (!numbers.has(number)) this.#looks.delete(number);
    this.#pulls.keep(open);
    for (const pull of open) {
      const now = this.#now();
      const last = this.#looks.get(pull.number) ?? null;
      const wanted = looksAt(last, pull, now);
      if (!wanted.checks && !wanted.reviews) continue;
      try {
        const [all, verdict] = await Promise.all([
          wanted.checks ? this.#pulls.checks(token, pull.headSha, signal) : (last?.all ?? null),
          wanted.reviews ? this.#pulls.verdict(token, pull.number, signal) : (last?.verdict ?? null),
        ]);
        const { headSha, updatedAt } = pull;
        const headSeenAt = last?.headSha === headSha ? last.headSeenAt : now;
        const checkedAt = wanted.checks ? now : (last?.checkedAt ?? now);
        const look = { headSha, updatedAt, checks: all?.state ?? null, headSeenAt, checkedAt, all, verdict };
        this.#looks.set(pull.number, look);
      } catch (error) {
        return error;
      }
    }
    return null;
  }

  #found(worktree: WorktreeView, { number, url, state, headSha }: ListedPull): FoundPull {
    const look = this.#looks.get(number);
    // Those of the commit before say nothing of this one.
    const all = look?.headSha === headSha ? look.all : null;
    const verdict = look?.verdict ?? null;
    return {
      worktreeId: worktree.id,
      headSha,
      pull: {
        number,
        url,
        state,
        ...(all !== null && all.state !== 'none' ? { checks: all.state } : {}),
        ...(verdict !== null && verdict.state !== 'none' ? { review: verdict.state } : {}),
      },
      checkedAt: all?.at ?? null,
      review: verdict === null || verdict.id === null ? null : { id: verdict.id, at: verdict.at },
    };
  }
}
