import {
  type AppState,
  type Collection,
  emptyState,
  type StateChange,
  type StatePatch,
  type StateSnapshot,
} from '../../shared/model.ts';

/** Changes of one frame go out together. */
const frameMs = 16;

/**
 * The one state, owned by main. Changes that change nothing are dropped; the rest is gathered for a frame and sent as
 * one numbered patch.
 */
export class StateStore {
  #state: AppState = emptyState();
  #seq = 0;
  readonly #pending = new Map<string, StateChange>();
  readonly #listeners = new Set<(patch: StatePatch) => void>();
  #timer: NodeJS.Timeout | undefined;
  /** Runs for a frame after each patch. */
  #rest: NodeJS.Timeout | undefined;

  get state(): AppState {
    return this.#state;
  }

  snapshot(): StateSnapshot {
    this.#flush();
    return { seq: this.#seq, state: this.#state };
  }

  apply(changes: readonly StateChange[]): void {
    // One copy of a collection for all of its changes: a first list of thousands of sessions comes in one call.
    const copies = new Map<Collection, Record<string, unknown>>();
    for (const change of changes) {
      const rows = copies.get(change.collection) ?? this.#state[change.collection];
      if (JSON.stringify(rows[change.id] ?? null) === JSON.stringify(change.value)) continue;
      const copy = copies.get(change.collection) ?? { ...rows };
      copies.set(change.collection, copy);
      if (change.value === null) delete copy[change.id];
      else copy[change.id] = change.value;
      this.#pending.set(`${change.collection}/${change.id}`, change);
    }
    if (copies.size > 0) this.#state = { ...this.#state, ...(Object.fromEntries(copies) as Partial<AppState>) };
    // At once, with what else comes in this turn; what follows within a frame waits for its end.
    if (this.#pending.size > 0 && this.#rest === undefined) this.#timer ??= setTimeout(() => this.#flush(), 0);
  }

  /** Empties the state; the jump in numbers makes every page ask for a new snapshot. */
  reset(): void {
    this.#pending.clear();
    this.#state = emptyState();
    this.#seq += 2;
    this.#send({ seq: this.#seq, changes: [] });
  }

  /** Called with each patch, at most once a frame; the answer ends it. */
  subscribe(listener: (patch: StatePatch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    const changes = [...this.#pending.values()];
    this.#pending.clear();
    this.#seq += 1;
    this.#send({ seq: this.#seq, changes });
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#flush();
    }, frameMs);
  }

  #send(patch: StatePatch): void {
    for (const listener of this.#listeners) listener(patch);
  }
}
