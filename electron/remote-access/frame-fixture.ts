import fc from 'fast-check';
import { commandNames } from './commands.ts';

/** For tests: frames of all kinds, about what a Jean has. Its ids are put in here. */
export const ids = { project: '', worktree: '', path: '', session: '', terminal: '' };

/** Values that mean something to Jean, that used to, and that only look so. */
const someValue: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(...(['project', 'worktree', 'path', 'session', 'terminal'] as const))
      .map((name) => () => ids[name]),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('../../preferences', '/etc', '', '..', 'w/../x', '\u202e', 'yolo', 'new-worktree', 'none'),
  },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false, 0, -1, 1e21, [], {}) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);
const power = fc.dictionary(
  fc.constantFrom(
    ...[
      'limit',
      'includeArchived',
      'include_archived',
      'patch',
      'preferences',
      'uiState',
      'rpcId',
      'messageId',
      'model',
      'name',
      '__proto__',
    ],
    ...[
      'executionMode',
      'execution_mode',
      'selectedExecutionMode',
      'allowedTools',
      'waitingForInput',
      'mcpConfig',
      'terminalCommand',
    ],
  ),
  fc.oneof(fc.constantFrom<unknown>('yolo', 'yolo', 'build', ['Bash'], { executionMode: 'yolo' }, true), someValue),
  { maxKeys: 2 },
);
export const sesOf = () => ({ worktreeId: ids.worktree, worktreePath: ids.path, sessionId: ids.session });
/** Mostly what Jean knows, under either name; now and then something else, nothing, or both names at once. */
const named = (camel: string, snake: string, right: keyof typeof ids) =>
  fc.oneof(
    { weight: 7, arbitrary: fc.constantFrom(camel, camel, snake).map((name) => () => ({ [name]: ids[right] })) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom(camel, snake), someValue).map(
        ([name, value]) =>
          () =>
            filled({ [name]: value }),
      ),
    },
    { weight: 1, arbitrary: someValue.map((value) => () => filled({ [camel]: value, [snake]: ids[right] })) },
    { weight: 1, arbitrary: fc.constant(() => ({})) },
  );
const someArgs = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        named('worktreeId', 'worktree_id', 'worktree'),
        named('worktreePath', 'worktree_path', 'path'),
        named('sessionId', 'session_id', 'session'),
        named('projectId', 'project_id', 'project'),
        power,
      )
      .map(([worktree, path, session, project, more]) => () => ({
        ...worktree(),
        ...path(),
        ...session(),
        ...project(),
        message: 'Go on',
        ...filled(more),
      })),
  },
  // Those that take a session or a worktree alone, and nothing else but it.
  {
    weight: 3,
    arbitrary: fc.tuple(named('sessionId', 'session_id', 'session'), power).map(([session, more]) => () => ({
      ...session(),
      ...filled(more),
    })),
  },
  { weight: 1, arbitrary: someValue.map((value) => () => (typeof value === 'function' ? value() : value)) },
);
const someCommand = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...commandNames) },
  { weight: 4, arbitrary: fc.constantFrom('get_sessions', 'get_session', 'get_session_status', 'list_sessions_summary') },
  { weight: 4, arbitrary: fc.constantFrom('send_chat_message', 'enqueue_message', 'update_session_state', 'archive_worktree') },
  { weight: 1, arbitrary: fc.constantFrom('LIST_PROJECTS', 'regenerate_http_token ', 'constructor', '', 'lіst_projects') },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const someType = fc.constantFrom(undefined, 'invoke', 'invoke', 'terminal_replay', 'Invoke', null, 'x');

const yolo = fc.constantFrom('yolo', 'build', 'plan');
const tools = fc.constantFrom(['Bash'], ['Bash(ls)'], ['Bash(npm:*)'], ['Read']);
/** Right names with values that would be more than an operator has. */
const askedPower = fc.record(
  {
    executionMode: yolo,
    execution_mode: yolo,
    selectedExecutionMode: yolo,
    allowedTools: tools,
    commandAllowedTools: tools,
    mcpConfig: yolo,
  },
  { requiredKeys: [] },
);

/** One of them at a time: two spoil each other, for one refusal is enough. */
const onePower = fc
  .tuple(
    fc.constantFrom('executionMode', 'execution_mode', 'selectedExecutionMode', 'allowedTools', 'commandAllowedTools'),
    yolo,
    tools,
  )
  .map(([key, mode, tool]) => ({ [key]: /tools/i.test(key) ? tool : mode }));

/** Commands of an operator's that are right but for what is added to them. */
export const addedPower = fc
  .tuple(
    fc.constantFrom('send_chat_message', 'enqueue_message', 'update_session_state', 'mark_plan_approved'),
    fc.oneof(power, askedPower, onePower, fc.constant({})),
    fc.oneof(power, askedPower, onePower, fc.constant({})),
  )
  .map(([command, more, within]) => () => {
    const message = command === 'enqueue_message' ? { message: 'Go on', ...filled(within) } : 'Go on';
    return JSON.stringify({ id: '1', command, args: { ...sesOf(), message, messageId: 'm1', ...filled(more) } });
  });

/** Texts of frames: whole, with keys twice, in batches, broken. */
export const someFrame: fc.Arbitrary<() => string> = fc
  .record({ type: someType, command: someCommand, other: someCommand, args: someArgs, form: fc.integer({ min: 0, max: 9 }) })
  .map(({ type, command, other, args, form }) => () => {
    const text = JSON.stringify({ type, id: '1', command, args: args() });
    if (form === 0) return text.replace(/}$/, `,"command":${JSON.stringify(other)}}`);
    if (form === 1) return text.replace(/^{/, `{"command":${JSON.stringify(other)},`);
    if (form === 2) return `[${text},${text}]`;
    if (form === 3) return text.replace('"args"', '"args":{},"args"');
    if (form === 4) return text.slice(0, -1);
    return text;
  });

function filled(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, typeof value === 'function' ? value() : value]));
}
