import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { OwnPage } from './pages.ts';

/** What we answer ourselves. */
export interface OwnAnswer {
  readonly status: number;
  readonly page: OwnPage;
  /** For a program; the words are Jean's where it has some (contract jean §1). */
  readonly text: string;
  /** For `/api/…`, as JSON; else the text. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly headers?: readonly string[];
  /** Ends the connection with it. */
  readonly close?: boolean;
}

/** Headers of everything that is ours. */
function ownHeaders(tls: boolean): string[] {
  const headers = [
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    'X-Frame-Options',
    'DENY',
    'Cross-Origin-Opener-Policy',
    'same-origin',
    'Cross-Origin-Resource-Policy',
    'same-origin',
    // `no-referrer` would make the Origin of our own form `null` (Fetch §3.2). This one tells the origin, and no address.
    'Referrer-Policy',
    'strict-origin',
  ];
  if (tls) headers.push('Strict-Transport-Security', 'max-age=31536000');
  return headers;
}

/** Answers with a page of ours, or to a program with JSON or text. Nothing of a request is in a header of it. */
export function sendOwn(response: ServerResponse, answer: OwnAnswer, to: 'person' | 'program', tls: boolean, body = true): void {
  const [type, content] =
    to === 'person'
      ? ['text/html; charset=utf-8', answer.page.html]
      : answer.json === undefined
        ? ['text/plain; charset=utf-8', answer.text]
        : ['application/json; charset=utf-8', JSON.stringify(answer.json)];
  const bytes = Buffer.from(content);
  const headers = [...ownHeaders(tls), 'Content-Type', type, 'Content-Length', String(bytes.length), ...(answer.headers ?? [])];
  headers.push('Content-Security-Policy', to === 'person' ? answer.page.policy : "default-src 'none'; frame-ancestors 'none'");
  if (answer.close === true) headers.push('Connection', 'close');
  response.writeHead(answer.status, headers);
  response.end(body ? bytes : undefined);
}

/** Refuses an upgrade, or what is no HTTP. */
export function endWith(socket: Duplex, status: number, text: string): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
