import { plainAddress } from './grant.ts';

/** What one gateway bears. Sizes in bytes, times in ms. */
export interface Limits {
  readonly headerBytes: number;
  readonly headers: number;
  readonly bodyBytes: number;
  /** Of an answer that is read whole, to take secrets out of it, before and after it is decoded. */
  readonly wholeBytes: number;
  readonly requestsPerConnection: number;
  readonly connections: number;
  readonly connectionsPerGrant: number;
  /** Of one address while nobody there has shown a credential. */
  readonly strangersPerAddress: number;
  /** Until the head of a request has come. */
  readonly headMs: number;
  /** Until all of a request has come. */
  readonly requestMs: number;
  /** How long a connection may lie idle between two requests. */
  readonly idleMs: number;
  /** How long a client may take nothing of an answer. */
  readonly stuckMs: number;
  readonly upstreamConnectMs: number;
  /** Until Jean begins to answer. */
  readonly upstreamAnswerMs: number;
  /** How long Jean may pause in an answer. */
  readonly upstreamPauseMs: number;
}

/** What a gateway bears unless a test says otherwise. */
export const usualLimits: Limits = {
  headerBytes: 16_384,
  headers: 64,
  bodyBytes: 1_048_576,
  wholeBytes: 64 * 1_048_576,
  requestsPerConnection: 1_000,
  connections: 2_048,
  connectionsPerGrant: 64,
  strangersPerAddress: 256,
  headMs: 10_000,
  requestMs: 30_000,
  idleMs: 30_000,
  stuckMs: 60_000,
  upstreamConnectMs: 5_000,
  upstreamAnswerMs: 120_000,
  upstreamPauseMs: 600_000,
};

/** Whom failed attempts are counted for: an IPv4 address, or an IPv6 network of /64, since whoever has one of its addresses has them all. */
export function sourceOf(address: string): string {
  const plain = plainAddress(address) ?? address;
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? front : [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** What a failed attempt leads to. */
export type Attempt =
  | { readonly kind: 'refuse'; readonly afterMs: number }
  /** `first`: it is this one that locked the address out. */
  | { readonly kind: 'locked-out'; readonly untilMs: number; readonly first: boolean };

interface Failures {
  count: number;
  lastAt: number;
  lockedUntil: number;
  lockOuts: number;
}

const freeTries = 3;
const triesBeforeLock = 10;
const firstDelayMs = 250;
const longestDelayMs = 4_000;
const firstLockMs = 60_000;
const longestLockMs = 60 * 60_000;
const forgottenAfterMs = 15 * 60_000;
const addressesKept = 4_096;

/**
 * Counts failed attempts by address: the first few are answered at once, then each waits longer, then the address is locked out, each time for
 * longer. Memory is bounded: of very many addresses the ones seen longest ago are forgotten.
 *
 * A right credential is let in even from a locked-out address, for whole offices and phone networks share one address, and a colleague's
 * mistakes, or an attacker's, must not shut out the others. Nothing is lost by it: 256 random bits can't be guessed, locked out or not.
 */
export class FailedAttempts {
  readonly #bySource = new Map<string, Failures>();

  constructor(private readonly now: () => number) {}

  /** An attempt failed. */
  fail(address: string): Attempt {
    const source = sourceOf(address);
    const now = this.now();
    const before = this.#bySource.get(source);
    // The clock may have been set back: what lies ahead of it is over.
    const known =
      before !== undefined && before.lastAt <= now && now - before.lastAt < forgottenAfterMs + longestLockMs ? before : undefined;
    const failures = known ?? { count: 0, lastAt: now, lockedUntil: 0, lockOuts: 0 };
    // The one used last goes to the end, so the first is the oldest.
    this.#bySource.delete(source);
    this.#bySource.set(source, failures);
    if (this.#bySource.size > addressesKept) this.#forgetOldest();
    if (now < failures.lockedUntil) return { kind: 'locked-out', untilMs: failures.lockedUntil, first: false };

    if (now - failures.lastAt >= forgottenAfterMs) failures.count = 0;
    failures.count += 1;
    failures.lastAt = now;
    if (failures.count < triesBeforeLock) return { kind: 'refuse', afterMs: delayOf(failures.count) };
    failures.count = 0;
    failures.lockedUntil = now + Math.min(firstLockMs * 2 ** failures.lockOuts, longestLockMs);
    failures.lockOuts += 1;
    return { kind: 'locked-out', untilMs: failures.lockedUntil, first: true };
  }

  /** Epoch ms until when an address is locked out; null when it is not. */
  lockedUntil(address: string): number | null {
    if (this.#bySource.size === 0) return null;
    const failures = this.#bySource.get(sourceOf(address));
    const now = this.now();
    return failures !== undefined && now < failures.lockedUntil && failures.lastAt <= now ? failures.lockedUntil : null;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#bySource.size;
  }

  #forgetOldest(): void {
    for (const source of this.#bySource.keys()) {
      this.#bySource.delete(source);
      return;
    }
  }
}

function delayOf(count: number): number {
  return count <= freeTries ? 0 : Math.min(firstDelayMs * 2 ** (count - freeTries - 1), longestDelayMs);
}
