import { DueTimer } from '../base/due-timer.ts';
import type { Token } from './credential.ts';

/** How long what git does is counted before the count is written down, ms. */
const countMs = 60_000;
/** Counts that are kept apart for one worktree; what is told besides is one more for each kind. */
const mostApart = 30;

/** What git did, or was told. */
export interface GitEvent {
  readonly kind: 'credential.used' | 'credential.accepted' | 'credential.rejected' | 'credential.refused';
  readonly token: Token | null;
  /** A plain sentence. */
  readonly message: string;
}

interface Count {
  readonly worktreeId: string;
  /** The latest of them. */
  event: GitEvent;
  times: number;
  /** Epoch ms. */
  lastAt: number;
}

export interface UseLogOptions {
  /** Writes down that this happened so often, the last time at `at` (epoch ms); `more` when it is the count after a first one. */
  readonly write: (worktreeId: string, event: GitEvent, times: number, at: number, more: boolean) => void;
  readonly now: () => number;
}

/**
 * What git does with credentials, written down without a write for each: the first at once, those of the minute after it as one count. A
 * fetch of many submodules asks dozens of times in a second, and git waits for each answer; an agent in a loop is refused as often.
 */
export class UseLog {
  readonly #o: UseLogOptions;
  /** By worktree and what happened, for as long as its minute lasts. */
  readonly #counts = new Map<string, Count>();
  readonly #due: DueTimer;

  constructor(options: UseLogOptions) {
    this.#o = options;
    this.#due = new DueTimer(options.now, (key) => this.#flush(key));
  }

  /** This happened now. */
  happened(worktreeId: string, event: GitEvent): void {
    const at = this.#o.now();
    const key = this.#keyOf(worktreeId, event);
    const count = this.#counts.get(key);
    if (count !== undefined) {
      count.times += 1;
      count.lastAt = at;
      count.event = event;
      return;
    }
    this.#o.write(worktreeId, event, 1, at, false);
    this.#counts.set(key, { worktreeId, event, times: 0, lastAt: at });
    this.#due.set(key, at + countMs);
  }

  /** Writes down what is only counted yet. */
  stop(): void {
    this.#due.stop();
    for (const key of [...this.#counts.keys()]) this.#flush(key);
  }

  #keyOf(worktreeId: string, { kind, token, message }: GitEvent): string {
    const apart = JSON.stringify([worktreeId, kind, token?.generation ?? 0, message]);
    if (this.#counts.has(apart)) return apart;
    const open = [...this.#counts.values()].filter((count) => count.worktreeId === worktreeId).length;
    return open < mostApart ? apart : JSON.stringify([worktreeId, kind]);
  }

  #flush(key: string): void {
    const count = this.#counts.get(key);
    this.#counts.delete(key);
    this.#due.set(key, null);
    if (count !== undefined && count.times > 0) this.#o.write(count.worktreeId, count.event, count.times, count.lastAt, true);
  }
}
