/** Who gets frames: a client that takes bytes of whole WebSocket frames. */
export interface Receiver {
  /**
   * Whole frames, as they go over the wire; `own` of the bytes are for this receiver alone. Several are given the same buffer: it must
   * not be changed.
   */
  deliver(frames: Buffer, own: number): void;
}

/** The pause after a flush, in times of what the flush took: fan-out never takes more than a third of the process. */
const restPerCost = 2;
/** The longest pause, ms: what a burst may add to the age of an event. */
const longestRestMs = 20;
/** A batch of this many bytes goes out at once. */
const largestBatch = 1024 * 1024;

interface Place {
  /** Bytes of the batch that went by before this receiver joined. */
  from: number;
  /** What this receiver alone gets, and behind which byte of the batch. */
  own: { readonly at: number; readonly frame: Buffer }[];
}

/** Receivers that get the same events, and the events that they have yet to get. */
class Audience {
  readonly places = new Map<Receiver, Place>();
  #frames: Buffer[] = [];
  #bytes = 0;
  #withOwn = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isDue(): boolean {
    return this.#bytes > 0 || this.#withOwn > 0;
  }

  join(receiver: Receiver): void {
    this.places.set(receiver, { from: this.#bytes, own: [] });
  }

  push(frame: Buffer): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
  }

  pushOwn(receiver: Receiver, frame: Buffer): void {
    this.places.get(receiver)?.own.push({ at: this.#bytes, frame });
    this.#withOwn += 1;
  }

  flush(): void {
    const [first] = this.#frames;
    const all = this.#frames.length === 1 && first !== undefined ? first : Buffer.concat(this.#frames, this.#bytes);
    this.#frames = [];
    this.#bytes = 0;
    this.#withOwn = 0;
    // A receiver may leave while it is served: it is too slow, say.
    for (const [receiver, place] of this.places) {
      if (place.from === 0 && place.own.length === 0) {
        if (all.length > 0) receiver.deliver(all, 0);
        continue;
      }
      let at = place.from;
      let alone = 0;
      const parts: Buffer[] = [];
      for (const own of place.own) {
        parts.push(all.subarray(at, own.at), own.frame);
        at = own.at;
        alone += own.frame.length;
      }
      parts.push(all.subarray(at));
      place.from = 0;
      place.own = [];
      const bytes = Buffer.concat(parts);
      if (bytes.length > 0) receiver.deliver(bytes, alone);
    }
  }
}

/**
 * Gives each event to everybody of an audience. The bytes are made once per audience and shared by all its receivers, and what comes
 * close together goes out in one write per receiver: a write costs ten times what an event costs. An event after a rest goes out in
 * the same turn of the loop; after a flush there is a pause that grows with what the flush took. The order is kept, also between
 * events and what one receiver gets alone.
 */
export class FanOut<Name extends string> {
  readonly #audiences = new Map<Name, Audience>();
  readonly #of = new Map<Receiver, Audience>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #restUntil = 0;

  /** `now` in ms, monotonic. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#of.size;
  }

  /** The audiences that anybody belongs to. */
  names(): Iterable<Name> {
    return this.#audiences.keys();
  }

  /** Joins an audience; events from before are not for this receiver. */
  join(name: Name, receiver: Receiver): void {
    const audience = this.#audiences.get(name) ?? new Audience();
    this.#audiences.set(name, audience);
    audience.join(receiver);
    this.#of.set(receiver, audience);
  }

  /** Nothing is delivered after this. */
  leave(receiver: Receiver): void {
    const audience = this.#of.get(receiver);
    if (audience === undefined) return;
    this.#of.delete(receiver);
    audience.places.delete(receiver);
    if (audience.places.size > 0) return;
    for (const [name, one] of this.#audiences) if (one === audience) this.#audiences.delete(name);
  }

  /** One whole frame for all of an audience. */
  toAll(name: Name, frame: Buffer): void {
    const audience = this.#audiences.get(name);
    if (audience === undefined) return;
    audience.push(frame);
    this.#wake(audience);
  }

  /** One whole frame for one receiver, behind all that came before it. */
  toOne(receiver: Receiver, frame: Buffer): void {
    const audience = this.#of.get(receiver);
    if (audience === undefined) return;
    audience.pushOwn(receiver, frame);
    this.#wake(audience);
  }

  /** Sends what has been gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
    const began = this.#now();
    for (const audience of this.#audiences.values()) if (audience.isDue) audience.flush();
    const ended = this.#now();
    this.#restUntil = ended + Math.min(longestRestMs, (ended - began) * restPerCost);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#audiences.clear();
    this.#of.clear();
  }

  #wake(audience: Audience): void {
    if (audience.bytes >= largestBatch) return this.flush();
    if (this.#timer !== undefined || this.#soon !== undefined) return;
    const rest = this.#restUntil - this.#now();
    // A timer of Node takes a millisecond at least.
    if (rest < 1) this.#soon = setImmediate(() => this.flush());
    else this.#timer = setTimeout(() => this.flush(), rest);
  }
}

/** A text frame as a server sends it: whole, unmasked, uncompressed (RFC 6455 §5.2). */
export function textFrame(payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = 0x81;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  payload.copy(frame, head);
  return frame;
}
