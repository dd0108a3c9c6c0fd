import type { SandboxClock } from '../clock.ts';

const WINDOW = 3_600_000;

/** A pool's name and size. */
export interface Pool {
  readonly key: string;
  /** The `x-ratelimit-resource` it is counted under. */
  readonly resource: string;
  /** Requests an hour. */
  readonly limit: number;
}

interface Use {
  used: number;
  resetAt: number;
}

/** Requests counted per pool and hour. Tokens of one installation share its pool (contract github §1.2). */
export class RateLimits {
  readonly #clock: SandboxClock;
  readonly #uses = new Map<string, Use>();

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** Counts one request. */
  count(pool: Pool): void {
    this.#use(pool).used += 1;
  }

  isExhausted(pool: Pool): boolean {
    return this.#use(pool).used >= pool.limit;
  }

  /** Leaves a pool with this many requests for the rest of its hour. */
  leave(pool: Pool, remaining: number): void {
    this.#use(pool).used = Math.max(0, pool.limit - remaining);
  }

  /** The pool as `GET /rate_limit` lists it; `reset` in epoch seconds. */
  status(pool: Pool) {
    const { used, resetAt } = this.#use(pool);
    return { limit: pool.limit, used, remaining: Math.max(0, pool.limit - used), reset: Math.ceil(resetAt / 1000) };
  }

  /** The headers that every counted answer carries. */
  headers(pool: Pool): Record<string, string> {
    const { limit, used, remaining, reset } = this.status(pool);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': pool.resource,
    };
  }

  #use(pool: Pool): Use {
    const now = this.#clock.now();
    const current = this.#uses.get(pool.key);
    if (current !== undefined && current.resetAt > now) return current;
    const fresh = { used: 0, resetAt: now + WINDOW };
    this.#uses.set(pool.key, fresh);
    return fresh;
  }
}

/** The pool of one installation. */
export function installationPool(id: number): Pool {
  return { key: `installation:${id}`, resource: 'core', limit: 5000 };
}

/** The pool of a person, whatever token they use. */
export function userPool(login: string): Pool {
  return { key: `user:${login.toLowerCase()}`, resource: 'core', limit: 5000 };
}

/** The pool of calls that an app makes with its JWT. */
export function appPool(id: number): Pool {
  return { key: `app:${id}`, resource: 'core', limit: 5000 };
}

/** What anyone may do without a token; everybody is one address here. */
export const ANONYMOUS_POOL: Pool = { key: 'anonymous', resource: 'core', limit: 60 };

/** Manifest conversions have a bucket of their own (contract github §3.1). */
export const MANIFEST_POOL: Pool = { key: 'manifest', resource: 'integration_manifest', limit: 5000 };

/** `POST /credentials/revoke` by address (contract github §1.5). */
export const REVOKE_POOL: Pool = { key: 'revoke', resource: 'core', limit: 60 };
