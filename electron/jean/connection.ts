import { isDeepStrictEqual } from 'node:util';
import { backoffMs } from '../base/backoff.ts';
import { PushQueue } from '../base/queue.ts';
import type { Secret } from '../base/secret.ts';
import { Bell } from './bell.ts';
import type { JeanFound, LocalJean } from './discover.ts';
import { JeanError } from './error.ts';
import type { JeanEvent } from './events.ts';
import { LowerRoad, processLives } from './lower-road.ts';
import { callMcp } from './mcp-client.ts';
import { healthOf, type Lower, type Upper } from './road-health.ts';
import type { JeanSnapshot } from './snapshot.ts';
import type { InvokeOptions, JeanEndpoint } from './socket.ts';
import { type LiveSocket, travel } from './socket-road.ts';
import { defaultTiming, type Timing } from './timing.ts';
import { Unheard } from './unheard.ts';
import { Unsettled } from './unsettled.ts';
import { connectingWords, foundWords, onlineWords, searchingWords, troubleWords, unreadableWords } from './words.ts';

/** How a Jean is doing; `message` is a sentence for the person. */
export interface JeanHealth {
  readonly type: 'health';
  /** `searching` until it was looked for once, `absent` when there is none. */
  readonly health: 'searching' | 'absent' | 'connecting' | 'online' | 'offline' | 'refused';
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
  /** Tokens that it may take beside the one that is found with it; asked before each connection. */
  readonly others?: () => Promise<readonly Secret[]>;
  /** Sentences for the log, without any secret. */
  readonly log: (message: string) => void;
  readonly timing?: Partial<Timing>;
  /** Asks the operating system unless given. */
  readonly isAlive?: (pid: number) => boolean;
}

/** Watches one Jean for as long as `signal` lets it: finds it, connects, reads it, hands on its events, and starts over when it is lost. */
export function watchInstance(options: WatchOptions, signal: AbortSignal): InstanceWatch {
  return new InstanceWatch(options, signal);
}

/** A watched Jean: read it as one stream of changes, and call commands on it. The best of its roads that works is taken by itself. */
export class InstanceWatch implements AsyncIterable<JeanChange> {
  /** Resolves when everything is stopped after the signal. */
  readonly stopped: Promise<void>;
  readonly #options: WatchOptions;
  readonly #timing: Timing;
  readonly #signal: AbortSignal;
  readonly #changes = new PushQueue<JeanChange>();
  readonly #bell = new Bell();
  #found: JeanFound | undefined;
  #live: LiveSocket | undefined;
  #worked: JeanEndpoint | undefined;
  #lower: { readonly road: LowerRoad; readonly local: LocalJean } | undefined;
  #lowerTimer: NodeJS.Timeout | undefined;
  readonly #toldOfRuns = new Set<string>();
  readonly #unsettled: Unsettled;
  readonly #unheard: Unheard;
  #wasOnline = false;
  #upper: Upper = { health: 'searching', message: searchingWords, url: null, version: null, limits: null };
  #brought: Lower = null;
  #told: JeanHealth | undefined;

  constructor(options: WatchOptions, signal: AbortSignal) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#unsettled = new Unsettled(this.#timing);
    this.#unheard = new Unheard(this.#toldOfRuns, options.now, options.log);
    this.#signal = signal;
    void this.#find();
    this.stopped = this.#runToEnd();
  }

  [Symbol.asyncIterator](): AsyncIterator<JeanChange, void, undefined> {
    return this.#changes[Symbol.asyncIterator]();
  }

  /** The computer woke, the network changed, or the person asked: connects at once, or makes sure that the connection lives. */
  nudge(): void {
    this.#bell.ring();
    this.#lower?.road.nudge();
    this.#live?.socket.probe(this.#timing.probeMs);
    this.#live?.reading.doubt('something outside may have changed');
  }

  /** Where Jean answers, and with the token that it took last; null until it was connected once. */
  get endpoint(): JeanEndpoint | null {
    return this.#worked ?? null;
  }

  /** Calls a command of Jean. @throws JeanError, `closed` at once while its WebSocket is not connected */
  invoke(command: string, args: Readonly<Record<string, unknown>>, options: InvokeOptions = {}): Promise<unknown> {
    const socket = this.#live?.socket;
    if (socket === undefined) return Promise.reject(new JeanError('closed', 'Jean is not connected.'));
    return socket.invoke(command, args, options);
  }

  /** Calls a tool of Jean's MCP socket. @throws JeanError, `closed` at once while Jean is not watched by it */
  callTool(tool: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { folder, token, mcp } = this.#lower?.local ?? { folder: '', token: null, mcp: false };
    if (!mcp || token === null) return Promise.reject(new JeanError('closed', 'Jean is not reached by its MCP socket.'));
    return callMcp({ folder, token }, tool, args, this.#signal);
  }

  /** Looks at Jean at once: something was done to it from here. */
  look(): void {
    this.#lower?.road.nudge();
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

  async #runToEnd(): Promise<void> {
    try {
      await this.#run();
    } finally {
      await this.#leaveLower();
      this.#changes.close();
    }
  }

  async #run(): Promise<void> {
    let attempt = 0;
    while (!this.#signal.aborted) {
      this.#bell.hush();
      const found = this.#found;
      if (found?.kind !== 'found') {
        if (found === undefined) this.#tell('searching', searchingWords, null);
        else this.#tell(found.kind === 'absent' ? 'absent' : 'offline', foundWords(found), null);
        if (found?.kind === 'off') this.#takeLower(found.local, 0);
        else if (found !== undefined) await this.#leaveLower();
        await this.#bell.wait(null, this.#signal);
        attempt = 0;
        continue;
      }
      const { endpoint, local } = found;
      if (local === undefined || (this.#lower && !same(this.#lower.local, local))) await this.#leaveLower();
      if (attempt === 0) this.#tell('connecting', connectingWords(endpoint.url), endpoint.url);
      const { error, steady } = await this.#connect(endpoint);
      if (this.#signal.aborted) return;
      if (steady) attempt = 0;
      this.#options.log(`Not connected to Jean at ${endpoint.url}: ${error.message}`);
      this.#tell(error.kind === 'unauthorized' ? 'refused' : 'offline', troubleWords(error, endpoint), endpoint.url);
      if (local !== undefined) this.#takeLower(local, this.#wasOnline ? this.#timing.fallbackMs : 0);
      const { retryFirstMs, retryMaxMs, refusedMs } = this.#timing;
      const wait = backoffMs(attempt, this.#options.random, retryFirstMs, retryMaxMs);
      const rang = await this.#bell.wait(error.kind === 'unauthorized' ? refusedMs + wait : wait, this.#signal);
      attempt = rang ? 0 : attempt + 1;
    }
  }

  async #connect(endpoint: JeanEndpoint): Promise<{ readonly error: JeanError; readonly steady: boolean }> {
    const { now, log, fetch = globalThis.fetch } = this.#options;
    // What was taken until now may be taken still, though Jean's preferences name another one already.
    const worked = this.#worked?.url === endpoint.url ? this.#worked.token : null;
    const others = [...(worked ? [worked] : []), ...((await this.#options.others?.().catch(() => [])) ?? [])];
    const ended = await travel(
      {
        endpoint: { ...endpoint, others },
        fetch,
        now,
        log,
        timing: this.#timing,
        unsettled: this.#unsettled,
        unheard: this.#unheard,
        onLive: (live) => {
          this.#live = live;
          this.#worked = live.socket.endpoint;
        },
        onEvent: (event, at) => this.#changes.push({ type: 'event', event, at }),
        onSnapshot: (snapshot, version) => {
          void this.#leaveLower();
          this.#wasOnline = true;
          this.#changes.push({ type: 'snapshot', snapshot });
          this.#tell('online', onlineWords(endpoint.url, version), endpoint.url, version, unreadableWords(snapshot));
        },
        onTrouble: (error, first) => {
          const { version } = this.#upper;
          this.#tell(first ? 'connecting' : 'online', troubleWords(error, endpoint), endpoint.url, version);
        },
      },
      this.#signal,
    );
    this.#live = undefined;
    return ended;
  }

  /** Takes the road below, in `afterMs` unless the WebSocket is back by then. */
  #takeLower(local: LocalJean, afterMs: number): void {
    if (this.#lower !== undefined || this.#lowerTimer !== undefined || this.#signal.aborted) return;
    const { now, log, isAlive = processLives } = this.#options;
    const start = (): void => {
      this.#lowerTimer = undefined;
      const road: LowerRoad = new LowerRoad(
        {
          local,
          now,
          log,
          timing: this.#timing,
          unsettled: this.#unsettled,
          isAlive,
          onEvent: (event, at) => this.#changes.push({ type: 'event', event, at }),
          onSnapshot: (snapshot, by) => {
            // One that was under way when the better road came back is older than what that one brought.
            if (this.#lower?.road !== road) return;
            this.#changes.push({ type: 'snapshot', snapshot });
            this.#brought = { road: by, mcp: local.mcp, limits: unreadableWords(snapshot) };
            this.#tellHealth();
          },
          onTrouble: () => {
            this.#brought = null;
            this.#tellHealth();
          },
        },
        this.#toldOfRuns,
      );
      this.#lower = { road, local };
    };
    this.#wasOnline = false;
    if (afterMs === 0) return start();
    this.#lowerTimer = setTimeout(start, afterMs);
    this.#lowerTimer.unref();
  }

  async #leaveLower(): Promise<void> {
    clearTimeout(this.#lowerTimer);
    this.#lowerTimer = undefined;
    const lower = this.#lower;
    this.#lower = undefined;
    this.#brought = null;
    lower?.road.stop();
    await lower?.road.stopped;
  }

  #tell(
    health: JeanHealth['health'],
    message: string,
    url: string | null,
    version: string | null = null,
    limits: string | null = null,
  ): void {
    this.#upper = { health, message, url, version, limits };
    this.#tellHealth();
  }

  #tellHealth(): void {
    const next = healthOf(this.#upper, this.#brought);
    if (isDeepStrictEqual(next, this.#told)) return;
    this.#told = next;
    this.#changes.push(next);
  }
}

const same = (one: LocalJean, other: LocalJean): boolean =>
  one.folder === other.folder && one.mcp === other.mcp && one.token?.reveal() === other.token?.reveal();
