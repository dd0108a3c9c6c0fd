/** What went wrong at GitHub, by what can be done about it. */
export type GitHubErrorKind =
  /** 401: the key, the JWT or the token is not (or no longer) good. */
  | 'unauthorized'
  /** 404 on an installation: the app is not installed there, or not for this repository. */
  | 'not-installed'
  | 'suspended'
  | 'forbidden'
  /** What we sent is wrong, or asks for more than was granted. */
  | 'invalid'
  | 'throttled'
  | 'unreachable'
  /** GitHub answered 5xx. */
  | 'unavailable'
  | 'malformed';

/** The facts of a {@link GitHubError} beside its sentence. */
export interface GitHubErrorFacts {
  /** HTTP status, 0 where there was no answer. */
  readonly status?: number;
  /** `x-github-request-id`, for the audit log. */
  readonly requestId?: string | null;
  readonly retryAfterMs?: number | null;
  readonly maybeIssued?: boolean;
  /** Epoch ms of the answer's `Date` header. */
  readonly answeredAt?: number | null;
}

/** A call to GitHub that failed. The message is a sentence for the person and holds no secret. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly status: number;
  readonly requestId: string | null;
  /** How long GitHub asks us to wait, ms. */
  readonly retryAfterMs: number | null;
  /** A token was asked for and the answer got lost: it may live for an hour without anybody who knows it (contract github §7). */
  readonly maybeIssued: boolean;
  /** GitHub's own time when it answered, epoch ms. */
  readonly answeredAt: number | null;

  /** GitHub lets us in nowhere there until a person changes that: not a matter of time. */
  get outOfReach(): boolean {
    // 422, or refused by ourselves before it was sent; another status may be a proxy's, and pass.
    const refused = this.kind === 'invalid' && (this.status === 422 || this.status === 0);
    return this.kind === 'not-installed' || this.kind === 'forbidden' || refused;
  }

  constructor(
    readonly kind: GitHubErrorKind,
    message: string,
    facts: GitHubErrorFacts = {},
  ) {
    super(message);
    this.status = facts.status ?? 0;
    this.requestId = facts.requestId ?? null;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.maybeIssued = facts.maybeIssued ?? false;
    this.answeredAt = facts.answeredAt ?? null;
  }
}
