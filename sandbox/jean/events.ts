import type { SandboxClock } from '../clock.ts';

/** An event that there was. */
export interface Emitted {
  /** Epoch ms. */
  readonly at: number;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What takes an event: one connected client. */
export type Listener = (frame: string) => void;

const replayable = /^chat:(sending|chunk|thinking|error|permission_denied|tool_[a-z]+|codex_[a-z_]+|opencode_[a-z_]+)$/;

/** Jean's broadcaster: one sequence number over all events, every client gets every one (contract jean §2). */
export class Events {
  /** The latest events, oldest first, also those that no client got. */
  readonly log: Emitted[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #observers = new Set<(event: string, payload: unknown) => void>();
  readonly #replay = new Map<string, { event: string; payload: unknown; seq: number }[]>();
  #seq = 0;
  #toLose = 0;
  #muted = false;
  /** False while the HTTP server is off: nothing is sent then, nor counted (contract jean §2). */
  #active = true;
  readonly #clock: SandboxClock;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** Sends an event to every client. While the broadcaster is inactive nothing is sent, nor counted. */
  emit(event: string, payload: Readonly<Record<string, unknown>>): void {
    this.log.push({ at: this.#clock.now(), event, payload });
    // Someone may leave the sandbox running for days.
    if (this.log.length > 20_000) this.log.splice(0, 10_000);
    for (const observer of this.#observers) observer(event, payload);
    if (this.#muted || !this.#active) return;
    this.#seq += 1;
    this.#keep(event, payload, this.#seq);
    if (this.#toLose > 0) {
      this.#toLose -= 1;
      return;
    }
    const frame = JSON.stringify({ type: 'event', event, payload, seq: this.#seq });
    for (const listener of this.#listeners) listener(frame);
  }

  /** The number that the next event will have. */
  get next(): number {
    return this.#seq + 1;
  }

  /** Counts `n` events that somebody else sends; the number of the first. */
  count(n: number): number {
    const first = this.#seq + 1;
    this.#seq += n;
    return first;
  }

  /** Tells every client to read again; Jean gives no ids with it (contract jean §5). */
  invalidate(...keys: readonly string[]): void {
    this.emit('cache:invalidate', { keys });
  }

  /** Adds a client; returns what takes it away. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sees every event, also those that no client gets. Returns what ends it. */
  observe(observer: (event: string, payload: unknown) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** The next `n` events are counted but reach nobody, as when a client lags behind the ring of 8192. */
  lose(n: number): void {
    this.#toLose += n;
  }

  /** The broadcaster of a stopped server is inactive although old sockets live on (contract jean §1). */
  mute(muted: boolean): void {
    this.#muted = muted;
  }

  /** Told by the HTTP server's start and stop. */
  activate(active: boolean): void {
    this.#active = active;
  }

  /** What a restart of the process does: counting starts anew and nothing is left to replay. */
  reset(): void {
    this.#seq = 0;
    this.#toLose = 0;
    this.#muted = false;
    this.#replay.clear();
  }

  /** The last events of a running session's turn (at most 200), as `/api/init` gives them. */
  replayOf(sessionId: string): readonly unknown[] {
    return (this.#replay.get(sessionId) ?? []).slice(-200);
  }

  #keep(event: string, payload: Readonly<Record<string, unknown>>, seq: number): void {
    const sessionId = payload.session_id;
    if (typeof sessionId !== 'string') return;
    if (event === 'chat:done' || event === 'chat:cancelled') this.#replay.delete(sessionId);
    else if (replayable.test(event)) {
      const kept = this.#replay.get(sessionId) ?? [];
      if (kept.length < 2000) kept.push({ event, payload, seq });
      this.#replay.set(sessionId, kept);
    }
  }
}
