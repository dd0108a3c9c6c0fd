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

  it('that was cancelled asks no more, though a list that was read before its request was taken out still has it', () => {
    const asking = {
      ...finishedRun,
      backend: 'codex',
      last_run_status: 'running',
      last_run_started_at: 2_000,
      waiting_for_input: true,
      pending_codex_command_approval_requests: [{ rpc_id: 7, command: 'npm run release' }],
    };
    sent();
    read({ ...withSession(asking), running: new Set(['s']) });
    expect(status()).toBe('command_approval');
    on({ type: 'chat:cancelled', sessionId: 's' });
    expect(status()).toBe('vibing');
    later(20);
    read(withSession(asking));
    expect(status()).toBe('vibing');
    later(300);
    read(withSession({ ...finishedRun, last_run_status: 'cancelled', last_run_started_at: 2_000 }));
    expect(status()).toBe('cancelled');
    expect(buckets()).toEqual(['finished', 'running', 'needs-you', 'running', 'finished']);
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
