import { backoffMs } from '../base/backoff.ts';
import type { Trouble } from './credential.ts';
import type { Step } from './plan.ts';

/** A longer `Retry-After` is not believed: GitHub's limits reset each hour. */
const longestPauseMs = 60 * 60_000;
/** The last pause before each further try, ms. */
const usualPauseMs = 5 * 60_000;
/** Only a person can let the App in, and the window that they come back to asks at once; nobody else needs to be asked often. */
const outOfReachPauseMs = 30 * 60_000;

/** No credential can come from there at all, until a person changes that. */
export class OutOfReach extends Error {
  override readonly name = 'OutOfReach';
  readonly outOfReach = true;
}

/** What a failed step leaves behind: why, and when it is tried again. `previous` is the trouble before it, `random` in [0, 1). */
export function troubleOf(
  error: unknown,
  step: Step['do'],
  previous: Trouble | null,
  now: number,
  random: () => number,
): Trouble {
  const facts = Object(error) as { readonly retryAfterMs?: unknown; readonly outOfReach?: unknown };
  const attempts = (previous?.attempts ?? 0) + 1;
  const minting = step !== 'mint' ? undefined : facts.outOfReach === true ? 'out-of-reach' : 'passing';
  const asked = Math.min(longestPauseMs, Number(facts.retryAfterMs ?? 0));
  const most = minting === 'out-of-reach' ? outOfReachPauseMs : usualPauseMs;
  const pause = Math.max(asked, backoffMs(attempts, random, 2_000, most));
  const reason = error instanceof Error ? error.message : String(error);
  return { reason, retryAt: now + pause, attempts, ...(minting && { minting }) };
}
