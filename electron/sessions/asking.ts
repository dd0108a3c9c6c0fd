import type { SessionView } from '../../shared/model.ts';
import type { PendingList } from '../jean/protocol.ts';
import type { SessionReading } from '../jean/session-reading.ts';
import type { AskedOf } from './sessions-on-board.ts';

/** A question as any of the backends asks it. */
export interface AskedQuestion {
  /** Under which Codex wants the answer. */
  readonly id: string;
  readonly header: string | null;
  readonly question: string;
  readonly options: readonly { readonly label: string; readonly description: string | null }[];
  readonly several: boolean;
}

/** One tool that Claude was denied. */
export interface Denial {
  readonly tool: string;
  readonly input: unknown;
  /** The exact shell command, where it is one. */
  readonly command: string | null;
}

/** What a session asks, with all that its answer needs (contract jean §3). */
export type Asking =
  /** Told when the turn is over: the answer is a next message. */
  | { readonly kind: 'claude-denials'; readonly denials: readonly Denial[] }
  /** The turn waits for it. */
  | { readonly kind: 'claude-permission'; readonly key: string; readonly rpcId: RpcId; readonly denial: Denial }
  | {
      readonly kind: 'codex-command';
      readonly key: string;
      readonly rpcId: RpcId;
      readonly command: string | null;
      readonly folder: string | null;
      readonly reason: string | null;
      /** What goes with it, where it is more than a command: Devin's tools have an input. */
      readonly input?: unknown;
      /** Null: this Jean doesn't say. */
      readonly decisions: readonly string[] | null;
    }
  | {
      readonly kind: 'codex-permissions';
      readonly key: string;
      readonly rpcId: RpcId;
      readonly permissions: unknown;
      readonly reason: string | null;
    }
  | { readonly kind: 'codex-tool'; readonly key: string; readonly rpcId: RpcId; readonly tool: string; readonly input: unknown }
  | { readonly kind: 'codex-elicitation'; readonly message: string | null; readonly request: unknown }
  | {
      readonly kind: 'codex-question';
      readonly key: string;
      readonly rpcId: RpcId;
      readonly itemId: string | null;
      readonly questions: readonly AskedQuestion[];
    }
  | {
      readonly kind: 'opencode-permission';
      readonly key: string;
      readonly requestId: RpcId;
      readonly openCodeSessionId: string;
      readonly folder: string | null;
      readonly apiVersion: string;
      readonly permission: string;
      readonly patterns: readonly string[];
      /** What "for this session" would allow. */
      readonly always: readonly string[];
    }
  | {
      readonly kind: 'acp-permission';
      readonly key: string;
      readonly requestId: string;
      /** What the agent wants to do, in its own words; Jean passes on no more of it. */
      readonly title: string;
      readonly sort: string | null;
      /** Ids of the options that Jean takes: for once, and no. */
      readonly allow: string | null;
      readonly deny: string | null;
    }
  | { readonly kind: 'opencode-question'; readonly key: string; readonly questions: readonly AskedQuestion[] }
  /** Asked at the end of a turn: the answer is a next message. `toolCallId` is null where no tool call asked it. */
  | { readonly kind: 'question'; readonly toolCallId: string | null; readonly questions: readonly AskedQuestion[] }
  | { readonly kind: 'plan'; readonly messageId: string; readonly plan: string }
  /** It waits, and nothing says for what. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'nothing' };

type RpcId = string | number;

/** In the order of the status table (contract jean §4). */
const listOrder: readonly PendingList[] = [
  'permissionDenials',
  'codexPermissions',
  'opencodePermissions',
  'acpPermissions',
  'codexCommands',
  'codexTools',
  'codexElicitations',
  'codexQuestions',
  'opencodeQuestions',
];

/** What a session asks; `reading` is null where Jean could not be asked for its messages. */
export function askingOf({ view, pending }: AskedOf, reading: SessionReading | null): Asking {
  const list = listOrder.find((name) => pending[name].length > 0);
  if (list !== undefined) return fromList(list, pending[list], view.backend);
  switch (view.status) {
    case 'plan_approval':
      return (reading && planIn(reading, view)) ?? { kind: 'unknown' };
    case 'input_required':
      return (reading && questionIn(reading)) ?? { kind: 'unknown' };
    case 'waiting':
      return { kind: 'unknown' };
    default:
      return { kind: 'nothing' };
  }
}

function fromList(list: PendingList, requests: readonly unknown[], backend: string): Asking {
  const [first] = requests;
  const rpcId = idOf(first, 'rpc_id');
  const key = String(rpcId ?? '');
  switch (list) {
    case 'permissionDenials': {
      const denial = denialOf(first);
      if (denial !== null && rpcId !== null) return { kind: 'claude-permission', key, rpcId, denial };
      const denials = requests.flatMap((one) => denialOf(one) ?? []);
      // Of another backend nothing says what would approve it.
      return denials.length === requests.length && backend === 'claude'
        ? { kind: 'claude-denials', denials }
        : { kind: 'unknown' };
    }
    case 'codexPermissions':
      if (rpcId === null) return { kind: 'unknown' };
      return { kind: 'codex-permissions', key, rpcId, permissions: field(first, 'permissions'), reason: text(first, 'reason') };
    case 'opencodePermissions':
      return opencodePermission(first);
    case 'acpPermissions':
      return acpPermission(first);
    case 'codexCommands': {
      if (rpcId === null) return { kind: 'unknown' };
      const decisions = field(first, 'available_decisions');
      return {
        kind: 'codex-command',
        key,
        rpcId,
        command: commandOf(first),
        folder: text(first, 'cwd'),
        reason: text(first, 'reason'),
        ...(field(first, 'additional_permissions') != null && { input: field(first, 'additional_permissions') }),
        decisions: Array.isArray(decisions) ? decisions.filter(isText) : null,
      };
    }
    case 'codexTools':
      if (rpcId === null) return { kind: 'unknown' };
      return { kind: 'codex-tool', key, rpcId, tool: text(first, 'tool') ?? 'a tool', input: field(first, 'arguments') };
    case 'codexElicitations':
      return { kind: 'codex-elicitation', message: text(first, 'message'), request: first };
    case 'codexQuestions': {
      const questions = questionsOf(first);
      if (rpcId === null || questions.length === 0) return { kind: 'unknown' };
      return { kind: 'codex-question', key, rpcId, itemId: text(first, 'item_id'), questions };
    }
    case 'opencodeQuestions': {
      const toolCallId = text(first, 'tool_use_id');
      const questions = questionsOf(first);
      if (toolCallId === null || questions.length === 0) return { kind: 'unknown' };
      return { kind: 'opencode-question', key: toolCallId, questions };
    }
    default:
      return list satisfies never;
  }
}

function opencodePermission(request: unknown): Asking {
  const requestId = idOf(request, 'request_id');
  const openCodeSessionId = text(request, 'opencode_session_id');
  if (requestId === null || openCodeSessionId === null) return { kind: 'unknown' };
  return {
    kind: 'opencode-permission',
    key: String(requestId),
    requestId,
    openCodeSessionId,
    folder: text(request, 'working_dir'),
    apiVersion: text(request, 'api_version') ?? 'v1',
    permission: text(request, 'permission') ?? '',
    patterns: texts(request, 'patterns'),
    always: texts(request, 'always'),
  };
}

function acpPermission(request: unknown): Asking {
  const requestId = text(request, 'request_id');
  const title = text(request, 'title');
  if (requestId === null || title === null) return { kind: 'unknown' };
  const options = listOf(field(request, 'options'));
  const option = (sort: string): string | null =>
    options.map((one) => (text(one, 'kind') === sort ? text(one, 'optionId') : null)).find((id) => id !== null) ?? null;
  return {
    kind: 'acp-permission',
    key: requestId,
    requestId,
    title,
    sort: text(request, 'kind'),
    allow: option('allow_once'),
    deny: option('reject_once') ?? option('reject_always'),
  };
}

/** The newest plan: of a tool call, or where the backend has none for it, the text of the last answer. */
function planIn(reading: SessionReading, { backend }: SessionView): Asking | null {
  const answer = reading.messages.findLast(({ role }) => role === 'assistant');
  if (answer === undefined) return null;
  const call = answer.toolCalls.findLast(({ name }) => name === 'ExitPlanMode' || name === 'CodexPlan');
  const plan = (call && text(call.input, 'plan')) ?? (backend === 'claude' ? null : answer.content || null);
  return plan === null ? null : { kind: 'plan', messageId: answer.id, plan };
}

function questionIn(reading: SessionReading): Asking | null {
  const answer = reading.messages.findLast(({ role }) => role === 'assistant');
  const call = answer?.toolCalls.findLast(({ name, id }) => isQuestion(name) && !reading.answered.includes(id));
  const questions = call === undefined ? [] : questionsOf(call.input);
  if (call !== undefined && questions.length > 0) return { kind: 'question', toolCallId: call.id, questions };
  // Backends that ask in plain words, in plan mode.
  if (!answer?.content.trim()) return null;
  const question = { id: '0', header: null, question: answer.content.trim(), options: [], several: false };
  return { kind: 'question', toolCallId: null, questions: [question] };
}

const isQuestion = (name: string): boolean => name === 'AskUserQuestion' || name === 'question';

function questionsOf(input: unknown): readonly AskedQuestion[] {
  return listOf(field(input, 'questions')).flatMap((one, at): AskedQuestion[] => {
    const question = text(one, 'question');
    if (question === null) return [];
    const options = listOf(field(one, 'options')).flatMap((option) => {
      const label = isText(option) ? option : text(option, 'label');
      return label === null ? [] : [{ label, description: text(option, 'description') }];
    });
    return [
      {
        id: text(one, 'id') ?? String(at),
        header: text(one, 'header'),
        question,
        options,
        several: field(one, 'multiSelect') === true || field(one, 'multiple') === true,
      },
    ];
  });
}

/** A list that may have been written as a JSON string, as some models do. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return [];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function denialOf(denial: unknown): Denial | null {
  const tool = text(denial, 'tool_name');
  const input = field(denial, 'tool_input');
  return tool === null ? null : { tool, input, command: tool === 'Bash' ? commandOf(input) : null };
}

/** One string, or a list of words. */
function commandOf(input: unknown): string | null {
  const value = field(input, 'command');
  return Array.isArray(value) ? value.filter(isText).join(' ') || null : isText(value) ? value : null;
}

function idOf(of: unknown, name: string): RpcId | null {
  const value = field(of, name);
  return typeof value === 'number' || isText(value) ? value : null;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function text(of: unknown, name: string): string | null {
  const value = field(of, name);
  return isText(value) ? value : null;
}

function texts(of: unknown, name: string): readonly string[] {
  const value = field(of, name);
  return Array.isArray(value) ? value.filter(isText) : [];
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}
