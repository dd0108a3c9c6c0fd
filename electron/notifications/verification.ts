import type { RemoteChannel } from '../../shared/channels.ts';
import type { Carrier } from './carrier.ts';
import { notSignedIn, type Telling } from './delivery.ts';
import { afterFailure, type Letter } from './letter.ts';
import type { OutboxRecords } from './outbox-records.ts';

export interface VerificationOptions {
  readonly records: OutboxRecords;
  readonly carrier: (channel: RemoteChannel) => Carrier | null;
  readonly identity: (channel: RemoteChannel) => string | null;
  readonly newMark: () => string;
  /** Six digits. */
  readonly newCode: () => string;
  readonly onChange: (channel: RemoteChannel) => void;
  readonly now: () => number;
}

interface Pending {
  readonly code: string;
  readonly sentAt: number;
  left: number;
}

const goodForMs = 15 * 60_000;
/** Somebody else's phone must not ring all the time because of a wrong digit. */
const againAfterMs = 60_000;
const tries = 5;

/**
 * Proves that an address is the person's: a code goes there, and comes back by their hand. Codes live in memory alone. The message counts as
 * one of the channel, and by it is known later what Ravi lists of what was sent.
 */
export class Verification {
  readonly #o: VerificationOptions;
  readonly #pending = new Map<string, Pending>();

  constructor(options: VerificationOptions) {
    this.#o = options;
  }

  /** Until when a code of this address can be typed in; null when there is none. */
  codeUntil(channel: RemoteChannel, address: string): number | null {
    const pending = this.#pending.get(keyOf(channel, address));
    return pending && this.#isGood(pending) ? pending.sentAt + goodForMs : null;
  }

  /** Sends a code. @throws Error with a sentence. */
  async send(channel: RemoteChannel, address: string, signal: AbortSignal): Promise<void> {
    const { records, now, newMark, onChange } = this.#o;
    const key = keyOf(channel, address);
    const before = this.#pending.get(key);
    if (before && now() - before.sentAt < againAfterMs)
      throw new Error('A code was sent there within the last minute. It may take a while to arrive.');
    const carrier = this.#o.carrier(channel);
    const identity = this.#o.identity(channel);
    if (carrier === null || identity === null) throw new Error(notSignedIn(channel));
    const send = await carrier.ready(identity, signal);

    const pending: Pending = { code: this.#o.newCode(), sentAt: now(), left: tries };
    this.#pending.set(key, pending);
    const letter: Letter = {
      mark: newMark(),
      noticeId: `verify:${channel}:${address}`,
      channel,
      to: address,
      state: 'sending',
      why: 'It is being sent.',
      nextAt: null,
      attempts: 1,
      triedAt: now(),
      identity,
      remoteId: null,
    };
    records.put(letter);
    try {
      const telling = tellingOf(pending.code);
      const remoteId = await send({ to: address, telling, mark: letter.mark, detail: false }, signal);
      records.put({ ...letter, state: 'sent', why: 'It was sent.', remoteId });
    } catch (error) {
      const next = afterFailure(error, true);
      records.put({ ...letter, state: next.do === 'look' ? 'maybe' : 'failed', why: next.why });
      if (next.do === 'look') throw new Error(`${next.why} If a code arrives all the same, type it in.`);
      this.#pending.delete(key);
      throw error;
    } finally {
      onChange(channel);
    }
  }

  /** Whether the code is the one that was sent. @throws Error with a sentence when it is not, or not any more. */
  confirm(channel: RemoteChannel, address: string, code: string): void {
    const key = keyOf(channel, address);
    const pending = this.#pending.get(key);
    if (!pending || !this.#isGood(pending)) throw new Error('There is no code to compare with any more. Send a new one.');
    if (pending.code === code.replace(/\s/g, '')) return void this.#pending.delete(key);
    pending.left -= 1;
    this.#o.onChange(channel);
    throw new Error(
      pending.left > 0 ? 'That is not the code that was sent there.' : 'That was wrong too often. Send a new code.',
    );
  }

  #isGood({ sentAt, left }: Pending): boolean {
    return left > 0 && this.#o.now() - sentAt < goodForMs;
  }
}

const keyOf = (channel: RemoteChannel, address: string): string => `${channel} ${address}`;

const tellingOf = (code: string): Telling => ({
  id: 'verify',
  kind: 'verify',
  title: `${code} is your code for Jean Ravi Companion`,
  line: 'Type it in there to get notices here. Not yours? Ignore it.',
  detail: null,
});
