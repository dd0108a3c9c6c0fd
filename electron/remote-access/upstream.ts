import { type RawData, WebSocket } from 'ws';
import type { Secret } from '../base/secret.ts';
import { pinnedConnection } from '../jean/certificate.ts';
import { eitherWay, withToken } from '../jean/token-way.ts';

/** Where Jean answers, and the token that it takes now. */
export interface JeanAddress {
  readonly url: string;
  readonly token: Secret | null;
  /** SHA-256 of the one certificate that it may have; left out where the usual check decides. */
  readonly certificate?: string | undefined;
}

/** What comes of a connection to Jean. */
export interface UpstreamEvents {
  /** A text frame. */
  onFrame(data: Buffer): void;
  /** It is over, with a sentence. Comes once; never after `close`. */
  onLost(why: string): void;
}

/** ms that Jean may stay silent: it pings every 20 s, and answers our pings (contract jean §2). */
export const silenceMs = 45_000;
const handshakeMs = 10_000;
const maxPayload = 64 * 1024 * 1024;
/** What Jean may leave unread before requests are refused, bytes. */
const backlog = 32 * 1024 * 1024;

/** Jean cannot be reached, or refuses the gateway. */
class UpstreamError extends Error {
  override name = 'UpstreamError';
}

/** One WebSocket to Jean, with Jean's own token. */
export class Upstream {
  readonly #socket: WebSocket;
  readonly #now: () => number;
  #heardAt: number;
  #events: UpstreamEvents | undefined;

  private constructor(socket: WebSocket, events: UpstreamEvents, now: () => number) {
    this.#socket = socket;
    this.#events = events;
    this.#now = now;
    this.#heardAt = now();
    socket.on('message', (data: RawData, binary: boolean) => {
      this.#heardAt = now();
      if (!binary && Buffer.isBuffer(data)) this.#events?.onFrame(data);
    });
    socket.on('ping', () => {
      this.#heardAt = now();
    });
    socket.on('pong', () => {
      this.#heardAt = now();
    });
    socket.on('error', (error) => this.#lose(`The connection to Jean broke: ${error.message}.`));
    socket.on('close', () => this.#lose('The connection to Jean was lost.'));
  }

  /**
   * Connects; `signal` ends an attempt, not a connection.
   * @throws UpstreamError with a sentence
   */
  static async open(jean: JeanAddress, events: UpstreamEvents, signal: AbortSignal, now: () => number): Promise<Upstream> {
    const attempt = (): Promise<Upstream | Refused> => Upstream.#try(jean, events, signal, now);
    const outcome = await eitherWay(jean.token, attempt, (one) => one instanceof Refused && one.status === 401);
    if (outcome instanceof Refused) throw new UpstreamError(outcome.why);
    return outcome;
  }

  static #try(jean: JeanAddress, events: UpstreamEvents, signal: AbortSignal, now: () => number): Promise<Upstream | Refused> {
    return new Promise((resolve) => {
      const { url, headers } = withToken(webSocketAddress(jean.url), jean.token);
      const socket = new WebSocket(url, {
        maxPayload,
        perMessageDeflate: false,
        followRedirects: false,
        handshakeTimeout: handshakeMs,
        headers,
        ...(jean.certificate && { createConnection: pinnedConnection(jean.certificate) }),
      });
      const fail = (why: string, status = 0): void => {
        signal.removeEventListener('abort', stop);
        socket.removeAllListeners();
        // A handshake that is cut short still emits an error, which without a listener would end the process.
        socket.on('error', () => undefined);
        socket.terminate();
        resolve(new Refused(status, why));
      };
      const stop = (): void => fail('Connecting to Jean was stopped.');
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        fail(status === 401 ? 'Jean refused the gateway’s token.' : `Jean answered with ${status}.`, status);
      });
      socket.once('error', (error) => fail(`Jean cannot be reached (${codeOf(error)}).`));
      socket.once('open', () => {
        signal.removeEventListener('abort', stop);
        socket.removeAllListeners();
        resolve(new Upstream(socket, events, now));
      });
    });
  }

  /** Hands a frame to Jean. False when it is closed, or has left too much unread. */
  send(text: string): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN || this.#socket.bufferedAmount > backlog) return false;
    this.#socket.send(text);
    return true;
  }

  /** Asks for a sign of life, and gives it up when there was none for too long. To be called every 20 s or so. */
  probe(): void {
    if (this.#now() - this.#heardAt > silenceMs) this.#lose('Jean has gone silent.');
    else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  /** Ends it, silently. */
  close(): void {
    this.#events = undefined;
    this.#socket.terminate();
  }

  #lose(why: string): void {
    const events = this.#events;
    this.close();
    events?.onLost(why);
  }
}

class Refused {
  constructor(
    readonly status: number,
    readonly why: string,
  ) {}
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** `ws(s)://…/ws` for Jean's base address. */
function webSocketAddress(url: string): URL {
  const address = new URL('ws', url.endsWith('/') ? url : `${url}/`);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address;
}
