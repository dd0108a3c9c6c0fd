import { randomInt } from 'node:crypto';
import {
  type ChannelChoice,
  type ChannelSettings,
  type ChannelView,
  mostRecipients,
  type RemoteChannel,
  readAddress,
  remoteChannel,
  remoteChannelWords,
  type Sender,
} from '../shared/channels.ts';
import type { StateChange } from '../shared/model.ts';
import { promptKinds } from '../shared/notifications.ts';
import type { AuditInput } from './audit/log.ts';
import type { RaviConnection } from './connections/ravi.ts';
import { type Carrier, carrierOf } from './notifications/carrier.ts';
import { notSignedIn, type Rest, type Telling } from './notifications/delivery.ts';
import type { Letter } from './notifications/letter.ts';
import { Outbox } from './notifications/outbox.ts';
import { OutboxRecords } from './notifications/outbox-records.ts';
import { restNow, unread } from './notifications/routing.ts';
import { Verification } from './notifications/verification.ts';
import type { RaviMessages } from './ravi/messages.ts';
import type { Db } from './storage/database.ts';
import type { SettingsFile } from './storage/settings.ts';

export interface ChannelsOptions {
  readonly db: Db;
  readonly settings: SettingsFile;
  readonly ravi: RaviConnection;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly audit: (entry: AuditInput) => void;
  /** A notice that neither SMS nor mail could take. */
  readonly onNowhere: (telling: Telling, why: string) => void;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

const testWorthMs = 10 * 60_000;
const testKind = 'test';
/** So long a start waits for Jean to be read, ms. */
const jeanReadMs = 15_000;

/** Part of the roof: SMS and mail through Ravi, as the person has set them up, and what they show of themselves. */
export class Channels {
  readonly outbox: Outbox;
  readonly #o: ChannelsOptions;
  readonly #records: OutboxRecords;
  readonly #verification: Verification;
  readonly #quit = new AbortController();
  /** Epoch ms. */
  #unreadUntil = 0;
  readonly #stopped = new Map<RemoteChannel, number | null>();
  #carriers: { readonly messages: RaviMessages; readonly of: Readonly<Record<RemoteChannel, Carrier>> } | null = null;

  constructor(options: ChannelsOptions) {
    this.#o = options;
    const { now, log, onNowhere } = options;
    const carrier = (channel: RemoteChannel): Carrier | null => this.#carrier(channel);
    const onChange = (channel: RemoteChannel): void => this.#show(channel);
    this.#records = new OutboxRecords(options.db);
    this.outbox = new Outbox({
      records: this.#records,
      terms: (channel) => {
        const { budget, detail, recipients } = this.#settings(channel);
        const verified = recipients.filter(({ verifiedAt }) => verifiedAt !== null).map(({ address }) => address);
        return { identity: this.#identity(channel), budget, detail, recipients: verified };
      },
      carrier,
      onNowhere,
      onLetter: (letter, telling) => this.#note(letter, telling),
      onChannel: onChange,
      rest: (telling) => this.#rest(telling),
      dayOf: (at) => new Date(at).setHours(0, 0, 0, 0),
      log,
      now,
      random: () => randomInt(2 ** 32) / 2 ** 32,
    });
    this.#verification = new Verification({
      records: this.#records,
      carrier,
      identity: (channel) => this.#identity(channel),
      newMark: () => this.outbox.newMark(),
      newCode: () => String(randomInt(1_000_000)).padStart(6, '0'),
      onChange,
      now,
    });
  }

  start(): void {
    this.#unreadUntil = this.#o.now() + jeanReadMs;
    this.outbox.start();
    this.publish();
  }

  /** Every Jean was read: what no longer waits was called off by now. */
  onAllRead(): void {
    if (this.#unreadUntil === 0) return;
    this.#unreadUntil = 0;
    this.outbox.reconsider();
  }

  async stop(): Promise<void> {
    this.#quit.abort();
    await this.outbox.stop();
  }

  /** Shows both channels; what Ravi's connection is has changed, or the page asks anew. */
  publish(): void {
    for (const channel of remoteChannel.options) this.#show(channel);
  }

  /** Somebody has signed in to Ravi: what stopped for want of a key or a plan may go on. */
  resume(): void {
    for (const channel of remoteChannel.options) this.outbox.resume(channel);
  }

  /** Whether a channel takes notices, and a sentence that says to whom, or why not. */
  ready(channel: RemoteChannel): { readonly ready: boolean; readonly message: string } {
    const { state, message } = this.#view(channel);
    return { ready: state === 'ready' || state === 'waiting', message };
  }

  /** Who could send. @throws Error with a sentence. */
  async senders(): Promise<Sender[]> {
    const { messages } = this.#o.ravi;
    if (!messages) return [];
    const all = await messages.senders(this.#quit.signal);
    return all.map(({ uuid, name, inbox, phone }) => ({ identity: uuid, name, address: inbox, phone }));
  }

  choose(channel: RemoteChannel, choice: ChannelChoice): void {
    const before = this.#settings(channel);
    this.#keep(channel, { ...choice, recipients: before.recipients });
    this.#changed(channel, 'was changed.', {
      budget: `${choice.budget} a day`,
      'what agents wrote': choice.detail ? 'may leave the machine' : 'stays on the machine',
    });
  }

  /** Takes up a recipient; nothing goes there before a test message was confirmed. @throws Error with a sentence. */
  add(channel: RemoteChannel, typed: string): void {
    const read = readAddress(channel, typed);
    if (!read.ok) throw new Error(read.wrong);
    const { recipients, ...choice } = this.#settings(channel);
    if (recipients.some(({ address }) => address === read.address)) throw new Error(`${read.address} is on the list already.`);
    if (recipients.length >= mostRecipients) throw new Error(`${mostRecipients} recipients at most.`);
    this.#keep(channel, { ...choice, recipients: [...recipients, { address: read.address, verifiedAt: null }] });
    this.#changed(channel, 'has a new recipient, not verified yet.', { recipient: masked(read.address) });
  }

  remove(channel: RemoteChannel, address: string): void {
    const { recipients, ...choice } = this.#settings(channel);
    this.#keep(channel, { ...choice, recipients: recipients.filter((one) => one.address !== address) });
    this.#changed(channel, 'lost a recipient.', { recipient: masked(address) });
  }

  /** Sends a code to a recipient. @throws Error with a sentence. */
  async verify(channel: RemoteChannel, address: string): Promise<void> {
    this.#known(channel, address);
    await this.#verification.send(channel, address, this.#quit.signal);
  }

  /** Takes a code that the person typed in. @throws Error with a sentence. */
  confirm(channel: RemoteChannel, address: string, code: string): void {
    this.#known(channel, address);
    this.#verification.confirm(channel, address, code);
    const { recipients, ...choice } = this.#settings(channel);
    const verifiedAt = this.#o.now();
    this.#keep(channel, {
      ...choice,
      recipients: recipients.map((one) => (one.address === address ? { address, verifiedAt } : one)),
    });
    this.#changed(channel, 'has a verified recipient.', { recipient: masked(address) });
  }

  /** Sends a test message to every verified recipient; answers what became of it in a sentence. @throws Error with the reason. */
  async test(channel: RemoteChannel): Promise<string> {
    const { ready, message } = this.ready(channel);
    if (!ready) throw new Error(message);
    const now = this.#o.now();
    const telling: Telling = {
      id: `test:${channel}:${now}:${randomInt(1_000_000)}`,
      kind: testKind,
      title: 'A test from Jean Ravi Companion',
      line: 'Your notices arrive here.',
      detail: null,
      urgent: true,
    };
    const outcome = await this.outbox.submit(telling, channel, { worthUntil: now + testWorthMs });
    switch (outcome.type) {
      case 'sent':
        return 'Ravi has sent it. It should arrive within seconds.';
      case 'waiting':
        return `It waits. ${outcome.why}`;
      case 'maybe':
      case 'failed':
      case 'held':
      case 'dropped':
        throw new Error(outcome.why);
      default:
        return outcome satisfies never;
    }
  }

  /** The person has done something about what stopped it. */
  retry(channel: RemoteChannel): void {
    this.outbox.resume(channel);
  }

  /** What was asked while an earlier app ran may be answered since; a Jean that does not run is not waited for. */
  #rest({ kind, urgent }: Telling): Rest | null {
    const { settings, now } = this.#o;
    if (now() < this.#unreadUntil && promptKinds.some((prompt) => prompt === kind))
      return { why: unread, until: this.#unreadUntil };
    return urgent ? null : restNow(settings.get().notifications, settings.get().mutedUntil, now());
  }

  #settings(channel: RemoteChannel): ChannelSettings {
    return this.#o.settings.get().channels[channel];
  }

  #keep(channel: RemoteChannel, settings: ChannelSettings): void {
    this.#o.settings.update({ channels: { ...this.#o.settings.get().channels, [channel]: settings } });
  }

  #known(channel: RemoteChannel, address: string): void {
    if (!this.#settings(channel).recipients.some((one) => one.address === address))
      throw new Error(`${address} is not on the list any more.`);
  }

  #identity(channel: RemoteChannel): string | null {
    const { ravi } = this.#o.settings.get();
    return ravi && (this.#settings(channel).identity ?? ravi.identityUuid);
  }

  /** New with each sign-in, kept within one: a mailbox is looked up once. */
  #carrier(channel: RemoteChannel): Carrier | null {
    const { messages } = this.#o.ravi;
    if (!messages) return null;
    if (this.#carriers?.messages !== messages)
      this.#carriers = { messages, of: { sms: carrierOf('sms', messages), email: carrierOf('email', messages) } };
    return this.#carriers.of[channel];
  }

  #show(channel: RemoteChannel): void {
    const { stop } = this.outbox.state(channel);
    const before = this.#stopped.get(channel);
    this.#stopped.set(channel, stop?.at ?? null);
    if (stop && before !== undefined && before !== stop.at)
      this.#o.audit({
        kind: 'channel.stopped',
        actor: 'companion',
        outcome: 'failed',
        message: `${remoteChannelWords[channel]} has stopped. ${stop.why}`,
      });
    this.#o.publish([{ collection: 'channels', id: channel, value: this.#view(channel) }]);
  }

  #view(channel: RemoteChannel): ChannelView {
    const { recipients, ...choice } = this.#settings(channel);
    const { stop, used, waits } = this.outbox.state(channel);
    const day = new Date(this.#o.now()).setHours(0, 0, 0, 0);
    const troubles = this.#records.troublesSince(channel, day);
    const verified = recipients.filter(({ verifiedAt }) => verifiedAt !== null).length;
    const state = (): Pick<ChannelView, 'state' | 'message'> => {
      if (this.#carrier(channel) === null || this.#identity(channel) === null)
        return { state: 'off', message: notSignedIn(channel) };
      if (stop) return { state: 'stopped', message: stop.why };
      if (verified === 0) return { state: 'off', message: 'It goes to nobody yet: add a recipient and verify it.' };
      if (used >= choice.budget)
        return { state: 'waiting', message: `Today’s budget of ${choice.budget} is used up. It goes on at midnight.` };
      if (waits !== null) return { state: 'waiting', message: waits };
      return { state: 'ready', message: verified === 1 ? 'It goes to one recipient.' : `It goes to ${verified} recipients.` };
    };
    return {
      ...choice,
      ...state(),
      id: channel,
      used,
      recipients: recipients.map((one) => ({
        ...one,
        codeUntil: one.verifiedAt === null ? this.#verification.codeUntil(channel, one.address) : null,
        trouble: troubles.get(one.address) ?? null,
      })),
    };
  }

  #changed(channel: RemoteChannel, what: string, facts: Record<string, string>): void {
    const message = `${remoteChannelWords[channel]} ${what}`;
    this.#o.audit({ kind: 'channel.changed', actor: 'person', outcome: 'ok', message, facts });
    this.#show(channel);
  }

  /** Each message that came to its end, one a recipient: what was held as a whole is known from the notice's history. */
  #note(letter: Letter, { title }: Telling): void {
    const sent = letter.state === 'sent';
    const word = remoteChannelWords[letter.channel];
    this.#o.audit({
      kind: sent ? 'notification.sent' : 'notification.held',
      actor: 'companion',
      outcome: letter.state === 'failed' || letter.state === 'maybe' ? 'failed' : 'ok',
      subject: title,
      message: sent ? `Sent by ${word}: ${title}` : `${word}: ${title}. ${letter.why}`,
      facts: { recipient: masked(letter.to), mark: letter.mark },
    });
  }
}

/** A recipient in a log that may be exported: enough to know which of one's own it is. */
const masked = (address: string): string => {
  const at = address.indexOf('@');
  return at > 0 ? `${address.slice(0, 1)}…${address.slice(at)}` : `…${address.slice(-4)}`;
};
