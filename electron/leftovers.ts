import type { LeftoverView, StateChange } from '../shared/model.ts';

/** Part of the roof: what lies around of ours and belongs to no worktree, as the last look found it, shown to the page. */
export class Leftovers {
  readonly #publish: (changes: readonly StateChange[]) => void;
  readonly #told: (leftovers: readonly LeftoverView[]) => void;
  #ids: ReadonlySet<string> = new Set();

  constructor(publish: (changes: readonly StateChange[]) => void, told: (leftovers: readonly LeftoverView[]) => void) {
    this.#publish = publish;
    this.#told = told;
  }

  ids(): readonly string[] {
    return [...this.#ids];
  }

  /** These are all that there are now. */
  show(leftovers: readonly LeftoverView[]): void {
    const gone = this.ids().filter((id) => !leftovers.some((left) => left.id === id));
    this.#ids = new Set(leftovers.map(({ id }) => id));
    this.#told(leftovers);
    this.#publish([
      ...gone.map((id) => ({ collection: 'leftovers', id, value: null }) as const),
      ...leftovers.map((value) => ({ collection: 'leftovers', id: value.id, value }) as const),
    ]);
  }
}
