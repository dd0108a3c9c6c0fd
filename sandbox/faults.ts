import { setTimeout as delay } from 'node:timers/promises';

/** What a fault does to a request. */
export type FaultAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The connection is closed before the request is looked at. */
  | 'drop'
  /** The request is carried out, and then its answer is lost: what a client sees when the network dies at the wrong moment. */
  | 'lose'
  /** The request is carried out, and then a page of somebody in between stands in its answer's place. */
  | 'garble'
  /** The request is carried out, and the connection is reset in the middle of its answer. */
  | 'cut'
  /** The request is carried out, and half of its answer comes as if it were all of it. */
  | 'half'
  /** The request is carried out, and no answer ever comes; the connection stays. */
  | 'mute'
  /** The request is carried out, and this comes in its answer's place. */
  | { readonly instead: { readonly status: number; readonly body: unknown } }
  /** The request is carried out after this many ms. */
  | { readonly delayMs: number };

/** Which requests a fault is meant for; what is left out matches everything. */
export interface FaultMatch {
  /** Upper or lower case. A WebSocket upgrade is a `GET`. */
  readonly method?: string;
  /** The path without its query. In a string, `*` stands for anything, also for slashes (a RegExp doesn't travel over the control endpoint). */
  readonly path?: RegExp | string;
}

/** A fault to come. */
export interface Fault {
  readonly match?: FaultMatch;
  /** How many matching requests it hits; 1 when left out. */
  readonly times?: number;
  readonly answer: FaultAnswer;
}

/** What a proxy or a hotel's network answers with in another's name. */
export const strangePage = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html>Please sign in</html>',
} as const satisfies FaultAnswer;

interface Pending {
  readonly fault: Fault;
  left: number;
}

/** Faults of one server: a queue that each request asks, and a switch that takes the whole server away. */
export class Faults {
  #pending: Pending[] = [];
  #down = false;
  #held = 0;
  readonly #downListeners = new Set<() => void>();

  /** Queues a fault. Of several that match a request the oldest one is used. */
  next(fault: Fault): void {
    const times = fault.times ?? 1;
    if (!Number.isInteger(times) || times < 1) throw new Error(`A fault happens at least once: times is ${times}`);
    this.#pending.push({ fault, left: times });
  }

  /** Forgets every fault that has not happened yet. */
  clear(): void {
    this.#pending = [];
  }

  /** How many faults are still to come. */
  left(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0);
  }

  /** Holds a request back; rejects when the signal says that the server stops. */
  async hold(ms: number, signal?: AbortSignal): Promise<void> {
    this.#held += 1;
    try {
      await delay(ms, undefined, { ...(signal && { signal }) });
    } finally {
      this.#held -= 1;
    }
  }

  /** How many requests are held back now: each is carried out yet, even if nobody waits for its answer any more. */
  held(): number {
    return this.#held;
  }

  /** Takes the server away: open connections are cut, new ones are closed at their first byte. The control endpoint stays. */
  down(): void {
    if (this.#down) return;
    this.#down = true;
    for (const listener of this.#downListeners) listener();
  }

  /** Brings the server back. */
  up(): void {
    this.#down = false;
  }

  isDown(): boolean {
    return this.#down;
  }

  /** Called each time the server goes down; returns what ends it. */
  onDown(listener: () => void): () => void {
    this.#downListeners.add(listener);
    return () => this.#downListeners.delete(listener);
  }

  /** The fault for this request, taken off the queue; undefined when it goes through untouched. `path` has no query. */
  take(method: string, path: string): FaultAnswer | undefined {
    if (this.#down) return 'drop';
    const found = this.#pending.find(({ fault }) => matches(fault.match, method, path));
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#pending = this.#pending.filter((pending) => pending !== found);
    return found.fault.answer;
  }
}

function matches(match: FaultMatch | undefined, method: string, path: string): boolean {
  if (match?.method !== undefined && match.method.toUpperCase() !== method.toUpperCase()) return false;
  if (match?.path === undefined) return true;
  if (typeof match.path !== 'string') return match.path.test(path);
  const pattern = match.path.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(path);
}
