import { z } from 'zod';

/** One text frame of Jean's WebSocket (contract jean §2). */
export const frame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('response'), id: z.string(), data: z.unknown().optional() }),
  z.object({ type: z.literal('error'), id: z.string(), error: z.string() }),
  z.object({ type: z.literal('event'), event: z.string(), payload: z.unknown().optional() }),
  z.object({ type: z.literal('heartbeat') }),
]);

const eventKey = '"event":"';
const asking = ['"AskUserQuestion"', '"ExitPlanMode"', '"name":"question"'];
const noise: ReadonlySet<string> = new Set([
  'chat:chunk',
  'chat:thinking',
  'chat:compacting',
  'chat:compacted',
  'chat:steered',
  'chat:codex_goal',
  'terminal:output',
  'git:status-update',
]);

/** A tool's result is of interest only as the answer to a question, which is short; in bytes. */
const answerLength = 2_048;

/**
 * True for a frame that can't change what the companion shows; told by its first bytes, before it is decoded or parsed.
 * Of the tool calls only those pass that ask the person something, and of their results those that may be such an answer.
 */
export function frameIsNoise(data: Buffer): boolean {
  const head = data.toString('latin1', 0, Math.min(data.length, 80));
  const start = head.indexOf(eventKey);
  // Deeper than the envelope's own keys it would be some payload's field.
  if (start < 0 || start > 24) return false;
  const from = start + eventKey.length;
  const end = head.indexOf('"', from);
  if (end < 0) return false;
  const name = head.slice(from, end);
  if (noise.has(name)) return true;
  if (!name.startsWith('chat:tool_')) return false;
  if (name === 'chat:tool_result') return data.length > answerLength;
  return name !== 'chat:tool_use' || !asking.some((mark) => data.includes(mark));
}

/** An event's sequence number, read from the frame's last bytes; null where there is none (heartbeats, answers, old Jeans). */
export function frameSeq(data: Buffer): number | null {
  const tail = data.toString('latin1', Math.max(0, data.length - 48));
  const digits = /"seq":(\d{1,15})(?:,"type":"event")?\}$/.exec(tail)?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * Watches the sequence numbers of one connection. Jean's concurrent emitters deliver slightly out of order (contract jean §2),
 * so a hole is a loss only when it is still there some time later: the owner asks {@link takeGap} then.
 */
export class SeqTrack {
  /** The first number that was not yet received, or of which it is not known; null before any came. */
  #first: number | null = null;
  #highest = 0;
  #received = 0;
  /** Numbers from here up to `#first` were given up; one that comes yet is late, not a fall. */
  #lateFrom = Number.POSITIVE_INFINITY;

  /** Notes an event: `ok`, `hole` when numbers below it are missing now, `fell` when counting began anew (Jean restarted). */
  note(seq: number): 'ok' | 'hole' | 'fell' {
    if (this.#first === null) {
      this.#restart(seq);
      // Whoever connects in the middle of a burst may get the one before after the first.
      this.#lateFrom = seq - 64;
      return 'ok';
    }
    if (seq > this.#highest) {
      this.#highest = seq;
      return this.#receive() > 0 ? 'hole' : 'ok';
    }
    if (seq >= this.#first && this.#missing() > 0) {
      this.#receive();
      return 'ok';
    }
    if (seq >= this.#lateFrom && seq < this.#first) return 'ok';
    this.#restart(seq);
    return 'fell';
  }

  /** How many events are missing for good; they are given up with that, and counted no second time. */
  takeGap(): number {
    const missing = this.#missing();
    if (missing > 0 && this.#first !== null) {
      this.#lateFrom = this.#first;
      this.#first = this.#highest + 1;
      this.#received = 0;
    }
    return missing;
  }

  /** Counts one, and once nothing is missing any more counts from there on. Gives how many are missing. */
  #receive(): number {
    this.#received += 1;
    const missing = this.#missing();
    if (missing === 0) {
      this.#first = this.#highest + 1;
      this.#received = 0;
    }
    return missing;
  }

  #missing(): number {
    return this.#first === null ? 0 : this.#highest - this.#first + 1 - this.#received;
  }

  #restart(seq: number): void {
    this.#first = seq + 1;
    this.#highest = seq;
    this.#received = 0;
    this.#lateFrom = Number.POSITIVE_INFINITY;
  }
}
