import { safeBaseUrl } from '../base/http-call.ts';
import { shellWord } from '../base/shell-word.ts';
import type { ConfigEntry } from './config-file.ts';
import { forShell, programHelper } from './credential-program.ts';
import { hasPassword, parseRemote } from './remote.ts';

/** What a managed worktree's git is told. No secret is in it. */
export interface WorktreePlan {
  /** Jean's id of the worktree. */
  readonly worktreeId: string;
  /** `owner/name`. */
  readonly repository: string;
  /** `https://github.com`, or plain http on this machine; where git gets and pushes. */
  readonly webUrl: string;
  /** The host in SSH remotes that mean the same server: `github.com`. */
  readonly sshHost: string;
  /** Where git asks for the credential. */
  readonly socketPath: string;
  /** The program of ours that git asks there with, where it has no credential-cache; null elsewhere. */
  readonly program: string | null;
  /** The file that holds why there is none. */
  readonly reasonPath: string;
  /** Who commits; null while that is not known: git commits as before then. */
  readonly author: { readonly name: string; readonly email: string } | null;
  /** Commits here are marked: our hooks, and the file that says with what (`commit-trailers.ts`). Null: they are not. */
  readonly trailers: { readonly hooks: string; readonly file: string } | null;
}

/** What of the surroundings changes what has to be said. */
export interface WorktreeSurroundings {
  /** URLs of all remotes, as they stand in the config. */
  readonly remoteUrls: readonly string[];
  /** The person's `.netrc` has a password for the server. */
  readonly netrc: boolean;
}

/** A plan that must not reach a config file. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** The settings of a plan, in the order in which they are written. @throws PlanError when a value could say more than it should. */
export function settingsOf(plan: WorktreePlan, surroundings: WorktreeSurroundings): readonly ConfigEntry[] {
  check(plan);
  const web = plan.webUrl.replace(/\/+$/, '');
  return [
    ['jeanravi.absent', absent(plan.repository)],
    ...(plan.author === null
      ? []
      : ([
          ['user.name', plan.author.name],
          ['user.email', plan.author.email],
        ] as const)),
    // The empty value forgets every helper that was set before, whatever its URL (measured: the more specific ones too).
    [`credential.${web}.helper`, ''],
    [`credential.${web}.helper`, plan.program === null ? cache(plan.socketPath) : programHelper(plan.program, plan.socketPath)],
    [`credential.${web}.helper`, lastWord(plan.reasonPath)],
    [`credential.${web}.useHttpPath`, 'true'],
    ...rewrites(web, plan, surroundings.remoteUrls),
    ...(plan.trailers === null
      ? []
      : ([
          ['core.hooksPath', plan.trailers.hooks],
          ['jeanravi.trailers', plan.trailers.file],
        ] as const)),
    // Costs one request with an empty password each time, and keeps the HTTP library from looking into .netrc.
    ...(surroundings.netrc ? [[`http.${web}.emptyAuth`, 'true'] as const] : []),
  ];
}

/** With a second of time to live, because git starts a cache of its own when it wants to store and nobody listens here. */
const cache = (socketPath: string): string => `cache --timeout 1 --socket ${shellWord(socketPath)}`;

/** What git says in a worktree while the app is not there. */
function absent(repository: string): string {
  return `Jean Ravi Companion is not running, so git has no credential for ${repository}. Start it, or release this worktree.`;
}

/**
 * The helper that is asked last: says why there is no credential and ends git's search, so that neither an askpass program nor the
 * terminal supplies the person's own (contract github §4.3). git prints this text whole when it quits, hence no sentence inside.
 */
function lastWord(reasonPath: string): string {
  const reason = shellWord(forShell(reasonPath));
  return `!jean_ravi() { test "$1" = get || exit 0; cat ${reason} >&2 2>/dev/null || git config jeanravi.absent >&2; echo quit=1; }; jean_ravi`;
}

/**
 * git rewrites a URL by the longest prefix that fits, and among equals by the first that was read. So the repository itself is named
 * in full, also in the form that is right already: a person's own `https://github.com/` → `git@github.com:` can't take it to SSH then.
 */
function rewrites(web: string, plan: WorktreePlan, remoteUrls: readonly string[]): ConfigEntry[] {
  const { repository, sshHost } = plan;
  const ssh = [`git@${sshHost}:`, `ssh://git@${sshHost}/`];
  const own = [`${web}/${repository}`, ...ssh.map((prefix) => prefix + repository)];
  const odd = remoteUrls.filter((url) => isOther(url, plan) && !own.some((prefix) => url.startsWith(prefix)));
  const target = `url.${web}/${repository}`;
  return [
    ...ssh.map((prefix): ConfigEntry => [`url.${web}/.insteadOf`, prefix]),
    ...own.flatMap((prefix): ConfigEntry[] => [
      [`${target}.insteadOf`, prefix],
      [`${target}.pushInsteadOf`, prefix],
    ]),
    ...[...new Set(odd)].flatMap((url): ConfigEntry[] => [
      [`${target}.git.insteadOf`, url],
      [`${target}.git.pushInsteadOf`, url],
    ]),
  ];
}

/** Another way to write this very repository: another SSH user or port, another case. One with a password is never copied. */
function isOther(url: string, plan: WorktreePlan): boolean {
  const remote = parseRemote(url);
  if (remote === null || hasPassword(url)) return false;
  if (`${remote.owner}/${remote.name}`.toLowerCase() !== plan.repository.toLowerCase()) return false;
  const hostname = remote.host.replace(/:\d+$/, '');
  return remote.host === new URL(plan.webUrl).host || hostname === plan.sshHost || hostname === `ssh.${plan.sshHost}`;
}

function check(plan: WorktreePlan): void {
  const marks = plan.trailers === null ? [] : [plan.trailers.hooks, plan.trailers.file];
  const author = plan.author === null ? [] : [plan.author.name, plan.author.email];
  const texts = [plan.worktreeId, plan.socketPath, plan.reasonPath, ...author, ...marks];
  if (texts.some((text) => text === '' || /\p{Cc}/u.test(text)))
    throw new PlanError('A value for git’s config is empty or holds control characters.');
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*\/[A-Za-z0-9_.-]+$/.test(plan.repository))
    throw new PlanError(`${plan.repository} is no owner/name.`);
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(plan.sshHost)) throw new PlanError(`${plan.sshHost} is no host.`);
  const web = safeBaseUrl(plan.webUrl);
  if (web === null || web.pathname !== '/') throw new PlanError('git’s server must begin with https:// and have no path.');
}
