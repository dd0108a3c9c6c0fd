import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStore } from 'zustand';
import { session, stateOf, worktree } from '../shared/fixture.ts';
import type { Answer } from '../shared/ipc.ts';
import { emptyState, type StatePatch, type StateSnapshot } from '../shared/model.ts';
import type { Bridge } from './bridge.ts';
import { type Feed, follow, withPatch } from './store.ts';

/** Main as the page sees it: answers snapshots when told to, and sends patches. */
function main() {
  const asked: ((answer: Answer<StateSnapshot>) => void)[] = [];
  let listener: (patch: StatePatch | null) => void = () => undefined;
  const bridge: Bridge = {
    request: () => new Promise((resolve) => asked.push(resolve as never)),
    on: (_name, heard) => {
      listener = heard as never;
      return () => undefined;
    },
  };
  const feed = createStore<Feed>(() => ({ phase: 'loading', seq: 0, state: emptyState() }));
  const stop = follow(feed, bridge);
  return {
    feed,
    stop,
    asked,
    patch: (seq: number, name: string): void =>
      listener({ seq, changes: [{ collection: 'sessions', id: 's', value: session('s', { name }) }] }),
    garbage: (): void => listener(null),
    answer: async (answer: Answer<StateSnapshot>): Promise<void> => {
      asked.at(-1)?.(answer);
      await Promise.resolve();
      await Promise.resolve();
    },
    name: (): string | undefined => feed.getState().state.sessions.s?.name,
  };
}

const snapshot = (seq: number, name: string): Answer<StateSnapshot> => ({
  ok: true,
  value: { seq, state: stateOf({ sessions: [session('s', { name })] }) },
});

describe('a patch', () => {
  it('sets and removes rows, and leaves other collections the same objects', () => {
    const before = stateOf({ sessions: [session('a'), session('b')], worktrees: [worktree('w1')] });
    const after = withPatch(before, {
      seq: 2,
      changes: [
        { collection: 'sessions', id: 'a', value: null },
        { collection: 'sessions', id: 'c', value: session('c') },
      ],
    });
    expect(Object.keys(after.sessions)).toEqual(['b', 'c']);
    expect(after.worktrees).toBe(before.worktrees);
    expect(Object.keys(before.sessions)).toEqual(['a', 'b']);
  });
});

describe('the feed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('takes one snapshot and then the patches that follow it', async () => {
    const it = main();
    await it.answer(snapshot(4, 'four'));
    it.patch(5, 'five');
    it.patch(6, 'six');
    expect(it.name()).toBe('six');
    expect(it.feed.getState()).toMatchObject({ phase: 'ready', seq: 6 });
    expect(it.asked).toHaveLength(1);
  });

  it('applies patches that came before the snapshot only where the snapshot lacks them', async () => {
    const it = main();
    it.patch(4, 'old');
    it.patch(5, 'five');
    await it.answer(snapshot(4, 'four'));
    expect(it.name()).toBe('five');
    expect(it.feed.getState().seq).toBe(5);
  });

  it('asks for a new snapshot when a patch is missing, and keeps what it has until then', async () => {
    const it = main();
    await it.answer(snapshot(4, 'four'));
    it.patch(6, 'six');
    expect(it.asked).toHaveLength(2);
    expect(it.name()).toBe('four');
    it.patch(7, 'seven');
    await it.answer(snapshot(6, 'six'));
    expect(it.name()).toBe('seven');
  });

  it('asks for a new snapshot when main counts from the beginning again', async () => {
    const it = main();
    await it.answer(snapshot(40, 'before'));
    it.patch(1, 'one');
    await it.answer(snapshot(1, 'after'));
    expect(it.feed.getState().seq).toBe(1);
    expect(it.name()).toBe('after');
  });

  it('asks for a new snapshot after a patch that does not parse', async () => {
    const it = main();
    await it.answer(snapshot(4, 'four'));
    it.garbage();
    expect(it.asked).toHaveLength(2);
  });

  it('does not ask in a hurry when a snapshot never catches up', async () => {
    const it = main();
    it.patch(9, 'nine');
    await it.answer(snapshot(4, 'four'));
    expect(it.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(it.asked).toHaveLength(2);
  });

  it('says why a snapshot failed, keeps the state, and tries again when that may help', async () => {
    const it = main();
    await it.answer(snapshot(4, 'four'));
    it.patch(9, 'nine');
    await it.answer({ ok: false, error: { code: 'busy', message: 'busy', retryable: true } });
    expect(it.feed.getState()).toMatchObject({ phase: 'failed', message: 'busy', seq: 4 });
    expect(it.name()).toBe('four');
    await vi.advanceTimersByTimeAsync(1_000);
    await it.answer(snapshot(9, 'nine'));
    expect(it.feed.getState()).toMatchObject({ phase: 'ready', seq: 9 });
  });

  it('stays still once it is stopped', async () => {
    const it = main();
    it.stop();
    await it.answer(snapshot(4, 'four'));
    expect(it.feed.getState().phase).toBe('loading');
  });
});
