import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { runGit } from './run.ts';

/** What is at a path, as git sees it. Paths are absolute. */
export type WorktreePlace =
  /** A worktree beside the main one: it has a config of its own. */
  | { readonly kind: 'linked'; readonly gitDir: string; readonly commonDir: string }
  /** The repository's own work tree: its config is the config of all, but for `config.worktree` in its git folder. */
  | { readonly kind: 'main'; readonly gitDir: string; readonly commonDir: string }
  | { readonly kind: 'missing' }
  /** A folder, but not the top of a work tree. */
  | { readonly kind: 'other' };

/** Looks at a path. */
export async function placeOf(path: string): Promise<WorktreePlace> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) return { kind: 'missing' };
  const asked = ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir', '--show-toplevel'];
  const { code, stdout } = await runGit(asked, { cwd: path });
  const [gitDir, commonDir, top] = stdout.split('\n');
  if (code !== 0 || !gitDir || !commonDir || !top) return { kind: 'other' };
  if ((await realpath(top)) !== (await realpath(path))) return { kind: 'other' };
  return gitDir === commonDir ? { kind: 'main', gitDir, commonDir } : { kind: 'linked', gitDir, commonDir };
}

/** The common git folder of a repository, bare ones too; null when there is none. */
export async function commonDirOf(repositoryPath: string): Promise<string | null> {
  const found = await stat(repositoryPath).catch(() => null);
  if (!found?.isDirectory()) return null;
  const { code, stdout } = await runGit(['rev-parse', '--path-format=absolute', '--git-common-dir'], { cwd: repositoryPath });
  return code === 0 ? stdout.trim() : null;
}

/** Whether the work tree at `path` belongs to the repository at `repositoryPath`; true where that repository is gone. */
export async function isWorktreeOf(path: string, repositoryPath: string): Promise<boolean> {
  const [place, commonDir] = await Promise.all([placeOf(path), commonDirOf(repositoryPath)]);
  if (commonDir === null || (place.kind !== 'linked' && place.kind !== 'main')) return true;
  return (await realpath(place.commonDir)) === (await realpath(commonDir));
}

/** The git folders of all linked worktrees of a repository, also of those whose own folder is gone. */
export async function adminDirs(commonDir: string): Promise<readonly string[]> {
  const names = await readdir(join(commonDir, 'worktrees')).catch(() => []);
  return names.map((name) => join(commonDir, 'worktrees', name));
}

/** The git folder that is left of a worktree whose own folder was deleted; null once git has pruned it. */
export async function adminDirOf(commonDir: string, worktreePath: string): Promise<string | null> {
  for (const dir of await adminDirs(commonDir)) {
    const pointer = await readFile(join(dir, 'gitdir'), 'utf8').catch(() => '');
    if (pointer !== '' && resolve(dirname(pointer.trim())) === resolve(worktreePath)) return dir;
  }
  return null;
}

/** Paths of a repository's linked worktrees, as git lists them; empty where there is no repository. */
export async function linkedWorktrees(repositoryPath: string): Promise<readonly string[]> {
  if ((await commonDirOf(repositoryPath)) === null) return [];
  const { code, stdout } = await runGit(['worktree', 'list', '--porcelain', '-z'], { cwd: repositoryPath });
  if (code !== 0) return [];
  const paths = stdout.split('\0').flatMap((line) => (line.startsWith('worktree ') ? [line.slice('worktree '.length)] : []));
  // The first one is the main work tree.
  return paths.slice(1);
}
