import { type Binding, type CredentialRecord, endless, type Token, type Trouble } from './credential.ts';

/** How far the two clocks of one machine may drift apart before one of them was set, or the machine slept, ms. */
const toleranceMs = 5_000;
/** GitHub is asked for the time no more often than this, ms. */
const askEveryMs = 60_000;

export interface ClockOptions {
  /** This machine's clock, which somebody may set. Epoch ms. */
  readonly now: () => number;
  /** One that nobody can set; ms since anything. */
  readonly steady: () => number;
  /** Whether there is a GitHub App whose requests tell the time. */
  readonly connected: () => boolean;
  /** GitHub's clock less this machine's, ms, as it was when the times of the records were written. */
  readonly moved: (skewMs: number) => void;
  /** GitHub has told the time: what waited for that can go on. */
  readonly told: () => void;
  /** Makes a request that tells the time. */
  readonly ask: () => void;
}

/**
 * Whether this machine's clock can be believed. All times of credentials are by that clock, GitHub's own less the skew that its answers show;
 * a clock that was set since, or has never been compared, must not make a token look dead that lives.
 */
export class Clock {
  readonly #o: ClockOptions;
  /** This machine's clock less the steady one when GitHub last told the time; null: never in this run. */
  #offset: number | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ClockOptions) {
    this.#o = options;
  }

  /** GitHub answered: its clock less this machine's, ms. */
  observe(skewMs: number): void {
    const was = this.sure;
    this.#offset = this.#o.now() - this.#o.steady();
    this.#o.moved(skewMs);
    if (!was) this.#o.told();
  }

  /** GitHub told the time in this run, and the clock went on evenly since. */
  get sure(): boolean {
    if (!this.#o.connected()) return true;
    return this.#offset !== null && Math.abs(this.#o.now() - this.#o.steady() - this.#offset) < toleranceMs;
  }

  /** Somebody has to know the time: GitHub is asked, once a minute at most. */
  ask(): void {
    if (this.sure || this.#o.steady() - this.#askedAt < askEveryMs) return;
    this.#askedAt = this.#o.steady();
    this.#o.ask();
  }
}

/** A record whose times are by a clock that was set by `byMs` since they were written. What is over and what has no end stay as they are. */
export function movedBy({ binding, tokens }: CredentialRecord, byMs: number): CredentialRecord {
  const at = (time: number): number => (time === 0 || time >= endless ? time : Math.max(0, time + byMs));
  const trouble = (of: Trouble | null): Trouble | null => of && { ...of, retryAt: at(of.retryAt) };
  const moved: Binding = { ...binding, wantedAt: at(binding.wantedAt), trouble: trouble(binding.trouble) };
  return {
    binding: moved,
    tokens: tokens.map((token): Token => {
      if (token.phase === 'dead') return token;
      return {
        ...token,
        requestedAt: at(token.requestedAt),
        issuedAt: token.issuedAt === null ? null : at(token.issuedAt),
        expiresAt: at(token.expiresAt),
        renewAt: at(token.renewAt),
        revokeAfter: at(token.revokeAfter),
        lastUsedAt: token.lastUsedAt === null ? null : at(token.lastUsedAt),
        storeTrouble: trouble(token.storeTrouble),
        revokeTrouble: trouble(token.revokeTrouble),
      };
    }),
  };
}
