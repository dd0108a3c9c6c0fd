import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestClient } from './test-client.ts';
import { type TestJean, testJean } from './test-jean.ts';

let test: TestJean;
let client: TestClient;
let ses: { worktreeId: string; worktreePath: string; sessionId: string };
beforeEach(async () => {
  test = await testJean();
  const worktree = await test.jean.createWorktree(test.projectId, { name: 'work' });
  const session = test.jean.sessions(worktree.id)[0];
  ses = { worktreeId: worktree.id, worktreePath: worktree.path, sessionId: session?.id ?? '' };
  client = await test.connect();
});
afterEach(async () => {
  await test.close();
});

const status = () => client.invoke('get_session_status', { sessionId: ses.sessionId });
const listed = async () => {
  const { entries } = (await client.invoke('list_all_sessions')) as { entries: { sessions: Record<string, unknown>[] }[] };
  return entries[0]?.sessions[0];
};
const metadata = () =>
  JSON.parse(readFileSync(join(test.dir, 'com.jean.desktop/sessions/data', ses.sessionId, 'metadata.json'), 'utf8'));
const story = () => client.names(/^chat:(sending|chunk|tool_use|permission_denied|done|error|cancelled)$|^cache:/);
const codex = () => test.jean.changeSession(ses.sessionId, { backend: 'codex' });

describe('A turn', () => {
  it('tells that it is done before its end is written, and invalidates after', async () => {
    await test.jean.startTurn(ses.sessionId, { message: 'Go', steps: [{ do: 'say', text: 'Hello' }, { do: 'hold' }] });
    expect(await status()).toMatchObject({ status: 'running', activelyManaged: true, latestRun: { status: 'running' } });
    expect(await client.invoke('has_running_sessions')).toBe(true);
    const finishing = test.jean.finishTurn(ses.sessionId);
    await client.saw('chat:done');
    expect(metadata().runs.at(-1).status).toBe('running');
    await finishing;
    await client.saw('cache:invalidate');
    expect(story()).toEqual(['chat:sending', 'chat:chunk', 'chat:done', 'cache:invalidate']);
    expect(await status()).toMatchObject({ status: 'idle', activelyManaged: false, latestRun: { status: 'completed' } });
    expect(metadata().runs.at(-1).status).toBe('completed');
  });

  it('answers the client that sent the message when it is over, and refuses a second one meanwhile', async () => {
    const sent = client.invoke('send_chat_message', { ...ses, message: 'Do it', executionMode: 'plan' });
    await client.saw('chat:sending');
    await expect(client.invoke('send_chat_message', { ...ses, message: 'Again' })).rejects.toThrow(
      'Session already has an active request',
    );
    expect(await sent).toMatchObject({ role: 'assistant', content: expect.stringContaining('Do it') });
    expect(await listed()).toMatchObject({ last_run_status: 'completed', last_run_execution_mode: 'plan', messages: [] });
    expect(await client.invoke('get_session', { ...ses, limit: 1 })).toMatchObject({
      messages: [{ role: 'user' }, { role: 'assistant' }],
    });
  });

  it('runs real commands in the worktree', async () => {
    await test.jean.startTurn(ses.sessionId, {
      steps: [{ do: 'shell', command: 'echo one > one.txt && git add one.txt && git commit -qm One && git log --format=%s -1' }],
    });
    await test.jean.turnEnded(ses.sessionId);
    expect(test.jean.shellResults(ses.sessionId)).toMatchObject([{ code: 0, stdout: 'One\n' }]);
  });

  it('crashes with an error that stands alone and without an invalidate', async () => {
    await test.jean.startTurn(ses.sessionId);
    await test.jean.failTurn(ses.sessionId, 'context limit reached');
    expect((await client.saw('chat:error')).payload).toMatchObject({ error: 'context limit reached' });
    expect(story()).toEqual(['chat:sending', 'chat:error']);
    expect(await status()).toMatchObject({ status: 'error', latestRun: { status: 'crashed' } });
  });

  it('may end in a Codex error stored as cancelled, or in a printed error followed by done', async () => {
    await test.jean.startTurn(ses.sessionId);
    await test.jean.failTurn(ses.sessionId, 'stream closed', 'stopped');
    expect(story()).toEqual(['chat:sending', 'chat:error']);
    expect(await status()).toMatchObject({ latestRun: { status: 'cancelled' } });
    client.events.length = 0;
    await test.jean.startTurn(ses.sessionId);
    await test.jean.failTurn(ses.sessionId, 'API Error', 'printed');
    await client.saw('cache:invalidate');
    expect(story()).toEqual(['chat:sending', 'chat:error', 'chat:done', 'cache:invalidate']);
    expect(await status()).toMatchObject({ latestRun: { status: 'completed' } });
  });

  it('is cancelled by its client; before a word was said, without an invalidate', async () => {
    await test.jean.startTurn(ses.sessionId, { steps: [{ do: 'shell', command: 'sleep 60' }] });
    await client.invoke('cancel_chat_message', { sessionId: ses.sessionId, worktreeId: ses.worktreeId });
    await test.jean.turnEnded(ses.sessionId);
    expect((await client.saw('chat:cancelled')).payload).toMatchObject({ undo_send: false, run_id: expect.any(String) });
    await client.saw('cache:invalidate');
    expect(await status()).toMatchObject({ status: 'cancelled' });
    client.events.length = 0;
    await test.jean.startTurn(ses.sessionId);
    await test.jean.cancelTurn(ses.sessionId);
    expect((await client.saw('chat:cancelled')).payload).toMatchObject({ undo_send: true });
    expect(story()).toEqual(['chat:sending', 'chat:cancelled']);
  });

  it('dies with Jean and leaves a run that looks resumable', async () => {
    await test.jean.startTurn(ses.sessionId);
    await test.jean.restart({ losingTurns: true, newToken: 'fresh' });
    client = await test.connect();
    expect(await status()).toMatchObject({ status: 'resumable', activelyManaged: false, latestRun: { status: 'running' } });
    expect(await client.invoke('has_running_sessions')).toBe(false);
  });
});

describe('A session that needs someone', () => {
  it('tells a Claude denial just before done, and the backend keeps nothing of it', async () => {
    test.jean.attachUi(false);
    await test.jean.startTurn(ses.sessionId, { end: { how: 'permission', commands: ['npm ci'] }, steps: [] });
    await client.saw('cache:invalidate');
    expect((await client.saw('chat:permission_denied')).payload).toMatchObject({
      denials: [{ tool_name: 'Bash', tool_input: { command: 'npm ci' } }],
    });
    expect(story()).toEqual(['chat:sending', 'chat:tool_use', 'chat:permission_denied', 'chat:done', 'cache:invalidate']);
    expect(await listed()).toMatchObject({
      waiting_for_input: false,
      pending_permission_denials: [],
      last_run_status: 'completed',
    });
  });

  it("has its denial stored while Jean's window is open, though the flag is lost to the backend's own write", async () => {
    await test.jean.askPermission(ses.sessionId, 'npm ci');
    expect(await listed()).toMatchObject({
      waiting_for_input: false,
      pending_permission_denials: [{ tool_input: { command: 'npm ci' } }],
    });
    await client.invoke('update_session_state', { ...ses, pendingPermissionDenials: [], waitingForInput: false });
    await client.invoke('enqueue_message', { ...ses, message: { id: 'q', message: 'I approved the command. Run it now.' } });
    await test.jean.turnEnded(ses.sessionId);
    expect(await listed()).toMatchObject({ pending_permission_denials: [], last_run_status: 'completed', queued_messages: [] });
  });

  it('waits with a plan until it is approved, and drains its queue only then', async () => {
    await test.jean.askPlan(ses.sessionId, '1. Do it');
    expect(await status()).toMatchObject({ waitingForInput: true, waitingForInputType: 'plan', status: 'idle' });
    const queue = await client.invoke('enqueue_message', { ...ses, message: { id: 'q', message: 'Plan approved.' } });
    expect(queue).toHaveLength(1);
    expect(await client.invoke('has_running_sessions')).toBe(false);
    const { messages } = (await client.invoke('get_session', ses)) as {
      messages: { id: string; tool_calls: { name: string }[] }[];
    };
    expect(messages.at(-1)?.tool_calls.at(-1)?.name).toBe('ExitPlanMode');
    await client.invoke('mark_plan_approved', { ...ses, messageId: messages.at(-1)?.id });
    expect(await status()).toMatchObject({ waitingForInput: false, waitingForInputType: null });
    await client.invoke('enqueue_message', { ...ses, message: { id: 'r', message: 'Begin.', executionMode: 'build' } });
    expect(await client.invoke('has_running_sessions')).toBe(true);
    await test.jean.turnEnded(ses.sessionId);
  });

  it('does not wait with a plan in yolo mode', async () => {
    await test.jean.startTurn(ses.sessionId, { mode: 'yolo', steps: [], end: { how: 'plan', plan: 'Just go' } });
    await test.jean.turnEnded(ses.sessionId);
    expect(await status()).toMatchObject({ waitingForInput: false });
  });

  it('asks a question as Claude: the turn is over and null cannot clear the kind of wait', async () => {
    await test.jean.askQuestion(ses.sessionId, [{ question: 'Which one?', options: [{ label: 'A' }, { label: 'B' }] }]);
    expect(await status()).toMatchObject({ waitingForInput: true, waitingForInputType: 'question' });
    await client.invoke('update_session_state', {
      ...ses,
      waitingForInput: false,
      waitingForInputType: null,
      answeredQuestions: ['t1'],
    });
    expect(await status()).toMatchObject({ waitingForInput: false, waitingForInputType: 'question' });
  });

  it('asks as Codex in the middle of its turn, and runs the command once it may', async () => {
    codex();
    await test.jean.askPermission(ses.sessionId, 'echo allowed');
    const asked = (await client.saw('chat:codex_command_approval_request')).payload.request as {
      rpc_id: number;
      command: string;
    };
    expect(asked.command).toBe('echo allowed');
    expect(await listed()).toMatchObject({
      last_run_status: 'running',
      pending_codex_command_approval_requests: [{ rpc_id: asked.rpc_id }],
    });
    await expect(
      client.invoke('respond_codex_command_approval', { ...ses, rpcId: 999, response: { decision: 'accept' } }),
    ).rejects.toThrow('No pending request');
    await client.invoke('respond_codex_command_approval', { ...ses, rpcId: asked.rpc_id, response: { decision: 'accept' } });
    await client.saw('chat:tool_result');
    expect(test.jean.shellResults(ses.sessionId)).toMatchObject([{ stdout: 'allowed\n' }]);
    await test.jean.finishTurn(ses.sessionId);
    expect(await listed()).toMatchObject({ pending_codex_command_approval_requests: [], waiting_for_input: false });
  });

  it('cancels a Codex turn when the answer is cancel', async () => {
    codex();
    await test.jean.askPermission(ses.sessionId, 'rm -rf /');
    const { request } = (await client.saw('chat:codex_command_approval_request')).payload as { request: { rpc_id: number } };
    await client.invoke('approve_codex_command', { sessionId: ses.sessionId, rpcId: request.rpc_id, decision: 'cancel' });
    await test.jean.turnEnded(ses.sessionId);
    expect(await status()).toMatchObject({ status: 'cancelled' });
    expect(story()).toContain('chat:cancelled');
  });

  it('asks as OpenCode and tells that it was answered', async () => {
    test.jean.changeSession(ses.sessionId, { backend: 'opencode' });
    await test.jean.askPermission(ses.sessionId, 'npm test');
    const { request } = (await client.saw('chat:opencode_permission_request')).payload as {
      request: { request_id: string; opencode_session_id: string; working_dir: string };
    };
    await client.invoke('respond_opencode_permission', {
      worktreePath: request.working_dir,
      requestId: request.request_id,
      reply: 'once',
      opencodeSessionId: request.opencode_session_id,
      apiVersion: 'v2',
    });
    expect((await client.saw('chat:opencode_permission_replied')).payload).toMatchObject({ reply: 'once' });
    await expect.poll(listed).toMatchObject({ pending_opencode_permission_requests: [] });
  });
});

describe('Sessions', () => {
  it('are created, renamed, archived and closed; one without messages is gone when archived', async () => {
    const created = (await client.invoke('create_session', { ...ses, name: 'Second', backend: 'codex' })) as { id: string };
    await client.invoke('rename_session', { ...ses, sessionId: created.id, newName: 'Renamed' });
    expect(await client.invoke('list_sessions_summary', ses)).toMatchObject({
      activeSessionId: created.id,
      sessions: [{ id: ses.sessionId }, { id: created.id, name: 'Renamed', backend: 'codex' }],
    });
    expect(await client.invoke('archive_session', { ...ses, sessionId: created.id })).toBe(ses.sessionId);
    await expect(client.invoke('get_session_status', { sessionId: created.id })).rejects.toThrow('Session not found');
    await client.invoke('send_chat_message', { ...ses, message: 'Hi' });
    await client.invoke('archive_session', ses);
    expect(await client.invoke('get_sessions', ses)).toMatchObject({ sessions: [] });
    expect(await client.invoke('get_sessions', { ...ses, includeArchived: true })).toMatchObject({
      sessions: [{ id: ses.sessionId }],
    });
    expect((await listed())?.archived_at).toBeTypeOf('number');
  });

  it('appear out of nothing when asked for under an id that nobody knows, as in Jean', async () => {
    expect(await client.invoke('get_sessions', { worktreeId: 'phantom', worktreePath: '/nowhere' })).toMatchObject({
      sessions: [{ name: 'Session 1' }],
    });
  });
});
