import { isPlain, type Known } from './known.ts';

/** What becomes of an argument: it goes on as given here, is left out, or the command is refused with a sentence. */
export type Fate = { readonly take: unknown } | { readonly leaveOut: true } | { readonly refuse: string };

/** Judges one argument of a command that somebody other than an owner sends. */
export type ArgumentRule = (value: unknown, known: Known) => Fate;

/** The arguments a command takes from others than an owner, under their camelCase names. */
export type ArgumentRules = Readonly<Record<string, ArgumentRule>>;

/** What becomes of arguments that no rule names: they never reach Jean, and where they would have changed something it is said. */
export type Others = 'leave-out' | 'refuse';

const refuse = (why: string): Fate => ({ refuse: why });

/** Names of things as Jean and its page make them. */
const idShape = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

/** An id of no further meaning, as of a tool call or a request. */
export const anId: ArgumentRule = (value) =>
  typeof value === 'string' && idShape.test(value)
    ? { take: value }
    : refuse('an id is a short text of letters, digits, dashes and dots');

export const aProject: ArgumentRule = (value, known) =>
  typeof value === 'string' && known.hasProject(value) ? { take: value } : refuse('there is no such project');

export const aWorktree: ArgumentRule = (value, known) =>
  typeof value === 'string' && known.pathOf(value) !== null ? { take: value } : refuse('there is no such worktree');

export const aSession: ArgumentRule = (value, known) =>
  typeof value === 'string' && known.worktreeOf(value) !== null ? { take: value } : refuse('there is no such session');

/** A folder that is a worktree's, or lies in one. That it is the one of the worktree named beside it is looked at by {@link takeArguments}. */
export const aPlace: ArgumentRule = (value, known) =>
  typeof value === 'string' && isPlain(value) && known.isPlace(value)
    ? { take: value }
    : refuse('there is no worktree in that folder');

export const yesOrNo: ArgumentRule = (value) => (typeof value === 'boolean' ? { take: value } : refuse('it is true or false'));

export const onlyFalse: ArgumentRule = (value) => (value === false ? { take: false } : refuse('it can be cleared, not set'));

export const onlyEmpty: ArgumentRule = (value) =>
  Array.isArray(value) && value.length === 0 ? { take: [] } : refuse('the list can be cleared, not written');

/** A whole number from 0. */
export const aCount: ArgumentRule = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? { take: value } : refuse('it is a whole number');

/** A number or text as Jean's backends number their requests. */
export const aRequest: ArgumentRule = (value, known) => (typeof value === 'number' ? aCount(value, known) : anId(value, known));

/** Text a person wrote. */
export const words: ArgumentRule = (value) =>
  typeof value === 'string' && value.length <= 1_000_000
    ? { take: value }
    : refuse('it is a text of at most a million characters');

/** A name out of a list of Jean's that is not known here: a model, a level, a language. */
export const aName: ArgumentRule = (value) =>
  typeof value === 'string' && /^[\p{L}0-9][\p{L}\p{M}0-9 ()[\]./:_-]{0,79}$/u.test(value)
    ? { take: value }
    : refuse('it is a short name');

/** The session's own setting counts instead. */
export const leftOut: ArgumentRule = () => ({ leaveOut: true });

export const oneOf =
  (allowed: readonly string[], otherwise: string): ArgumentRule =>
  (value) =>
    typeof value === 'string' && allowed.includes(value) ? { take: value } : refuse(otherwise);

export const texts: ArgumentRule = (value) =>
  Array.isArray(value) && value.length <= 200 && value.every((entry) => typeof entry === 'string' && entry.length <= 10_000)
    ? { take: value }
    : refuse('it is a list of texts');

/** A value of any form that stays small: the answers to what a session asked. */
export const anAnswer: ArgumentRule = (value) =>
  JSON.stringify(value).length <= 100_000 ? { take: value } : refuse('an answer has at most 100,000 characters');

/** The fields of an object, each with its rule. */
export const objectOf =
  (rules: ArgumentRules, others: Others): ArgumentRule =>
  (value, known) =>
    isRecord(value) ? takeFields(rules, value, known, others) : refuse('it is an object');

/** What Jean's own page adds to every approval; without them the session asks, so they go without a word. */
const addedByThePage: ReadonlySet<string> = new Set(['Bash(git:*)', 'Bash(gh:*)']);
const lookingTools: ReadonlySet<string> = new Set(['Read', 'Glob', 'Grep', 'LS']);

/**
 * The tools that a message approves (contract jean §3, permissions of Claude). One exact command each; what stands for more than one
 * (`Bash`, `Bash(npm:*)`, `Write`) would be a shell that asks nobody.
 */
export const approvedTools: ArgumentRule = (value) => {
  if (!Array.isArray(value) || value.length > 50) return refuse('it is a list of at most 50 tools');
  const taken: string[] = [];
  for (const tool of value as readonly unknown[]) {
    if (typeof tool !== 'string' || tool.length > 20_000) return refuse('a tool is a text');
    if (lookingTools.has(tool)) taken.push(tool);
    // Claude takes tools as one list: a bracket within could end the one and begin another (`Bash(a),Write,Bash(b)`).
    else if (/^Bash\([^*()]+\)$/s.test(tool)) taken.push(tool);
    else if (!addedByThePage.has(tool) && !/^Bash\(\/[\w./ -]+\/gh(?::\*|\*)\)$/.test(tool)) {
      return refuse('an operator approves one exact command at a time');
    }
  }
  return { take: taken };
};

/** What a dynamic tool answered: text alone, since a picture is an address that the model's service fetches. */
export const textItems: ArgumentRule = (value) => {
  if (!Array.isArray(value) || value.length > 50) return refuse('it is a list of texts');
  const items: { type: string; text: string }[] = [];
  for (const item of value as readonly unknown[]) {
    if (!isRecord(item) || item.type !== 'inputText' || typeof item.text !== 'string' || item.text.length > 100_000) {
      return refuse('an operator answers a tool with text');
    }
    items.push({ type: 'inputText', text: item.text });
  }
  return { take: items };
};

/**
 * The arguments that go on to Jean, under one name each. Jean takes camelCase first and falls back to snake_case, for some fields even
 * when the first has the wrong type, so both at once are refused; JSON null means "not given" (contract jean §2) and is left out.
 */
export function takeArguments(
  rules: ArgumentRules,
  given: Readonly<Record<string, unknown>>,
  known: Known,
  others: Others,
): { readonly take: Readonly<Record<string, unknown>> } | { readonly refuse: string } {
  const taken = takeFields(rules, given, known, others);
  if ('refuse' in taken) return taken;
  const { worktreeId, worktreePath, sessionId } = taken.take;
  if (typeof worktreeId === 'string' && typeof worktreePath === 'string' && known.pathOf(worktreeId) !== worktreePath) {
    return { refuse: 'worktreePath is not the folder of that worktree' };
  }
  if (typeof sessionId === 'string' && typeof worktreeId === 'string' && known.worktreeOf(sessionId) !== worktreeId) {
    return { refuse: 'sessionId is not a session of that worktree' };
  }
  return taken;
}

function takeFields(
  rules: ArgumentRules,
  given: Readonly<Record<string, unknown>>,
  known: Known,
  others: Others,
): { readonly take: Record<string, unknown> } | { readonly refuse: string } {
  const taken: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const [key, value] of Object.entries(given)) {
    const name = camel(key);
    if (value === null || value === undefined) continue;
    if (!Object.hasOwn(rules, name)) {
      if (others === 'leave-out') continue;
      return { refuse: `${key.slice(0, 40)} is not taken from you` };
    }
    if (seen.has(name)) return { refuse: `${name} is given twice` };
    seen.add(name);
    const fate = rules[name]?.(value, known) ?? { leaveOut: true };
    if ('refuse' in fate) return { refuse: `${name}: ${fate.refuse}` };
    if ('take' in fate) taken[spelling[name] ?? name] = fate.take;
  }
  return { take: taken };
}

/** A fork spells this one's camelCase otherwise; all of them know the snake_case (contract jean §3). */
const spelling: Readonly<Record<string, string>> = { pendingOpencodePermissionRequests: 'pending_opencode_permission_requests' };

/** `worktree_id` and `worktreeId` are one argument; anything else stays what it is, and is then unknown. */
function camel(key: string): string {
  return /^[a-z]+(?:_[a-z]+)+$/.test(key) ? key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) : key;
}

/** True for what JSON calls an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
