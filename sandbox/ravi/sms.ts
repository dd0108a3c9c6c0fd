import type { SandboxClock } from '../clock.ts';
import type { HttpRequest, Router } from '../http.ts';
import { invalid, refusal, scopeOf, targetOf, text, timestamp } from './access.ts';
import type { Accounts, Identity } from './accounts.ts';
import { grouped, type Lists } from './lists.ts';

/** A text message, in or out. */
export interface Sms {
  readonly id: number;
  readonly identity: Identity;
  readonly direction: 'incoming' | 'outgoing';
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly read: boolean;
  /** Epoch ms. */
  readonly at: number;
}

/** Longest message taken (contract ravi §6). */
const longest = 1600;

/** Phones and text messages of identities (contract ravi §3.6). */
export class TextMessages {
  readonly messages: Sms[] = [];

  constructor(
    private readonly accounts: Accounts,
    private readonly clock: SandboxClock,
    private readonly lists: Lists,
  ) {}

  /** A message from outside arrives. @throws when the identity has no phone. */
  receive(identity: Identity, message: { from: string; body: string }): Sms {
    if (identity.phone === undefined) throw new Error(`${identity.name} has no phone`);
    return this.#keep({ identity, direction: 'incoming', from: message.from, to: identity.phone.number, body: message.body });
  }

  addRoutes(router: Router): void {
    const { accounts, lists } = this;
    router
      .on('GET', '/api/phone/', (request) =>
        lists.plain(
          request,
          scopeOf(accounts, request).flatMap(({ phone, updatedAt }) =>
            phone === undefined
              ? []
              : [{ id: phone.id, phone_number: phone.number, provider: 'twilio', created_dt: timestamp(updatedAt) }],
          ),
        ),
      )
      .on('GET', '/api/sms-inbox/', (request) => {
        const unread = request.query.get('has_unread') === 'true';
        const conversations = grouped(this.#seen(request), conversationOf).filter(
          ([, messages]) => !unread || messages.some(({ read }) => !read),
        );
        return lists.plain(
          request,
          conversations.map(([id, messages]) => conversationView(id, messages)),
        );
      })
      .on('GET', '/api/sms-inbox/:conversation/', (request) => {
        const messages = this.#seen(request).filter((message) => conversationOf(message) === request.params.conversation);
        const [newest] = messages;
        if (newest === undefined) throw refusal(404, 'Not found.');
        return {
          status: 200,
          body: {
            conversation_id: conversationOf(newest),
            from_number: otherSide(newest),
            phone: String(newest.identity.phone?.id ?? ''),
            message_count: messages.length,
            messages: messages
              .reverse()
              .map(({ id, body, direction, read, at }) => ({ id, body, direction, is_read: read, created_dt: timestamp(at) })),
          },
        };
      })
      .on('GET', '/api/messages/', (request) => {
        const read = request.query.get('is_read');
        const messages = this.#seen(request).filter((message) => read === null || String(message.read) === read);
        return lists.messages(
          request,
          messages.map((message) => messageView(message, request)),
        );
      })
      .on('POST', '/api/messages/send/', (request) => {
        const identity = targetOf(accounts, request);
        const to = text(request, 'to_number');
        const body = text(request, 'body');
        if (!/^\+[1-9]\d{6,14}$/.test(to)) throw invalid('to_number', 'Enter a valid phone number in E.164 form.');
        if (body.length > longest) throw invalid('body', `Ensure this field has no more than ${longest} characters.`);
        if (identity.phone === undefined) throw refusal(400, 'No phone number assigned.');
        const sent = this.#keep({ identity, direction: 'outgoing', from: identity.phone.number, to, body });
        return { status: 201, body: messageView(sent, request) };
      })
      .on('GET', '/api/messages/:id/', (request) => {
        const found = this.#seen(request).find(({ id }) => String(id) === request.params.id);
        if (found === undefined) throw refusal(404, 'Not found.');
        return { status: 200, body: messageView(found, request) };
      });
  }

  #keep(message: Omit<Sms, 'id' | 'at' | 'read'>): Sms {
    const kept: Sms = { ...message, id: this.messages.length + 1, read: message.direction === 'outgoing', at: this.clock.now() };
    this.messages.push(kept);
    return kept;
  }

  /** What a request may see, newest first. */
  #seen(request: HttpRequest): Sms[] {
    const scope = scopeOf(this.accounts, request);
    return this.messages.filter(({ identity }) => scope.includes(identity)).reverse();
  }
}

function otherSide(message: Sms): string {
  return message.direction === 'incoming' ? message.from : message.to;
}

function conversationOf(message: Sms): string {
  return `${message.identity.phone?.id ?? 0}_${otherSide(message)}`;
}

/** `messages` newest first, at least one. */
function conversationView(id: string, messages: readonly Sms[]): Record<string, unknown> {
  const newest = messages[0];
  return {
    conversation_id: id,
    from_number: newest && otherSide(newest),
    phone: String(newest?.identity.phone?.id ?? ''),
    phone_number: newest?.identity.phone?.number,
    preview: newest?.body.slice(0, 80),
    message_count: messages.length,
    unread_count: messages.filter(({ read }) => !read).length,
    latest_message_dt: timestamp(newest?.at ?? 0),
  };
}

function messageView(message: Sms, request: HttpRequest): Record<string, unknown> {
  return {
    id: message.id,
    url: `http://${request.headers.host}/api/messages/${message.id}/`,
    from_number: message.from,
    to_number: message.to,
    body: message.body,
    message_sid: `SM${String(message.id).padStart(32, '0')}`,
    phone: String(message.identity.phone?.id ?? ''),
    direction: message.direction,
    is_read: message.read,
    created_dt: timestamp(message.at),
  };
}
