import { backoffMs } from '../base/backoff.ts';
import { AcpRequests, mayAskByAcp } from './acp-requests.ts';
import { JeanError } from './error.ts';
import type { JeanEvent } from './events.ts';
import { KnownSessions } from './known-sessions.ts';
import { Relist } from './relist.ts';
import { type JeanSnapshot, takeSnapshot } from './snapshot.ts';
import type { JeanEndpoint, JeanSocket } from './socket.ts';
import type { Timing } from './timing.ts';
import type { Unsettled } from './unsettled.ts';

export interface ReadingOptions {
  readonly endpoint: JeanEndpoint;
  readonly socket: JeanSocket;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly log: (message: string) => void;
  readonly timing: Timing;
  /** Outlives the connection: a turn's end may be the last that was heard on the one before. */
  readonly unsettled: Unsettled;
  /** What was asked while nobody listened, as far as a snapshot that comes after a gap does not say it. */
  readonly unheard: (snapshot: JeanSnapshot, signal: AbortSignal) => Promise<readonly { event: JeanEvent; at: number }[]>;
  onEvent(event: JeanEvent, at: number): void;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
  onSnapshot(snapshot: JeanSnapshot, version: string | null): void;
  /** Reading failed; it is tried again unless the connection is closed. */
  onTrouble(error: JeanError): void;
}

/** Reads one connected Jean: at once, whenever its events say that something may have changed, and now and then in any case. */
export class Reading {
  readonly #options: ReadingOptions;
  readonly #relist: Relist;
  readonly #poll: NodeJS.Timeout;
  readonly #reported = new Set<string>();
  readonly #known = new KnownSessions();
  readonly #acp: AcpRequests;
  #unbroken = false;
  #failures = 0;
  #hadProjects = false;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#acp = new AcpRequests({ ...options, invoke: (...call) => options.socket.invoke(...call) });
    this.#relist = new Relist(() => this.#read(), options.now);
    this.#poll = setInterval(() => this.#relist.ask(0), options.timing.pollMs);
    this.#poll.unref();
    this.#relist.ask(0);
  }

  /** Events may have been lost: reads anew, and says in what it reads that they may. */
  doubt(reason: string): void {
    this.#options.log(`Jean is read anew: ${reason}.`);
    this.#unbroken = false;
    this.#relist.ask(this.#options.timing.debounceMs);
  }

  /** Reads anew when the event asks for it. */
  note(event: JeanEvent, at: number): void {
    this.#options.unsettled.note(event, at);
    const after = rereadAfter(event, this.#options.timing);
    if (after !== null) this.#relist.ask(after);
    if (event.type === 'chat:acp') void this.#acp.read([event.sessionId]);
  }

  stop(): void {
    clearInterval(this.#poll);
    this.#relist.stop();
  }

  async #read(): Promise<void> {
    const { endpoint, socket, fetch, now, signal } = this.#options;
    const unbroken = this.#unbroken;
    // A loss during the reading makes it false again, and asks for another.
    this.#unbroken = true;
    try {
      const { snapshot, version } = await takeSnapshot(
        {
          endpoint,
          fetch,
          now,
          known: this.#known,
          report: (message) => this.#report(message),
          invoke: (...call) => socket.invoke(...call),
        },
        unbroken,
        signal,
      );
      const asked = unbroken || signal.aborted ? [] : await this.#options.unheard(snapshot, signal);
      if (signal.aborted) return;
      this.#failures = 0;
      for (const { event, at } of asked) this.#options.onEvent(event, at);
      this.#options.onSnapshot(snapshot, version);
      await this.#acp.read(mayAskByAcp(snapshot));
      const again = this.#options.unsettled.settle(snapshot, now());
      if (again !== null) this.#relist.ask(again);
      // A list that is suddenly empty is looked at twice before anybody believes it.
      if (this.#hadProjects && snapshot.projects.length === 0) this.#relist.ask(this.#options.timing.settleAgainMs);
      this.#hadProjects = snapshot.projects.length > 0;
    } catch (error) {
      this.#unbroken = false;
      if (signal.aborted) return;
      const trouble = JeanError.from(error);
      this.#options.log(`Reading Jean failed: ${trouble.message}`);
      this.#options.onTrouble(trouble);
      this.#relist.ask(backoffMs(this.#failures, () => 1, this.#options.timing.retryFirstMs, this.#options.timing.retryMaxMs));
      this.#failures += 1;
    }
  }

  /** Once for each: the next reading finds the same row again. */
  #report(message: string): void {
    if (this.#reported.has(message) || this.#reported.size >= 100) return;
    this.#reported.add(message);
    this.#options.log(message);
  }
}

/** In how many ms Jean is to be read again after an event; null when the event says all that there is. */
function rereadAfter(event: JeanEvent, timing: Timing): number | null {
  switch (event.type) {
    case 'cache:invalidate':
      return event.keys.some((key) => relevantKeys.has(key)) ? timing.debounceMs : null;
    case 'chat:done':
    case 'chat:error':
    case 'chat:cancelled':
    case 'chat:wakeup':
    // The run and its mode are written after the event.
    case 'chat:sending':
      return timing.settleMs;
    case 'worktree:created':
    case 'worktree:unarchived':
    case 'worktree:setup_complete':
    case 'worktree:archived':
    case 'worktree:deleting':
    case 'worktree:deleted':
    case 'worktree:delete_error':
    case 'worktree:permanently_deleted':
    case 'worktrees:changed':
    // A reading under way may still bring the old name.
    case 'session-renamed':
    case 'branch-renamed':
      return timing.debounceMs;
    case 'worktree:creating':
    case 'worktree:error':
    case 'chat:tool_use':
    case 'chat:request':
    case 'chat:requests':
    case 'chat:acp':
    case 'chat:request-resolved':
    case 'queue:updated':
    case 'pr:status-update':
      return null;
    default:
      return event satisfies never;
  }
}

const relevantKeys: ReadonlySet<string> = new Set(['sessions', 'session', 'projects', 'worktrees']);
