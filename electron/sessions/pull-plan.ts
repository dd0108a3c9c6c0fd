/** How much of an hourly pool of requests is left. Epoch ms. */
export interface PoolLeft {
  readonly remaining: number;
  readonly limit: number;
  readonly resetAt: number;
}

/** A repository whose pull requests are watched. Times are epoch ms. */
export interface WatchedRepository {
  readonly repository: string;
  /** Somebody works in one of its worktrees, or did a moment ago. */
  readonly active: boolean;
  /** Null: never. */
  readonly askedAt: number | null;
  /** After a failure: not before. */
  readonly retryAt: number;
  /** GitHub itself said so: not before. */
  readonly notBefore: number;
  readonly pool: PoolLeft | null;
}

const activeEveryMs = 60_000;
const idleEveryMs = 10 * 60_000;
/** The one timer wakes this often at most, ms: what is due in between waits for it. */
export const wakeEveryMs = 60_000;
/** What is due so soon after a wake is asked with it, ms. */
const slackMs = 5_000;
/** So much of the pool belongs to git and to people: below it nothing is asked until it is full again. */
const reserve = 0.05;

/** How often a repository is asked, ms: the less is left of its pool, the less often. */
function everyMs(active: boolean, pool: PoolLeft | null, now: number): number {
  const left = pool === null || pool.resetAt <= now || pool.limit <= 0 ? 1 : pool.remaining / pool.limit;
  const slower = left >= 0.5 ? 1 : left >= 0.25 ? 2 : 5;
  return (active ? activeEveryMs : idleEveryMs) * slower;
}

/** When a repository is due. */
function dueAt({ active, askedAt, retryAt, notBefore, pool }: WatchedRepository, now: number): number {
  const isSpent = pool !== null && pool.resetAt > now && pool.remaining < pool.limit * reserve;
  const regular = askedAt === null ? 0 : askedAt + everyMs(active, pool, now);
  return Math.max(regular, retryAt, notBefore, isSpent ? pool.resetAt : 0);
}

/** Which repositories are to be asked now, and when to look at the others; null: nothing is watched, and no timer runs. */
export function planPulls(
  repositories: readonly WatchedRepository[],
  now: number,
): { readonly due: readonly string[]; readonly wakeAt: number | null } {
  const due: string[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (const one of repositories) {
    const at = dueAt(one, now);
    if (at <= now + slackMs && Math.max(one.retryAt, one.notBefore) <= now) due.push(one.repository);
    else next = Math.min(next, at);
  }
  if (repositories.length === 0) return { due, wakeAt: null };
  // After what is due was asked, it is planned anew.
  return { due, wakeAt: Math.max(now + wakeEveryMs, Number.isFinite(next) ? next : 0) };
}

/** An open pull request as it was when it was last asked about. */
export interface LastLook {
  readonly headSha: string;
  readonly updatedAt: string;
  readonly checks: 'none' | 'pending' | 'passing' | 'failing' | null;
  /** When this head was first seen, and when its checks were last asked for, epoch ms. */
  readonly headSeenAt: number;
  readonly checkedAt: number;
}

/** Until when checks of a new head may still begin, ms. */
const checksBeginMs = 10 * 60_000;
/** A check that had ended may be run again, and nothing else tells, ms. */
const recheckMs = 10 * 60_000;

/**
 * What of an open pull request is asked for beside the list. Reviews move its `updated_at`; checks belong to the commit and don't, so
 * they are asked for while they may end.
 */
export function looksAt(
  last: LastLook | null,
  pull: Pick<LastLook, 'headSha' | 'updatedAt'>,
  now: number,
): { readonly checks: boolean; readonly reviews: boolean } {
  if (last === null) return { checks: true, reviews: true };
  const moved = last.headSha !== pull.headSha || last.updatedAt !== pull.updatedAt;
  const beginning = last.checks === 'none' && now - last.headSeenAt < checksBeginMs;
  const checks = moved || last.checks === 'pending' || beginning || now - last.checkedAt >= recheckMs;
  return { checks, reviews: moved };
}
