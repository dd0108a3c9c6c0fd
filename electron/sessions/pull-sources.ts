import type { PullView } from '../../shared/model.ts';

/** A pull request as GitHub itself told us, and when (epoch ms). */
export interface AskedPull {
  readonly pull: PullView;
  readonly at: number;
}

/**
 * Which of two sources a worktree's pull request is shown by: the newer one, except that merged is final, whoever says so; Jean, which
 * asks only while somebody looks at it (contract jean §5), may store late. `jeansAt`: when what Jean says last changed, epoch ms.
 */
export function newerPull(jeans: PullView | null, jeansAt: number, asked: AskedPull | null): PullView | null {
  if (asked === null || jeans === null) return asked?.pull ?? jeans;
  const { pull: ours, at } = asked;
  const isOurs = at >= jeansAt;
  if (jeans.number !== ours.number) return isOurs ? ours : jeans;
  if (ours.state === 'merged') return ours;
  if (jeans.state === 'merged') return jeans;
  if (!isOurs) return jeans;
  // Jean's own word for an open one that waits for its reviewers.
  return ours.state === 'open' && jeans.state === 'review' ? { ...ours, state: 'review' } : ours;
}
