import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProjectView, StatePatch } from '../../shared/model.ts';
import { StateStore } from './state.ts';

const project = (name: string): ProjectView => ({
  id: 'p',
  instanceId: 'local',
  name,
  path: '/shop',
  repository: 'acme/shop',
  order: 0,
});
const set = (name: string) => ({ collection: 'projects', id: 'p', value: project(name) }) as const;

describe('the state', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function recorded(): { readonly store: StateStore; readonly patches: StatePatch[] } {
    const store = new StateStore();
    const patches: StatePatch[] = [];
    store.subscribe((patch) => patches.push(patch));
    return { store, patches };
  }

  it('sends the changes of one frame as one patch, the last value of each row', () => {
    const { store, patches } = recorded();
    store.apply([set('a')]);
    store.apply([set('b')]);
    vi.advanceTimersByTime(16);
    expect(patches).toEqual([{ seq: 1, changes: [set('b')] }]);
  });

  it('sends a change at once after a rest, and no second patch within a frame', () => {
    const { store, patches } = recorded();
    store.apply([set('a')]);
    vi.advanceTimersByTime(1);
    expect(patches).toHaveLength(1);
    for (const name of ['b', 'c', 'd']) {
      store.apply([set(name)]);
      vi.advanceTimersByTime(4);
    }
    expect(patches).toHaveLength(1);
    vi.advanceTimersByTime(4);
    expect(patches.map(({ changes }) => changes)).toEqual([[set('a')], [set('d')]]);
  });

  it('sends nothing when nothing changed', () => {
    const { store, patches } = recorded();
    store.apply([set('a')]);
    vi.advanceTimersByTime(16);
    store.apply([set('a'), { collection: 'sessions', id: 'unknown', value: null }]);
    vi.advanceTimersByTime(16);
    expect(patches).toHaveLength(1);
  });

  it('numbers patches without a gap after a snapshot', () => {
    const { store, patches } = recorded();
    store.apply([set('a')]);
    const { seq, state } = store.snapshot();
    store.apply([{ collection: 'projects', id: 'p', value: null }]);
    vi.advanceTimersByTime(16);
    expect(state.projects).toHaveProperty('p');
    expect(patches.at(-1)?.seq).toBe(seq + 1);
    expect(store.state.projects).toEqual({});
  });

  it('leaves a gap in the numbers when it is emptied, so that pages ask again', () => {
    const { store, patches } = recorded();
    const { seq } = store.snapshot();
    store.reset();
    expect(patches.at(-1)?.seq).toBeGreaterThan(seq + 1);
  });
});
