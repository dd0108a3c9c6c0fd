import { bucketOf, type StateChange, type WorktreeView } from '../shared/model.ts';
import type { AuditLog } from './audit/log.ts';
import { backoffMs } from './base/backoff.ts';
import { DueTimer } from './base/due-timer.ts';
import type { CredentialRecord, Ending } from './credentials/credential.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import type { CredentialRecords } from './credentials/records.ts';
import { GitHubApi } from './github/api.ts';
import { GitHubError } from './github/errors.ts';
import type { Notices } from './notices.ts';
import type { Provisioning } from './provisioning.ts';
import { PullNews } from './pull-news.ts';
import type { Boards } from './sessions/boards.ts';
import type { Happening } from './sessions/happening.ts';
import { PullLook } from './sessions/pull-look.ts';
import { type PoolLeft, planPulls, type WatchedRepository, wakeEveryMs } from './sessions/pull-plan.ts';

/** What of a world is needed to follow pull requests. */
export interface PullRequestsOptions {
  readonly board: Pick<Boards, 'state' | 'worktree' | 'setPull'>;
  readonly records: Pick<CredentialRecords, 'all' | 'get'>;
  readonly lifecycle: () => Pick<Lifecycle, 'valueForGit' | 'end'>;
  readonly provisioning: () => Pick<Provisioning, 'provision'>;
  readonly notices: Pick<Notices, 'onPull' | 'onPullOver'>;
  readonly audit: Pick<AuditLog, 'append' | 'onAppend'>;
  /** When something was last pushed out of a worktree, epoch ms; null: nothing was. */
  readonly lastPushAt: (worktreeId: string) => number | null;
  readonly apiUrl: () => string;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly fetch: typeof fetch;
  readonly log: (message: string) => void;
  readonly now: () => number;
  readonly random?: () => number;
}

/** A repository with worktrees whose pull requests are watched. */
interface Watched {
  readonly repository: string;
  readonly worktrees: WorktreeView[];
  /** Those whose credential may ask, the worktrees' own first. */
  readonly askers: CredentialRecord[];
  active: boolean;
}

/** How a repository was asked until now. Times are epoch ms. */
interface Asked {
  readonly look: PullLook;
  readonly apiUrl: string;
  askedAt: number | null;
  retryAt: number;
  notBefore: number;
  failures: number;
  pool: PoolLeft | null;
}

const timer = 'pulls';
/** Who worked so long ago works still, ms. */
const activeForMs = 15 * 60_000;
/** What happens together is looked at together, ms. */
const gatherMs = 2_000;
const longestBackoffMs = 30 * 60_000;
/** A token must outlive what is asked with it, ms. */
const shortestLifeMs = 60_000;
const mostAskers = 3;

/** Ends after which nobody wants to know of the worktree's pull request. */
const leftAlone: ReadonlySet<Ending | null> = new Set(['archived', 'deleted', 'disconnected', 'switched-off', 'released']);

/**
 * Part of the roof: GitHub is asked for the pull requests of managed worktrees, with a worktree's own credential and one conditional
 * request for all of a repository's. Jean asks only while somebody looks at it (contract jean §5). One timer; none while nothing is watched.
 */
export class PullRequests {
  readonly #o: PullRequestsOptions;
  readonly #news: PullNews;
  readonly #asked = new Map<string, Asked>();
  readonly #due: DueTimer;
  readonly #stopped = new AbortController();
  readonly #unsubscribe: () => void;
  /** Worktrees that are watched while nobody works in them. */
  #idle: ReadonlySet<string> = new Set();
  #wokeAt = Number.NEGATIVE_INFINITY;
  #dueAt: number | null = null;
  #round: Promise<void> | null = null;
  #stirred = false;

  constructor(options: PullRequestsOptions) {
    this.#o = options;
    this.#news = new PullNews(options);
    this.#due = new DueTimer(options.now, () => this.#wake());
    this.#unsubscribe = options.audit.onAppend(({ kind }) => {
      if (kind === 'git.pushed') this.#stir();
    });
  }

  /** Something happened on the board: whoever had nothing to be asked for may have now, and who was idle may be at work. */
  onBoard(happening: Happening): void {
    switch (happening.type) {
      case 'pull-changed':
        this.#news.changed(happening);
        return this.#stir();
      case 'worktree-appeared':
        return this.#stir();
      case 'session-changed':
        if (this.#idle.has(happening.view.worktreeId)) this.#stir();
        return;
      default:
        return;
    }
  }

  /** The computer woke, or the network is back: all are asked anew, except where GitHub itself wants to be left alone. */
  nudge(): void {
    for (const asked of this.#asked.values()) Object.assign(asked, { askedAt: null, retryAt: 0, failures: 0 });
    this.#wokeAt = Number.NEGATIVE_INFINITY;
    this.#stir();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stopped.abort();
    this.#due.stop();
    await this.#round;
  }

  #stir(): void {
    this.#stirred = true;
    if (this.#round === null) this.#arm(this.#o.now() + gatherMs);
  }

  /** Wakes at `at`, or earlier where that was set already, and never sooner after the last wake than a timer may. */
  #arm(at: number): void {
    const due = Math.max(at, this.#wokeAt + wakeEveryMs);
    if (this.#stopped.signal.aborted || (this.#dueAt !== null && this.#dueAt <= due)) return;
    this.#dueAt = due;
    this.#due.set(timer, due);
  }

  #wake(): void {
    this.#dueAt = null;
    if (this.#round !== null) return;
    this.#round = this.#ask()
      .catch((error: unknown) => {
        this.#o.log(`Pull requests could not be looked up: ${String(error)}`);
        this.#arm(this.#o.now() + wakeEveryMs);
      })
      .finally(() => {
        this.#round = null;
        if (this.#stirred) this.#arm(this.#o.now());
      });
  }

  async #ask(): Promise<void> {
    const now = this.#o.now();
    this.#wokeAt = now;
    this.#stirred = false;
    const watched = this.#watched(now);
    for (const key of this.#asked.keys()) if (!watched.has(key)) this.#asked.delete(key);
    const plan = () =>
      planPulls(
        [...watched].map(([key, one]) => this.#planned(key, one)),
        this.#o.now(),
      );
    const due = plan().due.flatMap((key) => watched.get(key) ?? []);
    await Promise.all(due.map((one) => this.#askOne(one)));
    const { wakeAt } = plan();
    if (wakeAt !== null) this.#arm(wakeAt);
  }

  #watched(now: number): ReadonlyMap<string, Watched> {
    const { board, records, lastPushAt } = this.#o;
    const busy = new Set<string>();
    for (const { worktreeId, status, since } of Object.values(board.state().sessions)) {
      const bucket = bucketOf(status);
      if (bucket === 'running' || bucket === 'needs-you' || now - since < activeForMs) busy.add(worktreeId);
    }
    const idle = new Set<string>();
    const all = new Map<string, Watched>();
    for (const record of records.all()) {
      const { worktreeId, repository, ending } = record.binding;
      const facts = leftAlone.has(ending) ? null : board.worktree(worktreeId);
      if (facts === null) continue;
      const key = repository.toLowerCase();
      const one = all.get(key) ?? { repository, worktrees: [], askers: [], active: false };
      all.set(key, one);
      if (ending === null) one.askers.push(record);
      const pushedAt = lastPushAt(worktreeId);
      // What never went out has no pull request.
      if (facts.worktree.pull === null && pushedAt === null) continue;
      one.worktrees.push(facts.worktree);
      const usedAt = Math.max(pushedAt ?? 0, ...record.tokens.map((token) => token.lastUsedAt ?? 0));
      const active = ending !== 'merged' && (busy.has(worktreeId) || now - usedAt < activeForMs);
      if (active) one.active = true;
      else idle.add(worktreeId);
    }
    this.#idle = idle;
    // A worktree whose pull request was merged is no reason to ask; nobody can ask without a live credential.
    const isOver = ({ id }: WorktreeView): boolean => records.get(id)?.binding.ending === 'merged';
    for (const [key, { worktrees, askers }] of all) if (askers.length === 0 || worktrees.every(isOver)) all.delete(key);
    return all;
  }

  #planned(key: string, { active }: Watched): WatchedRepository {
    const { askedAt = null, retryAt = 0, notBefore = 0, pool = null } = this.#asked.get(key) ?? {};
    return { repository: key, active, askedAt, retryAt, notBefore, pool };
  }

  #askedOf({ repository }: Watched): Asked {
    const key = repository.toLowerCase();
    const apiUrl = this.#o.apiUrl();
    const known = this.#asked.get(key);
    if (known?.apiUrl === apiUrl) return known;
    const { fetch, now } = this.#o;
    const onLimits = (pool: PoolLeft): void => {
      asked.pool = pool;
    };
    const look = new PullLook(new GitHubApi({ apiUrl, fetch, now, onLimits }), repository, now);
    const asked: Asked = { look, apiUrl, askedAt: null, retryAt: 0, notBefore: 0, failures: 0, pool: null };
    this.#asked.set(key, asked);
    return asked;
  }

  async #askOne(watched: Watched): Promise<void> {
    const asked = this.#askedOf(watched);
    const at = this.#o.now();
    asked.askedAt = at;
    try {
      const seen = await this.#look(asked, watched);
      if (seen === null || this.#stopped.signal.aborted) return;
      for (const found of seen.found) await this.#news.found(found, at);
      if (seen.trouble !== null) throw seen.trouble;
      asked.failures = 0;
      asked.retryAt = 0;
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      const now = this.#o.now();
      asked.failures += 1;
      asked.retryAt = now + backoffMs(asked.failures - 1, this.#o.random ?? Math.random, wakeEveryMs, longestBackoffMs);
      if (error instanceof GitHubError && error.retryAfterMs !== null) asked.notBefore = now + error.retryAfterMs;
      if (asked.failures === 1) this.#o.log(`Pull requests of ${watched.repository} could not be looked up: ${String(error)}`);
    }
  }

  /** Null while no credential of the repository's worktrees is alive: none is woken for this. */
  async #look(asked: Asked, { worktrees, askers }: Watched): Promise<Awaited<ReturnType<PullLook['look']>> | null> {
    const own = new Set(worktrees.map(({ id }) => id));
    const inTurn = [...askers].sort((a, b) => Number(own.has(b.binding.worktreeId)) - Number(own.has(a.binding.worktreeId)));
    let refused: unknown = null;
    let tries = 0;
    for (const { binding } of inTurn) {
      const held = await this.#o.lifecycle().valueForGit(binding.worktreeId);
      if (held === null || held.token.expiresAt - this.#o.now() < shortestLifeMs) continue;
      // What a person's own token may do is not known by these names.
      if (held.token.source === 'app' && held.token.permissions.pull_requests === undefined) continue;
      tries += 1;
      try {
        return await asked.look.look(held.value, worktrees, this.#stopped.signal);
      } catch (error) {
        const isRefused = error instanceof GitHubError && (error.kind === 'unauthorized' || error.kind === 'forbidden');
        if (!isRefused || tries >= mostAskers) throw error;
        refused = error;
      }
    }
    if (refused !== null) throw refused;
    return null;
  }
}
