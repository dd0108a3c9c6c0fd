import type { Duplex } from 'node:stream';
import type { Events } from './events.ts';

/** What a flood has done so far. */
export interface Flooded {
  readonly sent: number;
  /** Frames that a client did not get because it lagged behind Jean's ring (contract jean §2); over all clients. */
  readonly lost: number;
}

const perBatch = 50;
const everyMs = 2;
/** Jean's broadcaster keeps 8192 events for a client that lags. */
const ring = 8192;

const words =
  'the token of this worktree is renewed before it ends so that a push never meets a refusal while the session goes on'.split(
    ' ',
  );

/** A frame as it goes over the wire: a WebSocket text frame of a server, unmasked (RFC 6455 §5.2). */
function onTheWire(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
  head[0] = 0x81;
  if (payload.length < 126) head[1] = payload.length;
  else {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}

/** Frames that only their sequence numbers, all of one width, are missing from. */
interface Template {
  readonly bytes: Buffer;
  /** Where the digits of each frame begin. */
  readonly digits: readonly number[];
}

/**
 * Sends `chat:chunk` events at a given pace, as many agents that talk at once do. The frames are written ahead, so that a flood
 * costs this process as little as it can: only the numbers are filled in.
 */
export class Flood {
  readonly #templates = new Map<number, Template>();
  #timer: NodeJS.Timeout | undefined;
  #began = 0;
  #sent = 0;
  #lost = 0;

  constructor(
    private readonly events: Events,
    private readonly clients: () => Iterable<Duplex>,
    private readonly sessionIds: readonly string[],
  ) {}

  /** Begins anew with that many frames a second. */
  start(perSecond: number): void {
    this.stop();
    this.#sent = 0;
    this.#lost = 0;
    this.#began = performance.now();
    this.#timer = setInterval(() => {
      const due = (perSecond * (performance.now() - this.#began)) / 1000;
      while (due - this.#sent >= perBatch) this.#batch();
    }, everyMs);
  }

  stop(): Flooded {
    clearInterval(this.#timer);
    this.#timer = undefined;
    return { sent: this.#sent, lost: this.#lost };
  }

  #batch(): void {
    // The numbers of a batch have one width, so that they fit into frames that were written ahead.
    const next = this.events.next;
    const width = String(next).length;
    const frames = Math.min(perBatch, 10 ** width - next);
    const first = this.events.count(frames);
    this.#sent += frames;
    const { bytes: ahead, digits } = this.#templates.get(width) ?? this.#write(width);
    const end = (digits[frames - 1] ?? 0) + width + 1;
    const bytes = Buffer.from(ahead.subarray(0, end));
    for (let n = 0; n < frames; n += 1) bytes.write(String(first + n), digits[n] ?? 0, 'latin1');
    const most = (ahead.length / perBatch) * ring;
    for (const client of this.clients()) {
      if (client.writableLength > most) this.#lost += frames;
      else client.write(bytes);
    }
  }

  #write(width: number): Template {
    const digits: number[] = [];
    let length = 0;
    const frames = Array.from({ length: perBatch }, (_, n) => {
      const from = n % (words.length - 4);
      const payload = {
        session_id: this.sessionIds[n % this.sessionIds.length],
        worktree_id: '00000000-0000-4000-8000-000000000000',
        run_id: '00000000-0000-4000-8000-000000000001',
        content: ` ${words.slice(from, from + 4).join(' ')}`,
      };
      const frame = onTheWire(
        JSON.stringify({ type: 'event', event: 'chat:chunk', payload, seq: 0 }).replace(
          '"seq":0}',
          `"seq":${'0'.repeat(width)}}`,
        ),
      );
      length += frame.length;
      digits.push(length - 1 - width);
      return frame;
    });
    const template = { bytes: Buffer.concat(frames), digits };
    this.#templates.set(width, template);
    return template;
  }
}
