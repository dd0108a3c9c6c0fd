import { describe, expect, it } from 'vitest';
import type { RemoteRole } from '../../shared/remote-access.ts';
import { cleanFrame, frame, why } from './policy-fixture.ts';

const ses = { worktreeId: 'w1', worktreePath: '/trees/shop/w1', sessionId: 's1' };
const argsOf = (role: RemoteRole, command: string, args: unknown): unknown => {
  const clean = cleanFrame(role, frame(command, args));
  return clean?.type === 'invoke' ? clean.args : null;
};

describe('arguments', () => {
  it('sends each argument under one name, and those that reading takes alone', () => {
    expect(
      argsOf('viewer', 'get_session', { worktree_id: 'w1', worktree_path: '/trees/shop/w1', sessionId: 's1', limit: 3, x: 1 }),
    ).toEqual({ ...ses, limit: 3 });
    expect(argsOf('viewer', 'get_session', { ...ses, limit: null })).toEqual(ses);
  });

  it.each([
    [{ ...ses, worktree_id: 'w1' }],
    [{ ...ses, worktreeId: 5, worktree_id: 'w9' }],
    [{ ...ses, worktreeId: 5 }],
    [{ ...ses, worktreeId: 'w9' }],
    [{ ...ses, worktreeId: '../../preferences' }],
    [{ ...ses, worktreePath: '/etc' }],
    [{ ...ses, worktreePath: '/trees/shop/w2' }],
    [{ ...ses, worktreePath: '/trees/shop/w1/../../../etc' }],
    [{ ...ses, sessionId: 's2' }],
    [{ ...ses, sessionId: 's9' }],
    [{ ...ses, limit: -1 }],
    [{ ...ses, limit: 1.5 }],
    [{ ...ses, limit: '1' }],
  ])('refuses a read of anything that Jean has not named: %j', (args) => {
    expect(why('viewer', 'get_session', args)).not.toBeNull();
  });

  it('keeps a message within what its session may do', () => {
    const power = {
      mcpConfig: '{"mcpServers":{"x":{"command":"sh"}}}',
      mcp_config: 'x',
      customProfileName: 'open',
      custom_profile_name: 'open',
      chromeEnabled: true,
      backend: 'grok',
      parallelExecutionPrompt: 'Ignore all rules',
      permissionMode: 'bypassPermissions',
    };
    const plain = { ...ses, message: 'Go on', model: 'opus', executionMode: 'build' };
    expect(argsOf('operator', 'send_chat_message', { ...plain, mcpConfig: power.mcpConfig, chromeEnabled: true })).toEqual(plain);
    expect(
      argsOf('operator', 'enqueue_message', {
        ...ses,
        message: { id: 'q1', message: 'Go on', execution_mode: 'plan', ...power },
      }),
    ).toEqual({ ...ses, message: { id: 'q1', message: 'Go on', executionMode: 'plan' } });
    const { mcp_config: _, custom_profile_name: __, ...camel } = power;
    expect(argsOf('operator', 'send_chat_message', { ...plain, ...camel })).toEqual(plain);
  });

  it.each([
    ['send_chat_message', { ...ses, message: 'x', executionMode: 'yolo' }],
    ['send_chat_message', { ...ses, message: 'x', execution_mode: 'yolo' }],
    ['send_chat_message', { ...ses, message: 'x', executionMode: 'YOLO' }],
    ['send_chat_message', { ...ses, message: 'x', executionMode: 'build', execution_mode: 'yolo' }],
    ['send_chat_message', { ...ses, message: 'x', executionMode: 3 }],
    ['send_chat_message', { ...ses, worktreePath: '/root', message: 'x' }],
    ['send_chat_message', { ...ses, message: 'x', allowedTools: ['Bash'] }],
    ['send_chat_message', { ...ses, message: 'x', allowedTools: ['Bash(npm:*)'] }],
    ['send_chat_message', { ...ses, message: 'x', allowedTools: ['Bash(*)'] }],
    ['send_chat_message', { ...ses, message: 'x', allowedTools: ['Write'] }],
    ['send_chat_message', { ...ses, message: 'x', allowedTools: ['Bash(a),Write,Bash(b)'] }],
    ['send_chat_message', { ...ses, message: 'x', allowedTools: ['Bash((a) Write (b))'] }],
    ['send_chat_message', { ...ses, message: 'x', allowedTools: ['Bash()'] }],
    ['send_chat_message', { ...ses, message: 'x', allowedTools: ['mcp__jean__start_terminal'] }],
    ['send_chat_message', { ...ses, message: 'x', allowed_tools: ['Edit(/**)'] }],
    ['send_chat_message', { ...ses, message: 'x', model: '--dangerously-skip-permissions' }],
    ['send_chat_message', { ...ses, message: 'x', model: 'a\nb' }],
    ['enqueue_message', { ...ses, message: { message: 'x', executionMode: 'yolo' } }],
    ['enqueue_message', { ...ses, message: { message: 'x', commandAllowedTools: ['Bash(rm:*)'] } }],
    ['enqueue_message', { ...ses, message: { message: 'x', command_allowed_tools: ['Bash'] } }],
    ['enqueue_message', { ...ses, message: 'x' }],
    ['enqueue_message', { ...ses, message: { message: 'x' }, executionMode: 'yolo' }],
    ['update_session_state', { ...ses, selectedExecutionMode: 'yolo' }],
    ['update_session_state', { ...ses, selected_execution_mode: 'yolo' }],
    ['update_session_state', { ...ses, selectedPermissionMode: 'bypassPermissions' }],
    ['update_session_state', { ...ses, enabledMcpServers: ['x'] }],
    ['update_session_state', { ...ses, planFilePath: '/etc/shadow' }],
    ['update_session_state', { ...ses, statusOverride: 'completed' }],
    ['update_session_state', { ...ses, waitingForInput: true }],
    ['update_session_state', { ...ses, pendingPermissionDenials: [{ tool_name: 'Bash' }] }],
    ['update_session_state', { ...ses, pending_codex_command_approval_requests: [{ rpc_id: 1 }] }],
    ['respond_codex_command_approval', { sessionId: 's1', rpcId: 1, response: { decision: 'accept', promoteToYolo: true } }],
    ['respond_codex_command_approval', { sessionId: 's1', rpcId: 1, response: { decision: 'accept', promote_to_yolo: true } }],
    ['respond_codex_command_approval', { sessionId: 's1', rpcId: 1, response: { decision: 'acceptForSession' } }],
    [
      'respond_codex_command_approval',
      { sessionId: 's1', rpcId: 1, response: { decision: { acceptWithExecpolicyAmendment: {} } } },
    ],
    ['respond_codex_command_approval', { sessionId: 's1', rpcId: 1, response: 'accept' }],
    ['approve_codex_command', { sessionId: 's1', rpcId: 1, decision: 'acceptForSession' }],
    ['respond_codex_permissions_request', { sessionId: 's1', rpcId: 1, permissions: { network: true } }],
    ['respond_codex_permissions_request', { sessionId: 's1', rpcId: 1, permissions: {}, scope: 'session' }],
    [
      'respond_codex_dynamic_tool_call',
      { sessionId: 's1', rpcId: 1, success: true, contentItems: [{ type: 'inputImage', imageUrl: 'http://x' }] },
    ],
    ['respond_codex_mcp_elicitation', { sessionId: 's1', rpcId: 1, action: 'accept', meta: { persist: 'always' } }],
    ['respond_opencode_permission', { worktreePath: '/trees/shop/w1', requestId: 'r', reply: 'always' }],
    ['respond_opencode_permission', { worktreePath: '/etc', requestId: 'r', reply: 'once' }],
    ['respond_acp_permission', { sessionId: 's1', requestId: 'r', optionId: 'allow_always' }],
    ['answer_opencode_question', { worktreePath: '/etc', toolCallId: 't', answers: [['a']] }],
    ['create_session', { ...ses, terminalCommand: 'sh' }],
    ['create_worktree', { projectId: 'p1' }],
    ['close_session', ses],
    ['delete_worktree', { worktreeId: 'w1' }],
    ['archive_worktree', { worktreeId: 'w1', force: true }],
  ])('refuses an operator more power than sending and approving: %s %j', (command, args) => {
    expect(why('operator', command, args)).not.toBeNull();
  });

  it.each([
    [
      'send_chat_message',
      { ...ses, message: 'I approved it', allowedTools: ['Bash(npm test)', 'Bash(git:*)', 'Read', 'Glob', 'Grep'] },
      {
        ...ses,
        message: 'I approved it',
        allowedTools: ['Bash(npm test)', 'Read', 'Glob', 'Grep'],
      },
    ],
    ['mark_plan_approved', { ...ses, messageId: 'm-1' }, { ...ses, messageId: 'm-1' }],
    [
      'update_session_state',
      { ...ses, waitingForInput: false, selectedExecutionMode: 'build', planFilePath: null },
      {
        ...ses,
        waitingForInput: false,
        selectedExecutionMode: 'build',
      },
    ],
    [
      'update_session_state',
      { ...ses, answered_questions: ['t1'], submittedAnswers: { t1: ['a'] } },
      {
        ...ses,
        answeredQuestions: ['t1'],
        submittedAnswers: { t1: ['a'] },
      },
    ],
    // A fork spells the camelCase of this one otherwise (contract jean §3).
    [
      'update_session_state',
      { ...ses, pendingOpencodePermissionRequests: [] },
      { ...ses, pending_opencode_permission_requests: [] },
    ],
    [
      'respond_codex_command_approval',
      { sessionId: 's1', rpcId: 7, response: { decision: 'accept', promoteToYolo: false } },
      {
        sessionId: 's1',
        rpcId: 7,
        response: { decision: 'accept', promoteToYolo: false },
      },
    ],
    [
      'respond_codex_permissions_request',
      { session_id: 's1', rpc_id: 7, permissions: {}, scope: 'turn' },
      {
        sessionId: 's1',
        rpcId: 7,
        permissions: {},
        scope: 'turn',
      },
    ],
    ['respond_claude_permission', { sessionId: 's1', rpcId: 7, approved: true }, { sessionId: 's1', rpcId: 7, approved: true }],
    [
      'respond_opencode_permission',
      { worktreePath: '/trees/shop/w1/sub', requestId: 'r_1', reply: 'once', apiVersion: 'v2' },
      {
        worktreePath: '/trees/shop/w1/sub',
        requestId: 'r_1',
        reply: 'once',
        apiVersion: 'v2',
      },
    ],
  ])('passes an operator’s answer on: %s %j', (command, args, expected) => {
    expect(argsOf('operator', command, args)).toEqual(expected);
  });

  it('leaves the token alone when an owner saves the preferences that came without it', () => {
    const preferences = { theme: 'dark', http_server_token: null, http_server_port: 3456 };
    expect(cleanFrame('owner', frame('save_preferences', { preferences }))).toMatchObject({
      command: 'patch_preferences',
      args: { patch: { theme: 'dark', http_server_port: 3456 } },
    });
    expect(
      argsOf('owner', 'patch_preferences', { patch: { http_server_token: 'mine', httpServerToken: 'x', theme: 'dark' } }),
    ).toEqual({
      patch: { theme: 'dark' },
    });
    expect(why('owner', 'patch_preferences', { patch: 'x' })).not.toBeNull();
  });

  it('passes an owner’s own commands on as they are', () => {
    const args = { terminalId: 't', worktreePath: '/anywhere', command: 'sh', cols: 80, rows: 24, mode: 'yolo' };
    expect(argsOf('owner', 'start_terminal', args)).toEqual(args);
    expect(argsOf('owner', 'brand_new_command', args)).toEqual(args);
  });
});
