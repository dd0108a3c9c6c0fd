import { isDeepStrictEqual } from 'node:util';
import { backoffMs } from '../base/backoff.ts';
import { PushQueue } from '../base/queue.ts';
import { Bell } from './bell.ts';
import type { JeanFound } from './discover.ts';
import { JeanError } from './error.ts';
import type { JeanEvent } from './events.ts';
import { Reading } from './reading.ts';
import type { JeanSnapshot } from './snapshot.ts';
import { type InvokeOptions, type JeanEndpoint, JeanSocket } from './socket.ts';
import { defaultTiming, type Timing } from './timing.ts';
import { connectingWords, foundWords, onlineWords, searchingWords, troubleWords, unreadableWords } from './words.ts';

/** How a Jean is doing; `message` is a sentence for the person. */
export interface JeanHealth {
  readonly type: 'health';
  readonly health: 'searching' | 'connecting' | 'online' | 'offline' | 'refused';
  readonly message: string;
  /** By which way it is watched; null while it is not. */
  readonly road: 'socket' | 'mcp' | 'files' | null;
  /** What can't be seen on that road, and how to turn the better one on. */
  readonly limits: string | null;
  readonly url: string | null;
  readonly version: string | null;
}

/** One thing that was learnt about a Jean. `at`: epoch ms of the event's arrival. */
export type JeanChange =
  | JeanHealth
  | { readonly type: 'snapshot'; readonly snapshot: JeanSnapshot }
  | { readonly type: 'event'; readonly event: JeanEvent; readonly at: number };

export interface WatchOptions {
  /** Where Jean is, each time anew when that may have changed (see `watchJean`). */
  readonly find: AsyncIterable<JeanFound>;
  readonly now: () => number;
  readonly random: () => number;
  readonly fetch?: typeof globalThis.fetch;
  /** Sentences for the log, without any secret. */
  readonly log: (message: string) => void;
  readonly timing?: Partial<Timing>;
}

/** Watches one Jean for as long as `signal` lets it: finds it, connects, reads it, hands on its events, and starts over when it is lost. */
export function watchInstance(options: WatchOptions, signal: AbortSignal): InstanceWatch {
  return new InstanceWatch(options, signal);
}

/** A watched Jean: read it as one stream of changes, and call commands on it. */
export class InstanceWatch implements AsyncIterable<JeanChange> {
  /** Resolves when everything is stopped after the signal. */
  readonly stopped: Promise<void>;
  readonly #options: WatchOptions;
  readonly #timing: Timing;
  readonly #signal: AbortSignal;
  readonly #changes = new PushQueue<JeanChange>();
  readonly #bell = new Bell();
  #found: JeanFound | undefined;
  #live: { readonly socket: JeanSocket; readonly reading: Reading } | undefined;
  #health: JeanHealth | undefined;

  constructor(options: WatchOptions, signal: AbortSignal) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#signal = signal;
    void this.#find();
    this.stopped = this.#run().finally(() => this.#changes.close());
  }

  [Symbol.asyncIterator](): AsyncIterator<JeanChange, void, undefined> {
    return this.#changes[Symbol.asyncIterator]();
  }

  /** The computer woke, the network changed, or the person asked: connects at once, or makes sure that the connection lives. */
  nudge(): void {
    this.#bell.ring();
    this.#live?.socket.probe(this.#timing.probeMs);
    this.#live?.reading.doubt('something outside may have changed');
  }

  /** Calls a command of Jean. @throws JeanError, `closed` at once while Jean is not connected */
  invoke(command: string, args: Readonly<Record<string, unknown>>, options: InvokeOptions = {}): Promise<unknown> {
    const socket = this.#live?.socket;
    if (socket === undefined) return Promise.reject(new JeanError('closed', 'Jean is not connected.'));
    return socket.invoke(command, args, options);
  }

  async #find(): Promise<void> {
    try {
      for await (const found of this.#options.find) {
        if (this.#signal.aborted) return;
        this.#found = found;
        this.#bell.ring();
      }
    } catch (error) {
      this.#options.log(`Looking for Jean failed: ${JeanError.from(error).message}`);
    }
  }

  async #run(): Promise<void> {
    let attempt = 0;
    while (!this.#signal.aborted) {
      this.#bell.hush();
      const found = this.#found;
      if (found?.kind !== 'found') {
        if (found === undefined) this.#tell('searching', searchingWords, null);
        else this.#tell(found.kind === 'absent' ? 'searching' : 'offline', foundWords(found), null);
        await this.#bell.wait(null, this.#signal);
        attempt = 0;
        continue;
      }
      const { url } = found.endpoint;
      if (attempt === 0) this.#tell('connecting', connectingWords(url), url);
      const { error, steady } = await this.#connect(found.endpoint);
      if (this.#signal.aborted) return;
      if (steady) attempt = 0;
      this.#options.log(`Not connected to Jean at ${url}: ${error.message}`);
      this.#tell(error.kind === 'unauthorized' ? 'refused' : 'offline', troubleWords(error, found.endpoint), url);
      const { retryFirstMs, retryMaxMs, refusedMs } = this.#timing;
      const wait = backoffMs(attempt, this.#options.random, retryFirstMs, retryMaxMs);
      const rang = await this.#bell.wait(error.kind === 'unauthorized' ? refusedMs + wait : wait, this.#signal);
      attempt = rang ? 0 : attempt + 1;
    }
  }

  /** One connection from beginning to end; gives why it ended, and whether it had lasted. */
  async #connect(endpoint: JeanEndpoint): Promise<{ readonly error: JeanError; readonly steady: boolean }> {
    const { now, log } = this.#options;
    let reading: Reading | undefined;
    let onlineSince: number | null = null;
    const early: JeanEvent[] = [];
    let socket: JeanSocket;
    try {
      socket = await JeanSocket.open(
        endpoint,
        {
          onEvent: (event) => (reading ? this.#onEvent(event, reading) : early.push(event)),
          onLoss: (reason) => reading?.doubt(reason),
          silenceMs: this.#timing.silenceMs,
          disorderMs: this.#timing.disorderMs,
        },
        this.#signal,
      );
    } catch (error) {
      return { error: JeanError.from(error), steady: false };
    }
    const control = new AbortController();
    reading = new Reading({
      endpoint,
      socket,
      fetch: this.#options.fetch ?? globalThis.fetch,
      now,
      log,
      timing: this.#timing,
      signal: control.signal,
      onSnapshot: (snapshot, version) => {
        onlineSince ??= now();
        this.#changes.push({ type: 'snapshot', snapshot });
        this.#tell('online', onlineWords(endpoint.url, version), endpoint.url, version, unreadableWords(snapshot));
      },
      onTrouble: (error) => {
        if (error.kind === 'unauthorized') return socket.close(error);
        this.#tell(
          onlineSince === null ? 'connecting' : 'online',
          troubleWords(error, endpoint),
          endpoint.url,
          this.#health?.version ?? null,
        );
      },
    });
    for (const event of early) this.#onEvent(event, reading);
    this.#live = { socket, reading };
    const error = await socket.closed;
    this.#live = undefined;
    control.abort();
    reading.stop();
    return { error, steady: onlineSince !== null && now() - onlineSince >= this.#timing.steadyMs };
  }

  #onEvent(event: JeanEvent, reading: Reading): void {
    const at = this.#options.now();
    this.#changes.push({ type: 'event', event, at });
    reading.note(event, at);
  }

  #tell(
    health: JeanHealth['health'],
    message: string,
    url: string | null,
    version: string | null = null,
    limits: string | null = null,
  ): void {
    const road = health === 'online' ? 'socket' : null;
    const next: JeanHealth = { type: 'health', health, message, road, limits, url, version };
    if (isDeepStrictEqual(next, this.#health)) return;
    this.#health = next;
    this.#changes.push(next);
  }
}
