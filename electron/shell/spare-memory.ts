import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How long after the start, or after the window was closed, ms: what they did is over then. */
const afterMs = 10_000;

/**
 * Gives back what the start and the window needed and nobody needs any more. V8 collects while something is allocated, and an app that only
 * watches allocates next to nothing: it would keep that for days.
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

/** V8's own collection, which programs get to see by a flag alone; nothing where it doesn't. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : null');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? () => void Reflect.apply(found, undefined, []) : () => undefined;
}
