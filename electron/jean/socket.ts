import { type RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { certificateError, pinnedConnection } from './certificate.ts';
import { JeanError } from './error.ts';
import { type JeanEvent, readEvent } from './events.ts';
import { frame, frameIsNoise, frameSeq, SeqTrack } from './frames.ts';
import { eitherWay, withToken } from './token-way.ts';

/** Where a Jean answers and with which token; `folder` is its data folder, null for one that was given by address. */
export interface JeanEndpoint {
  readonly url: string;
  readonly token: Secret | null;
  readonly folder: string | null;
  /** SHA-256 of the one certificate that it may have, which the person trusts; left out where the usual check decides. */
  readonly certificate?: string | undefined;
  /** Tokens that it may take instead: one that was made anew counts only when Jean is started again (contract jean §1). */
  readonly others?: readonly Secret[] | undefined;
}

export interface SocketOptions {
  onEvent(event: JeanEvent): void;
  /** Events were lost or could not be read: what is known may be out of date. */
  onLoss(reason: string): void;
  /** ms without a single frame or ping after which the connection counts as dead; Jean sends both every 20 s. */
  readonly silenceMs?: number;
  /** ms for which a hole in the sequence numbers may be mere disorder. */
  readonly disorderMs?: number;
  /** ms for the handshake. */
  readonly handshakeMs?: number;
}

export interface InvokeOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly command: string;
  resolve(data: unknown): void;
  reject(error: JeanError): void;
}

const maxPayload = 64 * 1024 * 1024;
const refused = (outcome: JeanSocket | JeanError): boolean => outcome instanceof JeanError && outcome.kind === 'unauthorized';

const envelopeId = z.object({ id: z.string() });

/** One WebSocket to Jean (contract jean §2): calls commands, hands on events, and ends for good when the connection does. */
export class JeanSocket {
  /** Resolves, never rejects, with the reason when the connection is over. */
  readonly closed: Promise<JeanError>;
  /** Where it is connected, with the token that was taken. */
  readonly endpoint: JeanEndpoint;
  readonly #socket: WebSocket;
  readonly #options: SocketOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #seq = new SeqTrack();
  readonly #silence: NodeJS.Timeout;
  #disorder: NodeJS.Timeout | undefined;
  #probe: NodeJS.Timeout | undefined;
  #nextId = 1;
  #end: (reason: JeanError) => void = () => {};
  #reason: JeanError | undefined;

  private constructor(socket: WebSocket, endpoint: JeanEndpoint, options: SocketOptions) {
    this.endpoint = endpoint;
    this.#socket = socket;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#silence = setTimeout(() => this.close(new JeanError('timeout', 'Jean has gone silent.')), options.silenceMs ?? 45_000);
    this.#silence.unref();
    socket.on('message', (data, binary) => this.#onMessage(data, binary));
    socket.on('ping', () => this.#heard());
    socket.on('pong', () => this.#heard());
    socket.on('error', (error) => this.close(new JeanError('closed', `The connection to Jean broke: ${error.message}.`)));
    socket.on('close', () => this.close(new JeanError('closed', 'The connection to Jean was lost.')));
  }

  /**
   * Connects, with the token where this Jean takes it (see `token-way.ts`), and with the others when it refuses that one.
   * @throws JeanError `unauthorized`, `unreachable`, `timeout`, or `closed` when `signal` aborts
   */
  static async open(endpoint: JeanEndpoint, options: SocketOptions, signal: AbortSignal): Promise<JeanSocket> {
    const { others = [], ...at } = endpoint;
    const tried = new Set([at.token?.reveal()]);
    let outcome = await JeanSocket.#eitherWay(at, options, signal);
    for (const token of others) {
      if (!refused(outcome)) break;
      if (tried.has(token.reveal())) continue;
      tried.add(token.reveal());
      const next = await JeanSocket.#eitherWay({ ...at, token }, options, signal);
      if (!refused(next)) outcome = next;
    }
    if (outcome instanceof JeanError) throw outcome;
    return outcome;
  }

  static #eitherWay(endpoint: JeanEndpoint, options: SocketOptions, signal: AbortSignal): Promise<JeanSocket | JeanError> {
    const attempt = (): Promise<JeanSocket | JeanError> =>
      JeanSocket.#try(endpoint, options, signal).catch((error: unknown) => JeanError.from(error));
    return eitherWay(endpoint.token, attempt, refused);
  }

  static #try(endpoint: JeanEndpoint, options: SocketOptions, signal: AbortSignal): Promise<JeanSocket> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new JeanError('closed', 'Connecting to Jean was stopped.'));
      const { url, headers } = withToken(webSocketAddress(endpoint.url), endpoint.token);
      const socket = new WebSocket(url, {
        maxPayload,
        perMessageDeflate: false,
        followRedirects: false,
        handshakeTimeout: options.handshakeMs ?? 10_000,
        headers,
        ...(endpoint.certificate && { createConnection: pinnedConnection(endpoint.certificate) }),
      });
      const fail = (error: JeanError): void => {
        signal.removeEventListener('abort', stop);
        socket.removeAllListeners();
        // A terminated handshake still emits an error, which without a listener would end the process.
        socket.on('error', () => {});
        socket.terminate();
        reject(error);
      };
      const stop = (): void => fail(new JeanError('closed', 'Connecting to Jean was stopped.'));
      signal.addEventListener('abort', stop, { once: true });
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        fail(refusal(response.statusCode ?? 0, endpoint.url));
      });
      socket.once('error', (error) => fail(handshakeError(error, endpoint.url)));
      socket.once('open', () => {
        signal.removeEventListener('abort', stop);
        socket.removeAllListeners();
        const opened = new JeanSocket(socket, endpoint, options);
        const end = (): void => opened.close(new JeanError('closed', 'The companion ended the connection to Jean.'));
        signal.addEventListener('abort', end, { once: true });
        void opened.closed.then(() => signal.removeEventListener('abort', end));
        resolve(opened);
      });
    });
  }

  /**
   * Calls a command and gives its result unparsed. Jean goes on with it when the caller stops waiting (contract jean §2).
   * @throws JeanError `timeout`, `unknown-command`, `command-failed` with Jean's own words, or `closed`
   */
  invoke(command: string, args: Readonly<Record<string, unknown>> = {}, options: InvokeOptions = {}): Promise<unknown> {
    const { timeoutMs = 60_000, signal } = options;
    return new Promise((resolve, reject) => {
      if (this.#reason) return reject(this.#reason);
      if (signal?.aborted) return reject(new JeanError('closed', `Waiting for ${command} was stopped.`));
      const id = String(this.#nextId++);
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        this.#pending.delete(id);
      };
      const fail = (error: JeanError): void => {
        settle();
        reject(error);
      };
      const stop = (): void => fail(new JeanError('closed', `Waiting for ${command} was stopped.`));
      const timer = setTimeout(
        () => fail(new JeanError('timeout', `Jean did not answer ${command} within ${Math.round(timeoutMs / 1000)} s.`)),
        timeoutMs,
      );
      timer.unref();
      signal?.addEventListener('abort', stop, { once: true });
      this.#pending.set(id, {
        command,
        reject: fail,
        resolve: (data) => {
          settle();
          resolve(data);
        },
      });
      this.#socket.send(JSON.stringify({ type: 'invoke', id, command, args }));
    });
  }

  /** Asks for a sign of life, and ends the connection when none comes within `ms`: after a sleep a dead one looks alive. */
  probe(ms: number): void {
    if (this.#probe !== undefined || this.#reason) return;
    this.#probe = setTimeout(() => this.close(new JeanError('timeout', 'Jean gave no sign of life.')), ms);
    this.#probe.unref();
    this.#socket.ping();
  }

  /** Ends the connection; whatever waits for an answer fails with `reason`. */
  close(reason: JeanError): void {
    if (this.#reason) return;
    this.#reason = reason;
    clearTimeout(this.#silence);
    clearTimeout(this.#disorder);
    clearTimeout(this.#probe);
    this.#socket.removeAllListeners();
    this.#socket.on('error', () => {});
    this.#socket.terminate();
    for (const pending of [...this.#pending.values()]) pending.reject(reason);
    this.#end(reason);
  }

  #heard(): void {
    this.#silence.refresh();
    if (this.#probe !== undefined) {
      clearTimeout(this.#probe);
      this.#probe = undefined;
    }
  }

  #onMessage(data: RawData, binary: boolean): void {
    this.#heard();
    if (binary || !Buffer.isBuffer(data)) return;
    const seq = frameSeq(data);
    if (seq !== null) this.#count(seq);
    if (!frameIsNoise(data)) this.#read(data.toString('utf8'));
  }

  #count(seq: number): void {
    const noted = this.#seq.note(seq);
    if (noted === 'fell') this.#options.onLoss('Jean counts its events anew');
    if (noted !== 'hole' || this.#disorder !== undefined) return;
    this.#disorder = setTimeout(() => {
      this.#disorder = undefined;
      const lost = this.#seq.takeGap();
      if (lost > 0) this.#options.onLoss(`${lost} events of Jean were lost`);
    }, this.#options.disorderMs ?? 300);
    this.#disorder.unref();
  }

  #read(text: string): void {
    let raw: unknown;
    try {
      raw = JSON.parse(text);
    } catch {
      return this.#options.onLoss('Jean sent a frame that is no JSON');
    }
    const parsed = frame.safeParse(raw);
    if (!parsed.success) return this.#unreadable(raw);
    const message = parsed.data;
    switch (message.type) {
      case 'heartbeat':
        return;
      case 'response':
        return this.#pending.get(message.id)?.resolve(message.data);
      case 'error': {
        const pending = this.#pending.get(message.id);
        const kind = message.error.startsWith('Unknown command:') ? 'unknown-command' : 'command-failed';
        return pending?.reject(new JeanError(kind, `Jean refused ${pending.command}: ${message.error}`));
      }
      case 'event': {
        const event = readEvent(message.event, message.payload);
        if (event === 'malformed') this.#options.onLoss(`Jean's event ${message.event} could not be read`);
        else if (event !== null) this.#options.onEvent(event);
        return;
      }
      default:
        return message satisfies never;
    }
  }

  /** A frame of a kind that we don't know is left alone, but an answer that can't be read must not be waited for. */
  #unreadable(raw: unknown): void {
    const of = envelopeId.safeParse(raw);
    if (!of.success) return;
    const pending = this.#pending.get(of.data.id);
    pending?.reject(new JeanError('malformed', `Jean's answer to ${pending.command} could not be read.`));
  }
}

/** `ws(s)://…/ws` for Jean's base address; a path before it (a reverse proxy's) is kept. */
function webSocketAddress(url: string): URL {
  const address = new URL('ws', url.endsWith('/') ? url : `${url}/`);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address;
}

function refusal(status: number, url: string): JeanError {
  if (status === 401) return new JeanError('unauthorized', 'Jean refused the token.');
  if (status >= 300 && status < 400)
    return new JeanError('unreachable', `${url} sends its visitors to another address. Add that one.`);
  return new JeanError('unreachable', `${url} answered with ${status}, which is not how Jean answers.`);
}

function handshakeError(error: Error, url: string): JeanError {
  if (error instanceof JeanError) return error;
  if (/timed out/i.test(error.message)) return new JeanError('timeout', `${url} did not answer.`);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return certificateError(code, url) ?? new JeanError('unreachable', `${url} cannot be reached (${code}).`);
}
