import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How long after the start, or after the window was closed, ms: what they did is over then. */
const afterMs = 10_000;

/**
 * Gives back what the start and the window needed and nobody needs any more. V8 collects while something is allocated, and an app that only
 * watches allocates next to nothing: it would keep that for days. Measured with 100 sessions: 10 MB of 68, most of it room for new things
 * that V8 gives up as a last resort alone.
 */
export class SpareMemory {
  readonly #collect: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(collect: () => void = collector()) {
    this.#collect = collect;
  }

  /** Soon, once however often it is asked. */
  giveBack(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#collect, afterMs);
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

const lastResort = { type: 'major', execution: 'sync', flavor: 'last-resort' };

/** V8's own collection, which programs get to see by a flag alone; nothing where it doesn't. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : null');
  setFlagsFromString('--no-expose-gc');
  if (typeof found !== 'function') return () => undefined;
  return () => {
    // An older V8 knows the kind and collects less by it.
    for (const options of [[], [lastResort]]) Reflect.apply(found, undefined, options);
  };
}
