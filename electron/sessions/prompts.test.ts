import { beforeEach, describe, expect, it } from 'vitest';
import type { SessionView } from '../../shared/model.ts';
import type { JeanEvent } from '../jean/events.ts';
import type { PendingList } from '../jean/protocol.ts';
import { Board } from './board.ts';
import { event, inWorktree, session, snapshot, worktree } from './test-rows.ts';

/** Each prompt is told once, and a new one anew: also when the session never stopped waiting between two looks. */
let now = 0;
let board: Board;
/** What the session waited for, each time that it was news. */
let told: SessionView[];

function take(change: Parameters<Board['apply']>[0]): void {
  for (const it of board.apply(change).happenings) if (it.type === 'session-changed' && it.to === 'needs-you') told.push(it.view);
}
function read(fields: object): void {
  now += 1_000;
  take(
    snapshot({
      startedAt: now - 10,
      worktrees: [worktree('w')],
      sessions: [inWorktree('w', session('s', { ...run, ...fields }))],
    }),
  );
}
function on(of: JeanEvent): void {
  now += 1_000;
  take(event(of, now));
}
const run = { last_run_status: 'running', last_run_started_at: 1_500 };
const command = (rpc_id: number, text = 'npm ci') => ({ rpc_id, command: text });
const asked = (list: PendingList, ...requests: object[]): JeanEvent => ({
  type: 'chat:request',
  sessionId: 's',
  list,
  requests,
  midTurn: true,
});

beforeEach(() => {
  now = 2_000_000;
  told = [];
  board = new Board({ now: () => now });
  read({});
});

describe('a prompt', () => {
  it('that takes the place of one that was answered elsewhere is news with a time of its own, though it asks the same', () => {
    read({ pending_codex_command_approval_requests: [command(1)] });
    read({ pending_codex_command_approval_requests: [command(2)] });
    expect(told.map(({ request }) => request?.text)).toEqual(['npm ci', 'npm ci']);
    expect(told[1]?.since).toBeGreaterThan(told[0]?.since ?? 0);
  });

  it('is told once, however often it is read, stored or sent again', () => {
    on(asked('codexCommands', command(1)));
    on(asked('codexCommands', command(1)));
    read({ pending_codex_command_approval_requests: [command(1)] });
    read({ pending_codex_command_approval_requests: [command(1)], name: 'renamed' });
    expect(told).toHaveLength(1);
  });

  it('that comes beside another is news, and so is what is left when the first was answered', () => {
    on(asked('codexCommands', command(1, 'one')));
    on(asked('codexCommands', command(2, 'two')));
    on({ type: 'chat:request-resolved', sessionId: 's', list: 'codexCommands', key: '1' });
    expect(told.map(({ request }) => request?.text)).toEqual(['one', 'one', 'two']);
  });

  it('of several at once is no news when another of them is answered', () => {
    read({ pending_codex_command_approval_requests: [command(1), command(2)] });
    read({ pending_codex_command_approval_requests: [command(1)] });
    expect(told).toHaveLength(1);
  });

  it('at the end of a next turn, which nobody saw, is news; the same one is not', () => {
    const question = { last_run_status: 'completed', waiting_for_input: true, waiting_for_input_type: 'question' };
    read(question);
    read(question);
    read({ ...question, last_run_started_at: 1_900 });
    expect(told.map(({ status }) => status)).toEqual(['input_required', 'input_required']);
  });

  it('that was answered, and is asked once more, is news', () => {
    read({ pending_codex_command_approval_requests: [command(1)] });
    read({});
    read({ pending_codex_command_approval_requests: [command(1)] });
    expect(told).toHaveLength(2);
  });
});
