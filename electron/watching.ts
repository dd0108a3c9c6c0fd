import type { StateChange } from '../shared/model.ts';
import { forwardClock } from './base/forward-clock.ts';
import type { Secret } from './base/secret.ts';
import { type InstanceWatch, type JeanChange, watchInstance } from './jean/connection.ts';
import type { JeanFound } from './jean/discover.ts';
import { JeanError } from './jean/error.ts';
import type { JeanEvent } from './jean/events.ts';
import type { InvokeOptions, JeanEndpoint } from './jean/socket.ts';
import type { InstanceFacts } from './sessions/board.ts';
import type { Boards } from './sessions/boards.ts';
import type { Happening } from './sessions/happening.ts';

/** One Jean to be watched, and how it is found. */
export interface WatchedJean extends InstanceFacts {
  readonly find: (signal: AbortSignal) => AsyncIterable<JeanFound>;
}

export interface WatchingOptions {
  readonly boards: Boards;
  readonly now: () => number;
  readonly fetch: typeof fetch;
  /** Tokens that a Jean may take beside the one that is found with it. */
  readonly otherTokens?: (instanceId: string) => Promise<readonly Secret[]>;
  readonly log: (message: string) => void;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly happened: (happening: Happening, instanceId: string) => void;
  /** Once for each Jean: all that it has was read for the first time, so that what is missing is gone. */
  readonly readWhole: (instanceId: string) => void;
}

interface Watched {
  readonly jean: WatchedJean;
  readonly watch: InstanceWatch;
  readonly control: AbortController;
  readonly followed: Promise<void>;
}

/** The Jeans that are watched: starts and stops each, puts what they tell on their boards, and calls their commands. */
export class Watching {
  readonly #o: WatchingOptions;
  /** What is read and what is heard are told apart by which came later; a clock that is set back must not turn that round. */
  readonly #now: () => number;
  readonly #watched = new Map<string, Watched>();
  readonly #read = new Set<string>();
  #ending: Promise<unknown> = Promise.resolve();
  #stopped = new AbortController();

  constructor(options: WatchingOptions) {
    this.#o = options;
    this.#now = forwardClock(options.now);
  }

  /** Aborted when nothing is watched any more. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Watches these from now on and no others; those that are watched already under the same id go on as they are. */
  set(jeans: readonly WatchedJean[]): void {
    const wanted = new Set(jeans.map(({ id }) => id));
    for (const id of [...this.#watched.keys()]) if (!wanted.has(id)) this.remove(id);
    for (const jean of jeans) if (!this.#watched.has(jean.id)) this.#add(jean);
  }

  /** Watches one no more: its rows leave the boards. */
  remove(id: string): void {
    const watched = this.#watched.get(id);
    if (watched === undefined) return;
    this.#watched.delete(id);
    this.#read.delete(id);
    watched.control.abort();
    this.#ending = Promise.all([this.#ending, watched.watch.stopped, watched.followed]);
    this.#o.publish(this.#o.boards.close(id).changes);
  }

  /** True when every one on this machine was read whole at least once. */
  get allHereRead(): boolean {
    return [...this.#watched.values()].every(({ jean }) => jean.place === 'elsewhere' || this.#read.has(jean.id));
  }

  /** True when every one of them was read whole at least once. */
  get allRead(): boolean {
    return [...this.#watched.keys()].every((id) => this.#read.has(id));
  }

  /** The computer woke, the network changed, or the person asked: all of them, or one. */
  nudge(id?: string): void {
    for (const { jean, watch } of this.#watched.values()) if (id === undefined || jean.id === id) watch.nudge();
  }

  /** Where a Jean answers, and with the token that it took last; null until it was connected once. */
  endpoint(id: string): JeanEndpoint | null {
    return this.#watched.get(id)?.watch.endpoint ?? null;
  }

  /** Calls a command of one Jean. @throws JeanError, `closed` at once while it is not connected */
  invoke(id: string, command: string, args: Readonly<Record<string, unknown>>, options: InvokeOptions = {}): Promise<unknown> {
    const watched = this.#watched.get(id);
    if (watched === undefined) return Promise.reject(new JeanError('closed', 'This Jean is not watched any more.'));
    return watched.watch.invoke(command, args, options);
  }

  /** Calls a tool of one Jean's MCP socket, and looks at once at what it did. @throws JeanError */
  async callTool(id: string, tool: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    const watched = this.#watched.get(id);
    if (watched === undefined) throw new JeanError('closed', 'This Jean is not watched any more.');
    const answer = await watched.watch.callTool(tool, args);
    watched.watch.look();
    return answer;
  }

  /** What was learnt beside the connection: of what the person answers here, Jean tells nobody (contract jean §5). */
  learn(id: string, event: JeanEvent): void {
    if (this.#watched.has(id)) this.#apply(id, { type: 'event', event, at: this.#now() });
  }

  /** Ends all of it; what is on the boards stays. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const { control } of this.#watched.values()) control.abort();
    await Promise.all([...this.#watched.values()].flatMap(({ watch, followed }) => [watch.stopped, followed]));
    await this.#ending;
  }

  #add(jean: WatchedJean): void {
    if (this.#stopped.signal.aborted) return;
    const control = new AbortController();
    const { fetch, log, otherTokens } = this.#o;
    const now = this.#now;
    const { id, name, colour, place } = jean;
    const others = otherTokens && { others: () => otherTokens(id) };
    this.#o.boards.open({ id, name, colour, place });
    const watch = watchInstance(
      { find: jean.find(control.signal), now, random: Math.random, fetch, log, ...others },
      control.signal,
    );
    this.#watched.set(jean.id, { jean, watch, control, followed: this.#follow(jean.id, watch, control.signal) });
  }

  #apply(id: string, change: JeanChange): void {
    const { changes, happenings } = this.#o.boards.apply(id, change);
    this.#o.publish(changes);
    for (const happening of happenings) this.#tell(() => this.#o.happened(happening, id));
  }

  /** What follows may fail, as when nothing can be written down; a Jean is watched on all the same, or its rows would be old and look new. */
  #tell(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#o.log(`What follows from a change in Jean failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #follow(id: string, watch: InstanceWatch, signal: AbortSignal): Promise<void> {
    let wasEmpty = false;
    for await (const change of watch) {
      if (signal.aborted) return;
      this.#apply(id, change);
      if (change.type !== 'snapshot' || !change.snapshot.complete || this.#read.has(id)) continue;
      // As on the board: nobody loses every project at once, so an empty list is believed when the next one is empty too.
      const believed = wasEmpty || change.snapshot.projects.length > 0;
      wasEmpty = true;
      if (!believed) continue;
      this.#read.add(id);
      this.#tell(() => this.#o.readWhole(id));
    }
  }
}
