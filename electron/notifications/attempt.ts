import { type RemoteChannel, remoteChannelWords } from '../../shared/channels.ts';
import { backoffMs } from '../base/backoff.ts';
import type { Carrier } from './carrier.ts';
import { type ChannelTerms, notSignedIn, type Rest, type Telling } from './delivery.ts';
import { type AfterFailure, afterFailure, type Letter, type LetterEnd } from './letter.ts';
import type { OutboxRecords } from './outbox-records.ts';

/** What is to be done with a letter now. */
export type Verdict =
  | { readonly do: 'end'; readonly letter: Letter; readonly as: LetterEnd; readonly why: string }
  /** Written down as it is, with its next time. */
  | { readonly do: 'keep'; readonly letter: Letter }
  /** Not before `until`, and where `all` is set, nothing else of the channel either. */
  | { readonly do: 'postpone'; readonly letter: Letter; readonly until: number; readonly all: boolean; readonly why: string }
  /** The channel is good for nothing until the person does something. */
  | { readonly do: 'stop'; readonly letter: Letter; readonly why: string }
  /** It was called off, or the app quits. */
  | { readonly do: 'nothing' };

export interface AttemptOptions {
  readonly records: OutboxRecords;
  /** As they are at this moment. */
  readonly terms: (channel: RemoteChannel) => ChannelTerms;
  /** Null when nobody is signed in to Ravi. */
  readonly carrier: (channel: RemoteChannel) => Carrier | null;
  /** What holds a notice now, such as a mute or quiet hours; null where nothing does. */
  readonly rest: (telling: Telling) => Rest | null;
  /** Start of the local day of a moment, epoch ms. */
  readonly dayOf: (at: number) => number;
  readonly now: () => number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

const backoff = { first: 5_000, longest: 5 * 60_000 } as const;
/** A message that Ravi took may be listed late (contract ravi §6: 2–10 s), and our exchange ends after 30 s. */
const settleMs = 45_000;
/** How long a lost answer is looked for, and how often at least. */
const lookForMs = 60 * 60_000;
const lookEveryMs = 5 * 60_000;
const mostAttempts = 5;
const longestPauseMs = 24 * 60 * 60_000;

const nothing: Verdict = { do: 'nothing' };
const stale = 'It was older than it is worth telling.';

/** Sends a letter that waits. Its intent is in the database before the call; what comes of it is the verdict. */
export async function sendLetter(o: AttemptOptions, letter: Letter, signal: AbortSignal): Promise<Verdict> {
  const { records, now } = o;
  const { channel } = letter;
  const end = (as: LetterEnd, why: string): Verdict => ({ do: 'end', letter, as, why });
  const delivery = records.delivery(letter.noticeId, channel);
  if (!delivery) return end('dropped', 'Its notice is gone.');
  if (now() > delivery.worthUntil) return end('dropped', stale);
  const rest = o.rest(delivery.telling);
  // It was routed before they began, or comes from another run of the app. What was due in them is no reason for another channel.
  if (rest !== null && rest.until > delivery.worthUntil) return end('dropped', `${rest.why} Afterwards it would have been old.`);
  if (rest !== null) return { do: 'keep', letter: { ...letter, why: rest.why, nextAt: rest.until } };
  const pause = records.pauseOf(channel);
  // A clock that was set back must not make the pause longer than any that Ravi asks for.
  if (pause !== null && pause.until > now() && pause.until - now() <= longestPauseMs)
    return { do: 'postpone', letter, until: pause.until, all: false, why: pause.why };
  const { identity, recipients, budget, detail } = o.terms(channel);
  const carrier = o.carrier(channel);
  if (identity === null || carrier === null) return end('held', notSignedIn(channel));
  if (!recipients.includes(letter.to)) return end('dropped', 'Its recipient was taken off the list.');
  if (records.usedSince(channel, o.dayOf(now())) >= budget)
    return end('held', `Today’s budget of ${budget} for ${remoteChannelWords[channel]} is used up.`);

  let send: Awaited<ReturnType<Carrier['ready']>>;
  try {
    send = await carrier.ready(identity, signal);
  } catch (error) {
    return signal.aborted ? nothing : following(o, { ...letter, attempts: letter.attempts + 1 }, afterFailure(error, false));
  }
  // It may have been called off meanwhile.
  if (signal.aborted || records.letter(letter.mark)?.state !== 'waiting') return nothing;
  const sending: Letter = {
    ...letter,
    state: 'sending',
    why: 'It is being sent.',
    nextAt: null,
    attempts: letter.attempts + 1,
    triedAt: now(),
    identity,
  };
  records.put(sending);
  try {
    const remoteId = await send({ to: letter.to, telling: delivery.telling, mark: letter.mark, detail }, signal);
    return { do: 'end', letter: { ...sending, remoteId }, as: 'sent', why: 'It was sent.' };
  } catch (error) {
    // After a quit the next start looks it up.
    return signal.aborted ? nothing : following(o, sending, afterFailure(error, true));
  }
}

function following(o: AttemptOptions, letter: Letter, next: AfterFailure): Verdict {
  const { why } = next;
  switch (next.do) {
    case 'fail':
      return { do: 'end', letter, as: 'failed', why };
    case 'stop':
      return { do: 'stop', letter, why };
    case 'look':
      return { do: 'keep', letter: { ...letter, state: 'looking', why, nextAt: o.now() } };
    case 'wait': {
      const wait = next.ms ?? backoffMs(letter.attempts, o.random, backoff.first, backoff.longest);
      return { do: 'postpone', letter, until: o.now() + wait, all: next.ms !== null, why };
    }
    default:
      return next satisfies never;
  }
}

/** Asks Ravi what it has sent, where the answer to a call was lost or the app died within it. */
export async function lookUp(o: AttemptOptions, letter: Letter, signal: AbortSignal): Promise<Verdict> {
  const { records, now } = o;
  const { channel, identity } = letter;
  const triedAt = letter.triedAt ?? 0;
  const end = (as: LetterEnd, why: string): Verdict => ({ do: 'end', letter, as, why });
  const unknown = (why: string): Verdict => end('maybe', `Nobody can say whether it arrived. ${letter.why} ${why}`);
  const later = (why: string): Verdict =>
    now() - triedAt > lookForMs ? unknown(why) : { do: 'keep', letter: { ...letter, nextAt: now() + lookEveryMs } };
  const carrier = o.carrier(channel);
  if (carrier === null || identity === null) return later(notSignedIn(channel));

  let found: Awaited<ReturnType<Carrier['find']>>;
  try {
    found = await carrier.find(letter.mark, identity, records.sentIds(channel, identity), signal);
  } catch (error) {
    if (signal.aborted) return nothing;
    const next = afterFailure(error, false);
    return next.do === 'wait' ? later(next.why) : unknown(next.why);
  }
  if (found.type === 'found')
    return { do: 'end', letter: { ...letter, remoteId: found.id }, as: 'sent', why: 'Ravi lists it as sent.' };
  if (now() - triedAt < settleMs) return { do: 'keep', letter: { ...letter, nextAt: triedAt + settleMs } };
  if (!found.proven) return unknown('Ravi’s list of sent messages doesn’t tell.');
  // From here on it is certain that it did not leave.
  const delivery = records.delivery(letter.noticeId, channel);
  if (!delivery || delivery.cancelled) return end('dropped', calledOff);
  if (letter.attempts >= mostAttempts) return end('failed', letter.why);
  return { do: 'keep', letter: { ...letter, state: 'waiting', nextAt: now() } };
}

/** Why a letter does not leave whose notice nobody needs any more. */
export const calledOff = 'It was resolved or seen before it left.';
