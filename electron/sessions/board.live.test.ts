import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import type { Bucket } from '../../shared/model.ts';
import { type InstanceWatch, watchInstance } from '../jean/connection.ts';
import { watchJean } from '../jean/discover.ts';
import { Board } from './board.ts';
import type { Happening } from './happening.ts';

/** The board of a real watch over the sandbox's Jean, with the waits that the product has but for the last look at an ended turn. */
let test: TestJean;
let control: AbortController;
let watch: InstanceWatch;
let board: Board;
let happened: Happening[];
let worktreeId: string;
let appearedBy: string;

beforeEach(async () => {
  test = await testJean();
  control = new AbortController();
  board = new Board({ now: Date.now });
  happened = [];
  worktreeId = (await test.jean.createWorktree(test.projectId, { name: 'checkout' })).id;
  watch = watchInstance(
    {
      find: watchJean([test.jean.dataDir], control.signal),
      now: Date.now,
      random: Math.random,
      log: () => {},
      timing: { settleAgainMs: 300 },
    },
    control.signal,
  );
  void (async () => {
    for await (const change of watch) {
      for (const it of board.apply(change).happenings) {
        happened.push(it);
        if (it.type === 'worktree-appeared') appearedBy = change.type;
      }
    }
  })();
  await until(() => board.state().instances.local?.health === 'online');
});
afterEach(async () => {
  control.abort();
  await watch.stopped;
  await test.close();
});

async function until(holds: () => boolean, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end)
      throw new Error(`It did not come to pass.\n${inspect(board.state().sessions)}\n${inspect(happened.slice(-5))}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const status = (id: string): string | undefined => board.state().sessions[id]?.status;
const buckets = (id: string): Bucket[] =>
  happened.flatMap((it) => (it.type === 'session-changed' && it.sessionId === id ? [it.to] : []));

async function newSession(backend: string): Promise<string> {
  const { id } = test.jean.createSession(worktreeId, { backend });
  await until(() => status(id) === 'idle');
  return id;
}

describe.each([
  ['with its window open', true],
  ['with its window closed', false],
])('a session of Jean %s', (_how, window) => {
  beforeEach(() => test.jean.attachUi(window));

  it.each([
    ['claude', 'permission', 'command'],
    ['codex', 'command_approval', 'command'],
    ['opencode', 'permission', 'permission'],
  ] as const)('of %s that may not run a command needs the person, once, until the next turn', async (backend, asked, kind) => {
    const id = await newSession(backend);
    await test.jean.startTurn(id);
    await until(() => status(id) === 'vibing');
    await test.jean.askPermission(id, 'npm ci');
    await until(() => status(id) === asked);
    expect(board.state().sessions[id]?.request?.kind).toBe(kind);
    expect(board.state().sessions[id]?.request?.text).toContain('npm ci');
    await pause(800);
    expect(status(id)).toBe(asked);
    expect(buckets(id)).toEqual(['idle', 'running', 'needs-you']);
    if (backend !== 'claude') await test.jean.finishTurn(id);
    else {
      await test.jean.startTurn(id);
      await until(() => status(id) === 'vibing');
      await test.jean.finishTurn(id);
    }
    await until(() => status(id) === 'completed');
    expect(buckets(id)).toEqual(
      backend === 'claude'
        ? ['idle', 'running', 'needs-you', 'running', 'finished']
        : expect.arrayContaining(['idle', 'running', 'needs-you', 'finished']),
    );
  });

  it('that shows a plan or asks was never shown as finished', async () => {
    const plans = await newSession('claude');
    const asks = await newSession('claude');
    await Promise.all([test.jean.askPlan(plans, '# Do it'), test.jean.askQuestion(asks, [{ question: 'Which?', options: [] }])]);
    await until(() => status(plans) === 'plan_approval' && status(asks) === 'input_required');
    expect(board.state().sessions[plans]?.request).toEqual({ kind: 'plan', text: '# Do it' });
    expect(board.state().sessions[asks]?.request).toEqual({ kind: 'answer', text: 'Which?' });
    expect(buckets(plans)).toEqual(['idle', 'running', 'needs-you']);
    expect(buckets(asks)).toEqual(['idle', 'running', 'needs-you']);
  });

  it.each(['crashed', 'stopped', 'printed'] as const)('that fails (%s) has failed, and stays so', async (kind) => {
    const id = await newSession(kind === 'stopped' ? 'codex' : 'claude');
    await test.jean.startTurn(id);
    await until(() => status(id) === 'vibing');
    await test.jean.failTurn(id, 'context limit reached', kind);
    await until(() => status(id) === 'crashed');
    await pause(800);
    expect(board.state().sessions[id]).toMatchObject({ status: 'crashed', error: 'context limit reached' });
    expect(buckets(id)).toEqual(['idle', 'running', 'failed']);
  });

  it('that is cancelled is cancelled', async () => {
    const id = await newSession('claude');
    await test.jean.startTurn(id);
    await until(() => status(id) === 'vibing');
    await test.jean.cancelTurn(id);
    await until(() => status(id) === 'cancelled');
    expect(buckets(id)).toEqual(['idle', 'running', 'finished']);
  });
});

describe('through a restart of Jean', () => {
  it('a turn that goes on is seen to its end, and one that finished meanwhile too', async () => {
    const [goesOn, finishes] = [await newSession('claude'), await newSession('claude')];
    await test.jean.startTurn(goesOn);
    await test.jean.startTurn(finishes);
    await until(() => status(goesOn) === 'vibing' && status(finishes) === 'vibing');
    const restarted = test.jean.restart();
    await test.jean.finishTurn(finishes);
    await restarted;
    await until(() => status(finishes) === 'completed');
    expect(status(goesOn)).toBe('vibing');
    await test.jean.finishTurn(goesOn);
    await until(() => status(goesOn) === 'completed');
    expect(happened.filter(({ type }) => type === 'lost')).toHaveLength(1);
    expect(happened.filter(({ type }) => type.startsWith('worktree'))).toMatchObject([
      { type: 'worktree-appeared', first: true },
    ]);
  });
});

describe('a worktree of Jean', () => {
  const ofWorktrees = (): unknown[] =>
    happened.flatMap((it) => (it.type === 'worktree-gone' ? [`gone: ${it.why}`] : it.type === 'pull-changed' ? [it.state] : []));

  it('is on the board with the event of its making, before Jean is read again', async () => {
    const { id } = await test.jean.createWorktree(test.projectId, { name: 'second' });
    await until(() => id in board.state().worktrees);
    expect(appearedBy).toBe('event');
    expect(happened.at(-1)).toMatchObject({ type: 'worktree-appeared', first: false, facts: { project: { name: 'shop' } } });
  });

  it('whose pull request is merged is merged first and then gone, as Jean cleans up', async () => {
    const url = 'https://github.test/acme/shop/pull/5';
    await test.jean.prStatus(worktreeId, { number: 5, url, state: 'open' });
    await test.jean.prStatus(worktreeId, { number: 5, url, state: 'merged' });
    await until(() => ofWorktrees().length === 3);
    expect(ofWorktrees()).toEqual(['open', 'merged', 'gone: deleted']);
  });

  it('that is archived is gone, and back when it is restored', async () => {
    test.jean.archiveWorktree(worktreeId);
    await until(() => ofWorktrees().length === 1);
    await pause(500);
    expect(board.state().worktrees).toEqual({});
    test.jean.unarchiveWorktree(worktreeId);
    await until(() => worktreeId in board.state().worktrees);
    expect(ofWorktrees()).toEqual(['gone: archived']);
  });
});
