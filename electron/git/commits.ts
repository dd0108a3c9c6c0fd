import { stat } from 'node:fs/promises';
import { plainLine } from '../base/plain-line.ts';
import { runGit } from './run.ts';

/** A commit in a clone on this machine. Foreign text in it is one plain line. */
export interface Commit {
  readonly sha: string;
  /** `name <address>`. */
  readonly author: string;
  readonly subject: string;
}

/** Commits that are kept of one push. */
const most = 500;
const format = '--format=%H%x1f%an <%ae>%x1f%s';

/** The commits that a push to `tip` brought to a remote whose branches stood at `before`: newest first, 500 at most, and how many there were. */
export async function commitsBeyond(
  commonDir: string,
  tip: string,
  before: Iterable<string>,
): Promise<{ readonly commits: readonly Commit[]; readonly count: number }> {
  const input = `${tip}\n${[...new Set(before)].map((sha) => `^${sha}\n`).join('')}`;
  const range = ['--ignore-missing', '--stdin'];
  const commits = await read(commonDir, [`--max-count=${most}`, ...range], input);
  if (commits.length < most) return { commits, count: commits.length };
  const { code, stdout } = await runGit(['rev-list', '--count', ...range], { cwd: commonDir, input });
  return { commits, count: code === 0 ? Number(stdout) : commits.length };
}

/** Where the remote-tracking branches of a clone stand, by name as in `origin/feature/x`. */
export async function remoteTips(commonDir: string): Promise<Map<string, string>> {
  const { stdout } = await runGit(['for-each-ref', '--format=%(refname) %(objectname) %(symref)', 'refs/remotes'], {
    cwd: commonDir,
  });
  const lines = stdout.split('\n').map((each) => each.split(' '));
  // A remote's HEAD only names another one.
  return new Map(
    lines.flatMap(([ref = '', sha = '', symref = '']) => (sha && !symref ? [[ref.slice('refs/remotes/'.length), sha]] : [])),
  );
}

/** A commit by its id or the beginning of it; null when this clone has none, or several. */
export async function findCommit(repositoryPath: string, sha: string): Promise<Commit | null> {
  if (!/^[0-9a-f]{7,64}$/.test(sha) || !(await isFolder(repositoryPath))) return null;
  const [commit] = await read(repositoryPath, ['--max-count=1', '--no-walk', `${sha}^{commit}`, '--']);
  return commit ?? null;
}

/** Whether a commit was made in this very worktree, by the log of its own HEAD; one that was only checked out there was not. */
export async function wasMadeIn(worktreePath: string, sha: string): Promise<boolean> {
  if (!(await isFolder(worktreePath))) return false;
  const { code, stdout } = await runGit(['log', '-g', '--no-show-signature', '--format=%H %gs', 'HEAD', '--'], {
    cwd: worktreePath,
  });
  if (code !== 0) return false;
  const made = /^(commit\b|cherry-pick\b|revert\b|merge .*: Merge made|rebase.*\((?:pick|reword|edit|squash|fixup)\))/;
  return stdout.split('\n').some((each) => each.startsWith(`${sha} `) && made.test(each.slice(sha.length + 1)));
}

/** git without a repository would look for one in the folders above; without a folder it can't be run at all. */
async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function read(cwd: string, args: readonly string[], input = ''): Promise<readonly Commit[]> {
  const log = ['-c', 'i18n.logOutputEncoding=UTF-8', 'log', '-z', '--no-show-signature', '--no-color', '--no-patch', format];
  const { code, stdout } = await runGit([...log, ...args], { cwd, input });
  if (code !== 0) return [];
  return stdout.split('\0').flatMap((each) => {
    const [sha = '', author = '', subject = ''] = each.split('\x1f');
    return sha === '' ? [] : [{ sha, author: plainLine(author, 120), subject: plainLine(subject, 200) }];
  });
}
