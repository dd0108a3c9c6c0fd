import { describe, expect, it } from 'vitest';

import { commandNames, ruleOf } from './commands.ts';
import { judgeFrame, judgeText } from './policy.ts';
import { cleanFrame, frame, known, why } from './policy-fixture.ts';

/** What a viewer may send, as the contract's tables call it reading (contract jean §§1, 3). */
const readable = [
  'list_projects',
  'list_worktrees',
  'list_archived_worktrees',
  'get_worktree',
  'bootstrap_project',
  'get_sessions',
  'list_sessions_summary',
  'list_all_sessions',
  'get_session_status',
  'get_session',
  'has_running_sessions',
  'load_preferences',
  'load_ui_state',
  'list_pending_wakeups',
  'get_active_terminals',
  'list_unread_sessions',
  'get_unread_session_count',
  'get_recent_worktrees',
  'search_session_messages',
  'get_server_capabilities',
  'get_server_preferences',
  'get_acp_permission_requests',
  'get_http_server_status',
  'get_server_platform',
  'get_app_data_dir',
];
const operable = [
  'send_chat_message',
  'enqueue_message',
  'cancel_chat_message',
  'mark_plan_approved',
  'update_session_state',
  'respond_claude_permission',
  'respond_codex_command_approval',
  'approve_codex_command',
  'respond_codex_file_change_approval',
  'respond_codex_permissions_request',
  'respond_codex_user_input_request',
  'respond_codex_dynamic_tool_call',
  'respond_codex_mcp_elicitation',
  'answer_opencode_question',
  'respond_opencode_permission',
  'respond_acp_permission',
  'archive_session',
  'unarchive_session',
  'archive_worktree',
  'unarchive_worktree',
];

describe('commands', () => {
  it('lets a viewer send what reads and nothing else, of all that the contract names', () => {
    expect(commandNames.filter((command) => judgeFrame('viewer', frame(command), known).allow)).toEqual(readable);
  });

  it('lets an operator send, cancel, approve, answer and archive besides', () => {
    expect(commandNames.filter((command) => judgeFrame('operator', frame(command), known).allow)).toEqual([
      ...readable,
      ...operable,
    ]);
  });

  it('lets an owner send everything but what gives out the token', () => {
    const needsMore = ['patch_preferences', 'save_preferences', 'update_server_preferences'];
    expect(
      commandNames.filter(
        (command) => !needsMore.includes(command) && !judgeFrame('owner', frame(command, { any: 1 }), known).allow,
      ),
    ).toEqual(['regenerate_http_token']);
  });

  it('gives each command a sentence', () => {
    for (const command of commandNames) expect(ruleOf(command)?.why, command).toMatch(/^[a-z].{8,}[^.]$/);
  });

  it.each(['viewer', 'operator'] as const)('refuses a %s a command that it does not know', (role) => {
    expect(why(role, 'brand_new_command', {})).toBe('brand_new_command is not known here, so it is for an owner alone.');
    expect(why(role, 'constructor', {})).toContain('not known');
    expect(why(role, 'has_own_property', {})).toContain('not known');
  });

  it.each([
    'LIST_PROJECTS',
    'List_Projects',
    'list_projects ',
    ' list_projects',
    'list_projects\u0000',
    'list\u200b_projects',
    'lіst_projects',
    'ﬁle',
    '__proto__',
    '',
    'list-projects',
    `l${'i'.repeat(200)}`,
  ])('refuses every role a name that only looks like a command: %j', (command) => {
    for (const role of ['viewer', 'operator', 'owner'] as const)
      expect(judgeFrame(role, frame(command), known).allow).toBe(false);
  });
});

describe('frames', () => {
  it('takes a frame without a type as the old clients’ invoke', () => {
    expect(cleanFrame('viewer', { id: '7', command: 'list_projects' })).toEqual({
      type: 'invoke',
      id: '7',
      command: 'list_projects',
      args: {},
    });
  });

  it.each([null, 'x', 5, true, [], [frame('list_projects')], undefined])(
    'refuses what is no object, batches too: %j',
    (given) => {
      expect(judgeFrame('owner', given, known).allow).toBe(false);
    },
  );

  it.each(['response', 'event', 'Invoke', 'INVOKE', 'invoke ', '', null, 1, ['invoke'], 'heartbeat'])(
    'refuses a type that Jean would fall back from, though a command stands in the frame: %j',
    (type) => {
      for (const role of ['viewer', 'owner'] as const) {
        expect(judgeFrame(role, { ...frame('list_projects'), type }, known).allow).toBe(false);
      }
    },
  );

  it.each([undefined, null, 1, '', 'x'.repeat(129), 'a\nb', 'é', { a: 1 }])('refuses an id that is none: %j', (id) => {
    expect(judgeFrame('owner', { ...frame('list_projects'), id }, known).allow).toBe(false);
  });

  it.each([[], 'x', 5, true, [['worktreeId', 'w1']]])('refuses arguments that are no object: %j', (args) => {
    expect(judgeFrame('owner', frame('list_projects', args), known).allow).toBe(false);
  });

  it('passes a terminal’s replay on for an owner alone, and no command with it', () => {
    const replay = { type: 'terminal_replay', terminal_id: 't1', last_seq: 0, id: '1', command: 'start_terminal', args: {} };
    expect(judgeFrame('viewer', replay, known).allow).toBe(false);
    expect(judgeFrame('operator', replay, known).allow).toBe(false);
    expect(cleanFrame('owner', replay)).toEqual({ type: 'terminal_replay', terminal_id: 't1', last_seq: 0 });
    // Jean would take the last one as a command, for its replay lacks the number.
    expect(judgeFrame('owner', { ...replay, last_seq: undefined }, known).allow).toBe(false);
  });

  it('sends the command that was judged, of two that stand in a frame', () => {
    const judged = judgeText('viewer', '{"id":"1","command":"start_terminal","command":"list_projects"}', known);
    expect(judged).toEqual({ allow: true, frame: { type: 'invoke', id: '1', command: 'list_projects', args: {} } });
    expect(judgeText('viewer', '{"id":"1","command":"list_projects","command":"start_terminal"}', known).allow).toBe(false);
  });

  it('sends nothing but type, id, command and arguments', () => {
    const judged = judgeText(
      'owner',
      '{"id":"1","command":"list_projects","extra":1,"__proto__":{"type":"x"},"Command":"y"}',
      known,
    );
    expect(judged).toEqual({ allow: true, frame: { type: 'invoke', id: '1', command: 'list_projects', args: {} } });
  });

  it('refuses what nests deep before it parses it', () => {
    const deep = (levels: number) =>
      `{"id":"1","command":"list_projects","args":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
    expect(judgeText('owner', deep(50), known).allow).toBe(true);
    expect(judgeText('owner', deep(100_000), known)).toMatchObject({ allow: false, why: 'The frame nests too deep.' });
    const brackets = JSON.stringify({ ...frame('list_projects'), args: { text: `"\\${'['.repeat(200)}` } });
    expect(judgeText('owner', brackets, known).allow).toBe(true);
  });

  it('refuses broken JSON, with what could be read of it', () => {
    expect(judgeText('owner', '{"id":"1"', known)).toEqual({
      allow: false,
      why: 'The frame is no JSON.',
      id: null,
      command: null,
    });
    expect(judgeFrame('viewer', frame('start_terminal'), known)).toMatchObject({ id: '1', command: 'start_terminal' });
  });

  it.each(['1e999', '-1e999', '12345678901234567890', '9007199254740993'])(
    'refuses a number that JavaScript would change: %s',
    (number) => {
      const text = `{"id":"1","command":"get_session","args":{"limit":${number}}}`;
      for (const role of ['viewer', 'owner'] as const) expect(judgeText(role, text, known).allow).toBe(false);
    },
  );

  it('refuses half a character and a key that is more than data', () => {
    expect(why('owner', 'list_projects', { name: '\ud800' })).toContain('cut within a character');
    expect(judgeText('owner', '{"id":"1","command":"list_projects","args":{"a":{"__proto__":1}}}', known).allow).toBe(false);
  });
});
