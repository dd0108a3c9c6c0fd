import { create } from 'zustand';
import { type AppState, type AppView, emptyState, type StateChange, type StatePatch } from '../shared/model.ts';
import type { Bridge } from './bridge.ts';

/** What the page knows of main's state, and how it came to know it. */
export type Feed =
  | { readonly phase: 'loading'; readonly seq: number; readonly state: AppState }
  | { readonly phase: 'ready'; readonly seq: number; readonly state: AppState }
  | { readonly phase: 'failed'; readonly seq: number; readonly state: AppState; readonly message: string };

/** Main's state as the page has it: written by {@link follow} alone. */
export const useFeed = create<Feed>(() => ({ phase: 'loading', seq: 0, state: emptyState() }));

function withChange(state: AppState, change: StateChange): AppState {
  const rows: Record<string, unknown> = { ...state[change.collection] };
  if (change.value === null) delete rows[change.id];
  else rows[change.id] = change.value;
  return { ...state, [change.collection]: rows };
}

/** The state after a patch; collections that it does not touch stay the same objects. */
export const withPatch = (state: AppState, patch: StatePatch): AppState => patch.changes.reduce(withChange, state);

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
    feed.setState({ phase: 'ready', seq: patch.seq, state: withPatch(state, patch) });
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
    feed.setState({ phase: 'ready', ...answer.value }, true);
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
