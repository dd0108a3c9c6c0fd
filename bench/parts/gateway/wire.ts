import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Where a load goes, and with which token. */
export interface Target {
  readonly port: number;
  readonly token: string;
}

/** A connection that is open, from an address of this machine. */
export async function dial(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Finds the answers in what a server sends; each has a length or comes in chunks. */
export class Answers {
  #text = '';

  /** `onAnswer` gets the status, and whether the server ends the connection with it. */
  constructor(private readonly onAnswer: (status: string, last: boolean) => void) {}

  take(chunk: Buffer): void {
    this.#text += chunk.toString('latin1');
    for (let end = endOf(this.#text); end !== null; end = endOf(this.#text)) {
      const head = this.#text.slice(0, end);
      this.#text = this.#text.slice(end);
      this.onAnswer(head.slice(9, 12), /\r\nconnection: close\r\n/i.test(head));
    }
  }
}

/** Where the first answer ends; null while it is not whole. */
function endOf(text: string): number | null {
  const head = text.indexOf('\r\n\r\n') + 4;
  if (head < 4) return null;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  const end = length === undefined ? text.indexOf('\r\n0\r\n\r\n', head - 2) + 7 : head + Number(length);
  return end > head - 1 && end <= text.length ? end : null;
}

/** A WebSocket client that spends next to nothing: it walks over frames without reading them. */
export class LeanSocket {
  /** Called with each text frame's bytes; they are overwritten later. */
  onText: (bytes: Buffer) => void = () => undefined;
  #rest: Buffer = Buffer.alloc(0);
  #closed = false;

  private constructor(readonly wire: Socket) {}

  /** @throws when it is not let in */
  static async open({ port, token }: Target): Promise<LeanSocket> {
    const wire = await dial(port);
    const key = randomBytes(16).toString('base64');
    wire.write(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    let head = Buffer.alloc(0);
    while (!head.includes('\r\n\r\n')) {
      const [chunk] = (await Promise.race([once(wire, 'data'), once(wire, 'close').then(() => [null])])) as [Buffer | null];
      if (chunk === null) throw new Error(`The upgrade was cut: ${head.toString('latin1')}`);
      head = Buffer.concat([head, chunk]);
    }
    if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(`Not let in: ${head.toString('latin1')}`);
    const lean = new LeanSocket(wire);
    lean.#take(head.subarray(head.indexOf('\r\n\r\n') + 4));
    wire.on('data', (chunk) => lean.#take(chunk));
    wire.on('close', () => {
      lean.#closed = true;
    });
    wire.on('error', () => undefined);
    return lean;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** A masked text frame; the mask is all zeros, which is a mask as well. */
  send(text: string): void {
    this.#frame(0x81, Buffer.from(text));
  }

  close(): void {
    this.wire.destroy();
  }

  #frame(first: number, payload: Buffer): void {
    const long = payload.length > 125;
    const head = Buffer.alloc(long ? 8 : 6);
    head[0] = first;
    head[1] = 0x80 | (long ? 126 : payload.length);
    if (long) head.writeUInt16BE(payload.length, 2);
    this.wire.write(Buffer.concat([head, payload]));
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const opcode = (bytes[at] ?? 0) & 0x0f;
      let length = (bytes[at + 1] ?? 0) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (bytes.length < at + 4) break;
        length = bytes.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (bytes.length < at + 10) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (bytes.length < start + length) break;
      const payload = bytes.subarray(start, start + length);
      if (opcode === 1) this.onText(payload);
      else if (opcode === 9) this.#frame(0x8a, Buffer.from(payload));
      else if (opcode === 8) this.wire.end();
      at = start + length;
    }
    this.#rest = bytes.subarray(at);
  }
}

/** The number of an event, from the last bytes of its frame; null where there is none. */
export function seqOf(frame: Buffer): number | null {
  let at = frame.length - 2;
  let value = 0;
  let place = 1;
  for (; at > 0; at -= 1) {
    const digit = (frame[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    value += digit * place;
    place *= 10;
  }
  return place > 1 && frame[at] === 0x3a && frame[at - 1] === 0x22 && frame[at - 2] === 0x71 ? value : null;
}

/** p50 and p99 of some measurements, in their unit. */
export function percentiles(values: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
