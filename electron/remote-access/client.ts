import type { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import type { ConnectionView } from '../../shared/remote-access.ts';
import { connectionView } from './connection-view.ts';
import type { Receiver } from './fan-out.ts';
import { textFrame } from './fan-out.ts';
import type { Admitted } from './grant.ts';
import { silenceMs } from './upstream.ts';

/** What one client may do to us. */
export interface ClientLimits {
  /** Frames a second in the long run, pings among them, and how many at once. */
  readonly framesPerSecond: number;
  readonly burst: number;
  /** Requests without an answer yet. `send_chat_message` is one for as long as its turn takes. */
  readonly openRequests: number;
  /** Bytes of events that it may leave unread. */
  readonly backlog: number;
  /** Bytes of answers that it may leave unread, beside a first one of any size. */
  readonly answers: number;
  /** ms without a sign of life (contract jean §2). */
  readonly silenceMs: number;
}

export const usualClientLimits: ClientLimits = {
  framesPerSecond: 100,
  burst: 500,
  openRequests: 256,
  backlog: 8 * 1024 * 1024,
  answers: 32 * 1024 * 1024,
  silenceMs,
};

/** The longest frame that a role may send, bytes: an owner pastes pictures, an operator long messages, a viewer asks. */
export const longestFrame = { viewer: 64 * 1024, operator: 2 * 1024 * 1024, owner: 32 * 1024 * 1024 } as const;

/** Why a connection ended, as its close frame says it (RFC 6455 §7.4.1). */
export interface Ending {
  readonly code: number;
  /** At most 123 bytes. */
  readonly reason: string;
}

/** What comes of a client. */
export interface ClientEvents {
  /** A text frame; `tooMany` when it is to be refused because they come too fast. */
  onFrame(client: Client, text: string, tooMany: string | null): void;
  /** A binary frame; the client is ended with it. */
  onBinary(client: Client): void;
  /** Comes once, as soon as it is decided: nothing is delivered or taken from then on. */
  onEnd(client: Client, ending: Ending): void;
}

/** Distinct names that are counted; the rest is counted together. */
const mostNames = 200;
const otherNames = '(others)';
const gone: Ending = { code: 1006, reason: 'The connection was lost.' };
/** ms until the wire is cut when nobody answers the close frame. */
const cutAfterMs = 400;
/** The same for one that reads slowly: the close frame is behind all that it has yet to read. */
const slowCutAfterMs = 5_000;

/** One connected client: its socket, its limits and what is counted of it. */
export class Client implements Receiver {
  readonly commands = new Map<string, number>();
  bytesIn = 0;
  bytesOut = 0;
  refusals = 0;
  /** Requests that wait for their answers, by the id they have towards Jean. */
  readonly open = new Set<string>();
  readonly #socket: WebSocket;
  readonly #wire: Duplex;
  readonly #limits: ClientLimits;
  readonly #events: ClientEvents;
  readonly #now: () => number;
  #tokens: number;
  #refilledAt: number;
  #heardAt: number;
  /** Bytes of answers that the wire has not taken yet. */
  #answers = 0;
  #ended = false;

  constructor(
    readonly id: string,
    readonly admitted: Admitted,
    readonly since: number,
    around: { socket: WebSocket; wire: Duplex; limits: ClientLimits; events: ClientEvents; monotonic: () => number },
  ) {
    const { socket, wire, limits, events, monotonic } = around;
    this.#socket = socket;
    this.#wire = wire;
    this.#limits = limits;
    this.#events = events;
    this.#now = monotonic;
    this.#tokens = limits.burst;
    this.#refilledAt = monotonic();
    this.#heardAt = monotonic();
    socket.on('message', (data, binary) => this.#onMessage(data, binary));
    socket.on('ping', () => this.#onPing());
    socket.on('pong', () => {
      this.#heardAt = this.#now();
    });
    // ws has answered with a close frame by then, and waits for another far too long.
    socket.on('error', (error) => {
      this.#over(endingOf(error));
      this.#cutIn(cutAfterMs);
    });
    socket.on('close', (code, reason) => this.#over(code === 1006 ? gone : { code, reason: reason.toString('utf8') }));
  }

  get ended(): boolean {
    return this.#ended;
  }

  get mayAsk(): boolean {
    return this.open.size < this.#limits.openRequests;
  }

  /** Whole frames; `own` of the bytes are answers that were reserved. */
  deliver(frames: Buffer, own = 0): void {
    if (this.#ended || this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#wire.writableLength - this.#answers > this.#limits.backlog) return this.#fallBehind();
    this.bytesOut += frames.length;
    if (own === 0) this.#wire.write(frames);
    else {
      this.#wire.write(frames, () => {
        this.#answers -= own;
      });
    }
  }

  /** Makes room for an answer of that many bytes. When there is none, gives false, and the client is ended. */
  reserve(bytes: number): boolean {
    if (this.#ended) return false;
    if (this.#answers > 0 && this.#answers + bytes > this.#limits.answers) {
      this.#fallBehind();
      return false;
    }
    this.#answers += bytes;
    return true;
  }

  /** A text frame to this client alone, at once. */
  tell(text: string): void {
    this.deliver(textFrame(Buffer.from(text)));
  }

  count(command: string): void {
    const name = this.commands.has(command) || this.commands.size < mostNames ? command : otherNames;
    this.commands.set(name, (this.commands.get(name) ?? 0) + 1);
  }

  /** Shows life to the client and looks for its own. */
  beat(heartbeat: Buffer): void {
    if (this.#ended) return;
    if (this.#now() - this.#heardAt > this.#limits.silenceMs) {
      this.#over({ code: 1006, reason: 'Nothing was heard of it for 45 seconds.' });
      this.#socket.terminate();
      return;
    }
    this.deliver(heartbeat);
    if (!this.#ended) this.#socket.ping();
  }

  /** Ends it now: the close frame goes out, and whether or not it is answered the wire is cut a moment later. */
  end(ending: Ending, cutMs = cutAfterMs): void {
    if (this.#ended) return;
    this.#over(ending);
    this.#socket.close(ending.code, ending.reason);
    this.#cutIn(cutMs);
  }

  view(instanceId: string): ConnectionView {
    return connectionView(this, instanceId, this.commands);
  }

  #onMessage(data: RawData, binary: boolean): void {
    if (this.#ended || !Buffer.isBuffer(data)) return;
    this.bytesIn += data.length;
    if (binary) {
      this.#events.onBinary(this);
      return this.end({ code: 1003, reason: 'Frames are text here.' });
    }
    const tooMany = this.#isTooMany();
    this.#events.onFrame(this, data.toString('utf8'), tooMany);
    if (this.#tokens < -this.#limits.framesPerSecond) this.end({ code: 1008, reason: 'Too many requests.' });
  }

  /** Counts a frame against the pace. Who goes on when refused gets deeper into debt, and is ended. */
  #isTooMany(): string | null {
    const { framesPerSecond, burst } = this.#limits;
    const now = this.#now();
    this.#heardAt = now;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#refilledAt) / 1000) * framesPerSecond) - 1;
    this.#refilledAt = now;
    return this.#tokens >= 0 ? null : `Too many requests: ${framesPerSecond} a second are taken.`;
  }

  #onPing(): void {
    if (this.#ended || this.#isTooMany() === null) return;
    if (this.#tokens < -this.#limits.framesPerSecond) this.end({ code: 1008, reason: 'Too many pings.' });
  }

  #cutIn(ms: number): void {
    const cut = setTimeout(() => this.#socket.terminate(), ms);
    this.#socket.once('close', () => clearTimeout(cut));
  }

  #fallBehind(): void {
    this.end({ code: 1013, reason: 'It reads too slowly: too much waits for it. Connect again.' }, slowCutAfterMs);
  }

  #over(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.onEnd(this, ending);
  }
}

/** What ws has told a client that broke the protocol (RFC 6455 §7.4.1). */
function endingOf(error: Error): Ending {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return { code: 1009, reason: 'A frame was too long.' };
  if (code === 'WS_ERR_INVALID_UTF8') return { code: 1007, reason: 'A frame was no text.' };
  if (typeof code === 'string' && code.startsWith('WS_ERR')) return { code: 1002, reason: 'A frame broke the protocol.' };
  return gone;
}
