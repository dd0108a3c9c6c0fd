import { hasPassword, parseRemote, userOf } from './remote.ts';
import { git, runGit } from './run.ts';

/**
 * A way by which git, or another program that reads git's settings, gets past the companion in a worktree. Never holds a value of
 * anything: names of remotes, keys, hosts and users only.
 */
export type Bypass =
  /** SSH uses the person's key. Only what the companion's rewriting did not take to HTTPS: an alias, another server or repository. */
  | { readonly kind: 'ssh-remote'; readonly name: string; readonly host: string; readonly repository: string }
  /** `core.sshCommand`, where it matters: set for this repository, or while there is an SSH remote. */
  | { readonly kind: 'ssh-command'; readonly name: string; readonly scope: string }
  /** git uses it and asks no helper (contract github §4.3). */
  | { readonly kind: 'password-in-url'; readonly name: string }
  /** git asks the companion all the same; programs that read the address themselves look for that user's own password. */
  | { readonly kind: 'user-in-url'; readonly name: string; readonly user: string }
  /** git sends it before it asks any helper. */
  | { readonly kind: 'extra-header'; readonly name: string; readonly scope: string };

/** The ways past the companion that git's own settings show at this moment. @throws GitError */
export async function bypassesOf(worktreePath: string): Promise<readonly Bypass[]> {
  const options = { cwd: worktreePath };
  const found = new Map<string, Bypass>();
  const add = (bypass: Bypass): void => void found.set(`${bypass.kind} ${bypass.name}`, bypass);
  for (const line of (await git(['remote', '-v'], options)).split('\n')) {
    const [, name, url] = /^(.*)\t(.*) \((?:fetch|push)\)$/.exec(line) ?? [];
    if (name === undefined || url === undefined) continue;
    const remote = parseRemote(url);
    const user = userOf(url);
    // GitHub's logins have at most 39 characters: what is longer is a token of some kind, and is not named.
    if (hasPassword(url) || (user?.length ?? 0) > 39) add({ kind: 'password-in-url', name });
    else if (user !== null) add({ kind: 'user-in-url', name, user });
    if (remote?.protocol === 'ssh')
      add({ kind: 'ssh-remote', name, host: remote.host, repository: `${remote.owner}/${remote.name}` });
  }
  const ssh = [...found.values()].some(({ kind }) => kind === 'ssh-remote');
  for (const { scope, key } of await keys('^core\\.sshcommand$', worktreePath))
    if (ssh || scope === 'local' || scope === 'worktree') add({ kind: 'ssh-command', name: key, scope });
  for (const { scope, key } of await keys('^http\\.(.*\\.)?extraheader$', worktreePath))
    add({ kind: 'extra-header', name: key, scope });
  return [...found.values()];
}

/** Which keys fit a pattern, and whose setting each is (`global`, `local`, `worktree`…); their values stay with git. */
async function keys(pattern: string, worktreePath: string): Promise<readonly { readonly scope: string; readonly key: string }[]> {
  const { stdout } = await runGit(['config', '-z', '--show-scope', '--name-only', '--get-regexp', pattern], {
    cwd: worktreePath,
  });
  const words = stdout.split('\0').filter((word) => word !== '');
  return words.flatMap((scope, at) => {
    const key = words[at + 1];
    return at % 2 === 0 && key !== undefined ? [{ scope, key }] : [];
  });
}
