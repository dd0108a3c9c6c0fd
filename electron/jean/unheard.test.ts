import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sessionRow } from './protocol.ts';
import type { RunFiles } from './run-files.ts';
import type { JeanSnapshot } from './snapshot.ts';
import { metadata } from './stored-session.ts';
import { Unheard } from './unheard.ts';

const nowS = 2_000_000;
const denials = [{ tool_name: 'Bash', tool_use_id: 't1', tool_input: { command: 'npm ci' } }];
const stored = metadata.parse({
  id: 's',
  backend: 'claude',
  updated_at: nowS - 60,
  runs: [{ run_id: 'r1', status: 'completed', started_at: nowS - 100, ended_at: nowS - 60 }],
});
const row = sessionRow.parse({
  id: 's',
  name: 's',
  backend: 'claude',
  updated_at: nowS - 60,
  last_run_status: 'completed',
  last_run_started_at: nowS - 100,
});
const snapshot: JeanSnapshot = {
  startedAt: nowS * 1000,
  projects: [],
  worktrees: [],
  sessions: [{ ...row, projectId: 'p', worktreeId: 'w' }],
  running: new Set(),
  archivedWorktrees: new Set(),
  complete: true,
  unreadable: null,
  unbroken: false,
};
const files = (over: Partial<RunFiles> = {}): RunFiles => ({
  most: 10,
  session: async () => stored,
  log: async () => ({ grownAt: 0, ended: true, denials, asks: null }),
  ...over,
});
const never = new AbortController().signal;
let unheard: Unheard;
beforeEach(() => {
  unheard = new Unheard(
    new Set(),
    () => nowS * 1000,
    () => undefined,
  );
});
afterEach(() => void vi.useRealTimers());

it('what Claude was denied is found once, with the time of its turn’s end', async () => {
  expect(await unheard.find(files(), snapshot, never)).toMatchObject([
    { at: (nowS - 60) * 1000, event: { type: 'chat:request', sessionId: 's', list: 'permissionDenials', requests: denials } },
  ]);
  expect(await unheard.find(files(), snapshot, never)).toEqual([]);
});

it('what was heard is not looked up', async () => {
  unheard.note(
    { type: 'chat:request', sessionId: 's', list: 'permissionDenials', requests: denials, midTurn: false },
    (nowS - 60) * 1000,
  );
  expect(await unheard.find(files(), snapshot, never)).toEqual([]);
});

it('a turn that begins while its session’s log is read makes it past', async () => {
  const begins = files({
    session: async () => {
      unheard.note({ type: 'chat:sending', sessionId: 's' }, nowS * 1000);
      return stored;
    },
  });
  expect(await unheard.find(begins, snapshot, never)).toEqual([]);
});

it('files that can’t be read, are garbage or never come keep nothing from being shown', async () => {
  const broken = files({ session: () => Promise.reject(new Error('torn')) });
  expect(await unheard.find(broken, snapshot, never)).toEqual([]);
  vi.useFakeTimers();
  const hung = files({
    session: (_id, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  const other = { ...snapshot, sessions: snapshot.sessions.map((it) => ({ ...it, id: 'u' })) };
  const found = unheard.find(hung, other, never);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await found).toEqual([]);
  // It was not seen yet: the next gap looks again.
  vi.useRealTimers();
  expect(await unheard.find(files(), other, never)).toHaveLength(1);
});
