import type { SandboxClock } from '../clock.ts';
import { type Account, accountJson } from './accounts.ts';
import { counter, nodeId, timestamp, timestampOrNull } from './format.ts';
import type { Pull } from './pulls.ts';
import { fullName, type Repository } from './repositories.ts';

/** A check of a commit, as a GitHub App reports it. */
interface CheckRun {
  readonly id: number;
  readonly repository: Repository;
  readonly sha: string;
  readonly name: string;
  readonly startedAt: number;
  readonly status: 'queued' | 'in_progress' | 'completed';
  /** Null until it is completed. */
  readonly conclusion: string | null;
  readonly completedAt: number | undefined;
}

/** A commit's status by the older API; one a context. */
interface CommitStatus {
  readonly id: number;
  readonly repository: Repository;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly at: number;
}

/** One review of a pull request. */
interface Review {
  readonly id: number;
  readonly pull: Pull;
  readonly author: Account;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  readonly sha: string;
  readonly at: number;
}

/** What machines and people say of pull requests: checks and statuses of commits, reviews. */
export class Verdicts {
  readonly #clock: SandboxClock;
  readonly #nextId = counter(31_400_110_007);
  #runs: readonly CheckRun[] = [];
  #statuses: readonly CommitStatus[] = [];
  readonly #reviews: Review[] = [];

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** A check of a commit is as it says now; the pull request's own time does not move by that. */
  check(repository: Repository, sha: string, name: string, conclusion: string | null): void {
    const others = this.#runs.filter((run) => !(run.repository === repository && run.sha === sha && run.name === name));
    const now = this.#clock.now();
    const completedAt = conclusion === null ? undefined : now;
    const status = conclusion === null ? 'in_progress' : 'completed';
    this.#runs = [...others, { id: this.#nextId(), repository, sha, name, startedAt: now, status, conclusion, completedAt }];
  }

  status(repository: Repository, sha: string, context: string, state: CommitStatus['state']): void {
    const others = this.#statuses.filter((one) => !(one.repository === repository && one.sha === sha && one.context === context));
    this.#statuses = [...others, { id: this.#nextId(), repository, sha, context, state, at: this.#clock.now() }];
  }

  /** Somebody reviews a pull request, whose time moves by that. */
  review(pull: Pull, author: Account, state: Review['state']): void {
    this.#reviews.push({ id: this.#nextId(), pull, author, state, sha: pull.headSha, at: this.#clock.now() });
    pull.updatedAt = this.#clock.now();
  }

  checkRuns(repository: Repository, sha: string, origin: string): readonly unknown[] {
    const path = fullName(repository);
    return this.#runs
      .filter((run) => run.repository === repository && run.sha === sha)
      .map(({ id, name, status, conclusion, startedAt, completedAt }) => ({
        id,
        node_id: nodeId('CR', id),
        head_sha: sha,
        name,
        status,
        conclusion,
        started_at: timestamp(startedAt),
        completed_at: timestampOrNull(completedAt),
        url: `${origin}/repos/${path}/check-runs/${id}`,
        html_url: `${origin}/${path}/runs/${id}`,
        output: { title: null, summary: null, text: null, annotations_count: 0 },
        pull_requests: [],
      }));
  }

  /** The combined status: without any it says `pending`, and `total_count` 0. */
  combinedStatus(repository: Repository, sha: string, origin: string) {
    const found = this.#statuses.filter((one) => one.repository === repository && one.sha === sha);
    const has = (...states: readonly string[]): boolean => found.some(({ state }) => states.includes(state));
    return {
      state: has('error', 'failure') ? 'failure' : found.length === 0 || has('pending') ? 'pending' : 'success',
      statuses: found.map(({ id, context, state, at }) => ({
        id,
        node_id: nodeId('SC', id),
        context,
        state,
        description: null,
        target_url: null,
        created_at: timestamp(at),
        updated_at: timestamp(at),
      })),
      sha,
      total_count: found.length,
      url: `${origin}/repos/${fullName(repository)}/commits/${sha}/status`,
    };
  }

  /** Oldest first. */
  reviews(pull: Pull, origin: string): readonly unknown[] {
    const path = fullName(pull.repository);
    return this.#reviews
      .filter((review) => review.pull === pull)
      .map(({ id, author, state, sha, at }) => ({
        id,
        node_id: nodeId('PRR', id),
        user: accountJson(author, origin),
        body: '',
        state,
        html_url: `${origin}/${path}/pull/${pull.number}#pullrequestreview-${id}`,
        pull_request_url: `${origin}/repos/${path}/pulls/${pull.number}`,
        submitted_at: timestamp(at),
        commit_id: sha,
      }));
  }
}
