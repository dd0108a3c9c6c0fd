import type { RequestView, SessionStatus } from '../../shared/model.ts';
import type { PendingList } from '../jean/protocol.ts';

/** Longest text of a request or error that is shown, in characters. */
const maxLength = 300;

/** What a session asked with a tool call: its text is shown once the turn's end shows that it waits. */
export interface Ask {
  readonly kind: 'question' | 'plan';
  readonly text: string | null;
}

/** Text of a session on one line: cut, and without control characters or the marks that turn the reading direction. */
export function oneLine(text: string): string {
  const plain = text
    // An agent chooses these words, and they stand in notifications: nothing in them may hide or reorder the rest.
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
  const characters = [...plain];
  return characters.length <= maxLength ? plain : `${characters.slice(0, maxLength - 1).join('')}…`;
}

/** What a tool call asks: the first question of AskUserQuestion, or the plan of ExitPlanMode. */
export function askOf(tool: 'AskUserQuestion' | 'ExitPlanMode', input: unknown): Ask {
  return tool === 'AskUserQuestion'
    ? { kind: 'question', text: firstQuestion(input) }
    : { kind: 'plan', text: line(field(input, 'plan')) };
}

/** What a session asks of the person, in one line; null when it asks nothing. */
export function requestOf(
  status: SessionStatus,
  pending: Readonly<Record<PendingList, readonly unknown[]>>,
  ask: Ask | null,
): RequestView | null {
  switch (status) {
    case 'permission':
      return permission(pending);
    case 'command_approval':
      return { kind: 'command', text: command(pending.codexCommands[0]) };
    case 'tool_approval':
      return { kind: 'tool', text: line(field(pending.codexTools[0], 'tool')) };
    case 'mcp_input':
      return { kind: 'input', text: line(field(pending.codexElicitations[0], 'message')) };
    case 'input_required':
      return {
        kind: 'answer',
        text:
          firstQuestion(pending.codexQuestions[0] ?? pending.opencodeQuestions[0]) ??
          (ask?.kind === 'question' ? ask.text : null),
      };
    case 'plan_approval':
      return { kind: 'plan', text: ask?.kind === 'plan' ? ask.text : null };
    case 'waiting':
      return { kind: 'input', text: null };
    default:
      return null;
  }
}

function permission(pending: Readonly<Record<PendingList, readonly unknown[]>>): RequestView {
  const [denial] = pending.permissionDenials;
  if (denial !== undefined) {
    const input = field(denial, 'tool_input');
    const text = command(input);
    if (text !== null) return { kind: 'command', text };
    const tool = line(field(denial, 'tool_name'));
    const target = line(field(input, 'file_path')) ?? line(field(input, 'url'));
    return { kind: 'tool', text: tool === null || target === null ? tool : oneLine(`${tool} ${target}`) };
  }
  const [opencode] = pending.opencodePermissions;
  if (opencode !== undefined) {
    const patterns = field(opencode, 'patterns');
    const words = [field(opencode, 'permission'), ...(Array.isArray(patterns) ? patterns : [])].filter(isText);
    return { kind: 'permission', text: words.length > 0 ? oneLine(words.join(' ')) : null };
  }
  const [acp] = pending.acpPermissions;
  if (acp !== undefined) return { kind: 'permission', text: line(field(acp, 'title')) };
  const [codex] = pending.codexPermissions;
  const permissions = field(codex, 'permissions');
  const text = line(field(codex, 'reason')) ?? (permissions === undefined ? null : oneLine(JSON.stringify(permissions)));
  return { kind: 'permission', text };
}

/** The command of a shell tool's input: one string, or a list of words. */
function command(input: unknown): string | null {
  const value = field(input, 'command');
  return Array.isArray(value) ? line(value.filter(isText).join(' ')) : line(value);
}

function firstQuestion(input: unknown): string | null {
  const questions = field(input, 'questions');
  return Array.isArray(questions) ? line(field(questions[0], 'question')) : null;
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function line(value: unknown): string | null {
  return isText(value) ? oneLine(value) || null : null;
}
