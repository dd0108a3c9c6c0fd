import { randomUUID } from 'node:crypto';
import type { SandboxClock } from '../clock.ts';
import type { HttpAnswer, HttpRequest, Router } from '../http.ts';
import { callerOf, invalid, refusal, scopeOf, text, texts, timestamp } from './access.ts';
import type { Accounts, Identity } from './accounts.ts';
import { grouped, type Lists } from './lists.ts';

/** A mail, in or out. */
export interface Mail {
  readonly id: number;
  readonly identity: Identity;
  readonly thread: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly from: string;
  readonly to: string;
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly read: boolean;
  /** Epoch ms. */
  readonly at: number;
}

const day = 24 * 60 * 60_000;
const address = /^[^@\s,]+@[^@\s,]+\.[^@\s,]+$/;

/** E-mail of identities (contract ravi §3.5). */
export class MailRoom {
  readonly mails: Mail[] = [];

  constructor(
    private readonly accounts: Accounts,
    private readonly clock: SandboxClock,
    private readonly lists: Lists,
  ) {}

  /** A mail from outside arrives, in a thread of its own unless one is given. */
  receive(identity: Identity, mail: { from: string; subject: string; text: string; html?: string; thread?: string }): Mail {
    return this.#keep(identity, {
      direction: 'incoming',
      thread: mail.thread ?? `<${randomUUID()}@mail>`,
      from: mail.from,
      to: identity.inbox,
      subject: mail.subject,
      text: mail.text,
      html: mail.html ?? `<p>${mail.text}</p>`,
    });
  }

  addRoutes(router: Router): void {
    const { accounts, lists } = this;
    router
      .on('GET', '/api/email/', (request) =>
        lists.plain(
          request,
          scopeOf(accounts, request).map(({ inboxId, inbox, createdAt }) => ({
            id: inboxId,
            email: inbox,
            created_dt: timestamp(createdAt),
          })),
        ),
      )
      .on('GET', '/api/email-inbox/', (request) => {
        const unread = request.query.get('has_unread') === 'true';
        const threads = grouped(this.#seen(request), ({ thread }) => thread).filter(
          ([, mails]) => !unread || mails.some(({ read }) => !read),
        );
        return lists.plain(
          request,
          threads.map(([thread, mails]) => threadView(thread, mails)),
        );
      })
      .on('GET', '/api/email-inbox/:thread/', (request) => {
        const mails = this.#seen(request).filter(({ thread }) => thread === request.params.thread);
        const [newest] = mails;
        if (newest === undefined) throw refusal(404, 'Not found.');
        return {
          status: 200,
          body: {
            thread_id: newest.thread,
            subject: newest.subject,
            message_count: mails.length,
            messages: mails.reverse().map(mailView),
          },
        };
      })
      .on('GET', '/api/email-messages/', (request) => {
        const read = request.query.get('is_read');
        const direction = request.query.get('direction');
        const mails = this.#seen(request).filter(
          (mail) => (read === null || String(mail.read) === read) && (direction === null || mail.direction === direction),
        );
        return lists.messages(
          request,
          mails.map((mail) => flatView(mail, request)),
        );
      })
      .on('POST', '/api/email-messages/compose/', (request) => this.#compose(request))
      .on('GET', '/api/email-messages/:id/', (request) => ({ status: 200, body: flatView(this.#mail(request), request) }))
      .on('POST', '/api/email-messages/:id/reply/', (request) => {
        const mail = this.#mail(request);
        return this.#send(request, mail.identity, { to: mail.from, subject: prefixed('Re:', mail.subject), thread: mail.thread });
      })
      .on('POST', '/api/email-messages/:id/reply-all/', (request) => {
        const mail = this.#mail(request);
        return this.#send(request, mail.identity, {
          to: mail.from,
          subject: prefixed('Re:', mail.subject),
          thread: mail.thread,
          cc: mail.cc,
        });
      })
      .on('POST', '/api/email-messages/:id/forward/', (request) => {
        const mail = this.#mail(request);
        return this.#send(request, mail.identity, {
          to: text(request, 'to_email'),
          subject: prefixed('Fwd:', mail.subject),
          thread: mail.thread,
        });
      });
  }

  #compose(request: HttpRequest): HttpAnswer {
    callerOf(this.accounts, request);
    const inbox = request.query.get('inbox') ?? '';
    // The trap of contract ravi §3.5: an identity's `inbox` is its address, this is a number.
    if (!/^\d+$/.test(inbox)) throw invalid('inbox', 'A valid integer is required.');
    const identity = scopeOf(this.accounts, request).find(({ inboxId }) => inboxId === Number(inbox));
    if (identity === undefined) throw refusal(404, 'Not found.');
    return this.#send(request, identity, {
      to: text(request, 'to_email'),
      subject: text(request, 'subject'),
      thread: `<${randomUUID()}@mail>`,
    });
  }

  #send(
    request: HttpRequest,
    identity: Identity,
    mail: { to: string; subject: string; thread: string; cc?: readonly string[] },
  ): HttpAnswer {
    if (!address.test(mail.to)) throw invalid('to_email', 'Enter a valid email address.');
    const html = text(request, 'content');
    const cc = [...(mail.cc ?? []), ...texts(request, 'cc')];
    const bcc = texts(request, 'bcc');
    this.#checkDailyLimit(identity);
    const sent = this.#keep(identity, {
      ...mail,
      direction: 'outgoing',
      from: identity.inbox,
      text: html.replace(/<[^>]*>/g, ''),
      html,
      cc,
      bcc,
    });
    return { status: 201, body: flatView(sent, request) };
  }

  #checkDailyLimit(identity: Identity): void {
    const since = this.clock.now() - day;
    const today = this.mails.filter((mail) => mail.identity === identity && mail.direction === 'outgoing' && mail.at > since);
    const [oldest] = today;
    if (oldest === undefined || today.length < (identity.account.plan === 'free' ? 100 : 500)) return;
    throw refusal(429, 'Request was throttled.', { retry_after_seconds: Math.ceil((oldest.at - since) / 1000) });
  }

  #keep(
    identity: Identity,
    mail: Omit<Mail, 'id' | 'identity' | 'read' | 'at' | 'cc' | 'bcc'> & Partial<Pick<Mail, 'cc' | 'bcc'>>,
  ): Mail {
    const kept: Mail = {
      cc: [],
      bcc: [],
      ...mail,
      id: this.mails.length + 1,
      identity,
      read: mail.direction === 'outgoing',
      at: this.clock.now(),
    };
    this.mails.push(kept);
    return kept;
  }

  /** What a request may see, newest first. */
  #seen(request: HttpRequest): Mail[] {
    const scope = scopeOf(this.accounts, request);
    return this.mails.filter(({ identity }) => scope.includes(identity)).reverse();
  }

  #mail(request: HttpRequest): Mail {
    const found = this.#seen(request).find(({ id }) => String(id) === request.params.id);
    if (found === undefined) throw refusal(404, 'Not found.');
    return found;
  }
}

function prefixed(prefix: string, subject: string): string {
  return subject.startsWith(prefix) ? subject : `${prefix} ${subject}`;
}

/** `mails` newest first, at least one. */
function threadView(thread: string, mails: readonly Mail[]): Record<string, unknown> {
  const newest = mails[0];
  const oldest = mails.at(-1);
  return {
    thread_id: thread,
    subject: oldest?.subject,
    preview: newest?.text.slice(0, 80),
    from_email: newest?.from,
    inbox: newest?.identity.inbox,
    message_count: mails.length,
    unread_count: mails.filter(({ read }) => !read).length,
    latest_message_dt: timestamp(newest?.at ?? 0),
    oldest_message_dt: timestamp(oldest?.at ?? 0),
  };
}

function mailView(mail: Mail): Record<string, unknown> {
  return {
    id: mail.id,
    from_email: mail.from,
    to_email: mail.to,
    // A string on the way out, a list on the way in.
    cc: mail.cc.join(', '),
    subject: mail.subject,
    text_content: mail.text,
    html_content: mail.html,
    direction: mail.direction,
    is_read: mail.read,
    attachments: [],
    created_dt: timestamp(mail.at),
  };
}

function flatView(mail: Mail, request: HttpRequest): Record<string, unknown> {
  return {
    ...mailView(mail),
    url: `http://${request.headers.host}/api/email-messages/${mail.id}/`,
    message_id: `<${mail.id}@raviapp.com>`,
    thread_id: mail.thread,
  };
}
