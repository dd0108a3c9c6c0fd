import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AnswerOf, type ArgumentsOf, type CommandName, Problem, type ProblemCode, type WorktreeName } from '../protocol.ts';
import { type Wanted, wantedOf } from './arguments.ts';
import { ask, follow, NotRunning } from './ask.ts';
import { completionScript } from './completion.ts';
import { exportLines, gitVariables, powershellLines } from './exports.ts';
import { exitCodes, helpText } from './help.ts';
import { whoText } from './who-words.ts';
import { credentialWords, entriesText, listText, namesText, releasedText, statusText } from './words.ts';

/** Where the program runs. */
export interface ProgramOptions {
  /** The arguments, without the program's own name. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The running app's socket. */
  readonly socket: string;
  /** Resolves once whoever reads has taken it; nothing else waits for that but what goes on and on. */
  readonly out: (text: string) => void | Promise<void>;
  readonly err: (text: string) => void;
  readonly now: () => number;
  /** Asked for by what goes on and on: aborts when the person wants no more, or nobody reads any more. */
  readonly untilStopped: () => AbortSignal;
  /** Runs exec's command, on Windows; elsewhere the wrapper becomes it. */
  readonly run?: ((command: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>) | undefined;
}

const statusOf: Readonly<Record<ProblemCode, number>> = {
  version: exitCodes.failed,
  invalid: exitCodes.misused,
  'no-such-worktree': exitCodes.notKnown,
  'not-known': exitCodes.notKnown,
  refused: exitCodes.refused,
  failed: exitCodes.failed,
};

/** Runs `jean-ravi` and resolves with its exit status. */
export async function runProgram(o: ProgramOptions): Promise<number> {
  const wanted = wantedOf(o.argv);
  if (wanted.do === 'misuse') {
    o.err(`jean-ravi: ${wanted.message}\nTry jean-ravi --help.\n`);
    return exitCodes.misused;
  }
  try {
    return await perform(o, wanted);
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NotRunning)) throw error;
    const code = error instanceof Problem ? error.code : 'not-running';
    const told = { error: { code, message: error.message } };
    if ('json' in wanted && wanted.json) await o.out(isFollowing(wanted) ? `${JSON.stringify(told)}\n` : json(told));
    o.err(`jean-ravi: ${error.message}\n`);
    return error instanceof Problem ? statusOf[error.code] : exitCodes.notRunning;
  }
}

async function perform(o: ProgramOptions, wanted: Wanted): Promise<number> {
  switch (wanted.do) {
    case 'help':
      // What exec prints is evaluated by the wrapper.
      await (wanted.of === 'exec' ? o.err : o.out)(helpText(wanted.of));
      return exitCodes.ok;
    case 'completion':
      await o.out(completionScript(wanted.shell));
      return exitCodes.ok;
    case 'version': {
      const { version } = await ask(o.socket, 'status', {});
      await o.out(`${version}\n`);
      return exitCodes.ok;
    }
    case 'status':
      return await show(o, wanted.json, 'status', {}, statusText);
    case 'list':
      return await show(o, wanted.json, 'list', {}, (list) => (wanted.names ? namesText(list) : listText(list, o.now())));
    case 'env':
      return await environment(o, wanted);
    case 'exec': {
      const { variables, git } = await ask(o.socket, 'environment', { worktree: named(o, wanted.worktree), purpose: 'exec' });
      if (o.run) return await o.run(o.argv.slice(wanted.skip), { ...o.env, ...variables, ...gitVariables(git, o.env) });
      // The wrapper evaluates this and becomes the command: signals, terminal and exit status are the command's own.
      await o.out(`${exportLines({ ...variables, ...gitVariables(git, o.env) })}shift ${wanted.skip}\n`);
      return exitCodes.ok;
    }
    case 'rotate':
      return await show(o, wanted.json, 'rotate', { worktree: named(o, wanted.worktree) }, ({ worktree, credential }) => {
        return `The credential of ${worktree.name} was replaced, and the old one is dead. ${credentialWords(credential, o.now())}.\n`;
      });
    case 'revoke':
      return await show(o, wanted.json, 'revoke', { worktree: named(o, wanted.worktree) }, ({ worktree }) => {
        return `The credential of ${worktree.name} is dead. git there fails until a new one is made in the companion.\n`;
      });
    case 'release':
      if (wanted.worktree === null) return await releaseAll(o, wanted.json);
      return await show(o, wanted.json, 'release', { worktree: named(o, wanted.worktree) }, ({ worktree }) => {
        return `${worktree.name} is released: git there is your own again, and it has no credential any more.\n`;
      });
    case 'who': {
      const answer = await ask(o.socket, 'who', { query: wanted.query });
      if (answer === null)
        throw new Problem('not-known', 'That is neither a commit, nor a pull request, nor a branch that is known here.');
      await o.out(wanted.json ? json(answer) : whoText(answer, o.now()));
      return exitCodes.ok;
    }
    case 'audit tail':
      if (wanted.follow) return await followAudit(o, wanted);
      return await show(o, wanted.json, 'audit.tail', { count: wanted.count }, entriesText);
    case 'audit verify': {
      const check = await ask(o.socket, 'audit.verify', {});
      await o.out(wanted.json ? json(check) : `${check.message}\n`);
      return check.ok ? exitCodes.ok : exitCodes.failed;
    }
    case 'audit export': {
      const path = resolve(o.cwd, wanted.file);
      if (existsSync(path)) throw new Problem('invalid', `${path} is there already, and is not overwritten.`);
      return await show(
        o,
        wanted.json,
        'audit.export',
        { path },
        (made) => `${made.count} entries were written to ${made.path}.\n`,
      );
    }
    default:
      return wanted satisfies never;
  }
}

async function show<N extends CommandName>(
  o: ProgramOptions,
  asJson: boolean,
  command: N,
  given: ArgumentsOf<N>,
  text: (answer: AnswerOf<N>) => string,
): Promise<number> {
  const answer = await ask(o.socket, command, given);
  await o.out(asJson ? json(answer) : text(answer));
  return exitCodes.ok;
}

/** What could not be done is told with the rest, and by the status. */
async function releaseAll(o: ProgramOptions, asJson: boolean): Promise<number> {
  const answer = await ask(o.socket, 'release.all', {});
  await o.out(asJson ? json(answer) : releasedText(answer));
  return answer.left.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/** Whether each line of its output stands for itself. */
const isFollowing = (wanted: Wanted): boolean => wanted.do === 'audit tail' && wanted.follow;

async function followAudit(o: ProgramOptions, wanted: { readonly json: boolean; readonly count: number }): Promise<number> {
  const stop = o.untilStopped();
  for await (const entry of follow(o.socket, 'audit.follow', { count: wanted.count }, stop)) {
    await o.out(wanted.json ? `${JSON.stringify(entry)}\n` : entriesText({ entries: [entry] }));
    if (stop.aborted) break;
  }
  return exitCodes.ok;
}

async function environment(o: ProgramOptions, wanted: { readonly worktree: string; readonly json: boolean }): Promise<number> {
  const answer = await ask(o.socket, 'environment', { worktree: named(o, wanted.worktree), purpose: 'env' });
  const variables = { ...answer.variables, ...gitVariables(answer.git, o.env) };
  o.err('jean-ravi: what is in an environment can’t be rotated, and ends within the hour. jean-ravi exec is better.\n');
  await o.out(wanted.json ? json(variables) : o.run ? powershellLines(variables) : exportLines(variables));
  return exitCodes.ok;
}

/** A worktree as the person named it, with the path that this would be. */
function named({ cwd }: ProgramOptions, text: string): WorktreeName {
  const path = resolve(cwd, text);
  return { text, paths: existsSync(path) ? [...new Set([path, realpathSync(path)])] : [path] };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
