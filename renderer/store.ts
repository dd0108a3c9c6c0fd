import { create } from 'zustand';
import { type AppState, type AppView, type Collection, emptyState, type StatePatch } from '../shared/model.ts';
import type { Bridge } from './bridge.ts';
import { forget } from './passing.ts';

/** What the page knows of main's state, and how it came to know it. */
export type Feed =
  | { readonly phase: 'loading'; readonly seq: number; readonly state: AppState }
  | { readonly phase: 'ready'; readonly seq: number; readonly state: AppState }
  | { readonly phase: 'failed'; readonly seq: number; readonly state: AppState; readonly message: string };

/** Main's state as the page has it: written by {@link follow} alone. */
export const useFeed = create<Feed>(() => ({ phase: 'loading', seq: 0, state: emptyState() }));

/** The state after a patch; collections that it does not touch stay the same objects. */
export function withPatch(state: AppState, patch: StatePatch): AppState {
  // One copy of a collection for all of its changes: a patch may bring thousands of rows.
  const copies = new Map<Collection, Record<string, unknown>>();
  for (const { collection, id, value } of patch.changes) {
    const rows = copies.get(collection) ?? { ...state[collection] };
    copies.set(collection, rows);
    if (value === null) delete rows[id];
    else rows[id] = value;
  }
  return { ...state, ...(Object.fromEntries(copies) as Partial<AppState>) };
}

/** Main's view of itself; undefined until the first snapshot. */
export const appOf = (state: AppState): AppView | undefined => state.app.app;

/** Before a snapshot that failed, or did not catch up with the patches, is asked for again. */
const retryMs = 1_000;

/**
 * Keeps `feed` equal to main's state until the returned function is called: one snapshot, then numbered patches.
 * A patch that is missing or does not parse asks for a new snapshot; what arrived before the snapshot is dropped where the snapshot already has it.
 */
export function follow(feed: Pick<typeof useFeed, 'getState' | 'setState'>, bridge: Bridge): () => void {
  let stopped = false;
  let asking = false;
  let stale = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let early: StatePatch[] = [];

  const take = (patch: StatePatch): boolean => {
    const { seq, state } = feed.getState();
    if (patch.seq !== seq + 1) return false;
    const next = withPatch(state, patch);
    feed.setState({ phase: 'ready', seq: patch.seq, state: next });
    forget(state, next);
    return true;
  };

  const again = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), retryMs);
  };

  const ask = async (): Promise<void> => {
    if (asking || stopped) return;
    asking = true;
    stale = false;
    const answer = await bridge.request('state.snapshot', undefined);
    asking = false;
    if (stopped) return;
    if (!answer.ok) {
      feed.setState({ ...feed.getState(), phase: 'failed', message: answer.error.message }, true);
      if (answer.error.retryable) again();
      return;
    }
    const { state: before } = feed.getState();
    feed.setState({ phase: 'ready', ...answer.value }, true);
    forget(before, answer.value.state);
    const newer = early.filter((patch) => patch.seq > answer.value.seq);
    early = [];
    if (stale || !newer.every(take)) again();
  };

  const stop = bridge.on('state.patch', (parsed) => {
    // The schema ties each value to its collection; the type that zod derives from it does not.
    const patch = parsed as StatePatch | null;
    if (asking) {
      if (patch) early.push(patch);
      else stale = true;
    } else if (feed.getState().phase === 'failed' || !patch || !take(patch)) {
      clearTimeout(timer);
      void ask();
    }
  });
  void ask();

  return () => {
    stopped = true;
    clearTimeout(timer);
    stop();
  };
}
