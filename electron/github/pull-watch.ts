import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import type { GitHubApi } from './api.ts';
import { ConditionalRead } from './conditional.ts';
import { GitHubError } from './errors.ts';

/** A pull request as a repository's list has it. */
export interface ListedPull {
  readonly number: number;
  readonly url: string;
  readonly state: 'draft' | 'open' | 'merged' | 'closed';
  readonly headBranch: string;
  readonly headSha: string;
  /** `owner/name` that the branch is in; null when that is gone. */
  readonly headRepository: string | null;
  /** Epoch ms. */
  readonly createdAt: number;
  /** As GitHub writes it. Checks do not move it, reviews do. */
  readonly updatedAt: string;
}

/** What the checks and statuses of a commit come to. */
export interface Checks {
  readonly state: 'none' | 'pending' | 'passing' | 'failing';
  /** When the last of them was completed, epoch ms; null while none was. */
  readonly at: number | null;
}

/** What the reviews of a pull request come to: each person's last word counts. */
export interface Verdict {
  readonly state: 'none' | 'approved' | 'changes-requested';
  /** The review that says so. */
  readonly id: string | null;
  /** Epoch ms. */
  readonly at: number | null;
}

const time = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) context.addIssue({ code: 'custom', message: 'no time' });
  return ms;
});

const listed = z
  .object({
    number: z.number().int().positive(),
    html_url: z.string(),
    state: z.enum(['open', 'closed']),
    draft: z.boolean().optional(),
    merged_at: z.string().nullable(),
    created_at: time,
    updated_at: z.string(),
    head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
  })
  .transform(
    (it): ListedPull => ({
      number: it.number,
      url: it.html_url,
      state: it.merged_at !== null ? 'merged' : it.state === 'closed' ? 'closed' : it.draft ? 'draft' : 'open',
      headBranch: it.head.ref,
      headSha: it.head.sha,
      headRepository: it.head.repo?.full_name ?? null,
      createdAt: it.created_at,
      updatedAt: it.updated_at,
    }),
  );

const runs = z.object({
  check_runs: z.array(
    z.object({ status: z.string(), conclusion: z.string().nullable(), completed_at: time.nullish().catch(null) }),
  ),
});
type Run = z.output<typeof runs>['check_runs'][number];

const combined = z.object({
  state: z.string(),
  total_count: z.number(),
  statuses: z.array(z.object({ updated_at: time.nullish().catch(null) })),
});

const reviews = z.array(
  z.object({
    id: z.number(),
    user: z.object({ login: z.string() }).nullable(),
    state: z.string(),
    submitted_at: time.nullish().catch(null),
  }),
);
type Review = z.output<typeof reviews>[number];

/** A hundred pull requests with long texts, bytes. */
const longestList = 16 * 1024 * 1024;
/** Beyond this many reviews the newest are not read: each page is a request of its own. */
const mostReviewPages = 5;

const single = (pull: ListedPull): readonly ListedPull[] => [pull];

/** The pull requests of one repository, asked for again and again with conditional requests. */
export class RepositoryPulls {
  readonly #api: GitHubApi;
  readonly #repository: string;
  readonly #root: string;
  readonly #list: ConditionalRead<readonly ListedPull[]>;
  readonly #runs = new Map<string, ConditionalRead<z.output<typeof runs>>>();
  readonly #statuses = new Map<string, ConditionalRead<z.output<typeof combined>>>();
  readonly #reviews = new Map<string, ConditionalRead<readonly Review[]>>();

  /** `repository` is `owner/name`. */
  constructor(api: GitHubApi, repository: string) {
    const [owner = '', name = ''] = repository.split('/');
    this.#api = api;
    this.#repository = repository;
    this.#root = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
    this.#list = new ConditionalRead(api, {
      path: `${this.#root}/pulls?state=all&sort=updated&direction=desc&per_page=100`,
      schema: z.array(listed),
      what: `Listing the pull requests of ${repository}`,
      maxBytes: longestList,
    });
  }

  /** The hundred that moved last, in one request; `whole`: there are no others. @throws GitHubError */
  async list(token: Secret, signal: AbortSignal): Promise<{ readonly pulls: readonly ListedPull[]; readonly whole: boolean }> {
    const { value, more } = await this.#list.read(token, signal);
    return { pulls: value, whole: !more };
  }

  /** One that is not among the hundred, by its number or by its branch; the newest where there are several. @throws GitHubError */
  async find(token: Secret, by: { readonly number: number } | { readonly branch: string }, signal: AbortSignal) {
    const owner = this.#repository.split('/')[0] ?? '';
    const what = `Looking up a pull request of ${this.#repository}`;
    const query = 'branch' in by ? new URLSearchParams({ head: `${owner}:${by.branch}`, state: 'all', per_page: '1' }) : null;
    const read =
      'number' in by
        ? new ConditionalRead(this.#api, { path: `${this.#root}/pulls/${by.number}`, schema: listed.transform(single), what })
        : new ConditionalRead(this.#api, { path: `${this.#root}/pulls?${query}`, schema: z.array(listed), what });
    return (await read.read(token, signal)).value[0] ?? null;
  }

  /** Checks of Apps and statuses of the older kind, together; null where the token may read neither. @throws GitHubError */
  async checks(token: Secret, sha: string, signal: AbortSignal): Promise<Checks | null> {
    const commit = `${this.#root}/commits/${encodeURIComponent(sha)}`;
    const what = `Looking up the checks of a commit in ${this.#repository}`;
    const runsOf = kept(this.#runs, sha, () => this.#reading({ path: `${commit}/check-runs?per_page=100`, schema: runs, what }));
    const statusOf = kept(this.#statuses, sha, () =>
      this.#reading({ path: `${commit}/status?per_page=100`, schema: combined, what }),
    );
    const [ran, status] = await Promise.all([
      runsOf.read(token, signal).catch(ifForbidden),
      statusOf.read(token, signal).catch(ifForbidden),
    ]);
    if (ran === null && status === null) return null;
    return together(ran?.value.check_runs ?? [], status?.value ?? { state: 'pending', total_count: 0, statuses: [] });
  }

  /** @throws GitHubError */
  async verdict(token: Secret, number: number, signal: AbortSignal): Promise<Verdict> {
    const what = `Looking up the reviews of pull request ${number} in ${this.#repository}`;
    const all: Review[] = [];
    for (let page = 1; page <= mostReviewPages; page += 1) {
      const path = `${this.#root}/pulls/${number}/reviews?per_page=100&page=${page}`;
      const { value, more } = await kept(this.#reviews, `${number}:${page}`, () =>
        this.#reading({ path, schema: reviews, what }),
      ).read(token, signal);
      all.push(...value);
      if (!more) break;
    }
    return lastWords(all);
  }

  /** Forgets what belongs to other commits and pull requests than these. */
  keep(pulls: readonly Pick<ListedPull, 'number' | 'headSha'>[]): void {
    const commits = new Set(pulls.map(({ headSha }) => headSha));
    const numbers = new Set(pulls.map(({ number }) => String(number)));
    for (const reads of [this.#runs, this.#statuses]) for (const sha of reads.keys()) if (!commits.has(sha)) reads.delete(sha);
    for (const key of this.#reviews.keys()) if (!numbers.has(key.split(':')[0] ?? '')) this.#reviews.delete(key);
  }

  #reading<T>(it: { readonly path: string; readonly schema: z.ZodType<T>; readonly what: string }): ConditionalRead<T> {
    return new ConditionalRead(this.#api, it);
  }
}

/** A profile of the person's own may have one permission of these and not the other. */
function ifForbidden(error: unknown): null {
  if (error instanceof GitHubError && error.kind === 'forbidden') return null;
  throw error;
}

function kept<T>(reads: Map<string, T>, key: string, make: () => T): T {
  const read = reads.get(key) ?? make();
  reads.set(key, read);
  return read;
}

/** Nobody is called for a run that was cancelled: another one took its place, or a person wanted it so. */
const failed = (conclusion: string | null): boolean =>
  conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'startup_failure' || conclusion === 'action_required';
const passed = (conclusion: string | null): boolean =>
  conclusion === 'success' || conclusion === 'neutral' || conclusion === 'skipped';

function together(ran: readonly Run[], status: z.output<typeof combined>): Checks {
  // Without any status the combined one says "pending" for ever.
  const old = status.total_count > 0 ? status.state : null;
  const times = [...ran.map(({ completed_at: at }) => at), ...status.statuses.map(({ updated_at: at }) => at)];
  const last = Math.max(0, ...times.map((at) => at ?? 0));
  const at = last > 0 ? last : null;
  if (old === 'failure' || old === 'error' || ran.some(({ conclusion }) => failed(conclusion))) return { state: 'failing', at };
  if (old === 'pending' || ran.some((run) => run.status !== 'completed')) return { state: 'pending', at };
  if (old === 'success' || ran.some(({ conclusion }) => passed(conclusion))) return { state: 'passing', at };
  return { state: 'none', at };
}

/** A comment takes nothing back; a dismissal does. */
function lastWords(all: readonly Review[]): Verdict {
  const last = new Map<string, Review>();
  for (const review of all) {
    if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED' && review.state !== 'DISMISSED') continue;
    const who = review.user?.login ?? '';
    last.delete(who);
    // A dismissed review stays in its place under its author.
    if (review.state !== 'DISMISSED') last.set(who, review);
  }
  const of = (state: string): Review | undefined => [...last.values()].findLast((review) => review.state === state);
  const asked = of('CHANGES_REQUESTED');
  const decisive = asked ?? of('APPROVED');
  if (decisive === undefined) return { state: 'none', id: null, at: null };
  const state = asked === undefined ? 'approved' : 'changes-requested';
  return { state, id: String(decisive.id), at: decisive.submitted_at ?? null };
}
