import { z } from 'zod';
import type { RaviClient } from './client.ts';

/** Something that came to an identity. Anybody can write to it: nothing in here is to be believed or rendered. */
export interface Received {
  /** `mail:10`, `sms:42`. */
  readonly id: string;
  readonly over: 'mail' | 'sms';
  readonly from: string;
  /** Empty for an SMS. */
  readonly subject: string;
  /** Null where a mail has HTML alone. */
  readonly text: string | null;
  /** Empty where there is none. */
  readonly html: string;
  /** Epoch ms; null where Ravi's time can't be read. */
  readonly at: number | null;
}

const id = z.union([z.number().int(), z.string().min(1)]).transform(String);
const textOf = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const at = textOf.transform((value) => {
  const ms = Date.parse(value);
  return Number.isNaN(ms) || ms <= 0 ? null : ms;
});
const direction = z.string().nullish();

const mailRow = z
  .object({ id, from_email: textOf, subject: textOf, text_content: textOf, html_content: textOf, direction, created_dt: at })
  .transform(({ text_content, html_content, created_dt, from_email, ...row }) => ({
    direction: row.direction,
    received: {
      id: `mail:${row.id}`,
      over: 'mail',
      from: from_email,
      subject: row.subject,
      text: text_content === '' ? null : text_content,
      html: html_content,
      at: created_dt,
    } satisfies Received,
  }));
const textRow = z
  .object({ id, from_number: textOf, body: textOf, direction, created_dt: at })
  .transform(({ from_number, body, created_dt, ...row }) => ({
    direction: row.direction,
    received: {
      id: `sms:${row.id}`,
      over: 'sms',
      from: from_number,
      subject: '',
      text: body,
      html: '',
      at: created_dt,
    } satisfies Received,
  }));

/** What came to an identity, newest first (contract ravi §§3.5, 3.6). `since`: epoch ms. @throws RaviError */
export async function receivedBy(
  client: RaviClient,
  identity: string,
  options: { readonly since: number; readonly phone: boolean; readonly signal?: AbortSignal | undefined },
): Promise<readonly Received[]> {
  const { since, phone, signal } = options;
  const [mails, texts] = await Promise.all([
    client.list(
      {
        path: '/api/email-messages/',
        // A server that does not know the filter sends all; what is too old is left out below.
        query: { direction: 'incoming', created_after: new Date(since).toISOString() },
        identity,
        what: 'Reading the mail',
        signal,
      },
      mailRow,
    ),
    phone ? client.list({ path: '/api/messages/', identity, what: 'Reading the SMS', signal }, textRow) : [],
  ]);
  return [...mails, ...texts]
    .filter((row) => row.direction !== 'outgoing' && (row.received.at === null || row.received.at >= since))
    .map(({ received }) => received)
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0) || b.id.localeCompare(a.id));
}
