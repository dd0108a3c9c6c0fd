import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import type { PersonAnswer } from '../../shared/acting.ts';
import { type InstanceWatch, watchInstance } from '../jean/connection.ts';
import { watchJean } from '../jean/discover.ts';
import { SessionActs } from './act.ts';
import { Boards } from './boards.ts';

/** What the person does from here, against the sandbox's Jean. */
let test: TestJean;
let control: AbortController;
let watch: InstanceWatch;
let boards: Boards;
let acts: SessionActs;
let worktreeId: string;
/** What is done just before a command goes out. */
let before: (command: string) => void;

beforeEach(async () => {
  test = await testJean();
  control = new AbortController();
  before = () => undefined;
  boards = new Boards({ now: Date.now });
  boards.open({ id: 'local', name: 'Jean', colour: 'none', place: 'here' });
  worktreeId = (await test.jean.createWorktree(test.projectId, { name: 'checkout' })).id;
  const { signal } = control;
  watch = watchInstance(
    {
      find: watchJean([test.jean.dataDir], signal),
      now: Date.now,
      random: Math.random,
      log: () => {},
      timing: { settleAgainMs: 300 },
    },
    signal,
  );
  void (async () => {
    for await (const change of watch) boards.apply('local', change);
  })();
  acts = new SessionActs({
    boards,
    invoke: (_id, command, args) => {
      before(command);
      return watch.invoke(command, args, { timeoutMs: 3_000 });
    },
    tool: (_id, tool, args) => watch.callTool(tool, args).finally(() => watch.look()),
    learn: (id, event) => void boards.apply(id, { type: 'event', event, at: Date.now() }),
    newId: randomUUID,
    now: Date.now,
    confirmMs: 4_000,
  });
  await until(() => boards.state().instances.local?.health === 'online');
});
afterEach(async () => {
  control.abort();
  await watch.stopped;
  await test.close();
});

async function until(holds: () => boolean, ms = 8_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error('It did not come to pass.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const status = (id: string) => boards.state().sessions[id]?.status;
const asks = async (id: string, wanted: string): Promise<string> => {
  await until(() => status(id) === wanted);
  return (await acts.request(id)).fingerprint ?? '';
};
const called = (command: string): unknown[] =>
  test.jean.calls().flatMap((call) => (call.kind === 'invoke' && call.command === command ? [call.args] : []));

async function sessionOf(backend: string): Promise<string> {
  const { id } = test.jean.createSession(worktreeId, { backend });
  await until(() => status(id) === 'idle');
  return id;
}

const questions = [{ question: 'Which scope?', options: [{ label: 'Backend' }, { label: 'Frontend' }] }];
const frontend: PersonAnswer = { kind: 'answers', answers: [{ options: [1], text: '' }] };
const allow: PersonAnswer = { kind: 'allow-once' };

type Ask = (id: string) => Promise<void>;
const permission: Ask = (id) => test.jean.askPermission(id, 'echo hello');
const question: Ask = (id) => test.jean.askQuestion(id, questions);
const plan: Ask = (id) => test.jean.askPlan(id, '# Plan');
const step =
  (what: Parameters<TestJean['jean']['addStep']>[1]): Ask =>
  async (id) => {
    await test.jean.startTurn(id);
    test.jean.addStep(id, what);
  };

describe.each([
  ['with its window open', true],
  ['with its window closed', false],
])('of Jean %s', (_how, window) => {
  beforeEach(() => test.jean.attachUi(window));

  it.each<[string, string, string, Ask, PersonAnswer, string]>([
    ['claude', 'permission', 'a command after its turn', permission, allow, 'enqueue_message'],
    ['claude', 'permission', 'a command after its turn', permission, { kind: 'deny' }, 'update_session_state'],
    [
      'claude',
      'permission',
      'a command in its turn',
      step({ do: 'claude-permission', command: 'echo hi' }),
      allow,
      'respond_claude_permission',
    ],
    ['claude', 'input_required', 'a question', question, frontend, 'enqueue_message'],
    ['claude', 'plan_approval', 'a plan', plan, { kind: 'build' }, 'mark_plan_approved'],
    ['codex', 'command_approval', 'a command', permission, allow, 'respond_codex_command_approval'],
    ['codex', 'command_approval', 'a command', permission, { kind: 'deny' }, 'respond_codex_command_approval'],
    [
      'codex',
      'permission',
      'a permission',
      step({ do: 'codex-permissions', permissions: { network: true } }),
      allow,
      'respond_codex_permissions_request',
    ],
    ['codex', 'input_required', 'a question', question, frontend, 'respond_codex_user_input_request'],
    [
      'codex',
      'tool_approval',
      'a tool',
      step({ do: 'codex-tool', tool: 'lookup', arguments: {} }),
      { kind: 'deny' },
      'respond_codex_dynamic_tool_call',
    ],
    ['codex', 'plan_approval', 'a plan', plan, { kind: 'yolo' }, 'mark_plan_approved'],
    ['opencode', 'permission', 'a permission', permission, allow, 'respond_opencode_permission'],
    ['grok', 'permission', 'a permission', permission, allow, 'respond_acp_permission'],
    ['kimi', 'permission', 'a permission', permission, { kind: 'deny' }, 'respond_acp_permission'],
    ['opencode', 'input_required', 'a question', question, frontend, 'answer_opencode_question'],
    ['opencode', 'plan_approval', 'a plan', plan, { kind: 'build' }, 'mark_plan_approved'],
  ])('%s’s %s for %s is resolved', async (backend, wanted, _what, ask, answer, command) => {
    const id = await sessionOf(backend);
    await ask(id);
    const shown = await asks(id, wanted);
    await acts.answer(id, shown, answer);
    expect(called(command).length).toBeGreaterThan(0);
    await until(() => status(id) !== wanted);
    expect(test.jean.session(id)).toMatchObject({ waiting_for_input: false });
  });
});

it('an answer to what is not asked any more is refused, and reaches nobody', async () => {
  const id = await sessionOf('codex');
  await permission(id);
  const shown = await asks(id, 'command_approval');
  await acts.answer(id, shown, allow);
  await test.jean.askPermission(id, 'rm -rf build');
  await asks(id, 'command_approval');
  await expect(acts.answer(id, shown, allow)).rejects.toMatchObject({ code: 'stale' });
  expect(called('respond_codex_command_approval')).toHaveLength(1);
});

it('two answers at once are one', async () => {
  const id = await sessionOf('codex');
  await permission(id);
  const shown = await asks(id, 'command_approval');
  const both = await Promise.allSettled([acts.answer(id, shown, allow), acts.answer(id, shown, { kind: 'deny' })]);
  expect(both.map((one) => one.status)).toEqual(['fulfilled', 'rejected']);
  expect(called('respond_codex_command_approval')).toHaveLength(1);
});

it('a Jean that is lost between two steps of an answer gets the rest at the next try, once', async () => {
  const id = await sessionOf('claude');
  await plan(id);
  const shown = await asks(id, 'plan_approval');
  before = (command) => {
    if (command !== 'enqueue_message') return;
    before = () => undefined;
    test.jean.dropConnections();
  };
  await expect(acts.answer(id, shown, { kind: 'build' })).rejects.toThrow(/connection to Jean was lost/);
  await until(() => boards.state().instances.local?.health === 'online' && status(id) !== 'plan_approval');
  await acts.answer(id, shown, { kind: 'build' });
  const approved = test.jean.sessions(worktreeId).find((session) => session.id === id);
  expect(approved?.messages.filter(({ role, content }) => role === 'user' && content.startsWith('Plan approved'))).toHaveLength(
    1,
  );
});

it('what Jean refuses is said in its words, and can be tried again', async () => {
  const id = await sessionOf('codex');
  await permission(id);
  const shown = await asks(id, 'command_approval');
  test.jean.faults.next({
    match: { method: 'INVOKE', path: 'respond_codex_command_approval' },
    times: 1,
    answer: { status: 500 },
  });
  await expect(acts.answer(id, shown, allow)).rejects.toThrow();
  await acts.answer(id, shown, allow);
  expect(status(id)).not.toBe('command_approval');
});

describe('a next message', () => {
  it('starts a turn of a session at rest', async () => {
    const id = await sessionOf('claude');
    expect((await acts.message(id, 'Write the tests', randomUUID())).queued).toBe(false);
    await until(() => status(id) === 'completed');
  });

  it('waits in the queue of one that runs, and is sent once however often it is tried', async () => {
    const id = await sessionOf('claude');
    await test.jean.startTurn(id);
    await until(() => status(id) === 'vibing');
    const messageId = randomUUID();
    expect((await acts.message(id, 'And then lint', messageId)).queued).toBe(true);
    await acts.message(id, 'And then lint', messageId);
    expect(called('enqueue_message')).toHaveLength(1);
  });

  it('takes the place of an approval', async () => {
    const id = await sessionOf('claude');
    await plan(id);
    await asks(id, 'plan_approval');
    expect((await acts.message(id, 'Leave the API as it is', randomUUID())).queued).toBe(false);
    await until(() => status(id) === 'completed');
  });
});

it('a run is cancelled, a session archived, and its worktree', async () => {
  const id = await sessionOf('claude');
  await test.jean.startTurn(id);
  await until(() => status(id) === 'vibing');
  await acts.cancel(id);
  expect(status(id)).toBe('cancelled');
  await expect(acts.cancel(id)).rejects.toMatchObject({ code: 'not-offered' });
  const other = await sessionOf('codex');
  await acts.message(other, 'Go', randomUUID());
  await until(() => status(other) === 'completed');
  await acts.archive(other);
  expect(boards.asked(other)).toBeNull();
  await acts.archiveWorktree(id);
  expect(boards.worktree(worktreeId)).toBeNull();
});

it('over the MCP socket a message is sent, a run cancelled, a session archived, and its worktree', {
  timeout: 20_000,
}, async () => {
  const [id, other] = [await sessionOf('claude'), await sessionOf('codex')];
  await test.jean.webAccess(false);
  await until(() => boards.state().instances.local?.road === 'mcp');
  test.jean.answerWith(() => ({}));
  await acts.message(id, 'Go', randomUUID());
  await acts.cancel(id);
  expect(status(id)).toBe('cancelled');
  await acts.message(other, 'Go', randomUUID());
  await acts.archive(other);
  expect(boards.asked(other)).toBeNull();
  await acts.archiveWorktree(id);
  expect(boards.worktree(worktreeId)).toBeNull();
  const written = test.jean
    .calls()
    .flatMap((call) => (call.kind === 'mcp' && !/^(list|get)_/.test(call.tool) ? [call.tool] : []));
  expect(written).toEqual([
    'send_chat_message',
    'cancel_session_run',
    'send_chat_message',
    'archive_session',
    'archive_worktree',
  ]);
});

describe('a permission of an agent that speaks ACP', () => {
  it('is shown as far as Jean tells of it, and is refused once another took its place', async () => {
    const id = await sessionOf('grok');
    await test.jean.startTurn(id);
    test.jean.addStep(id, { do: 'acp-permission', title: 'git push' });
    const shown = await asks(id, 'permission');
    expect(await acts.request(id)).toMatchObject({
      request: { kind: 'parts', parts: [{ text: 'git push' }, { text: 'execute' }] },
      answers: ['allow-once', 'deny'],
    });
    // Answered elsewhere, and the next one asks the same.
    const [first] = boards.asked(id)?.pending.acpPermissions ?? [];
    test.jean.addStep(id, { do: 'acp-permission', title: 'git push' });
    const client = await test.connect();
    const requestId = Reflect.get(Object(first), 'request_id');
    await client.invoke('respond_acp_permission', { sessionId: id, requestId, optionId: 'cancel' });
    await until(() => {
      const [now] = boards.asked(id)?.pending.acpPermissions ?? [];
      return now !== undefined && Reflect.get(Object(now), 'request_id') !== requestId;
    });
    await expect(acts.answer(id, shown, allow)).rejects.toMatchObject({ code: 'stale' });
  });

  it('ends with its turn', async () => {
    const id = await sessionOf('kimi');
    await test.jean.askPermission(id, 'git push');
    await asks(id, 'permission');
    await test.jean.cancelTurn(id);
    await until(() => status(id) === 'cancelled');
    expect(boards.asked(id)?.pending.acpPermissions).toEqual([]);
  });
});
