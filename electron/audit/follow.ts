import type { AuditEntry } from '../../shared/audit.ts';
import type { AuditLog } from './log.ts';

/** How many entries are read at once: all that is held for a reader who is slow. */
const portion = 100;

/**
 * The newest `count` entries, oldest first, and then each new one as it is written; over when `signal` aborts. It reads the log when
 * it is asked for the next entry and never before, so that a slow reader costs no memory.
 */
export async function* follow(
  log: Pick<AuditLog, 'head' | 'after' | 'onAppend'>,
  count: number,
  signal: AbortSignal,
): AsyncGenerator<AuditEntry, void, undefined> {
  let wake: (() => void) | null = null;
  const stir = (): void => wake?.();
  const forget = log.onAppend(stir);
  signal.addEventListener('abort', stir);
  try {
    // Numbers have no gap.
    let last = Math.max(0, log.head() - count);
    while (!signal.aborted) {
      const entries = log.after(last, portion);
      if (entries.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = null;
        continue;
      }
      for (const entry of entries) {
        last = entry.seq;
        yield entry;
        if (signal.aborted) return;
      }
    }
  } finally {
    forget();
    signal.removeEventListener('abort', stir);
  }
}
