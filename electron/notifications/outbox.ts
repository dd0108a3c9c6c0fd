import { type RemoteChannel, remoteChannelWords } from '../../shared/channels.ts';
import type { Outcome } from '../../shared/notifications.ts';
import { DueTimer } from '../base/due-timer.ts';
import { redact } from '../base/redact.ts';
import { type AttemptOptions, calledOff, lookUp, sendLetter, type Verdict } from './attempt.ts';
import { type DeliveryChange, notSignedIn, type Post, type Telling, type Terms } from './delivery.ts';
import { type Letter, type LetterEnd, outcomeOf } from './letter.ts';
import type { Delivery, Stop } from './outbox-records.ts';
import { inQuiet, muted, unread } from './routing.ts';

export interface OutboxOptions extends AttemptOptions {
  /** A notice that no channel could take. */
  readonly onNowhere: (telling: Telling, why: string) => void;
  /** A letter came to its end. */
  readonly onLetter: (letter: Letter, telling: Telling) => void;
  /** What a channel shows of itself may have changed: used, stopped, waiting. */
  readonly onChannel: (channel: RemoteChannel) => void;
  readonly log: (message: string) => void;
}

const channels: readonly RemoteChannel[] = ['sms', 'email'];
/** What has ended is kept so long: by it is found what Ravi lists as sent. */
const keptMs = 30 * 24 * 60 * 60_000;
/** Quitting waits so long for a call under way, so that its answer isn't lost. */
const graceMs = 2_000;
/** A disk that is full now may not be later. */
const afterErrorMs = 60_000;

/**
 * Carries notices over SMS and mail: written down before a call and after it, so that a crash leaves no message in doubt that could be looked
 * up, and none sent twice. One call at a time for each channel.
 */
export class Outbox implements Post {
  readonly #o: OutboxOptions;
  readonly #listeners = new Set<(change: DeliveryChange) => void>();
  readonly #waiters = new Map<string, ((outcome: Outcome) => void)[]>();
  readonly #runs = new Map<RemoteChannel, Promise<void>>();
  readonly #asked = new Set<RemoteChannel>();
  readonly #due: DueTimer;
  readonly #abort = new AbortController();
  #running = false;

  constructor(options: OutboxOptions) {
    this.#o = options;
    this.#due = new DueTimer(options.now, (channel) => this.#kick(channel === 'sms' ? 'sms' : 'email'));
  }

  /** Takes up what an earlier run left; what was being sent then is looked up. */
  start(): void {
    const { records, now } = this.#o;
    records.forget(now() - keptMs);
    this.#running = true;
    for (const channel of channels) {
      for (const letter of records.lettersIn(channel, 'sending'))
        records.put({ ...letter, state: 'looking', nextAt: now(), why: 'The app ended while it was being sent.' });
      this.#kick(channel);
    }
  }

  /** A call under way has a moment to end; after that its message is looked up at the next start. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#due.stop();
    const late = setTimeout(() => this.#abort.abort(), graceMs);
    await Promise.all(this.#runs.values());
    clearTimeout(late);
    const quitting: Outcome = { type: 'waiting', why: 'The app quits; it goes on at the next start.', nextAt: this.#o.now() };
    for (const key of [...this.#waiters.keys()]) this.#answer(key, quitting);
  }

  submit(telling: Telling, channel: RemoteChannel, terms: Terms): Promise<Outcome> {
    const { records, now, onChannel } = this.#o;
    if (!records.delivery(telling.id, channel)) {
      records.transaction(() => this.#add(withoutSecrets(telling), channel, terms));
      this.#changed(telling.id, channel);
      onChannel(channel);
      this.#kickAll();
    }
    const outcome = this.outcome(telling.id, channel) ?? { type: 'dropped', why: calledOff };
    if (outcome.type !== 'waiting' || outcome.nextAt > now() || !this.#running) return Promise.resolve(outcome);
    return new Promise((resolve) => {
      const key = keyOf(telling.id, channel);
      this.#waiters.set(key, [...(this.#waiters.get(key) ?? []), resolve]);
    });
  }

  cancel(noticeId: string): void {
    const { records } = this.#o;
    records.transaction(() => {
      records.cancel(noticeId);
      for (const letter of records.lettersFor(noticeId)) if (letter.state === 'waiting') this.#end(letter, 'dropped', calledOff);
    });
    for (const channel of channels) this.#changed(noticeId, channel);
  }

  reconsider(): void {
    for (const why of [inQuiet, muted, unread]) this.#o.records.wake(why, this.#o.now());
    this.#kickAll();
  }

  onChange(listener: (change: DeliveryChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The channel may be used again: the person says so, or has signed in. */
  resume(channel: RemoteChannel): void {
    this.#o.records.resume(channel);
    this.#o.onChannel(channel);
    this.#kick(channel);
  }

  /** What a channel shows of itself: why it stands still, messages of today, and what those that wait wait for. */
  state(channel: RemoteChannel): { readonly stop: Stop | null; readonly used: number; readonly waits: string | null } {
    const { records, dayOf, now } = this.#o;
    const used = records.usedSince(channel, dayOf(now()));
    return { stop: records.stopOf(channel), used, waits: records.troubleOf(channel) };
  }

  outcome(noticeId: string, channel: RemoteChannel): Outcome | null {
    const delivery = this.#o.records.delivery(noticeId, channel);
    if (!delivery) return null;
    if (delivery.held !== null) return { type: 'held', why: delivery.held };
    return outcomeOf(this.#o.records.lettersOf(noticeId, channel));
  }

  /** Inside a transaction. */
  #add(telling: Telling, channel: RemoteChannel, { notBefore, worthUntil }: Terms): void {
    const { records, now } = this.#o;
    const held = this.#whyNot(channel);
    const delivery = { noticeId: telling.id, channel, telling, worthUntil, held, cancelled: false, fallenBack: false };
    records.add(delivery, now());
    if (held !== null) return this.#fallBack(delivery, held);
    for (const to of this.#o.terms(channel).recipients)
      records.put({
        mark: this.newMark(),
        noticeId: telling.id,
        channel,
        to,
        state: 'waiting',
        why: 'It is on its way.',
        nextAt: Math.max(now(), notBefore ?? 0),
        attempts: 0,
        triedAt: null,
        identity: null,
        remoteId: null,
      });
  }

  /** Why a channel takes nothing now, in a sentence. */
  #whyNot(channel: RemoteChannel): string | null {
    const { identity, recipients } = this.#o.terms(channel);
    const word = remoteChannelWords[channel];
    if (identity === null) return notSignedIn(channel);
    if (recipients.length === 0) return `${word} has no verified recipient.`;
    const stop = this.#o.records.stopOf(channel);
    return stop && `${word} has stopped. ${stop.why}`;
  }

  /** A mark that no letter has yet. It is read by people too, so no letter in it looks like another. */
  newMark(): string {
    const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
    for (;;) {
      const mark = `#${Array.from({ length: 6 }, () => letters[Math.floor(this.#o.random() * letters.length)]).join('')}`;
      if (!this.#o.records.letter(mark)) return mark;
    }
  }

  #kickAll(): void {
    for (const channel of channels) this.#kick(channel);
  }

  #kick(channel: RemoteChannel): void {
    if (!this.#running) return;
    // It may be at its very end.
    if (this.#runs.has(channel)) return void this.#asked.add(channel);
    const { log, now, records } = this.#o;
    const run = this.#run(channel)
      .then(() => records.nextAt(channel))
      .catch((error: unknown) => {
        log(`The outbox for ${remoteChannelWords[channel]} failed: ${String(error)}`);
        return now() + afterErrorMs;
      })
      .then((nextAt) => {
        this.#runs.delete(channel);
        if (!this.#running) return;
        this.#due.set(channel, nextAt);
        if (this.#asked.delete(channel)) this.#kick(channel);
      });
    this.#runs.set(channel, run);
  }

  async #run(channel: RemoteChannel): Promise<void> {
    // Not within the call that kicked it: that one has its own answer to wait for.
    await Promise.resolve();
    const { signal } = this.#abort;
    while (this.#running) {
      const letter = this.#o.records.due(channel, this.#o.now());
      if (!letter) return;
      const verdict = await (letter.state === 'looking' ? lookUp : sendLetter)(this.#o, letter, signal);
      this.#apply(verdict);
      this.#changed(letter.noticeId, channel);
      this.#o.onChannel(channel);
      // What this one could not take, the other may have got.
      this.#kickAll();
    }
  }

  #apply(verdict: Verdict): void {
    const { records, now } = this.#o;
    const waiting = ({ channel, mark }: Letter): readonly Letter[] =>
      records.lettersIn(channel, 'waiting').filter((other) => other.mark !== mark);
    switch (verdict.do) {
      case 'nothing':
        return;
      case 'keep':
        return records.put(verdict.letter);
      case 'end':
        return records.transaction(() => this.#end(verdict.letter, verdict.as, verdict.why));
      case 'stop': {
        const { letter, why } = verdict;
        return this.#together(
          [letter, ...waiting(letter)],
          (one) => this.#end(one, 'failed', why),
          () => records.stop(letter.channel, { why, at: now() }),
        );
      }
      case 'postpone': {
        const { letter, until, why } = verdict;
        const others = verdict.all ? waiting(letter).filter(({ nextAt }) => (nextAt ?? 0) < until) : [];
        return this.#together(
          [letter, ...others],
          (one) => this.#postpone(one, until, why),
          () => verdict.all && records.pause(letter.channel, until, why),
        );
      }
      default:
        return verdict satisfies never;
    }
  }

  #together(letters: readonly Letter[], change: (letter: Letter) => void, first?: () => void): void {
    this.#o.records.transaction(() => {
      first?.();
      for (const letter of letters) change(letter);
    });
    for (const { noticeId, channel } of letters.slice(1)) this.#changed(noticeId, channel);
  }

  /** Inside a transaction. */
  #postpone(letter: Letter, until: number, why: string): void {
    const delivery = this.#o.records.delivery(letter.noticeId, letter.channel);
    if (delivery && until > delivery.worthUntil)
      return this.#end(letter, 'held', `${why} By then it would be older than it is worth telling.`);
    this.#o.records.put({ ...letter, state: 'waiting', why, nextAt: until });
  }

  /** Inside a transaction: a notice that its channel could not take is the next one's in the same moment. */
  #end(letter: Letter, state: LetterEnd, why: string): void {
    const { records, onLetter } = this.#o;
    const ended: Letter = { ...letter, state, why, nextAt: null };
    records.put(ended);
    const delivery = records.delivery(letter.noticeId, letter.channel);
    if (!delivery) return;
    records.afterCommit(() => onLetter(ended, delivery.telling));
    const { type } = outcomeOf(records.lettersOf(letter.noticeId, letter.channel));
    if (type === 'failed' || type === 'held') this.#fallBack(delivery, why);
  }

  /** SMS to mail, mail to SMS, and what neither takes to the desktop. Inside a transaction. */
  #fallBack(delivery: Delivery, why: string): void {
    const { records, now, onNowhere } = this.#o;
    const { noticeId, telling, worthUntil } = delivery;
    if (delivery.fallenBack || delivery.cancelled || now() > worthUntil) return;
    records.fellBack(delivery);
    const next: RemoteChannel = delivery.channel === 'sms' ? 'email' : 'sms';
    const there = this.outcome(noticeId, next);
    if (there === null) {
      records.afterCommit(() => this.#changed(noticeId, next));
      this.#add(telling, next, { worthUntil });
    } else if (there.type === 'failed' || there.type === 'held' || there.type === 'dropped') {
      records.afterCommit(() => onNowhere(telling, why));
    }
  }

  #changed(noticeId: string, channel: RemoteChannel): void {
    const outcome = this.outcome(noticeId, channel);
    // What is being done at this moment is no outcome yet.
    if (!outcome || (outcome.type === 'waiting' && outcome.nextAt <= this.#o.now())) return;
    for (const listener of this.#listeners) listener({ noticeId, channel, outcome });
    this.#answer(keyOf(noticeId, channel), outcome);
  }

  #answer(key: string, outcome: Outcome): void {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    for (const resolve of waiters) resolve(outcome);
  }
}

const keyOf = (noticeId: string, channel: RemoteChannel): string => `${channel} ${noticeId}`;

/** What lies on the disk holds no secret either. */
const withoutSecrets = ({ id, kind, title, line, detail, link, urgent }: Telling): Telling => ({
  id,
  kind,
  title: redact(title),
  line: redact(line),
  detail: detail === null ? null : redact(detail),
  link: link ?? null,
  urgent: urgent ?? false,
});
