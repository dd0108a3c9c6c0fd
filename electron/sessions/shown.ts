import { isDeepStrictEqual } from 'node:util';
import type { AppState, Collection, Row, StateChange } from '../../shared/model.ts';

/** The collections that the board owns. */
export type BoardCollection = Extract<Collection, 'instances' | 'projects' | 'worktrees' | 'sessions'>;

/** The rows that the page was told, so that only what really changed is told again. */
export class Shown {
  readonly #rows: { readonly [C in BoardCollection]: Map<string, Row<C>> } = {
    instances: new Map(),
    projects: new Map(),
    worktrees: new Map(),
    sessions: new Map(),
  };
  #changes: StateChange[] = [];

  get<C extends BoardCollection>(collection: C, id: string): Row<C> | undefined {
    return this.#rows[collection].get(id);
  }

  all<C extends BoardCollection>(collection: C): Iterable<Row<C>> {
    return this.#rows[collection].values();
  }

  /** Shows a row; false when it is the one that is shown already. */
  put<C extends BoardCollection>(collection: C, id: string, row: Row<C>): boolean {
    if (isDeepStrictEqual(this.#rows[collection].get(id), row)) return false;
    this.#rows[collection].set(id, row);
    this.#changes.push({ collection, id, value: row } as StateChange);
    return true;
  }

  remove(collection: BoardCollection, id: string): void {
    if (this.#rows[collection].delete(id)) this.#changes.push({ collection, id, value: null });
  }

  /** The changes since the last call. */
  take(): readonly StateChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** All rows as the page has them. */
  state(): Pick<AppState, BoardCollection> {
    return {
      instances: Object.fromEntries(this.#rows.instances),
      projects: Object.fromEntries(this.#rows.projects),
      worktrees: Object.fromEntries(this.#rows.worktrees),
      sessions: Object.fromEntries(this.#rows.sessions),
    };
  }
}
