import { beforeEach, describe, expect, it } from 'vitest';
import type { Bucket } from '../../shared/model.ts';
import type { JeanEvent } from '../jean/events.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import { Board } from './board.ts';
import type { Happening } from './happening.ts';
import { event, inWorktree, session, snapshot, worktree } from './test-rows.ts';

let now = 0;
let board: Board;
let happened: Happening[];

beforeEach(() => {
  now = 2_000_000;
  board = new Board({ now: () => now });
  happened = [];
});

/** Jean was read, beginning `agoMs` ago. */
function read(over: Partial<JeanSnapshot> = {}, agoMs = 10): void {
  happened.push(...board.apply(snapshot({ startedAt: now - agoMs, ...over })).happenings);
}

function on(of: JeanEvent): void {
  now += 1;
  happened.push(...board.apply(event(of, now)).happenings);
}

function later(ms: number): void {
  now += ms;
}

const sent = (sessionId = 's'): void => on({ type: 'chat:sending', sessionId });
const done = (sessionId = 's'): void => on({ type: 'chat:done', sessionId });
const invalidated = (): void => on({ type: 'cache:invalidate', keys: ['sessions'] });
const status = (id = 's'): string | undefined => board.state().sessions[id]?.status;
const buckets = (): Bucket[] => happened.flatMap((it) => (it.type === 'session-changed' ? [it.to] : []));
const kinds = (): string[] => happened.map(({ type }) => type);
const withSession = (fields: object = {}): Partial<JeanSnapshot> => ({
  worktrees: [worktree('w')],
  sessions: [inWorktree('w', session('s', fields))],
});
const finishedRun = { last_run_status: 'completed', last_run_started_at: 1_500, last_run_execution_mode: 'build' };

describe('a turn', () => {
  beforeEach(() => read(withSession(finishedRun)));

  it('runs from the moment it is announced, though Jean has not written it yet', () => {
    sent();
    expect(status()).toBe('vibing');
    later(200);
    read(withSession(finishedRun));
    expect(status()).toBe('vibing');
  });

  it('is not over with chat:done, but when the state says so', () => {
    sent();
    later(60_000);
    read({ ...withSession({ ...finishedRun, last_run_status: 'running', last_run_started_at: 2_000 }), running: new Set(['s']) });
    done();
    expect(status()).toBe('vibing');
    // Read too early: the run is no longer held, and its flags are not written.
    later(50);
    read(withSession({ ...finishedRun, last_run_started_at: 2_000 }));
    expect(status()).toBe('vibing');
    later(250);
    read(withSession({ ...finishedRun, last_run_started_at: 2_000, waiting_for_input: true, waiting_for_input_type: 'plan' }));
    expect(status()).toBe('plan_approval');
    expect(buckets()).toEqual(['finished', 'running', 'needs-you']);
  });

  it('is over as soon as Jean says that its sessions changed', () => {
    sent();
    done();
    invalidated();
    later(20);
    read(withSession({ ...finishedRun, last_run_started_at: 2_000 }));
    expect(status()).toBe('completed');
  });

  it('is over when a later reading says so, though its end was lost', () => {
    sent();
    later(6_000);
    read(withSession(finishedRun));
    expect(status()).toBe('completed');
  });

  it('is not ended by what was read before it began', () => {
    const early = now;
    sent();
    now = early + 3_000;
    read(withSession(finishedRun), 3_000);
    expect(status()).toBe('vibing');
  });

  it('that follows another at once has its own time', () => {
    sent();
    const first = board.state().sessions.s?.since;
    later(5_000);
    done();
    sent();
    expect(first).toBe(2_000_001);
    expect(board.state().sessions.s?.since).toBe(2_005_003);
    expect(buckets()).toEqual(['finished', 'running']);
  });

  it('runs in the mode that its run has, and until that is written in the one that was chosen', () => {
    read(withSession({ ...finishedRun, selected_execution_mode: 'plan' }));
    sent();
    expect(status()).toBe('planning');
    later(400);
    read({
      ...withSession({
        selected_execution_mode: 'plan',
        last_run_status: 'running',
        last_run_started_at: 2_000,
        last_run_execution_mode: 'yolo',
      }),
      running: new Set(['s']),
    });
    expect(status()).toBe('yoloing');
  });
});

describe('an error', () => {
  beforeEach(() => {
    read(withSession(finishedRun));
    sent();
    on({ type: 'chat:error', sessionId: 's', error: 'context limit\u0007 reached' });
  });

  it('shows at once, with its words', () => {
    expect(board.state().sessions.s).toMatchObject({ status: 'crashed', error: 'context limit reached' });
  });

  it.each(['cancelled', 'completed', 'crashed', 'running'])('stays, though Jean stores the run as %s', (stored) => {
    done();
    for (const wait of [300, 2_000, 60_000]) {
      later(wait);
      read(withSession({ ...finishedRun, last_run_status: stored, last_run_started_at: 2_000 }));
    }
    expect(status()).toBe('crashed');
    expect(buckets()).toEqual(['finished', 'running', 'failed']);
  });

  it('ends with the next turn', () => {
    sent();
    expect(board.state().sessions.s).toMatchObject({ status: 'vibing', error: null });
  });

  it('ends with the next run that is read, when the start of that turn was lost', () => {
    later(300);
    read(withSession({ ...finishedRun, last_run_started_at: 2_000 }));
    later(60_000);
    read(withSession({ ...finishedRun, last_run_started_at: 2_050 }));
    expect(status()).toBe('completed');
  });
});

describe('a request', () => {
  const denial = { tool_name: 'Bash', tool_use_id: 't1', tool_input: { command: 'npm ci' } };
  const denied = (): void =>
    on({ type: 'chat:request', sessionId: 's', list: 'permissionDenials', requests: [denial], midTurn: false });
  const codex = (): void =>
    on({
      type: 'chat:request',
      sessionId: 's',
      list: 'codexCommands',
      requests: [{ rpc_id: 7, command: 'git push' }],
      midTurn: true,
    });

  beforeEach(() => {
    read(withSession(finishedRun));
    sent();
  });

  it('that Jean never stores is kept after the turn, until the next one', () => {
    denied();
    done();
    for (const wait of [300, 2_000, 60_000]) {
      later(wait);
      read(withSession({ ...finishedRun, last_run_started_at: 2_000 }));
    }
    expect(board.state().sessions.s).toMatchObject({ status: 'permission', request: { kind: 'command', text: 'npm ci' } });
    sent();
    expect(status()).toBe('vibing');
    expect(buckets()).toEqual(['finished', 'running', 'needs-you', 'running']);
  });

  it('ends when a client of Jean that had stored it has it no more', () => {
    denied();
    done();
    later(300);
    read(withSession({ ...finishedRun, last_run_started_at: 2_000, pending_permission_denials: [denial] }));
    expect(status()).toBe('permission');
    later(300);
    read(withSession({ ...finishedRun, last_run_started_at: 2_000 }));
    expect(status()).toBe('completed');
  });

  it('in the middle of a turn ends with the turn', () => {
    codex();
    expect(board.state().sessions.s).toMatchObject({ status: 'command_approval', request: { text: 'git push' } });
    done();
    expect(status()).toBe('vibing');
  });

  it('in the middle of a turn stays while the turn is read as running', () => {
    codex();
    later(10_000);
    read({ ...withSession({ ...finishedRun, last_run_status: 'running', last_run_started_at: 2_000 }), running: new Set(['s']) });
    expect(status()).toBe('command_approval');
    later(10_000);
    read(withSession({ ...finishedRun, last_run_started_at: 2_000 }));
    expect(status()).toBe('completed');
  });

  it('ends when OpenCode says that it was answered', () => {
    on({ type: 'chat:request', sessionId: 's', list: 'opencodePermissions', requests: [{ request_id: 'r' }], midTurn: true });
    expect(status()).toBe('permission');
    on({ type: 'chat:request-resolved', sessionId: 's', list: 'opencodePermissions', key: 'r' });
    expect(status()).toBe('vibing');
  });

  it('of another kind is news, the same one is not', () => {
    codex();
    codex();
    on({ type: 'chat:request', sessionId: 's', list: 'codexPermissions', requests: [{ rpc_id: 8 }], midTurn: true });
    expect(buckets()).toEqual(['finished', 'running', 'needs-you', 'needs-you']);
  });

  it('has the question that the tool call told', () => {
    on({ type: 'chat:tool_use', sessionId: 's', tool: 'AskUserQuestion', input: { questions: [{ question: 'Which?' }] } });
    expect(status()).toBe('vibing');
    done();
    later(400);
    read(
      withSession({ ...finishedRun, last_run_started_at: 2_000, waiting_for_input: true, waiting_for_input_type: 'question' }),
    );
    expect(board.state().sessions.s).toMatchObject({ status: 'input_required', request: { kind: 'answer', text: 'Which?' } });
  });

  it('that waited before is over when the next turn is announced', () => {
    later(10_000);
    const waiting = { ...finishedRun, waiting_for_input: true, waiting_for_input_type: 'question' };
    read(withSession(waiting));
    expect(status()).toBe('input_required');
    sent();
    expect(status()).toBe('vibing');
    later(20);
    read(withSession(waiting));
    expect(status()).toBe('vibing');
  });
});

describe('a session seen for the first time', () => {
  it.each([
    ['running', { last_run_status: 'running', last_run_started_at: 1_700 }, 1_700_000],
    ['finished', { ...finishedRun, updated_at: 1_800 }, 1_800_000],
    ['idle', { updated_at: 1_200 }, 1_200_000],
    ['idle, with a clock that is ahead', { updated_at: 9_000 }, 2_000_000],
  ])('that is %s has been so since Jean says', (_what, fields, since) => {
    read(withSession(fields));
    expect(board.state().sessions.s?.since).toBe(since);
  });

  it('says whether it was there from the beginning', () => {
    read(withSession());
    read({ worktrees: [worktree('w')], sessions: ['s', 't'].map((id) => inWorktree('w', session(id))) });
    expect(happened.flatMap((it) => (it.type === 'session-changed' ? [[it.sessionId, it.from, it.first]] : []))).toEqual([
      ['s', null, true],
      ['t', null, false],
    ]);
  });

  it('is not shown when it is archived, nor when its worktree is', () => {
    read({
      worktrees: [worktree('w')],
      sessions: [inWorktree('w', session('s', { archived_at: 1_900 })), inWorktree('old', session('t'))],
      archivedWorktrees: new Set(['old']),
    });
    expect(board.state().sessions).toEqual({});
  });
});

describe('a worktree', () => {
  it('appears with its event, and is not lost to a reading that began before', () => {
    read();
    const began = now;
    on({ type: 'worktree:created', worktree: worktree('w') });
    expect(happened).toMatchObject([
      { type: 'worktree-appeared', first: false, facts: { worktree: { id: 'w' }, project: { id: 'shop' } } },
    ]);
    read({}, now - began + 5);
    expect(kinds()).toEqual(['worktree-appeared']);
    later(500);
    read();
    expect(kinds()).toEqual(['worktree-appeared', 'worktree-gone']);
  });

  it('goes with its event, and does not come back by a reading that began before', () => {
    read(withSession());
    const began = now;
    on({ type: 'worktree:archived', worktreeId: 'w', projectId: 'shop' });
    read(withSession(), now - began + 5);
    expect(board.state()).toMatchObject({ worktrees: {}, sessions: {} });
    expect(happened.at(-1)).toMatchObject({
      type: 'worktree-gone',
      worktreeId: 'w',
      why: 'archived',
      facts: { worktree: { name: 'w' } },
    });
    later(500);
    on({ type: 'worktree:unarchived', worktree: worktree('w') });
    expect(kinds().at(-1)).toBe('worktree-appeared');
  });

  it.each([
    ['archived', new Set(['w'])],
    ['deleted', new Set<string>()],
  ])('that a healthy Jean no longer lists is gone: %s', (why, archivedWorktrees) => {
    read(withSession());
    read({ archivedWorktrees });
    expect(happened.at(-1)).toMatchObject({ type: 'worktree-gone', why });
  });

  it('that could not be read is not gone', () => {
    read(withSession());
    read({ complete: false });
    expect(Object.keys(board.state().worktrees)).toEqual(['w']);
    expect(Object.keys(board.state().sessions)).toEqual(['s']);
  });

  it('is not gone because a list is suddenly empty, but when it stays empty', () => {
    read(withSession());
    read({ projects: [] });
    expect(Object.keys(board.state().worktrees)).toEqual(['w']);
    read({ projects: [] });
    expect(board.state()).toMatchObject({ projects: {}, worktrees: {}, sessions: {} });
    expect(happened.at(-1)).toMatchObject({ type: 'worktree-gone', why: 'deleted' });
  });

  it('lives on while Jean deletes it: its teardown script may still push', () => {
    read(withSession());
    on({ type: 'worktree:deleting', worktreeId: 'w', projectId: 'shop' });
    later(60_000);
    read();
    expect(kinds()).not.toContain('worktree-gone');
    on({ type: 'worktree:deleted', worktreeId: 'w', projectId: 'shop' });
    expect(happened.at(-1)).toMatchObject({ type: 'worktree-gone', why: 'deleted' });
  });

  it('that is being deleted is gone when events were lost, or when it takes too long', () => {
    read({ worktrees: [worktree('w'), worktree('v')] });
    on({ type: 'worktree:deleting', worktreeId: 'w', projectId: 'shop' });
    read({ worktrees: [worktree('v')], unbroken: false });
    expect(Object.keys(board.state().worktrees)).toEqual(['v']);
    on({ type: 'worktree:deleting', worktreeId: 'v', projectId: 'shop' });
    later(17 * 60_000);
    read();
    expect(board.state().worktrees).toEqual({});
  });

  it('stays when its deletion failed', () => {
    read(withSession());
    on({ type: 'worktree:deleting', worktreeId: 'w', projectId: 'shop' });
    read();
    on({ type: 'worktree:delete_error', worktreeId: 'w', projectId: 'shop' });
    read(withSession());
    expect(kinds().filter((kind) => kind.startsWith('worktree'))).toEqual(['worktree-appeared']);
  });

  it('tells of a new name and branch, and says whether it is the project itself', () => {
    read({ worktrees: [worktree('w', { session_type: 'base' })] });
    on({ type: 'branch-renamed', worktreeId: 'w', branch: 'fix/checkout' });
    expect(happened.at(-1)).toMatchObject({
      type: 'worktree-changed',
      facts: { worktree: { branch: 'fix/checkout', base: true } },
    });
  });

  it('tells which repository it belongs to once that is known', () => {
    read({ worktrees: [worktree('w')] });
    const { changes, happenings } = board.setRepository('shop', 'acme/shop');
    expect(changes).toMatchObject([{ collection: 'projects', id: 'shop', value: { repository: 'acme/shop' } }]);
    expect(happenings).toMatchObject([{ type: 'worktree-changed', facts: { project: { repository: 'acme/shop' } } }]);
    expect(board.setRepository('shop', 'acme/shop')).toEqual({ changes: [], happenings: [] });
  });
});

describe('a pull request', () => {
  const merged = { number: 5, url: 'https://github.test/acme/shop/pull/5', state: 'merged' as const };
  const polled = (state: 'open' | 'review' | 'merged'): void =>
    on({ type: 'pr:status-update', worktreeId: 'w', pull: { ...merged, state } });
  const pull = (): string | undefined => board.state().worktrees.w?.pull?.state;

  beforeEach(() => read({ worktrees: [worktree('w')] }));

  it('that is merged stays merged, though Jean has stored an older state', () => {
    polled('merged');
    expect(happened.at(-1)).toMatchObject({ type: 'pull-changed', worktreeId: 'w', state: 'merged' });
    read({ worktrees: [worktree('w', { pr_number: 5 })] });
    read({ worktrees: [worktree('w', { pr_number: 5, cached_pr_status: 'open' })] });
    expect(pull()).toBe('merged');
    expect(kinds().filter((kind) => kind === 'pull-changed')).toHaveLength(1);
  });

  it('follows what Jean stores when that moves, and goes when Jean has none', () => {
    polled('open');
    read({ worktrees: [worktree('w', { pr_number: 5 })] });
    polled('review');
    read({ worktrees: [worktree('w', { pr_number: 5, cached_pr_status: 'closed' })] });
    expect(pull()).toBe('closed');
    read({ worktrees: [worktree('w')] });
    expect(happened.at(-1)).toMatchObject({ type: 'pull-changed', state: null });
  });

  it('has no link but a web address', () => {
    read({ worktrees: [worktree('w', { pr_number: 5, pr_url: 'file:///etc/passwd' })] });
    expect(board.state().worktrees.w?.pull).toEqual({ number: 5, url: null, state: 'open' });
  });
});

describe('the connection', () => {
  const health = (value: 'online' | 'offline' | 'refused' | 'connecting', message = 'Why.'): void => {
    happened.push(
      ...board.apply({ type: 'health', health: value, message, url: null, version: value === 'online' ? '0.1.72' : null })
        .happenings,
    );
  };

  it('is told when it comes, when it is lost and when it is refused, each once', () => {
    for (const value of ['connecting', 'online', 'online', 'offline', 'connecting', 'offline', 'refused', 'online'] as const)
      health(value);
    expect(kinds()).toEqual(['online', 'lost', 'refused', 'online']);
  });

  it('keeps what is known while it is lost', () => {
    read(withSession(finishedRun));
    health('online');
    health('offline', 'Jean is not running.');
    expect(status()).toBe('completed');
    expect(board.state().instances.local).toMatchObject({
      health: 'offline',
      message: 'Jean is not running.',
      version: '0.1.72',
    });
  });

  it('changes no row that says the same as before', () => {
    read(withSession(finishedRun));
    expect(board.apply(snapshot({ startedAt: now, ...withSession(finishedRun) })).changes).toEqual([]);
  });

  it('can be taken off the board with all that is on it', () => {
    read(withSession());
    health('online');
    const { changes, happenings } = board.clear();
    expect(changes.map(({ collection, value }) => [collection, value])).toEqual([
      ['sessions', null],
      ['worktrees', null],
      ['projects', null],
      ['instances', null],
    ]);
    expect(happenings).toEqual([]);
  });
});
