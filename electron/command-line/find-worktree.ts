import { Problem, type WorktreeName } from './protocol.ts';

/** A worktree that can be named. */
export interface Findable {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly branch: string;
  /** Absolute, links followed. */
  readonly path: string;
}

/**
 * The worktree that the person means: by id, by path (of its folder or of anything in it), or by name, branch or `project/name`.
 * @throws Problem `no-such-worktree`, which lists the ones it could be.
 */
export function findWorktree<T extends Findable>(all: readonly T[], { text, paths }: WorktreeName): T {
  const byId = all.find(({ id }) => id === text);
  if (byId !== undefined) return byId;
  const named = all.filter((one) => one.name === text || one.branch === text || `${one.project}/${one.name}` === text);
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  if (named.length > 1) {
    const lines = named.map((one) => `  ${one.project}/${one.name}  ${one.branch}  ${one.id}`);
    throw new Problem(
      'no-such-worktree',
      `${named.length} worktrees are called ${text}. Say which by its id or path:\n${lines.join('\n')}`,
    );
  }
  // Worktrees may lie in one another: the deepest is meant.
  const [inside] = all
    .filter(({ path }) => paths.some((asked) => asked === path || asked.startsWith(path.endsWith('/') ? path : `${path}/`)))
    .sort((a, b) => b.path.length - a.path.length);
  if (inside !== undefined) return inside;
  const what = text === '.' ? 'This folder is in no worktree of Jean.' : `There is no worktree ${text}.`;
  throw new Problem('no-such-worktree', `${what} jean-ravi list shows them.`);
}
