import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import { type InstanceWatch, watchInstance } from '../jean/connection.ts';
import { watchJean } from '../jean/discover.ts';
import { Boards } from './boards.ts';

/** Two real Jeans of the sandbox on the same boards; what they do, and what becomes of the roads to them, comes in any order. */
const quick = {
  debounceMs: 20,
  settleMs: 60,
  settleAgainMs: 120,
  pollMs: 250,
  fallbackMs: 30,
  disorderMs: 30,
  retryFirstMs: 20,
  retryMaxMs: 80,
  steadyMs: 0,
  mcpBusyMs: 60,
  mcpIdleMs: 100,
  filesMs: 120,
  lowerRestMs: 10,
};

const names = ['one', 'two'] as const;

interface Ground {
  readonly test: TestJean;
  readonly worktreeIds: readonly string[];
  readonly sessions: readonly string[];
  muted: boolean;
}

async function ground(): Promise<Ground> {
  const test = await testJean();
  const worktreeIds: string[] = [];
  for (const name of ['a', 'b']) worktreeIds.push((await test.jean.createWorktree(test.projectId, { name })).id);
  const sessions = worktreeIds.flatMap((id) =>
    ['claude', 'codex'].map((backend) => test.jean.createSession(id, { name: backend, backend }).id),
  );
  return { test, worktreeIds, sessions, muted: false };
}

/** One thing that happens in a Jean or to the roads that lead there. `at` chooses what it happens to. */
type Act = (it: Ground, at: number) => Promise<unknown> | unknown;
const session = ({ sessions }: Ground, at: number): string => sessions[at % sessions.length] ?? '';
const runs = ({ test }: Ground, id: string): boolean => test.jean.session(id).last_run_status === 'running';
const inTurn =
  (act: (it: Ground, id: string) => Promise<unknown>): Act =>
  async (it, at) => {
    const id = session(it, at);
    if (!runs(it, id)) await it.test.jean.startTurn(id, { mode: at % 3 === 0 ? 'plan' : 'build' });
    await act(it, id);
  };

const acts = {
  start: inTurn(async () => undefined),
  finish: inTurn(({ test }, id) => test.jean.finishTurn(id)),
  cancel: inTurn(({ test }, id) => test.jean.cancelTurn(id)),
  crash: inTurn(({ test }, id) => test.jean.failTurn(id, 'no')),
  plan: inTurn(({ test }, id) => test.jean.askPlan(id, '# Do it')),
  permission: (it, at) => it.test.jean.askPermission(session(it, at), `run ${at}`),
  question: (it, at) => it.test.jean.askQuestion(session(it, at), [{ question: `Which ${at}?`, options: [] }]),
  rename: (it, at) => it.test.jean.changeSession(session(it, at), { name: `Name ${at}` }),
  archive: ({ test, worktreeIds: [id = ''] }) => {
    const archived = test.jean.worktrees().find((one) => one.id === id)?.archived_at !== undefined;
    return archived ? test.jean.unarchiveWorktree(id) : test.jean.archiveWorktree(id);
  },
  lose: ({ test }, at) => test.jean.loseEvents(1 + (at % 5)),
  mute: (it) => {
    it.muted = !it.muted;
    it.test.jean.muteEvents(it.muted);
  },
  cut: ({ test }) => test.jean.dropConnections(),
  restart: ({ test }) => test.jean.restart(),
  'web off': ({ test }, at) => test.jean.webAccess(false, at % 2 === 0),
  'web on': ({ test }) => test.jean.webAccess(true),
  'mcp off': ({ test }) => test.jean.mcp(false),
  'mcp on': ({ test }) => test.jean.mcp(true),
  wait: (_it, at) => new Promise((resolve) => setTimeout(resolve, 20 * (at % 20))),
} satisfies Record<string, Act>;
type Name = keyof typeof acts;

const steps = fc.array(
  fc.record({
    jean: fc.nat({ max: 1 }),
    act: fc.constantFrom(...(Object.keys(acts) as Name[])),
    at: fc.nat({ max: 40 }),
    rest: fc.nat({ max: 60 }),
  }),
  { minLength: 4, maxLength: 18 },
);
const lastRoads = fc.tuple(fc.constantFrom('socket', 'mcp', 'files'), fc.constantFrom('socket', 'mcp', 'files'));

function watchAll(grounds: readonly Ground[]): { readonly boards: Boards; readonly stop: () => Promise<void> } {
  const control = new AbortController();
  const boards = new Boards({ now: Date.now });
  const watches = grounds.map(({ test }, at): InstanceWatch => {
    const id = names[at] ?? '';
    boards.open({ id, name: id, colour: 'none', place: 'here' });
    const find = watchJean([test.jean.dataDir], control.signal, { pollMs: 100 });
    const options = { find, now: Date.now, random: Math.random, log: () => undefined, timing: quick };
    const watch = watchInstance(options, control.signal);
    void (async () => {
      for await (const change of watch) boards.apply(id, change);
    })();
    return watch;
  });
  const stop = async (): Promise<void> => {
    control.abort();
    await Promise.all(watches.map((watch) => watch.stopped));
  };
  return { boards, stop };
}

/** All but times, and the words that events alone tell: of an error, and of what is asked. */
function board(boards: Boards): unknown {
  const { instances, projects, worktrees, sessions } = boards.state();
  return {
    instances: Object.values(instances).map(({ id, health, road }) => ({ id, health, road })),
    projects,
    worktrees,
    sessions: Object.fromEntries(
      Object.entries(sessions).map(([id, row]) => [id, { ...row, since: 0, request: null, error: null }]),
    ),
  };
}

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; !holds(); ) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

it('any order of turns, prompts, losses, restarts and roads of two Jeans ends on the board of a fresh start', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(steps, lastRoads, async (played, roads) => {
      const grounds = await Promise.all([ground(), ground()]);
      const lived = watchAll(grounds);
      try {
        for (const { jean, act, at, rest } of played) {
          const it = grounds[jean];
          // What can't be done now (a turn that has ended meanwhile) is not done.
          if (it !== undefined) await Promise.resolve(acts[act](it, at)).catch(() => undefined);
          await new Promise((resolve) => setTimeout(resolve, rest));
        }
        for (const [at, it] of grounds.entries()) {
          it.test.jean.muteEvents(false);
          await it.test.jean.webAccess(roads[at] === 'socket');
          await it.test.jean.mcp(roads[at] !== 'files');
        }
        const arrived = (boards: Boards): boolean =>
          Object.values(boards.state().instances).every(({ road }, at) => road === roads[at]);
        expect(await until(() => arrived(lived.boards), 8_000), 'The roads').toBe(true);
        const fresh = watchAll(grounds);
        try {
          const same = (): boolean => arrived(fresh.boards) && isDeepStrictEqual(board(lived.boards), board(fresh.boards));
          const held = await until(same, 8_000);
          if (!held) expect(board(lived.boards)).toEqual(board(fresh.boards));
        } finally {
          await fresh.stop();
        }
      } finally {
        await lived.stop();
        for (const { test } of grounds) await test.close();
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
});
