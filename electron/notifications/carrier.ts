import type { RemoteChannel } from '../../shared/channels.ts';
import type { RaviIdentity } from '../ravi/identities.ts';
import type { Inbox, RaviMessages, SentList } from '../ravi/messages.ts';
import type { Telling } from './delivery.ts';
import { mailOf } from './email.ts';
import { smsText } from './sms.ts';

/** What is written, to whom, with the mark by which it is found again. */
export interface Writing {
  readonly to: string;
  readonly telling: Telling;
  readonly mark: string;
  /** What an agent wrote may leave the machine. */
  readonly detail: boolean;
}

/** Takes messages of one channel out into the world. Everything throws `RaviError`. */
export interface Carrier {
  /** All that can be asked before anything is sent; what it answers sends one message and gives its id. */
  ready(identity: string, signal: AbortSignal): Promise<(writing: Writing, signal: AbortSignal) => Promise<string>>;
  /**
   * Looks for a message by its mark among those that the identity has sent. `absent` is proven only by a whole list that has what we know to
   * be sent (`known`, the newest first): no document says that the list has sent messages at all (contract ravi §3.6).
   */
  find(mark: string, identity: string, known: readonly string[], signal: AbortSignal): Promise<Found>;
}

export type Found = { readonly type: 'found'; readonly id: string } | { readonly type: 'absent'; readonly proven: boolean };

/** A channel's carrier over an account at Ravi. */
export function carrierOf(channel: RemoteChannel, messages: RaviMessages): Carrier {
  return channel === 'sms' ? new TextCarrier(messages) : new MailCarrier(messages);
}

class TextCarrier implements Carrier {
  readonly #messages: RaviMessages;

  constructor(messages: RaviMessages) {
    this.#messages = messages;
  }

  ready(identity: string): ReturnType<Carrier['ready']> {
    return Promise.resolve(({ to, telling, mark, detail }, signal) =>
      this.#messages.sendText(identity, { to, body: smsText(telling, { detail, mark }) }, signal),
    );
  }

  async find(mark: string, identity: string, known: readonly string[], signal: AbortSignal): Promise<Found> {
    return foundIn(await this.#messages.sentTexts(identity, signal), mark, known);
  }
}

class MailCarrier implements Carrier {
  readonly #messages: RaviMessages;
  readonly #inboxes = new Map<string, Inbox>();

  constructor(messages: RaviMessages) {
    this.#messages = messages;
  }

  async ready(identity: string, signal: AbortSignal): ReturnType<Carrier['ready']> {
    const inbox = this.#inboxes.get(identity) ?? (await this.#lookUp(identity, signal));
    this.#inboxes.set(identity, inbox);
    return ({ to, telling, mark, detail }, now) =>
      this.#messages.sendMail(identity, inbox, { to, ...mailOf(telling, { detail, mark }) }, now);
  }

  async find(mark: string, identity: string, known: readonly string[], signal: AbortSignal): Promise<Found> {
    return foundIn(await this.#messages.sentMails(identity, signal), mark, known);
  }

  async #lookUp(identity: string, signal: AbortSignal): Promise<Inbox> {
    const senders = await this.#messages.senders(signal);
    const sender: RaviIdentity | undefined = senders.find(({ uuid }) => uuid === identity);
    return await this.#messages.inboxOf({ uuid: identity, inbox: sender?.inbox ?? '' }, signal);
  }
}

/** Only the newest that is known counts: a list that was cut has the old ones and misses what is looked for. */
function foundIn({ messages, whole }: SentList, mark: string, known: readonly string[]): Found {
  const hit = messages.find(({ text }) => text.includes(mark));
  if (hit) return { type: 'found', id: hit.id };
  const newest = known[0];
  return { type: 'absent', proven: whole && newest !== undefined && messages.some(({ id }) => id === newest) };
}
