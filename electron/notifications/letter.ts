import type { RemoteChannel } from '../../shared/channels.ts';
import type { Outcome } from '../../shared/notifications.ts';
import { RaviError } from '../ravi/errors.ts';

/** `sending` is written before the call and `looking` when its answer was lost. */
export type LetterState = 'waiting' | 'sending' | 'looking' | LetterEnd;
export type LetterEnd = 'sent' | 'maybe' | 'failed' | 'held' | 'dropped';

/** One message to one recipient. Times are epoch ms. */
export interface Letter {
  /** Stands in the message, so that it is known again among those that were sent. */
  readonly mark: string;
  readonly noticeId: string;
  readonly channel: RemoteChannel;
  readonly to: string;
  readonly state: LetterState;
  readonly why: string;
  /** When something is to be done with it; null while a call is under way, and after its end. */
  readonly nextAt: number | null;
  readonly attempts: number;
  readonly triedAt: number | null;
  /** Who it was sent by. */
  readonly identity: string | null;
  readonly remoteId: string | null;
}

/** What became of a notice on a channel, by its letters: on the way as long as one is, told as soon as one has arrived. */
export function outcomeOf(letters: readonly Letter[]): Outcome {
  const open = letters.filter(({ state }) => state === 'waiting' || state === 'sending' || state === 'looking');
  const soonest = open.toSorted((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0))[0];
  if (soonest) return { type: 'waiting', why: soonest.why, nextAt: soonest.nextAt ?? soonest.triedAt ?? 0 };
  const sent = letters.find(({ state }) => state === 'sent');
  if (sent) return { type: 'sent', at: sent.triedAt ?? 0 };
  for (const type of ['maybe', 'failed', 'held'] as const) {
    const ended = letters.find(({ state }) => state === type);
    if (ended) return { type, why: ended.why };
  }
  return { type: 'dropped', why: letters[0]?.why ?? 'It had nobody to go to.' };
}

/** What follows from a call to Ravi that failed. */
export type AfterFailure =
  /** It did not get through, and may later. */
  | { readonly do: 'wait'; readonly ms: number | null; readonly why: string }
  /** The channel is good for nothing until the person does something. */
  | { readonly do: 'stop'; readonly why: string }
  /** This message is refused. */
  | { readonly do: 'fail'; readonly why: string }
  /** It may have got through: Ravi has no idempotency key, so it is looked up and never just repeated (contract ravi §7). */
  | { readonly do: 'look'; readonly why: string };

/** Decides by what Ravi said. `sending` is false where the call could not have sent anything. */
export function afterFailure(error: unknown, sending: boolean): AfterFailure {
  if (!(error instanceof RaviError)) {
    const why = error instanceof Error ? error.message : String(error);
    return sending ? { do: 'look', why } : { do: 'wait', ms: null, why };
  }
  const why = error.message;
  switch (error.kind) {
    case 'throttled':
      return { do: 'wait', ms: error.retryAfterMs, why };
    case 'unauthorized':
    case 'subscription':
    case 'forbidden':
      return { do: 'stop', why };
    case 'invalid':
    case 'not-found':
    case 'foreign':
    case 'conflict':
    case 'login-expired':
    case 'login-denied':
      return { do: 'fail', why };
    // Also what Ravi itself says of the phone provider (503): nobody knows how far that came.
    case 'unavailable':
    case 'malformed':
    case 'unreachable':
      if (sending && !error.neverArrived) return { do: 'look', why };
      return { do: 'wait', ms: error.retryAfterMs, why };
    default:
      return error.kind satisfies never;
  }
}
