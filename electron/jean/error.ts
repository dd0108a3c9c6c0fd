/** Why something asked of Jean did not come to pass. */
export type JeanErrorKind =
  /** The token was refused (401). */
  | 'unauthorized'
  /** Nobody listens there, or it is no Jean. */
  | 'unreachable'
  | 'timeout'
  /** Its certificate is refused: nothing was sent to it. */
  | 'certificate'
  /** This Jean is too old or too new for the command (contract jean, rule on top). */
  | 'unknown-command'
  /** Jean tried and said why not. */
  | 'command-failed'
  | 'closed'
  /** The answer is not what the contract says. */
  | 'malformed';

/** The only error that this room throws. Its message is fit for the log and for a person; it never holds a token. */
export class JeanError extends Error {
  override readonly name = 'JeanError';
  readonly kind: JeanErrorKind;

  constructor(kind: JeanErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }

  /** Any thrown value as a JeanError; what is not one already becomes `unreachable`. */
  static from(error: unknown): JeanError {
    if (error instanceof JeanError) return error;
    return new JeanError('unreachable', error instanceof Error ? error.message : String(error));
  }
}
