import type { RemoteRole } from '../../shared/remote-access.ts';
import { isRecord, takeArguments } from './arguments.ts';
import { ruleOf } from './commands.ts';
import type { Known } from './known.ts';

/**
 * What each role may send to a Jean. Pure, and deny by default: what is not known here is refused for viewers and operators.
 *
 * - A *viewer* reads, with secrets taken out (strip.ts), and changes nothing.
 * - An *operator* also sends, cancels, approves, answers and archives. Said honestly: whoever may talk to an agent and approve what it asks
 *   can have it run commands in its worktree, and Jean hands its own token to every agent (contract jean §9b). What is refused are the ways
 *   around the asking: yolo, wildcards, MCP programs, profiles, terminals, other folders, standing permissions.
 * - An *owner* has a full shell (`start_terminal`, `write_file_content`), and with a shell anything in Jean's folder, its token too. That
 *   the token is refused and taken out keeps it from leaking; it is no wall against an owner.
 */
type Role = RemoteRole;

/** `why` is a sentence for the person. */
export type Verdict = { readonly allow: true } | { readonly allow: false; readonly why: string };

/** A frame that may be sent to Jean: made of what was judged, so nothing else goes along. */
export type CleanFrame =
  | { readonly type: 'invoke'; readonly id: string; readonly command: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly type: 'terminal_replay'; readonly terminal_id: string; readonly last_seq: number };

/** What became of a frame. `id` and `command` are as far as they could be read, for Jean's error envelope and for the log. */
export type Judged =
  | { readonly allow: true; readonly frame: CleanFrame }
  | { readonly allow: false; readonly why: string; readonly id: string | null; readonly command: string | null };

/** How deep a client's JSON may nest. Jean's own reader stops at 128. */
const deepest = 64;

/** Judges a text frame as it came. The text itself must never go on to Jean: of two equal keys it might take the other one. */
export function judgeText(role: Role, text: string, known: Known): Judged {
  if (nestsDeeper(text, deepest)) return refused('The frame nests too deep.');
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return refused('The frame is no JSON.');
  }
  return judgeFrame(role, frame, known);
}

/** Judges a parsed frame. */
export function judgeFrame(role: Role, frame: unknown, known: Known): Judged {
  if (!isRecord(frame)) return refused('A frame is one JSON object.');
  const own = (key: string): unknown => (Object.hasOwn(frame, key) ? frame[key] : undefined);
  const type = own('type');
  const id = own('id');
  const command = own('command');
  const readable = {
    id: typeof id === 'string' && id.length > 0 && id.length <= 128 && /^[\x20-\x7e]+$/.test(id) ? id : null,
    command: typeof command === 'string' && /^[a-z][a-z0-9_]{0,79}$/.test(command) ? command : null,
  };
  const no = (why: string): Judged => ({ allow: false, why, ...readable });
  if (type === 'terminal_replay') return judgeReplay(role, own('terminal_id'), own('last_seq'), no);
  // Jean falls back to its old frames for any type it doesn't know, and so would run the command of an invented one.
  if (type !== undefined && type !== 'invoke') return no('Frames of this type are not passed on.');
  if (readable.id === null) return no('A frame’s id is a text of 1 to 128 plain characters.');
  if (readable.command === null) return no('A command’s name has lower-case letters, digits and underscores.');
  const args = own('args') ?? {};
  if (!isRecord(args)) return no('A command’s arguments are an object.');
  const flaw = flawOf(args, deepest);
  if (flaw !== null) return no(flaw);
  const judged = judgeCommand(role, readable.command, args, known);
  return 'why' in judged ? no(judged.why) : { allow: true, frame: { type: 'invoke', id: readable.id, ...judged } };
}

function refused(why: string): Judged {
  return { allow: false, why, id: null, command: null };
}

function judgeReplay(role: Role, terminal: unknown, seq: unknown, no: (why: string) => Judged): Judged {
  if (role !== 'owner') return no('Terminals are for an owner alone.');
  if (typeof terminal !== 'string' || terminal.length > 256) return no('A terminal’s id is a text.');
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return no('last_seq is a whole number.');
  return { allow: true, frame: { type: 'terminal_replay', terminal_id: terminal, last_seq: seq } };
}

type JudgedCommand = { readonly command: string; readonly args: Readonly<Record<string, unknown>> } | { readonly why: string };

const rank: Readonly<Record<Role | 'nobody', number>> = { viewer: 0, operator: 1, owner: 2, nobody: 3 };

function judgeCommand(role: Role, command: string, args: Readonly<Record<string, unknown>>, known: Known): JudgedCommand {
  const rule = ruleOf(command);
  if (rule !== null && rank[role] < rank[rule.from]) {
    return { why: `${command} is ${rule.from === 'nobody' ? 'for nobody' : `not for ${a(role)}`}: it ${rule.why}.` };
  }
  if (role === 'owner') return ownersCommand(command, args);
  if (rule === null) return { why: `${command} is not known here, so it is for an owner alone.` };
  const taken = takeArguments(rule.takes, args, known, rule.others);
  if ('refuse' in taken) return { why: `${command}, sent by ${a(role)}: ${taken.refuse}.` };
  return { command, args: taken.take };
}

function a(role: Role): string {
  return role === 'viewer' ? 'a viewer' : `an ${role}`;
}

/**
 * An owner's page got the preferences without the token. Saved as they are they would have Jean make a new token (contract jean §4), so
 * the token is left out, and a full save becomes a patch, which leaves alone what is not in it.
 */
function ownersCommand(command: string, args: Readonly<Record<string, unknown>>): JudgedCommand {
  if (command === 'save_preferences') {
    return isRecord(args.preferences)
      ? withoutToken('patch_preferences', { patch: args.preferences }, args.preferences)
      : { why: 'save_preferences needs the preferences as an object.' };
  }
  if (command === 'patch_preferences' || command === 'update_server_preferences') {
    return isRecord(args.patch) ? withoutToken(command, args, args.patch) : { why: `${command} needs the changes as an object.` };
  }
  return { command, args };
}

function withoutToken(
  command: string,
  args: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): JudgedCommand {
  return {
    command,
    args: { ...args, patch: Object.fromEntries(Object.entries(patch).filter(([key]) => !/^http_?server_?token$/i.test(key))) },
  };
}

/** True when JSON text nests deeper than that, told by one pass over it without parsing. */
function nestsDeeper(text: string, limit: number): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === backslash) at += 1;
      else if (code === quote) inText = false;
    } else if (code === quote) inText = true;
    else if (code === openBrace || code === openBracket) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === closeBrace || code === closeBracket) depth -= 1;
  }
  return false;
}

const [quote, backslash, openBrace, openBracket, closeBrace, closeBracket] = [34, 92, 123, 91, 125, 93];

/** What would not reach Jean as it was judged: numbers that JavaScript rounds, halves of characters, keys that are more than data. */
function flawOf(value: unknown, left: number): string | null {
  if (left < 0) return 'The frame nests too deep.';
  if (typeof value === 'number') {
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
      ? null
      : 'A number in the frame is too large to be passed on as it is.';
  }
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value) ? 'A text in the frame is cut within a character.' : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__proto__') return 'The frame has a key that is not passed on.';
    const flaw = flawOf(entry, left - 1) ?? (Array.isArray(value) ? null : flawOf(key, left));
    if (flaw !== null) return flaw;
  }
  return null;
}
