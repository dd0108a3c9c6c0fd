/** What the person wants. */
export type Wanted =
  | { readonly do: 'help'; readonly of: Topic | null }
  | { readonly do: 'version' }
  | { readonly do: 'status' | 'audit verify'; readonly json: boolean }
  | { readonly do: 'list'; readonly json: boolean; readonly names: boolean }
  | { readonly do: 'env' | 'rotate' | 'revoke'; readonly json: boolean; readonly worktree: string }
  /** `skip`: how many arguments come before the command that is to be run. */
  | { readonly do: 'exec'; readonly worktree: string; readonly skip: number }
  | { readonly do: 'who'; readonly json: boolean; readonly query: string }
  | { readonly do: 'audit tail'; readonly json: boolean; readonly count: number; readonly follow: boolean }
  | { readonly do: 'release'; readonly json: boolean; readonly worktree: string | null }
  | { readonly do: 'audit export'; readonly json: boolean; readonly file: string }
  | { readonly do: 'completion'; readonly shell: Shell };

/** What can't be understood, in a sentence. */
export interface Misused {
  readonly do: 'misuse';
  readonly message: string;
}

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const topics = ['status', 'list', 'env', 'exec', 'rotate', 'revoke', 'release', 'who', 'audit', 'completion'] as const;
export type Topic = (typeof topics)[number];

const isTopic = (text: string): text is Topic => topics.some((one) => one === text);
const isShell = (text: string): text is Shell => shells.some((one) => one === text);

const tailDefault = 20;
const tailMost = 10_000;

/** Reads the arguments, without the program's own name. */
export function wantedOf(argv: readonly string[]): Wanted | Misused {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h') return { do: 'help', of: null };
  if (first === 'help') return { do: 'help', of: rest[0] !== undefined && isTopic(rest[0]) ? rest[0] : null };
  if (first === '--version') return { do: 'version' };
  if (!isTopic(first)) return misuse(`There is no command ${first}.`);
  if (first === 'exec') return execOf(rest);
  if (rest.includes('--help') || rest.includes('-h')) return { do: 'help', of: first };
  return commandOf(first, rest);
}

function commandOf(topic: Exclude<Topic, 'exec'>, rest: readonly string[]): Wanted | Misused {
  const json = rest.includes('--json');
  const others = rest.filter((one) => one !== '--json');
  switch (topic) {
    case 'status':
      return others[0] === undefined ? { do: 'status', json } : surplus(topic, others[0]);
    case 'list': {
      const names = others.includes('--names');
      const left = others.find((one) => one !== '--names');
      return left === undefined ? { do: 'list', json, names } : surplus(topic, left);
    }
    case 'env':
    case 'rotate':
    case 'revoke': {
      const [worktree, more] = others;
      if (worktree === undefined) return misuse(`Which worktree? jean-ravi ${topic} <worktree>`);
      return more === undefined && !isOption(worktree) ? { do: topic, json, worktree } : surplus(topic, more ?? worktree);
    }
    case 'release': {
      const [worktree, more] = others;
      if (worktree === undefined) return misuse('Which worktree? jean-ravi release <worktree>, or --all');
      if (more !== undefined || (isOption(worktree) && worktree !== '--all')) return surplus(topic, more ?? worktree);
      return { do: 'release', json, worktree: worktree === '--all' ? null : worktree };
    }
    case 'who': {
      const [query, more] = others;
      // To a shell that the person types into, #12 is a comment.
      if (!query) return misuse("Who was what? jean-ravi who <commit>|<pull request>|<branch>, and #12 in quotes: '#12'");
      return more === undefined && !isOption(query) ? { do: 'who', json, query } : surplus(topic, more ?? query);
    }
    case 'audit':
      return auditOf(json, others);
    case 'completion': {
      const [shell, more] = others;
      if (shell === undefined || !isShell(shell)) return misuse('For which shell? jean-ravi completion bash|zsh|fish');
      return more === undefined ? { do: 'completion', shell } : surplus(topic, more);
    }
    default:
      return topic satisfies never;
  }
}

function auditOf(json: boolean, [what, ...rest]: readonly string[]): Wanted | Misused {
  const [one, two] = rest;
  switch (what) {
    case 'tail':
      return tailOf(json, rest);
    case 'verify':
      return one === undefined ? { do: 'audit verify', json } : surplus('audit verify', one);
    case 'export':
      if (one === undefined) return misuse('Into which file? jean-ravi audit export <file>');
      return two === undefined && !isOption(one) ? { do: 'audit export', json, file: one } : surplus('audit export', two ?? one);
    default:
      return misuse('jean-ravi audit tail|verify|export');
  }
}

function tailOf(json: boolean, rest: readonly string[]): Wanted | Misused {
  const follow = rest.some(isFollow);
  const [option, number, more] = rest.filter((one) => !isFollow(one));
  if (option === undefined) return { do: 'audit tail', json, count: tailDefault, follow };
  if (option !== '-n' || more !== undefined) return surplus('audit tail', option === '-n' ? (more ?? '') : option);
  const count = Number(number);
  // Who follows may want only what is still to come.
  const least = follow ? 0 : 1;
  if (!number || !Number.isInteger(count) || count < least || count > tailMost)
    return misuse(`-n takes a number from ${least} to ${tailMost}.`);
  return { do: 'audit tail', json, count, follow };
}

const isFollow = (text: string): boolean => text === '--follow' || text === '-f';

function execOf(rest: readonly string[]): Wanted | Misused {
  const end = rest.indexOf('--');
  const before = end === -1 ? rest : rest.slice(0, end);
  if (before.includes('--help') || before.includes('-h')) return { do: 'help', of: 'exec' };
  const [worktree, more] = before;
  if (end === -1 || worktree === undefined || end === rest.length - 1) return misuse('jean-ravi exec <worktree> -- <command>…');
  if (more !== undefined || isOption(worktree)) return surplus('exec', more ?? worktree);
  return { do: 'exec', worktree, skip: end + 2 };
}

const isOption = (text: string): boolean => text.startsWith('-');
const misuse = (message: string): Misused => ({ do: 'misuse', message });
const surplus = (what: string, text: string): Misused => misuse(`jean-ravi ${what} does not know what to do with ${text}.`);
