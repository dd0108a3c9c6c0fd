/** All waits of the connection to Jean, ms. */
export interface Timing {
  /** A burst of invalidations is one reading. */
  readonly debounceMs: number;
  /** After a turn's end Jean needs this long to write what came of it (contract jean §5). */
  readonly settleMs: number;
  /** When it still says running then, this much later once more. */
  readonly settleAgainMs: number;
  /** A silent event stream is not trusted for longer (contract jean §1, token change semantics 5). */
  readonly pollMs: number;
  readonly silenceMs: number;
  /** How long a lost WebSocket is tried again before a lower road is taken: a restart of Jean is not worth it. */
  readonly fallbackMs: number;
  /** Between two looks over the MCP socket while something runs, and while nothing does. */
  readonly mcpBusyMs: number;
  readonly mcpIdleMs: number;
  /** Between two looks at the files when no change is told. */
  readonly filesMs: number;
  /** A lower road rests this long after each look. */
  readonly lowerRestMs: number;
  readonly disorderMs: number;
  /** How long Jean may take for a sign of life after a wake. */
  readonly probeMs: number;
  /** A connection that ends sooner counts as one more failure, so that a Jean which drops everybody is not hammered. */
  readonly steadyMs: number;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  /** A refused token is not tried more often than this. */
  readonly refusedMs: number;
}

export const defaultTiming: Timing = {
  debounceMs: 100,
  settleMs: 300,
  settleAgainMs: 2_000,
  pollMs: 60_000,
  silenceMs: 45_000,
  fallbackMs: 1_500,
  mcpBusyMs: 2_000,
  mcpIdleMs: 10_000,
  filesMs: 15_000,
  lowerRestMs: 300,
  disorderMs: 300,
  probeMs: 3_000,
  steadyMs: 10_000,
  retryFirstMs: 500,
  retryMaxMs: 30_000,
  refusedMs: 30_000,
};
