/** What went wrong at Ravi, by what can be done about it (contract ravi §1, errors). */
export type RaviErrorKind =
  /** 400: what we sent is wrong. */
  | 'invalid'
  /** 401: the key is unknown. Keys don't expire, so somebody has deleted it. */
  | 'unauthorized'
  /** 402: a paid plan is needed. */
  | 'subscription'
  /** 403: the wrong kind of key. */
  | 'forbidden'
  | 'not-found'
  /** Something that is not ours lies there. */
  | 'foreign'
  /** 409: taken, or there already. */
  | 'conflict'
  | 'throttled'
  /** 5xx: Ravi, or the phone provider behind it, has a problem. */
  | 'unavailable'
  | 'unreachable'
  | 'malformed'
  /** A login's code ran out. */
  | 'login-expired'
  /** A login was turned down. */
  | 'login-denied';

/** A call to Ravi that failed. The message is a sentence for the person and holds no secret. */
export class RaviError extends Error {
  override readonly name = 'RaviError';
  /** HTTP status, 0 where there was no answer. */
  readonly status: number;
  /** How long Ravi asks us to wait, ms. */
  readonly retryAfterMs: number | null;
  /** True when the request certainly never reached Ravi, so that it may be made again. */
  readonly neverArrived: boolean;
  /** The `error` code of a login that is not through yet (contract ravi §2). */
  readonly code: string | null;
  /** Ravi itself has answered, in words: behind a gateway's page what was asked may still be under way. */
  readonly inItsWords: boolean;

  constructor(
    readonly kind: RaviErrorKind,
    message: string,
    facts: {
      readonly status?: number;
      readonly retryAfterMs?: number | null;
      readonly code?: string | null;
      readonly neverArrived?: boolean;
      readonly inItsWords?: boolean;
    } = {},
  ) {
    super(message);
    this.status = facts.status ?? 0;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.code = facts.code ?? null;
    this.neverArrived = facts.neverArrived ?? false;
    this.inItsWords = facts.inItsWords ?? false;
  }
}
