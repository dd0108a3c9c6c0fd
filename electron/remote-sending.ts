import { randomUUID } from 'node:crypto';
import { type RemoteChannel, remoteChannelWords } from '../shared/channels.ts';
import { claimLifeMs } from '../shared/remote-access.ts';
import type { AuditInput } from './audit/log.ts';
import { plainLine } from './base/plain-line.ts';
import type { Secret } from './base/secret.ts';
import type { RaviConnection } from './connections/ravi.ts';
import { notSignedIn } from './notifications/delivery.ts';
import { afterFailure, type Letter } from './notifications/letter.ts';
import { OutboxRecords } from './notifications/outbox-records.ts';
import type { Grant } from './remote-access/grant.ts';
import { linkTo } from './remote-words.ts';
import type { Db } from './storage/database.ts';
import type { SettingsFile } from './storage/settings.ts';

export interface RemoteSendingOptions {
  readonly db: Db;
  readonly settings: SettingsFile;
  readonly ravi: Pick<RaviConnection, 'messages'>;
  readonly audit: (entry: AuditInput) => void;
  readonly now: () => number;
}

/** A Jean to which a link leads. */
export interface LinkPlace {
  readonly name: string;
  readonly address: string;
}

const minutes = Math.round(claimLifeMs / 60_000);

/**
 * Sends links by Ravi, from who sends notices over that channel. Nothing of a message is kept: a link that is lost on its way is sent anew, and
 * the lost one dies by itself.
 */
export class RemoteSending {
  readonly #o: RemoteSendingOptions;
  readonly #quit = new AbortController();
  readonly #records: OutboxRecords;

  constructor(options: RemoteSendingOptions) {
    this.#o = options;
    this.#records = new OutboxRecords(options.db);
  }

  stop(): void {
    this.#quit.abort();
  }

  /** Sends a link for each place. `claim` makes a code that works once. Answers a sentence. @throws with the reason */
  async send(grant: Grant, over: RemoteChannel, places: readonly LinkPlace[], claim: () => Secret): Promise<string> {
    const to = over === 'email' ? grant.mail : grant.phone;
    if (to === null)
      throw new Error(`The grant of ${grant.person} has no ${over === 'email' ? 'e-mail address' : 'phone number'}.`);
    const { messages } = this.#o.ravi;
    const { ravi, channels } = this.#o.settings.get();
    if (!messages || !ravi) throw new Error(notSignedIn(over));
    if (places.length === 0) throw new Error('No Jean of this grant listens now, so there is nothing to link to.');
    const identity = channels[over].identity ?? ravi.identityUuid;
    const { signal } = this.#quit;
    try {
      if (over === 'email') {
        const senders = await messages.senders(signal);
        const inbox = await messages.inboxOf(
          { uuid: identity, inbox: senders.find(({ uuid }) => uuid === identity)?.inbox ?? '' },
          signal,
        );
        const links = places.map((place) => ({ ...place, link: linkTo(place.address, claim().reveal()) }));
        await this.#counted({ over, to, identity, grant }, () =>
          messages.sendMail(identity, inbox, { to, ...mailOf(grant, links) }, signal),
        );
      } else
        for (const place of places) {
          const body = `Your link to ${plainLine(place.name, 30)}, good for ${minutes} minutes and one use: ${linkTo(place.address, claim().reveal())}`;
          await this.#counted({ over, to, identity, grant }, () => messages.sendText(identity, { to, body }, signal));
        }
    } catch (error) {
      this.#note(grant, over, 'failed', `A link could not be sent to ${grant.person} by ${remoteChannelWords[over]}.`);
      throw error;
    }
    const sentence = `Ravi has sent the link by ${remoteChannelWords[over]}. It works once, within ${minutes} minutes.`;
    this.#note(
      grant,
      over,
      'ok',
      `A link was sent to ${grant.person} by ${remoteChannelWords[over]}; it dies unused after ${minutes} minutes.`,
    );
    return sentence;
  }

  /** Among the messages of the day is also what leaves here; written before it does, since a lost answer may have sent it. */
  async #counted(
    { over, to, identity, grant }: { over: RemoteChannel; to: string; identity: string; grant: Grant },
    send: () => Promise<string>,
  ): Promise<void> {
    const letter: Letter = {
      mark: randomUUID(),
      noticeId: `link:${grant.id}`,
      channel: over,
      to,
      state: 'maybe',
      why: 'A link was being sent there, and the answer did not come.',
      nextAt: null,
      attempts: 1,
      triedAt: this.#o.now(),
      identity,
      remoteId: null,
    };
    this.#records.put(letter);
    try {
      this.#records.put({ ...letter, state: 'sent', why: 'It was sent.', remoteId: await send() });
    } catch (error) {
      const next = afterFailure(error, true);
      if (next.do !== 'look') this.#records.put({ ...letter, state: 'failed', why: next.why });
      throw error;
    }
  }

  #note({ id, person, role }: Grant, over: RemoteChannel, outcome: 'ok' | 'failed', message: string): void {
    this.#o.audit({
      kind: 'grant.sent',
      actor: 'person',
      outcome,
      subject: person,
      message,
      facts: { grant: id, role, channel: remoteChannelWords[over] },
    });
  }
}

function mailOf(
  { person }: Grant,
  links: readonly (LinkPlace & { readonly link: string })[],
): { readonly subject: string; readonly html: string } {
  const rows = links.map(
    ({ name, link }) => `<p>${escaped(plainLine(name, 60))}: <a href="${escaped(link)}">${escaped(link)}</a></p>`,
  );
  return {
    subject: 'Your link to Jean',
    html: [
      `<p>Hello ${escaped(plainLine(person, 80))},</p>`,
      `<p>this is your way in to Jean. It works once, and dies when it is not used within ${minutes} minutes. Do not pass it on.</p>`,
      ...rows,
      '<p>Sent by Jean Ravi Companion.</p>',
    ].join('\n'),
  };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
