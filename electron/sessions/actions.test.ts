import { describe, expect, it } from 'vitest';
import type { PersonAnswer } from '../../shared/acting.ts';
import type { SessionStatus } from '../../shared/model.ts';
import type { SessionReading } from '../jean/session-reading.ts';
import { answersTo, messageSteps, type Place, stepsFor } from './actions.ts';
import { askingOf } from './asking.ts';
import type { Pending } from './session-view.ts';
import { nothingPending, sessionShown } from './test-rows.ts';

const at = { worktreeId: 'w', worktreePath: '/jean/shop/w', sessionId: 's' };
const questions = [
  { id: 'scope', question: 'Which scope?', options: [{ label: 'Backend' }, { label: 'Frontend' }] },
  { question: 'Which tests?', options: [{ label: 'Unit' }, { label: 'End to end' }], multiSelect: true },
];
const answer = (call: { id: string; name: string; input: unknown } | null, content = ''): SessionReading => ({
  messages: [
    { id: 'u1', role: 'user', content: 'Go', toolCalls: [] },
    { id: 'a1', role: 'assistant', content, toolCalls: call === null ? [] : [call] },
  ],
  queued: [],
  terminal: false,
  answered: ['older'],
});

/** A session of each backend with each kind of request, as Jean gives it. */
interface Asked {
  readonly backend: string;
  readonly status: SessionStatus;
  readonly pending?: Partial<Pending>;
  readonly reading?: SessionReading;
}
const denial = (command: string) => ({ tool_name: 'Bash', tool_use_id: `t-${command}`, tool_input: { command } });
const asked = {
  claudeDenial: { backend: 'claude', status: 'permission', pending: { permissionDenials: [denial('npm ci')] } },
  claudeDenials: {
    backend: 'claude',
    status: 'permission',
    pending: {
      permissionDenials: [denial('npm ci'), { tool_name: 'WebFetch', tool_use_id: 'f', tool_input: { url: 'https://a.b' } }],
    },
  },
  claudeLive: {
    backend: 'claude',
    status: 'permission',
    pending: { permissionDenials: [{ ...denial('npm ci'), rpc_id: 'r1' }] },
  },
  claudeQuestion: {
    backend: 'claude',
    status: 'input_required',
    reading: answer({ id: 'q1', name: 'AskUserQuestion', input: { questions: JSON.stringify(questions) } }),
  },
  claudePlan: {
    backend: 'claude',
    status: 'plan_approval',
    reading: answer({ id: 'p1', name: 'ExitPlanMode', input: { plan: '# Plan' } }),
  },
  codexCommand: {
    backend: 'codex',
    status: 'command_approval',
    pending: {
      codexCommands: [
        { rpc_id: 7, command: 'npm ci', cwd: '/w' },
        { rpc_id: 8, command: 'npm test' },
      ],
    },
  },
  codexPermissions: {
    backend: 'codex',
    status: 'permission',
    pending: { codexPermissions: [{ rpc_id: 7, permissions: { network: true } }] },
  },
  codexQuestion: {
    backend: 'codex',
    status: 'input_required',
    pending: { codexQuestions: [{ rpc_id: 7, item_id: 'i1', questions }] },
  },
  codexTool: {
    backend: 'codex',
    status: 'tool_approval',
    pending: { codexTools: [{ rpc_id: 7, tool: 'lookup', arguments: { id: 1 } }] },
  },
  codexForm: { backend: 'codex', status: 'mcp_input', pending: { codexElicitations: [{ message: 'Which account?' }] } },
  codexPlan: {
    backend: 'codex',
    status: 'plan_approval',
    reading: answer({ id: 'p1', name: 'CodexPlan', input: { plan: '# Plan' } }),
  },
  opencodePermission: {
    backend: 'opencode',
    status: 'permission',
    pending: {
      opencodePermissions: [
        {
          request_id: 'per_1',
          opencode_session_id: 'ses_1',
          permission: 'bash',
          patterns: ['npm ci'],
          working_dir: '/elsewhere',
          api_version: 'v2',
        },
      ],
    },
  },
  opencodeQuestion: {
    backend: 'opencode',
    status: 'input_required',
    pending: { opencodeQuestions: [{ tool_use_id: 'q1', questions }] },
  },
  opencodePlan: { backend: 'opencode', status: 'plan_approval', reading: answer(null, '# Plan') },
  kimiQuestion: { backend: 'kimi', status: 'input_required', reading: answer(null, 'Which one do you mean?') },
} as const satisfies Record<string, Asked>;
type Case = keyof typeof asked;

const asking = (name: Case) => {
  const { backend, status, pending, reading }: Asked = asked[name];
  return askingOf(
    { view: sessionShown('s', { backend, status }), pending: { ...nothingPending, ...pending } },
    reading ?? answer(null),
  );
};
const place = (name: Case): Place => {
  const { backend, pending }: Asked = asked[name];
  return { ...at, backend, pending: { ...nothingPending, ...pending }, answered: ['older'], messageId: 'm1' };
};
const steps = (name: Case, with_: PersonAnswer) => stepsFor(asking(name), with_, place(name));
const both: PersonAnswer = {
  kind: 'answers',
  answers: [
    { options: [1], text: '' },
    { options: [0, 1], text: 'and lint' },
  ],
};
const update = (state: object) => ({ command: 'update_session_state', args: { ...at, ...state } });
const enqueue = (message: string, how: object = {}) => ({
  command: 'enqueue_message',
  args: { ...at, message: { id: 'm1', message, model: null, ...how } },
});
const submitted = (id: string) => ({
  answeredQuestions: ['older', id],
  submittedAnswers: {
    [id]: [
      { questionIndex: 0, selectedOptions: [1] },
      { questionIndex: 1, selectedOptions: [0, 1], customText: 'and lint' },
    ],
  },
});
const decide = (decision: string) => ({
  command: 'respond_codex_command_approval',
  args: { sessionId: 's', rpcId: 7, response: { decision } },
  instead: { command: 'approve_codex_command', args: { sessionId: 's', rpcId: 7, decision } },
});
const opencodeReply = (reply: string) => ({
  command: 'respond_opencode_permission',
  args: { sessionId: 's', worktreePath: '/elsewhere', requestId: 'per_1', reply, opencodeSessionId: 'ses_1', apiVersion: 'v2' },
});
const codexPermissions = (permissions: object, scope: string) => ({
  command: 'respond_codex_permissions_request',
  args: { sessionId: 's', rpcId: 7, permissions, scope },
});
const othersLeft = update({ pendingCodexCommandApprovalRequests: [{ rpc_id: 8, command: 'npm test' }] });
const prose =
  'For "Which scope?", I selected:\n- Frontend\n\nFor "Which tests?", I selected:\n- Unit\n- End to end\n\nAdditionally: and lint';
const ownTools = ['Bash(git:*)', 'Read', 'Glob', 'Grep'];

describe('what can be answered from outside of Jean', () => {
  it.each<[Case, readonly string[]]>([
    ['claudeDenial', ['allow-once', 'deny']],
    ['claudeDenials', ['allow-once', 'deny']],
    ['claudeLive', ['allow-once', 'deny']],
    ['claudeQuestion', ['answers']],
    ['claudePlan', ['build', 'yolo']],
    ['codexCommand', ['allow-once', 'allow-session', 'deny']],
    ['codexPermissions', ['allow-once', 'allow-session', 'deny']],
    ['codexQuestion', ['answers']],
    ['codexTool', ['deny']],
    ['codexForm', []],
    ['codexPlan', ['build', 'yolo']],
    ['opencodePermission', ['allow-once', 'allow-session', 'deny']],
    ['opencodeQuestion', ['answers']],
    ['opencodePlan', ['build', 'yolo']],
    ['kimiQuestion', ['answers']],
  ])('%s: %j', (name, answers) => {
    expect(answersTo(asking(name))).toEqual(answers);
  });

  it('is what Codex says that it takes', () => {
    const command = { ...asking('codexCommand'), decisions: ['accept', 'cancel'] } as const;
    expect(answersTo(command as never)).toEqual(['allow-once', 'deny']);
    expect(stepsFor(command as never, { kind: 'deny' }, place('codexCommand'))?.[0]).toEqual(decide('cancel'));
    expect(answersTo({ ...command, command: null } as never)).toEqual(['deny']);
  });
});

describe('the commands that carry an answer', () => {
  it.each<[Case, PersonAnswer, readonly object[]]>([
    [
      'claudeDenial',
      { kind: 'allow-once' },
      [
        update({ pendingPermissionDenials: [], waitingForInput: false }),
        enqueue('I approved the command. Run it now: `npm ci`', { commandAllowedTools: ['Bash(npm ci)', ...ownTools] }),
      ],
    ],
    [
      'claudeDenials',
      { kind: 'allow-once' },
      [
        update({ pendingPermissionDenials: [], waitingForInput: false }),
        enqueue('I approved: Bash(npm ci), WebFetch. Execute them now.', {
          commandAllowedTools: ['Bash(npm ci)', 'WebFetch', ...ownTools],
        }),
      ],
    ],
    ['claudeDenial', { kind: 'deny' }, [update({ pendingPermissionDenials: [], waitingForInput: false })]],
    ...(['allow-once', 'deny'] as const).map((kind): [Case, PersonAnswer, readonly object[]] => [
      'claudeLive',
      { kind },
      [
        { command: 'respond_claude_permission', args: { sessionId: 's', rpcId: 'r1', approved: kind === 'allow-once' } },
        update({ pendingPermissionDenials: [], waitingForInput: false }),
      ],
    ]),
    ['claudeQuestion', both, [update({ ...submitted('q1'), waitingForInput: false }), enqueue(prose)]],
    [
      'claudePlan',
      { kind: 'build' },
      [
        { command: 'mark_plan_approved', args: { ...at, messageId: 'a1' } },
        update({ waitingForInput: false, selectedExecutionMode: 'build' }),
        enqueue('Plan approved. Begin implementing the changes now. Do not re-explain the plan — start writing code.', {
          executionMode: 'build',
        }),
      ],
    ],
    ['codexCommand', { kind: 'allow-once' }, [decide('accept'), othersLeft]],
    ['codexCommand', { kind: 'allow-session' }, [decide('acceptForSession'), othersLeft]],
    ['codexCommand', { kind: 'deny' }, [decide('decline'), othersLeft]],
    [
      'codexPermissions',
      { kind: 'allow-session' },
      [codexPermissions({ network: true }, 'session'), update({ pendingCodexPermissionRequests: [], waitingForInput: false })],
    ],
    [
      'codexPermissions',
      { kind: 'deny' },
      [codexPermissions({}, 'turn'), update({ pendingCodexPermissionRequests: [], waitingForInput: false })],
    ],
    [
      'codexQuestion',
      both,
      [
        {
          command: 'respond_codex_user_input_request',
          args: {
            sessionId: 's',
            rpcId: 7,
            answers: { scope: { answers: ['Frontend'] }, '1': { answers: ['Unit', 'End to end', 'and lint'] } },
          },
        },
        update({ ...submitted('i1'), pendingCodexUserInputRequests: [], waitingForInput: false }),
      ],
    ],
    [
      'codexTool',
      { kind: 'deny' },
      [
        {
          command: 'respond_codex_dynamic_tool_call',
          args: {
            sessionId: 's',
            rpcId: 7,
            success: false,
            contentItems: [{ type: 'inputText', text: 'The person declined this tool call.' }],
          },
        },
        update({ pendingCodexDynamicToolCallRequests: [], waitingForInput: false }),
      ],
    ],
    [
      'codexPlan',
      { kind: 'yolo' },
      [
        { command: 'mark_plan_approved', args: { ...at, messageId: 'a1' } },
        update({ waitingForInput: false, selectedExecutionMode: 'yolo' }),
        enqueue('Execute the plan you created. Implement all changes described.', { executionMode: 'yolo' }),
      ],
    ],
    ...(
      [
        ['allow-once', 'once'],
        ['allow-session', 'always'],
        ['deny', 'reject'],
      ] as const
    ).map(([kind, reply]): [Case, PersonAnswer, readonly object[]] => [
      'opencodePermission',
      { kind },
      [opencodeReply(reply), update({ pending_opencode_permission_requests: [], waitingForInput: false })],
    ]),
    [
      'opencodeQuestion',
      both,
      [
        {
          command: 'answer_opencode_question',
          args: { worktreePath: at.worktreePath, toolCallId: 'q1', answers: [['Frontend'], ['Unit', 'End to end', 'and lint']] },
        },
        update({ ...submitted('q1'), waitingForInput: false }),
      ],
    ],
    [
      'kimiQuestion',
      { kind: 'answers', answers: [{ options: [], text: 'The first one' }] },
      [update({ waitingForInput: false }), enqueue('The first one')],
    ],
  ])('%s, %j', (name, with_, expected) => {
    expect(steps(name, with_)).toEqual(expected);
  });

  it.each<[Case, PersonAnswer]>([
    ['claudeDenial', { kind: 'allow-session' }],
    ['claudePlan', { kind: 'allow-once' }],
    ['codexTool', { kind: 'allow-once' }],
    ['codexForm', { kind: 'deny' }],
    ['codexQuestion', { kind: 'answers', answers: [] }],
    [
      'codexQuestion',
      {
        ...both,
        answers: [
          { options: [0, 1], text: '' },
          { options: [0], text: '' },
        ],
      },
    ],
    [
      'codexQuestion',
      {
        ...both,
        answers: [
          { options: [2], text: '' },
          { options: [0], text: '' },
        ],
      },
    ],
    [
      'codexQuestion',
      {
        ...both,
        answers: [
          { options: [], text: '' },
          { options: [0], text: '' },
        ],
      },
    ],
  ])('are none for an answer that the request does not have: %s, %j', (name, with_) => {
    expect(steps(name, with_)).toBeNull();
  });
});

describe('a next message', () => {
  it.each<[Case, readonly object[]]>([
    ['claudeDenial', [update({ pendingPermissionDenials: [], waitingForInput: false }), enqueue('No, use pnpm')]],
    ['claudePlan', [update({ waitingForInput: false }), enqueue('No, use pnpm')]],
    ['codexCommand', [enqueue('No, use pnpm')]],
  ])('to a session that waits is let through where its turn is over: %s', (name, expected) => {
    expect(messageSteps(asking(name), 'No, use pnpm', place(name))).toEqual(expected);
  });
});
