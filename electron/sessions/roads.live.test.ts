import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JeanOptions } from '../../sandbox/jean/assembly.ts';
import { playStatusTable, type StatusRow } from '../../sandbox/jean/status-table.ts';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import type { InstanceView, SessionStatus, SessionView } from '../../shared/model.ts';
import { Secret } from '../base/secret.ts';
import { type InstanceWatch, watchInstance } from '../jean/connection.ts';
import { type JeanFound, watchJean } from '../jean/discover.ts';
import { Board } from './board.ts';
import { keyOf } from './live.ts';

/** A board over each of the three roads to a real Jean of the sandbox: its WebSocket, its MCP socket, its files. */
type Road = NonNullable<InstanceView['road']>;
const roads: readonly Road[] = ['socket', 'mcp', 'files'];

const quick = {
  settleAgainMs: 200,
  pollMs: 400,
  fallbackMs: 50,
  retryFirstMs: 40,
  retryMaxMs: 150,
  steadyMs: 0,
  mcpBusyMs: 100,
  mcpIdleMs: 200,
  filesMs: 300,
  lowerRestMs: 20,
};

let test: TestJean;
let worktreeId: string;
let board: Board;
let told: { readonly status: SessionStatus; readonly id: string }[];
let stopWatch: () => Promise<void>;

async function* elsewhere(): AsyncGenerator<JeanFound> {
  yield { kind: 'found', endpoint: { url: test.jean.url, token: Secret.of(test.jean.token), folder: null } };
}

const keyOfFirst = (id: string): string => keyOf(board.asked(id)?.pending.permissionDenials[0]);

function look(find?: () => AsyncIterable<JeanFound>): void {
  const control = new AbortController();
  board = new Board({ now: Date.now });
  told = [];
  const watch: InstanceWatch = watchInstance(
    {
      find: find?.() ?? watchJean([test.jean.dataDir], control.signal),
      now: Date.now,
      random: Math.random,
      log: () => undefined,
      timing: quick,
    },
    control.signal,
  );
  void (async () => {
    for await (const change of watch)
      for (const { collection, id, value } of board.apply(change).changes)
        if (collection === 'sessions' && value !== null) told.push({ id, status: value.status });
  })();
  stopWatch = async () => {
    control.abort();
    await watch.stopped;
  };
}

async function start(options: Partial<JeanOptions> = {}): Promise<void> {
  test = await testJean(options);
  worktreeId = (await test.jean.createWorktree(test.projectId, { name: 'checkout' })).id;
}

beforeEach(() => start());
afterEach(async () => {
  await stopWatch();
  await test.close();
});

async function until(holds: () => boolean, what: string, ms = 8_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end)
      throw new Error(`${what} did not come to pass.\n${inspect(board.state().instances)}\n${inspect(statuses())}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const instance = (): InstanceView | undefined => board.state().instances.local;
const statuses = (): Record<string, string> =>
  Object.fromEntries(Object.values(board.state().sessions).map(({ name, status }) => [name, status]));
const session = (id: string): SessionView | undefined => board.state().sessions[id];

/** Leaves this road as the best one that there is. */
async function only(road: Road): Promise<void> {
  await test.jean.webAccess(road === 'socket');
  await test.jean.mcp(road !== 'files');
}

const question = [{ question: 'Which?', options: [] }];

const right = (played: ReadonlyMap<string, StatusRow>): boolean =>
  [...played].every(([id, { status }]) => session(id)?.status === status);

describe.each(roads)('over its %s', { timeout: 40_000 }, (road) => {
  it('every row of the status table is right: as it happens, through a restart of Jean, and at a fresh start', async () => {
    await only(road);
    look();
    await until(() => instance()?.road === road && instance()?.health === 'online', 'The road');
    const played = await playStatusTable(test.jean, worktreeId);
    await until(() => right(played), 'Every row');
    await test.jean.restart();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await until(() => instance()?.road === road && instance()?.health === 'online' && right(played), 'Every row after a restart');
    // A turn that stops, one that is answered, one that goes on: what was is no longer so.
    const [asks, runs] = [...played].filter(([, { name }]) => name === '5 Claude' || name === '8 build').map(([id]) => id);
    await test.jean.startTurn(asks ?? '');
    await test.jean.finishTurn(runs ?? '');
    await until(() => session(asks ?? '')?.status === 'vibing' && session(runs ?? '')?.status === 'completed', 'The change');
    const before = statuses();
    await stopWatch();
    look();
    await until(() => inspect(statuses()) === inspect(before), 'The same board at a fresh start');
    expect(instance()?.road).toBe(road);
  });

  it('a turn is never shown as over while it is not, and a plan never as finished', async () => {
    await only(road);
    look();
    await until(() => instance()?.road === road, 'The road');
    const { id } = test.jean.createSession(worktreeId, { name: 'plans' });
    await test.jean.startTurn(id, { mode: 'plan' });
    await until(() => session(id)?.status === 'planning', 'The turn');
    await test.jean.askPlan(id, '# Do it');
    await until(() => session(id)?.status === 'plan_approval', 'The plan');
    const seen = told.filter((one) => one.id === id).map(({ status }) => status);
    expect(seen).not.toContain('completed');
    expect(session(id)?.request?.text).toBe('# Do it');
  });

  it('a worktree that is archived is gone, and back when it is restored', async () => {
    await only(road);
    look();
    await until(() => worktreeId in board.state().worktrees, 'The worktree');
    test.jean.archiveWorktree(worktreeId);
    await until(() => !(worktreeId in board.state().worktrees), 'Its end');
    test.jean.unarchiveWorktree(worktreeId);
    await until(() => worktreeId in board.state().worktrees, 'Its return');
  });
});

describe('from road to road', { timeout: 40_000 }, () => {
  it('the companion goes by itself, down and up, and misses nothing', async () => {
    look();
    const { id } = test.jean.createSession(worktreeId, { name: 'travels' });
    const on = async (road: Road): Promise<void> => {
      await until(() => instance()?.road === road && instance()?.health === 'online', `The road ${road}`);
      await test.jean.startTurn(id);
      await until(() => session(id)?.status === 'vibing', `A turn over ${road}`);
      await test.jean.finishTurn(id);
      await until(() => session(id)?.status === 'completed', `Its end over ${road}`);
    };
    await on('socket');
    expect(instance()?.limits).toBeNull();
    await test.jean.webAccess(false);
    await on('mcp');
    expect(instance()?.limits).toContain('Turn on Settings → Web Access');
    await test.jean.mcp(false);
    await on('files');
    expect(instance()?.message).toContain('read by its files');
    await test.jean.mcp(true);
    await on('mcp');
    await test.jean.webAccess(true);
    await on('socket');
    expect(instance()?.limits).toBeNull();
  });

  it('a connection that lives on deaf, after web access was turned off, is left', async () => {
    look();
    await until(() => instance()?.road === 'socket', 'The socket');
    await test.jean.webAccess(false, false);
    await until(() => instance()?.road === 'mcp', 'The MCP socket');
  });

  it('a Jean that is not running is offline, and its files are shown', async () => {
    const { id } = test.jean.createSession(worktreeId, { name: 'waits' });
    await test.jean.askQuestion(id, question);
    await test.jean.stop();
    look();
    await until(() => session(id)?.status === 'input_required', 'The question');
    expect(instance()).toMatchObject({ health: 'offline', road: 'files' });
  });

  it.each(['mcp', 'files'] as const)(
    'a permission that nobody stored is found in the log of the run, over %s, until the next turn',
    async (road) => {
      test.jean.attachUi(false);
      const { id } = test.jean.createSession(worktreeId, { name: 'denied' });
      await test.jean.askPermission(id, 'npm ci');
      await only(road);
      look();
      await until(() => session(id)?.status === 'permission', 'The permission');
      expect(session(id)?.request?.text).toContain('npm ci');
      // Also when a better road comes back that doesn't know of it.
      await test.jean.webAccess(true);
      await until(() => instance()?.road === 'socket', 'The socket');
      await new Promise((resolve) => setTimeout(resolve, 800));
      expect(session(id)?.status).toBe('permission');
      await test.jean.startTurn(id);
      await until(() => session(id)?.status === 'vibing', 'The next turn');
    },
  );
});

describe('a permission of a turn that ended before the companion was there, and that no window of Jean stored', {
  timeout: 40_000,
}, () => {
  let id = '';
  beforeEach(async () => {
    test.jean.attachUi(false);
    id = test.jean.createSession(worktreeId, { name: 'denied' }).id;
    await test.jean.askPermission(id, 'npm ci');
  });

  it.each([
    ['this computer', undefined],
    ['a server', elsewhere],
  ])('is found by the WebSocket of %s, until the next turn', async (_where, find) => {
    look(find);
    await until(() => session(id)?.status === 'permission', 'The permission');
    expect(instance()?.road).toBe('socket');
    expect(session(id)?.request?.text).toContain('npm ci');
    await test.jean.startTurn(id);
    await until(() => session(id)?.status === 'vibing', 'The next turn');
    await test.jean.finishTurn(id);
    await until(() => session(id)?.status === 'completed', 'Its end');
    await test.jean.restart();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(session(id)?.status).toBe('completed');
  });

  it('is found after a gap in which it was asked, and not once more when it was heard and denied', async () => {
    look();
    await until(() => session(id)?.status === 'permission', 'The permission');
    const { id: heard } = test.jean.createSession(worktreeId, { name: 'heard' });
    await test.jean.askPermission(heard, 'npm test');
    await until(() => session(heard)?.status === 'permission', 'The other permission');
    board.apply({
      type: 'event',
      event: { type: 'chat:request-resolved', sessionId: heard, list: 'permissionDenials', key: keyOfFirst(heard) },
      at: Date.now(),
    });
    await until(() => session(heard)?.status === 'completed', 'Its refusal');
    const { id: missed } = test.jean.createSession(worktreeId, { name: 'missed' });
    test.jean.muteEvents(true);
    await test.jean.askPermission(missed, 'npm run build');
    test.jean.muteEvents(false);
    test.jean.dropConnections();
    await until(() => session(missed)?.status === 'permission', 'What was asked in the gap');
    expect(session(heard)?.status).toBe('completed');
  });
});

describe.each(['mcp', 'files'] as const)('of a Jean that died with its sessions, over %s', { timeout: 40_000 }, (road) => {
  it('a run that nobody wrote the end of is what its own log says', async () => {
    await test.close();
    await start({ realProcesses: true });
    const [cut, goes] = ['cut off', 'goes on'].map((name) => test.jean.createSession(worktreeId, { name }).id);
    await test.jean.startTurn(cut ?? '');
    await test.jean.restart({ losingTurns: true });
    await test.jean.startTurn(goes ?? '');
    await only(road);
    look();
    await until(() => session(cut ?? '')?.status === 'crashed' && session(goes ?? '')?.status === 'vibing', 'Both', 12_000);
  });
});
