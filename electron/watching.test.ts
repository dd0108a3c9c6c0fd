import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestJean, testJean } from '../sandbox/jean/test-jean.ts';
import { watchJean } from './jean/discover.ts';
import { Boards } from './sessions/boards.ts';
import { Watching } from './watching.ts';

let test: TestJean;
let boards: Boards;
let watching: Watching;
/** How far this computer's clock was set, ms. */
let off: number;

beforeEach(async () => {
  off = 0;
  test = await testJean();
  const now = (): number => Date.now() + off;
  boards = new Boards({ now });
  const quiet = { publish: () => undefined, happened: () => undefined, readWhole: () => undefined, log: () => undefined };
  watching = new Watching({ ...quiet, boards, now, fetch });
  const find = (signal: AbortSignal) => watchJean([test.jean.dataDir], signal);
  watching.set([{ id: 'local', name: 'Jean', colour: 'none', place: 'here', find }]);
});
afterEach(async () => {
  await watching.stop();
  await test.close();
});

it.each([
  ['back', -3_600_000],
  ['forward', 3_600_000],
])(
  'a clock that is set %s in the middle of a turn hides neither its end nor what comes next',
  { timeout: 20_000 },
  async (_way, by) => {
    const worktree = await test.jean.createWorktree(test.projectId, { name: 'checkout' });
    const { id } = test.jean.createSession(worktree.id, { name: 'works' });
    const status = () => boards.state().sessions[id]?.status;
    await expect.poll(status, { timeout: 5_000 }).toBe('idle');
    await test.jean.startTurn(id);
    await expect.poll(status, { timeout: 5_000 }).toBe('vibing');
    off = by;
    await test.jean.finishTurn(id);
    await expect.poll(status, { timeout: 5_000 }).toBe('completed');
    off = 0;
    await test.jean.startTurn(id);
    await expect.poll(status, { timeout: 5_000 }).toBe('vibing');
    await test.jean.askQuestion(id, [{ question: 'Which?', options: [] }]);
    await expect.poll(status, { timeout: 5_000 }).toBe('input_required');
    expect(boards.state().sessions[id]?.since).toBeLessThanOrEqual(Date.now());
  },
);

it('goes on watching a Jean when what follows from a change fails', { timeout: 20_000 }, async () => {
  const logged: string[] = [];
  const failing = {
    publish: () => undefined,
    happened: () => {
      throw new Error('The disk is full.');
    },
    readWhole: () => {
      throw new Error('The disk is full.');
    },
    log: (message: string) => void logged.push(message),
  };
  const own = new Boards({ now: Date.now });
  const unlucky = new Watching({ ...failing, boards: own, now: Date.now, fetch });
  const find = (signal: AbortSignal) => watchJean([test.jean.dataDir], signal);
  unlucky.set([{ id: 'local', name: 'Jean', colour: 'none', place: 'here', find }]);
  const first = await test.jean.createWorktree(test.projectId, { name: 'first' });
  await expect.poll(() => own.state().worktrees[first.id]?.name, { timeout: 5_000 }).toBe('first');
  const next = await test.jean.createWorktree(test.projectId, { name: 'next' });
  await expect.poll(() => own.state().worktrees[next.id]?.name, { timeout: 5_000 }).toBe('next');
  expect(logged).toContainEqual(expect.stringContaining('The disk is full.'));
  await unlucky.stop();
});
