import type { ServiceView } from '../shared/model.ts';
import { backoffMs } from './base/backoff.ts';
import { DueTimer } from './base/due-timer.ts';

/** What is asked again by itself while it is down. */
type Service = 'github' | 'ravi';

export interface RechecksOptions {
  /** Whether asking again can help: without a key that can be read, it is the person who must act. */
  readonly canAsk: (service: Service) => boolean;
  /** Asks once; the answer comes back as a view. */
  readonly ask: (service: Service) => Promise<unknown>;
  readonly now: () => number;
  readonly random: () => number;
}

const firstMs = 30_000;
const longestMs = 15 * 60_000;

/**
 * Part of the roof: a service that is down is asked again by itself, less and less often, and the page is told when. What failed
 * meanwhile keeps its own time: GitHub may have asked for a longer wait than this one question needs.
 */
export class Rechecks {
  readonly #o: RechecksOptions;
  readonly #due: DueTimer;
  readonly #down = new Map<Service, { attempts: number; retryAt: number }>();

  constructor(options: RechecksOptions) {
    this.#o = options;
    this.#due = new DueTimer(options.now, (id) => {
      if (id === 'github' || id === 'ravi') void options.ask(id);
    });
  }

  /** Takes note of how a service is now; answers its view with the time of the next try, where there is one. */
  seen(view: ServiceView): ServiceView {
    const { id } = view;
    if (id === 'vault' || id === 'storage') return view;
    if (view.health !== 'down' || !this.#o.canAsk(id)) {
      if (view.health === 'checking') return view;
      this.#down.delete(id);
      this.#due.set(id, null);
      return view;
    }
    const known = this.#down.get(id) ?? { attempts: 0, retryAt: 0 };
    const now = this.#o.now();
    // Whatever fails in the meantime must not put the next try off.
    if (known.retryAt <= now) {
      // Where the service itself has named a time, not before that.
      known.retryAt = Math.max(view.retryAt ?? 0, now + backoffMs(known.attempts, this.#o.random, firstMs, longestMs));
      known.attempts += 1;
      this.#due.set(id, known.retryAt);
    }
    this.#down.set(id, known);
    return { ...view, retryAt: known.retryAt };
  }

  stop(): void {
    this.#due.stop();
  }
}
