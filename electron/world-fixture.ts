import { type AppState, emptyState, type StateChange } from '../shared/model.ts';
import type { WorldOptions } from './world-options.ts';

/** A desk that shows what it is given, and at which nobody sits. */
const nobody: WorldOptions['desk'] = {
  send: async () => ({ type: 'sent', at: Date.now() }),
  withdraw: () => undefined,
  looking: () => ({ page: null, sessionId: null, windowFocused: false }),
  presence: async () => ({ idleMs: null, locked: null, jeanInFront: null }),
  limits: () => ({ idle: null, locked: null, front: null, sound: null }),
};

/** What a world needs of the app around it, where nobody is. */
export const alone = {
  ownHome: false,
  desk: nobody,
  jeanWindow: { raise: async () => false, browse: async () => undefined },
  log: () => undefined,
  fetch,
  now: Date.now,
} satisfies Partial<WorldOptions>;

/** What a page would know: the state as it was published. */
export function page(heard: () => void = () => undefined) {
  const state = { now: emptyState() };
  const publish = (changes: readonly StateChange[]): void => {
    for (const { collection, id, value } of changes) {
      const { [id]: _old, ...others } = state.now[collection] as Record<string, unknown>;
      state.now = { ...state.now, [collection]: value === null ? others : { ...others, [id]: value } } as AppState;
    }
    heard();
  };
  return { state, publish };
}
