import { z } from 'zod';
import type { RaviClient } from './client.ts';
import { RaviError } from './errors.ts';
import { listIdentities, type RaviIdentity } from './identities.ts';

/** A text message to send; `to` is an E.164 number. */
export interface TextToSend {
  readonly to: string;
  readonly body: string;
}

/** A mail to send; Ravi takes one address and HTML (contract ravi §3.5). */
export interface MailToSend {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
}

/** Something that Ravi lists as sent. */
export interface Outgoing {
  readonly id: string;
  /** Subject and body, as Ravi gives them back. */
  readonly text: string;
}

/** What Ravi lists of an identity's sent messages. */
export interface SentList {
  readonly messages: readonly Outgoing[];
  /** False when the list may have been cut: Ravi's page sizes are 50, 100 and 200 (contract ravi §1), and the CLI's array has no end mark. */
  readonly whole: boolean;
}

/** The mailbox of an identity: the number that compose wants, which is not the address. */
export interface Inbox {
  readonly id: string;
  readonly address: string;
}

const number = z.union([z.number().int(), z.string().min(1)]).transform(String);
const sent = z.object({ id: number });
const inboxRow = z.object({ id: number, email: z.string() }).transform(({ id, email }): Inbox => ({ id, address: email }));
const direction = z.string().nullish();
const textRow = z.object({ id: number, body: z.string().nullish(), direction });
const mailRow = z.object({
  id: number,
  subject: z.string().nullish(),
  text_content: z.string().nullish(),
  html_content: z.string().nullish(),
  direction,
});

/**
 * Mail and text messages of identities (contract ravi §§3.5, 3.6). Sending has no idempotency key and no status to ask for: nothing is
 * retried here, and whoever lost an answer looks the message up among those that were sent.
 */
export class RaviMessages {
  readonly #client: RaviClient;
  readonly #only: RaviIdentity | null;

  /** `only`: whose key the client has, where that is an identity's, which can list no others. */
  constructor(client: RaviClient, only: RaviIdentity | null = null) {
    this.#client = client;
    this.#only = only;
  }

  /** Who could send: every identity with its address, and its number where it has one. @throws RaviError */
  async senders(signal?: AbortSignal): Promise<readonly RaviIdentity[]> {
    if (this.#only) return [this.#only];
    return await listIdentities(this.#client, signal);
  }

  /** Sends a text from the identity's own number; answers its id at Ravi. @throws RaviError */
  async sendText(identity: string, { to, body }: TextToSend, signal?: AbortSignal): Promise<string> {
    const request = {
      method: 'POST',
      path: '/api/messages/send/',
      body: { to_number: to, body },
      what: 'Sending an SMS',
    } as const;
    return (await this.#client.json({ ...request, identity, signal }, sent)).id;
  }

  /** Sends a mail from an inbox of the identity; answers its id at Ravi. @throws RaviError */
  async sendMail(identity: string, inbox: Inbox, { to, subject, html }: MailToSend, signal?: AbortSignal): Promise<string> {
    const body = { to_email: to, subject, content: html };
    const request = { method: 'POST', path: '/api/email-messages/compose/', body, what: 'Sending a mail' } as const;
    return (await this.#client.json({ ...request, query: { inbox: inbox.id }, identity, signal }, sent)).id;
  }

  /**
   * The mailbox that an identity's mail leaves from. A server that ignores `?identity=` here lists the account's other inboxes too
   * (contract ravi §9, question 12), so the address decides. @throws RaviError
   */
  async inboxOf({ uuid, inbox }: Pick<RaviIdentity, 'uuid' | 'inbox'>, signal?: AbortSignal): Promise<Inbox> {
    const all = await this.#client.list(
      { path: '/api/email/', identity: uuid, what: 'Looking up the mailbox', signal },
      inboxRow,
    );
    const found = all.find(({ address }) => address.toLowerCase() === inbox.toLowerCase());
    if (found) return found;
    throw new RaviError('not-found', `Ravi has no mailbox ${inbox}.`);
  }

  /** Texts that Ravi lists as sent by the identity. @throws RaviError */
  async sentTexts(identity: string, signal?: AbortSignal): Promise<SentList> {
    const rows = await this.#client.list({ path: '/api/messages/', identity, what: 'Looking up the SMS', signal }, textRow);
    return sentOf(rows, ({ body }) => body ?? '');
  }

  /** Mails that Ravi lists as sent by the identity. @throws RaviError */
  async sentMails(identity: string, signal?: AbortSignal): Promise<SentList> {
    const query = { direction: 'outgoing' };
    const request = { path: '/api/email-messages/', query, identity, what: 'Looking up the mail', signal };
    const rows = await this.#client.list(request, mailRow);
    return sentOf(rows, ({ subject, text_content, html_content }) => [subject, text_content, html_content].join('\n'));
  }
}

function sentOf<T extends { readonly id: string; readonly direction?: string | null | undefined }>(
  rows: readonly T[],
  text: (row: T) => string,
): SentList {
  const messages = rows.filter((row) => row.direction !== 'incoming').map((row) => ({ id: row.id, text: text(row) }));
  return { messages, whole: rows.length % 50 !== 0 };
}
