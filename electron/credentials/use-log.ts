import { DueTimer } from '../base/due-timer.ts';
import type { Token } from './credential.ts';

/** How long uses of one token are counted before the count is written down, ms. */
const countMs = 60_000;

interface Count {
  readonly token: Token;
  times: number;
  /** Epoch ms. */
  lastAt: number;
}

export interface UseLogOptions {
  /** Writes down that git was given this token so often, the last time at `at` (epoch ms). */
  readonly write: (worktreeId: string, token: Token, times: number, at: number) => void;
  readonly now: () => number;
}

/**
 * Uses of tokens, written down without a write for each: the first one at once, those of the minute after it as one count. A fetch of many
 * submodules asks dozens of times in a second, and git waits for each answer.
 */
export class UseLog {
  readonly #o: UseLogOptions;
  /** By worktree, for as long as its minute lasts. */
  readonly #counts = new Map<string, Count>();
  readonly #due: DueTimer;

  constructor(options: UseLogOptions) {
    this.#o = options;
    this.#due = new DueTimer(options.now, (worktreeId) => this.#flush(worktreeId));
  }

  /** git was given this token now. */
  used(worktreeId: string, token: Token): void {
    const at = this.#o.now();
    const count = this.#counts.get(worktreeId);
    if (count?.token.generation === token.generation) {
      count.times += 1;
      count.lastAt = at;
      return;
    }
    this.#flush(worktreeId);
    this.#o.write(worktreeId, token, 1, at);
    this.#counts.set(worktreeId, { token, times: 0, lastAt: at });
    this.#due.set(worktreeId, at + countMs);
  }

  /** Writes down what is only counted yet. */
  stop(): void {
    this.#due.stop();
    for (const worktreeId of [...this.#counts.keys()]) this.#flush(worktreeId);
  }

  #flush(worktreeId: string): void {
    const count = this.#counts.get(worktreeId);
    this.#counts.delete(worktreeId);
    this.#due.set(worktreeId, null);
    if (count !== undefined && count.times > 0) this.#o.write(worktreeId, count.token, count.times, count.lastAt);
  }
}
