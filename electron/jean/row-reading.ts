import type { z } from 'zod';
import { readRows } from './protocol.ts';
import type { JeanSnapshot } from './snapshot.ts';

/** The rows of one reading of Jean: hands on those that can be read, and counts the others. */
export class RowReading {
  readonly #report: (message: string) => void;
  #structural = 0;
  #rows = 0;
  #first: string | null = null;

  constructor(report: (message: string) => void) {
    this.#report = report;
  }

  take<T>(schema: z.ZodType<T>, rows: readonly unknown[], what: 'project' | 'worktree' | 'session'): readonly T[] {
    const read = readRows(schema, rows, what, (message) => {
      this.#first ??= message;
      this.#report(message);
    });
    this.#rows += read.dropped;
    if (what !== 'session') this.#structural += read.dropped;
    return read.rows;
  }

  /** A session could not be read at all. */
  missed(message: string): void {
    this.#first ??= message;
    this.#rows += 1;
    this.#report(message);
  }

  /** What a snapshot says of them. A session that can't be read hides nothing but itself. */
  get outcome(): Pick<JeanSnapshot, 'complete' | 'unreadable'> {
    return {
      complete: this.#structural === 0,
      unreadable: this.#first === null ? null : { rows: this.#rows, first: this.#first },
    };
  }
}
