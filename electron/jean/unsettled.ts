import type { JeanEvent } from './events.ts';
import type { JeanSnapshot } from './snapshot.ts';
import type { Timing } from './timing.ts';

/**
 * Sessions whose turn has ended by its events while Jean's state may not say so yet: `chat:done` comes before the run's status
 * and the waiting flags are written, and some ends are never followed by an invalidation (contract jean §5).
 */
export class Unsettled {
  readonly #timing: Pick<Timing, 'settleMs' | 'settleAgainMs'>;
  readonly #sessions = new Map<string, { readonly at: number; readonly again: boolean }>();
  #invalidatedAt = 0;

  constructor(timing: Pick<Timing, 'settleMs' | 'settleAgainMs'>) {
    this.#timing = timing;
  }

  /** Notes an event that came at `at`. */
  note(event: JeanEvent, at: number): void {
    switch (event.type) {
      case 'chat:done':
      case 'chat:error':
      case 'chat:cancelled':
        this.#sessions.set(event.sessionId, { at, again: false });
        return;
      case 'chat:sending':
        this.#sessions.delete(event.sessionId);
        return;
      case 'cache:invalidate':
        if (event.keys.includes('sessions')) this.#invalidatedAt = at;
        return;
      default:
        return;
    }
  }

  /** Takes what was read, and gives in how many ms to read again; null when every end is settled. */
  settle(snapshot: JeanSnapshot, now: number): number | null {
    const waits: number[] = [];
    const stillRunning = new Set(snapshot.running);
    for (const session of snapshot.sessions) if (session.runStatus === 'running') stillRunning.add(session.id);
    for (const [sessionId, { at, again }] of this.#sessions) {
      const authoritative =
        snapshot.startedAt >= at + this.#timing.settleMs ||
        (this.#invalidatedAt >= at && snapshot.startedAt >= this.#invalidatedAt);
      if (!authoritative) waits.push(Math.max(0, at + this.#timing.settleMs - now));
      else if (stillRunning.has(sessionId) && !again) {
        this.#sessions.set(sessionId, { at, again: true });
        waits.push(this.#timing.settleAgainMs);
      } else this.#sessions.delete(sessionId);
    }
    return waits.length > 0 ? Math.min(...waits) : null;
  }
}
