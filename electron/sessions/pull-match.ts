import type { PullView, WorktreeView } from '../../shared/model.ts';

/** A pull request as far as it matters to whose it is. */
export interface HeadedPull {
  readonly number: number;
  readonly state: 'draft' | 'open' | 'merged' | 'closed';
  readonly headBranch: string;
  readonly headRepository: string | null;
  /** Epoch ms. */
  readonly createdAt: number;
}

const same = (one: string | null, two: string): boolean => one?.toLowerCase() === two.toLowerCase();
const isOpen = ({ state }: HeadedPull): boolean => state === 'open' || state === 'draft';

/** The number of the worktree's pull request, where that is one of this repository: a fork's worktree may have one elsewhere. */
export function numberIn(repository: string, pull: Pick<PullView, 'number' | 'url'> | null): number | null {
  if (pull === null || pull.url === null || !URL.canParse(pull.url)) return null;
  const [, owner = '', name = '', what, number] = new URL(pull.url).pathname.split('/');
  return same(`${owner}/${name}`, repository) && what === 'pull' && number === String(pull.number) ? pull.number : null;
}

/**
 * The pull request of a worktree: the open one of its branch, else the newest of its branch and the one that it is known to have. One that
 * ended before the worktree was made was another's, which had a branch of that name; and what goes out of the project's own work tree
 * is found by number alone, because its branch is everybody's.
 */
export function pullOf<P extends HeadedPull>(
  worktree: Pick<WorktreeView, 'branch' | 'base' | 'createdAt' | 'pull'>,
  repository: string,
  pulls: readonly P[],
): P | null {
  const number = numberIn(repository, worktree.pull);
  const known = pulls.find((pull) => pull.number === number);
  const ofBranch = worktree.base
    ? []
    : pulls
        .filter(({ headBranch, headRepository }) => headBranch === worktree.branch && same(headRepository, repository))
        .toSorted((a, b) => b.createdAt - a.createdAt);
  if (known !== undefined && isOpen(known)) return known;
  const newest = ofBranch.find(({ createdAt }) => createdAt >= worktree.createdAt - clocksMs);
  // One that was opened and merged since we looked last.
  const next = known !== undefined && newest !== undefined && newest.createdAt > known.createdAt ? newest : undefined;
  return ofBranch.find(isOpen) ?? next ?? known ?? newest ?? null;
}

/** How far GitHub's clock and this machine's may be apart, ms. */
const clocksMs = 60_000;
