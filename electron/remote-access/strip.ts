import type { RemoteRole as Role } from '../../shared/remote-access.ts';
import { isRecord } from './arguments.ts';
import { hidden, type Veil } from './veil.ts';

/** What Jean answered to a command, without what the role may not see. Error texts go through {@link Veil.text} alone. */
export function stripAnswer(role: Role, command: string, data: unknown, veil: Veil): unknown {
  switch (command) {
    // It is refused before; should it ever come to an answer, the answer is a token that no veil knows yet.
    case 'regenerate_http_token':
      return null;
    case 'get_http_server_status':
    case 'start_http_server':
      return isRecord(data) ? strip(role, { ...data, token: null }, veil) : null;
    case 'get_active_terminals':
      return role === 'owner' ? strip(role, data, veil) : [];
    default:
      return strip(role, data, veil);
  }
}

/** What a route answered as JSON, without what the role may not see. `path` is the judged one. */
export function stripRoute(role: Role, path: string, body: unknown, veil: Veil): unknown {
  if (path === '/api/files/preferences.json' || path === '/api/init') return isRecord(body) ? strip(role, body, veil) : null;
  return strip(role, body, veil);
}

/**
 * An event or heartbeat of Jean's as the role gets it; null when it gets none of it. Nearly all frames pass by a look at their first
 * characters and one search for the token; parsed are those that may hold a secret. Unknown events are an owner's.
 *
 * Terminals are not sessions: what a shell prints may be anything its owner types or its environment holds. So only what tells that a
 * session works or waits passes of them. Numbers of events (`seq`) therefore have holes for all but an owner.
 */
export function stripEventFrame(role: Role, frame: string, veil: Veil): string | null {
  if (role === 'owner') return ownersEvent(frame, veil);
  if (frame === '{"type":"heartbeat"}') return frame;
  const name = nameOf(frame);
  const way = name === null ? 'look' : wayOf(name);
  if (way === 'drop') return null;
  if (way === 'pass' || (way === 'suspect' && !suspicious.test(frame))) return veil.text(frame);
  return look(role, frame, veil);
}

/** The token of the preferences is no news of any event; should one carry it under its name, it is taken out by name too. */
function ownersEvent(frame: string, veil: Veil): string | null {
  const text = veil.text(frame);
  if (!text.includes('http_server_token"')) return text;
  const parsed = parse(text);
  return parsed === undefined ? null : JSON.stringify(strip('owner', parsed, veil));
}

function look(role: Role, frame: string, veil: Veil): string | null {
  const parsed = parse(frame);
  if (!isRecord(parsed)) return null;
  if (parsed.type === 'heartbeat') return '{"type":"heartbeat"}';
  // An answer is for who asked; it has no business among events.
  if (parsed.type !== 'event' || typeof parsed.event !== 'string' || wayOf(parsed.event) === 'drop') return null;
  return JSON.stringify(strip(role, parsed, veil));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Jean writes an event's keys in the one order or the other (contract jean §2), never the payload before the name. */
const heads = ['{"event":"', '{"type":"event","event":"'];

function nameOf(frame: string): string | null {
  for (const head of heads) {
    const end = frame.startsWith(head) ? frame.indexOf('"', head.length) : -1;
    if (end >= 0) return frame.slice(head.length, end);
  }
  return null;
}

/** `pass` unparsed, `suspect`: parsed if a word in it says so, `look`: parsed, `drop`: an owner's alone. */
type Way = 'pass' | 'suspect' | 'look' | 'drop';

const ways: ReadonlyMap<string, Way> = new Map(
  Object.entries({
    pass: [
      'chat:chunk',
      'chat:thinking',
      'chat:tool_result',
      'chat:compacting',
      'chat:compacted',
      'chat:steered',
      'chat:codex_goal',
      'chat:sending',
      'chat:done',
      'chat:error',
      'chat:cancelled',
      'cache:invalidate',
      'git:status-update',
      'pr:status-update',
      'session-renamed',
      'branch-renamed',
      'worktrees:changed',
      'worktree:creating',
      'terminal:attention',
      'terminal:working',
    ],
    suspect: ['chat:tool_use', 'chat:tool_block', 'chat:tool_event'],
    look: ['queue:updated', 'session:setting-changed', 'review-job:updated', 'commit-job:updated', 'checkpoint:created'],
  } satisfies Partial<Record<Way, readonly string[]>>).flatMap(([way, names]) =>
    names.map((name): [string, Way] => [name, way as Way]),
  ),
);

function wayOf(event: string): Way {
  return ways.get(event) ?? (event.startsWith('chat:') || event.startsWith('worktree:') ? 'look' : 'drop');
}

/** A name that {@link fateOf} would act on is somewhere in the frame. */
const suspicious =
  /token|secret|passw|passphrase|api_?-?key|access_?key|private_?key|authorization|credential|cookie|settings_?json|mcp_?(?:config|servers)|"env|headers"/i;

/** What becomes of the value under a key. */
type Fate = 'keep' | 'null' | 'hide' | 'empty' | 'settings';

const fates: ReadonlyMap<string, Fate> = new Map<string, Fate>([
  ['httpservertoken', 'null'],
  ['terminalcommand', 'null'],
  ['terminalcommandargs', 'null'],
  ['setupoutput', 'hide'],
  ['teardownoutput', 'hide'],
  ['settingsjson', 'settings'],
  ['mcpconfig', 'empty'],
  ['mcpservers', 'empty'],
  ['customcodexproviders', 'empty'],
  ['env', 'empty'],
  ['envvars', 'empty'],
  ['environment', 'empty'],
  ['environmentvariables', 'empty'],
  ['headers', 'empty'],
  ['httpheaders', 'empty'],
]);

const secretName =
  /token|secret|passw|passphrase|apikey|accesskey|privatekey|signingkey|authorization|credential|cookie|bearer|authkey|dsn$/;

/** Keys are few, and the same ones come again and again; those of people's answers are not, so the memory is bounded. */
const remembered = new Map<string, Fate>();

function fateOf(key: string): Fate {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const name = key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const fate =
    fates.get(name) ??
    (/^(?:linear|sentry|jenkins)/.test(name) && !/^linear(?:teamid|issue)/.test(name)
      ? 'null'
      : /drafts?$|^draft/.test(name)
        ? 'empty'
        : secretName.test(name)
          ? 'hide'
          : 'keep');
  if (remembered.size < 4_096 && key.length <= 64) remembered.set(key, fate);
  return fate;
}

/** The value without secrets; the same object where nothing in it had to go. */
function strip(role: Role, value: unknown, veil: Veil): unknown {
  if (typeof value === 'string') return role === 'owner' ? veil.value(value) : withoutQueryTokens(veil.value(value));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    let changed: unknown[] | null = null;
    for (const [index, entry] of value.entries()) {
      const stripped = strip(role, entry, veil);
      if (stripped !== entry) {
        changed ??= [...value];
        changed[index] = stripped;
      }
    }
    return changed ?? value;
  }
  let changed: Map<string, unknown> | null = null;
  for (const [key, entry] of Object.entries(value)) {
    const stripped = stripField(role, key, entry, veil);
    const name = veil.text(key);
    if (stripped !== entry || name !== key) {
      changed ??= new Map(Object.entries(value));
      changed.set(key, stripped);
      if (name !== key) {
        changed.delete(key);
        changed.set(name, stripped);
      }
    }
  }
  return changed === null ? value : Object.fromEntries(changed);
}

function stripField(role: Role, key: string, value: unknown, veil: Veil): unknown {
  const fate = fateOf(key);
  // An owner sees all but the token.
  if (role === 'owner') return fate === 'null' && /token/i.test(key) && /server/i.test(key) ? null : strip(role, value, veil);
  if (value === null || typeof value === 'boolean') return value;
  switch (fate) {
    case 'keep':
      return strip(role, value, veil);
    case 'null':
      return null;
    case 'settings':
      return '{}';
    case 'empty':
      return typeof value === 'object' ? (Array.isArray(value) ? [] : {}) : hidden;
    case 'hide':
      return hide(value);
  }
}

/** Every text in it is hidden; numbers stay, for `input_tokens` and the like are no secrets. */
function hide(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? value : hidden;
  if (Array.isArray(value)) return value.map(hide);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, hide(entry)]));
  return value;
}

function withoutQueryTokens(text: string): string {
  return text.includes('token=') ? text.replaceAll(/([?&]token=)[^&\s"'#<>]+/g, `$1${hidden}`) : text;
}
