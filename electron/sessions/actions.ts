import type { AnswerKind, PersonAnswer } from '../../shared/acting.ts';
import type { PendingList } from '../jean/protocol.ts';
import type { AskedQuestion, Asking, Denial } from './asking.ts';
import { keyOf } from './live.ts';
import type { Pending } from './session-view.ts';

/** One command of Jean. `instead`: for a Jean that doesn't know the command (contract jean, rule on top). */
export interface Step {
  readonly command: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly instead?: Step;
}

/** Where an answer goes. */
export interface Place {
  readonly sessionId: string;
  readonly worktreeId: string;
  readonly worktreePath: string;
  readonly backend: string;
  readonly pending: Pending;
  /** Tool calls whose questions were answered before. */
  readonly answered: readonly string[];
  /** Id of the message that carries the answer, where it is a message. */
  readonly messageId: string;
}

/** The requests in Jean's lists that an answer ends, which Jean itself tells nobody. */
export function answeredBy(asking: Asking, pending: Pending): readonly { readonly list: PendingList; readonly key: string }[] {
  // Jean keeps these itself, and says when they are gone.
  if (asking.kind === 'acp-permission') return [];
  if ('key' in asking) return [{ list: listOf[asking.kind], key: asking.key }];
  if (asking.kind !== 'claude-denials') return [];
  return pending.permissionDenials.map((denial) => ({ list: 'permissionDenials', key: keyOf(denial) }));
}

const listOf = {
  'claude-permission': 'permissionDenials',
  'codex-command': 'codexCommands',
  'codex-permissions': 'codexPermissions',
  'codex-tool': 'codexTools',
  'codex-question': 'codexQuestions',
  'opencode-permission': 'opencodePermissions',
  'opencode-question': 'opencodeQuestions',
} as const satisfies Partial<Record<Asking['kind'], PendingList>>;

/** The name of each list in `update_session_state`; OpenCode's in the only spelling that all Jeans have. */
const stateKeys: Partial<Record<PendingList, string>> = {
  permissionDenials: 'pendingPermissionDenials',
  codexPermissions: 'pendingCodexPermissionRequests',
  opencodePermissions: 'pending_opencode_permission_requests',
  codexCommands: 'pendingCodexCommandApprovalRequests',
  codexTools: 'pendingCodexDynamicToolCallRequests',
  codexQuestions: 'pendingCodexUserInputRequests',
};

/** How a request can be answered from outside of Jean; what its backend can't do is not offered. */
export function answersTo(asking: Asking): readonly AnswerKind[] {
  switch (asking.kind) {
    case 'claude-denials':
    case 'claude-permission':
      return ['allow-once', 'deny'];
    case 'codex-command': {
      const { command, decisions } = asking;
      const may = (decision: string): boolean => decisions === null || decisions.includes(decision);
      // Nobody approves what nobody can read.
      const allow: readonly AnswerKind[] =
        command === null
          ? []
          : [
              ...(may('accept') ? (['allow-once'] as const) : []),
              ...(may('acceptForSession') ? (['allow-session'] as const) : []),
            ];
      return [...allow, ...(may('decline') || may('cancel') ? (['deny'] as const) : [])];
    }
    case 'codex-permissions':
    case 'opencode-permission':
      return ['allow-once', 'allow-session', 'deny'];
    case 'acp-permission':
      return [...(asking.allow === null ? [] : (['allow-once'] as const)), ...(asking.deny === null ? [] : (['deny'] as const))];
    case 'codex-tool':
      return ['deny'];
    case 'codex-question':
    case 'opencode-question':
    case 'question':
      return ['answers'];
    case 'plan':
      return ['build', 'yolo'];
    case 'codex-elicitation':
    case 'unknown':
    case 'nothing':
      return [];
    default:
      return asking satisfies never;
  }
}

/** The commands that carry the answer, in their order; null when it is none that this request has. */
export function stepsFor(asking: Asking, answer: PersonAnswer, place: Place): readonly Step[] | null {
  if (!answersTo(asking).includes(answer.kind)) return null;
  const { sessionId } = place;
  const yes = answer.kind !== 'deny';
  const session = answer.kind === 'allow-session';
  switch (asking.kind) {
    case 'claude-denials':
      // A refusal is what it has already: only the question ends.
      return yes
        ? [settled(place, 'permissionDenials', null), allowed(asking.denials, place)]
        : [settled(place, 'permissionDenials', null)];
    case 'claude-permission':
      return [
        { command: 'respond_claude_permission', args: { sessionId, rpcId: asking.rpcId, approved: yes } },
        settled(place, 'permissionDenials', asking.key),
      ];
    case 'codex-command': {
      const refuse = asking.decisions?.includes('decline') === false ? 'cancel' : 'decline';
      const decision = session ? 'acceptForSession' : yes ? 'accept' : refuse;
      return [
        {
          command: 'respond_codex_command_approval',
          args: { sessionId, rpcId: asking.rpcId, response: { decision } },
          instead: { command: 'approve_codex_command', args: { sessionId, rpcId: asking.rpcId, decision } },
        },
        settled(place, 'codexCommands', asking.key),
      ];
    }
    case 'codex-permissions':
      return [
        {
          command: 'respond_codex_permissions_request',
          args: {
            sessionId,
            rpcId: asking.rpcId,
            permissions: yes ? asking.permissions : {},
            scope: session ? 'session' : 'turn',
          },
        },
        settled(place, 'codexPermissions', asking.key),
      ];
    case 'codex-tool':
      return [
        {
          command: 'respond_codex_dynamic_tool_call',
          args: {
            sessionId,
            rpcId: asking.rpcId,
            success: false,
            contentItems: [{ type: 'inputText', text: 'The person declined this tool call.' }],
          },
        },
        settled(place, 'codexTools', asking.key),
      ];
    case 'opencode-permission':
      return [
        {
          command: 'respond_opencode_permission',
          args: {
            sessionId,
            worktreePath: asking.folder ?? place.worktreePath,
            requestId: asking.requestId,
            reply: session ? 'always' : yes ? 'once' : 'reject',
            opencodeSessionId: asking.openCodeSessionId,
            apiVersion: asking.apiVersion,
          },
        },
        settled(place, 'opencodePermissions', asking.key),
      ];
    case 'acp-permission': {
      const optionId = yes ? asking.allow : asking.deny;
      return [{ command: 'respond_acp_permission', args: { sessionId, requestId: asking.requestId, optionId } }];
    }
    case 'codex-question': {
      const given = answersIn(answer, asking.questions);
      if (given === null) return null;
      const answers = Object.fromEntries(asking.questions.map(({ id }, at) => [id, { answers: words(given[at]) }]));
      return [
        { command: 'respond_codex_user_input_request', args: { sessionId, rpcId: asking.rpcId, answers } },
        settled(place, 'codexQuestions', asking.key, answeredState(asking.itemId, answer, place)),
      ];
    }
    case 'opencode-question': {
      const given = answersIn(answer, asking.questions);
      if (given === null) return null;
      return [
        {
          command: 'answer_opencode_question',
          args: { worktreePath: place.worktreePath, toolCallId: asking.key, answers: given.map(words) },
        },
        settled(place, 'opencodeQuestions', asking.key, answeredState(asking.key, answer, place)),
      ];
    }
    case 'question': {
      const given = answersIn(answer, asking.questions);
      if (given === null) return null;
      const state = { ...answeredState(asking.toolCallId, answer, place), waitingForInput: false };
      return [update(place, state), enqueue(place, inProse(asking.questions, given), {})];
    }
    case 'plan': {
      const mode = answer.kind === 'yolo' ? 'yolo' : 'build';
      return [
        { command: 'mark_plan_approved', args: { ...address(place), messageId: asking.messageId } },
        update(place, { waitingForInput: false, selectedExecutionMode: mode }),
        enqueue(place, approval(place.backend, mode), { executionMode: mode }),
      ];
    }
    case 'codex-elicitation':
    case 'unknown':
    case 'nothing':
      return null;
    default:
      return asking satisfies never;
  }
}

/** A next message. It takes the place of an answer where the session waits with its turn over, because Jean parks messages until then. */
export function messageSteps(asking: Asking, text: string, place: Place): readonly Step[] {
  const send = enqueue(place, text, {});
  switch (asking.kind) {
    case 'claude-denials':
      return [settled(place, 'permissionDenials', null), send];
    case 'question':
      return [update(place, { waitingForInput: false, ...answeredState(asking.toolCallId, null, place) }), send];
    case 'plan':
    case 'unknown':
      return [update(place, { waitingForInput: false }), send];
    default:
      return [send];
  }
}

/** What each command of a session is addressed by. */
const address = ({ sessionId, worktreeId, worktreePath }: Place): Readonly<Record<string, string>> => ({
  worktreeId,
  worktreePath,
  sessionId,
});

const update = (place: Place, state: Readonly<Record<string, unknown>>): Step => ({
  command: 'update_session_state',
  args: { ...address(place), ...state },
});

/** Takes an answered request out of Jean's list, which no backend does by itself; all of the list with a null `key`. */
function settled(place: Place, list: PendingList, key: string | null, also: Readonly<Record<string, unknown>> = {}): Step {
  const left = key === null ? [] : place.pending[list].filter((request) => keyOf(request) !== key);
  const others = Object.entries(place.pending).some(([name, requests]) => name !== list && requests.length > 0);
  const stateKey = stateKeys[list];
  return update(place, {
    ...also,
    ...(stateKey && { [stateKey]: left }),
    ...(left.length === 0 && !others && { waitingForInput: false }),
  });
}

function answeredState(toolCallId: string | null, answer: PersonAnswer | null, place: Place): Readonly<Record<string, unknown>> {
  if (toolCallId === null) return {};
  const given = answer?.kind === 'answers' ? answer.answers : [];
  return {
    answeredQuestions: [...new Set([...place.answered, toolCallId])],
    submittedAnswers: {
      [toolCallId]: given.map(({ options, text }, questionIndex) => ({
        questionIndex,
        selectedOptions: options,
        ...(text && { customText: text }),
      })),
    },
  };
}

const enqueue = (place: Place, message: string, how: Readonly<Record<string, unknown>>): Step => ({
  command: 'enqueue_message',
  args: { ...address(place), message: { id: place.messageId, message, model: null, ...how } },
});

/** Claude's refusals come when its turn is over: they are allowed by a next turn that may do exactly these (contract jean §3). */
function allowed(denials: readonly Denial[], place: Place): Step {
  const commands = denials.flatMap(({ command }) => command ?? []);
  const tools = denials.flatMap(({ command, tool }) => (command === null ? [tool] : []));
  const patterns = [...commands.map((command) => `Bash(${command})`), ...tools];
  const [only] = commands;
  const text =
    tools.length > 0
      ? `I approved: ${patterns.join(', ')}. ${commands.length > 0 ? 'Execute them now.' : 'Continue with the task.'}`
      : commands.length === 1 && only !== undefined
        ? `I approved the command. Run it now: \`${only}\``
        : `I approved these commands. Run them now:\n${commands.map((command) => `- \`${command}\``).join('\n')}`;
  return enqueue(place, text, { commandAllowedTools: [...new Set([...patterns, ...jeansOwn])] });
}

/** What Jean itself allows beside what was approved. */
export const jeansOwn = ['Bash(git:*)', 'Read', 'Glob', 'Grep'] as const;

/** Jean's own words for it. */
function approval(backend: string, mode: 'build' | 'yolo'): string {
  if (backend === 'codex') return 'Execute the plan you created. Implement all changes described.';
  return mode === 'yolo'
    ? 'Plan approved (yolo mode). Begin implementing all changes immediately without asking for confirmation. Do not re-explain the plan — start writing code.'
    : 'Plan approved. Begin implementing the changes now. Do not re-explain the plan — start writing code.';
}

interface Given {
  readonly labels: readonly string[];
  readonly text: string;
}

/** What was answered to each question; null when the answer does not fit them. */
function answersIn(answer: PersonAnswer, questions: readonly AskedQuestion[]): readonly Given[] | null {
  if (answer.kind !== 'answers' || answer.answers.length !== questions.length) return null;
  const given = answer.answers.map(({ options, text }, at): Given | null => {
    const question = questions[at];
    const labels = options.flatMap((option) => question?.options[option]?.label ?? []);
    const fits = labels.length === options.length && (labels.length <= 1 || question?.several === true);
    return fits && (labels.length > 0 || text !== '') ? { labels, text } : null;
  });
  return given.some((one) => one === null) ? null : given.filter((one) => one !== null);
}

const words = (given: Given | undefined): readonly string[] =>
  given === undefined ? [] : [...given.labels, ...(given.text ? [given.text] : [])];

/** As Jean's window says it to Claude. */
function inProse(questions: readonly AskedQuestion[], given: readonly Given[]): string {
  const [only] = questions;
  if (questions.length === 1 && only?.options.length === 0) return given[0]?.text ?? '';
  return questions
    .map(({ question }, at) => {
      const { labels, text } = given[at] ?? { labels: [], text: '' };
      if (labels.length === 0) return `For "${question}": ${text}`;
      return `For "${question}", I selected:\n${labels.map((label) => `- ${label}`).join('\n')}${text ? `\n\nAdditionally: ${text}` : ''}`;
    })
    .join('\n\n');
}
