import { createHash } from 'node:crypto';
import type { AnswerKind, SessionAction, SessionRequest } from '../../shared/acting.ts';
import { bucketOf, type InstanceView, type SessionView, type WorktreeView } from '../../shared/model.ts';
import { redact } from '../base/redact.ts';
import { answersTo, jeansOwn } from './actions.ts';
import type { AskedQuestion, Asking } from './asking.ts';

/** All that decides what the person can do with a session from here. */
export interface OfferFacts {
  readonly view: SessionView;
  readonly worktree: Pick<WorktreeView, 'base'>;
  readonly instance: Pick<InstanceView, 'health' | 'road' | 'message'>;
  readonly asking: Asking;
  /** A native CLI in a terminal. */
  readonly terminal: boolean;
  /** Why Jean could not be asked for the request, in a sentence; null when it was. */
  readonly unread: string | null;
}

/** Longest request that is shown, in characters: nobody approves what is not shown whole. */
const longestShown = 60_000;

/** Names a request with all that is in it. */
export function fingerprintOf(asking: Asking): string | null {
  if (asking.kind === 'nothing' || asking.kind === 'unknown') return null;
  return createHash('sha256').update(JSON.stringify(asking)).digest('hex').slice(0, 32);
}

/** A session's request in full, and what can be done from here by the road on which its Jean is reached. */
export function offerOf(facts: OfferFacts): SessionRequest {
  const { view, instance, asking } = facts;
  const shown = shownOf(asking);
  const tooLong = shown !== null && JSON.stringify(shown.request).length > longestShown;
  const live = instance.health === 'online';
  const byCommand = live && instance.road === 'socket';
  const waits = bucketOf(view.status) === 'needs-you';
  const canAnswer = byCommand && waits && !facts.terminal && !tooLong && shown !== null;
  return {
    fingerprint: fingerprintOf(asking),
    request: tooLong ? null : (shown?.request ?? null),
    altered: shown?.altered ?? false,
    answers: canAnswer ? answersTo(asking).filter((kind) => shown.secret === false || !isApproval(kind)) : [],
    actions: [...actionsOf(facts)],
    notes: [...notesOn(facts, tooLong ? 'too long' : shown?.secret ? 'secret' : null)],
  };
}

function actionsOf({ view, worktree, instance, terminal, asking }: OfferFacts): readonly SessionAction[] {
  if (instance.health !== 'online' || instance.road === null || instance.road === 'files') return [];
  // What has a key is asked in the middle of a turn.
  const runs = bucketOf(view.status) === 'running' || 'key' in asking || asking.kind === 'codex-elicitation';
  return [
    ...(instance.road === 'socket' ? (['open'] as const) : []),
    ...(runs && !terminal ? (['cancel'] as const) : []),
    ...(terminal ? [] : (['message'] as const)),
    'archive-session',
    ...(worktree.base ? [] : (['archive-worktree'] as const)),
  ];
}

function* notesOn(
  { view, worktree, instance, asking, terminal, unread }: OfferFacts,
  notWhole: 'too long' | 'secret' | null,
): Iterable<string> {
  const waits = bucketOf(view.status) === 'needs-you';
  if (instance.health !== 'online') {
    yield `Nothing can be done from here until Jean is back. ${instance.message}`;
    return;
  }
  if (instance.road === 'files') {
    yield 'Jean is only read by its files, which the Companion never writes. To act from here, turn on Settings → Web Access in Jean.';
    return;
  }
  if (instance.road === 'mcp') {
    if (waits)
      yield 'Jean’s MCP socket takes no answers. Answer in Jean, or turn on Settings → Web Access there to answer from here.';
    yield 'Opening a session from here needs Jean’s web access too.';
    return;
  }
  if (terminal) {
    yield 'This session is a program in a terminal of Jean: it is answered there.';
    return;
  }
  if (unread !== null) yield unread;
  if (notWhole === 'secret') yield secretNote(asking);
  else if (notWhole === 'too long')
    yield 'What it asks is too long to be shown here in full, so it can’t be approved from here. Answer in Jean.';
  else if (waits) yield* answerNotes(asking);
  if (worktree.base) yield 'Its worktree is the project’s own folder, which Jean does not archive.';
}

function* answerNotes(asking: Asking): Iterable<string> {
  switch (asking.kind) {
    case 'claude-denials':
      yield `Claude’s turn is over: allowing starts a new one that may do this, and what Jean always allows with it (${jeansOwn.join(', ')}).`;
      if (asking.denials.some(({ command }) => command === null))
        yield 'A tool other than a command is allowed by its name for that turn, not for this input alone.';
      return;
    case 'codex-command':
      if (asking.command === null) yield 'Jean does not say which command it is, so it can only be denied from here.';
      return;
    case 'codex-tool':
      yield 'Neither Jean nor the Companion can run a tool for Codex, so the call can only be denied.';
      return;
    case 'codex-elicitation':
      yield 'An MCP server asks for this by a form of its own. Answer in Jean.';
      return;
    case 'acp-permission':
      yield 'Jean passes on no more than this of what the agent wants to do. After ten minutes without an answer it is denied.';
      return;
    case 'opencode-permission':
      if (asking.always.length > 0) yield `“Allow for this session” allows: ${visible(asking.always.join(', ')).text}`;
      return;
    case 'plan':
      yield 'To change the plan, send what is to be different as a message: that takes the place of an approval.';
      yield 'In yolo mode it does everything without asking again.';
      return;
    case 'unknown':
      yield 'Jean does not say what it waits for. Open it in Jean, or send it a message.';
      return;
    case 'claude-permission':
    case 'codex-permissions':
    case 'codex-question':
    case 'opencode-question':
    case 'question':
    case 'nothing':
      return;
    default:
      asking satisfies never;
  }
}

/** An agent can make anything look like a secret: what is hidden is not approved here. */
const secretNote = ({ kind }: Asking): string =>
  kind === 'question' || kind === 'codex-question' || kind === 'opencode-question'
    ? 'A part of it looks like a secret, and is not shown here.'
    : 'A part of it looks like a secret, and is not shown here, so it can’t be approved from here. Approve it in Jean.';

const isApproval = (kind: AnswerKind): boolean => kind !== 'deny' && kind !== 'answers';

interface Shown {
  readonly request: NonNullable<SessionRequest['request']>;
  /** What can't be seen was written out. */
  readonly altered: boolean;
  /** Something was hidden. */
  readonly secret: boolean;
}

/** The request as it is shown: whole, with secrets hidden and what is invisible made visible. */
function shownOf(asking: Asking): Shown | null {
  let altered = false;
  let secret = false;
  const show = (text: string): string => {
    const it = visible(text);
    altered ||= it.altered;
    secret ||= it.secret;
    return it.text;
  };
  const part = (label: string, text: string | null, code = true) =>
    text === null || text === '' ? [] : [{ label, text: show(text), code }];
  const parts = (...lists: readonly ReturnType<typeof part>[]): Shown => ({
    request: { kind: 'parts', parts: lists.flat() },
    altered,
    secret,
  });
  const questions = (asked: readonly AskedQuestion[]): Shown => {
    const shown = asked.map(({ header, question, options, several }) => ({
      header: header === null ? null : show(header),
      question: show(question),
      options: options.map(({ label, description }) => ({
        label: show(label),
        description: description === null ? null : show(description),
      })),
      several,
    }));
    return { request: { kind: 'questions', questions: shown }, altered, secret };
  };
  switch (asking.kind) {
    case 'claude-denials':
      return parts(...asking.denials.flatMap((denial) => denialParts(denial, part)));
    case 'claude-permission':
      return parts(...denialParts(asking.denial, part));
    case 'codex-command':
      return parts(
        part('Command', asking.command),
        part('Folder', asking.folder),
        part('Input', json(asking.input)),
        part('Reason', asking.reason, false),
      );
    case 'codex-permissions':
      return parts(part('Permissions', json(asking.permissions)), part('Reason', asking.reason, false));
    case 'codex-tool':
      return parts(part('Tool', asking.tool), part('Input', json(asking.input)));
    case 'codex-elicitation':
      return parts(part('Message', asking.message, false), part('Request', json(asking.request)));
    case 'opencode-permission':
      return parts(part('Permission', asking.permission), part('For', asking.patterns.join('\n')), part('Folder', asking.folder));
    case 'acp-permission':
      return parts(part('Permission', asking.title), part('Kind', asking.sort));
    case 'codex-question':
    case 'opencode-question':
    case 'question':
      return questions(asking.questions);
    case 'plan': {
      const markdown = show(asking.plan);
      return { request: { kind: 'plan', markdown }, altered, secret };
    }
    case 'unknown':
    case 'nothing':
      return null;
    default:
      return asking satisfies never;
  }
}

type Part = (label: string, text: string | null, code?: boolean) => { label: string; text: string; code: boolean }[];

const denialParts = ({ tool, input, command }: { tool: string; input: unknown; command: string | null }, part: Part) =>
  command === null ? [part('Tool', tool), part('Input', json(input))] : [part('Command', command)];

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value, null, 2));

/** Control characters but tab and line feed, and the invisible ones that turn or hide text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it shows.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text of an agent as the person has to see it before approving: what would not be seen is written out. */
function visible(text: string): { readonly text: string; readonly altered: boolean; readonly secret: boolean } {
  const plain = text.replaceAll('\r\n', '\n');
  const written = plain.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const shown = redact(written);
  return { text: shown, altered: written !== plain, secret: shown !== written };
}
