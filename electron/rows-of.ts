import { isDeepStrictEqual } from 'node:util';
import type { Collection, Row, StateChange } from '../shared/model.ts';

/** Whole collections of the page's state: what is set is compared with what was, and only the difference is published. */
export class RowsOf {
  readonly #publish: (changes: readonly StateChange[]) => void;
  readonly #shown = new Map<Collection, ReadonlyMap<string, unknown>>();

  constructor(publish: (changes: readonly StateChange[]) => void) {
    this.#publish = publish;
  }

  set<C extends Collection>(collection: C, rows: readonly (readonly [id: string, row: Row<C>])[]): void {
    const before = this.#shown.get(collection) ?? new Map<string, unknown>();
    const after = new Map<string, Row<C>>(rows);
    this.#shown.set(collection, after);
    const set = [...after].filter(([id, row]) => !isDeepStrictEqual(before.get(id), row));
    const gone = [...before.keys()].filter((id) => !after.has(id));
    if (set.length + gone.length === 0) return;
    // Each value fits its collection: the signature says so, and the compiler can't carry that into the union.
    this.#publish([
      ...set.map(([id, value]) => ({ collection, id, value }) as StateChange),
      ...gone.map((id) => ({ collection, id, value: null }) as StateChange),
    ]);
  }
}
