import type { PullView } from '../../../shared/model.ts';

const states: Readonly<Record<PullView['state'], string>> = {
  draft: 'a draft',
  open: 'open',
  review: 'in review',
  merged: 'merged',
  closed: 'closed',
};
const checks: Readonly<Record<NonNullable<PullView['checks']>, string>> = {
  pending: 'checks run',
  passing: 'checks pass',
  failing: 'checks fail',
};
const reviews: Readonly<Record<NonNullable<PullView['review']>, string>> = {
  approved: 'approved',
  'changes-requested': 'changes requested',
};

const isOver = ({ state }: PullView): boolean => state === 'merged' || state === 'closed';

/** All that is known of a pull request: "#7, open; checks pass; approved". Of one that is over its checks say nothing any more. */
export function pullWords(pull: PullView): string {
  const said = isOver(pull) ? [] : [pull.checks && checks[pull.checks], pull.review && reviews[pull.review]];
  return [`#${pull.number}, ${states[pull.state]}`, ...said].filter(Boolean).join('; ');
}

/** For the row: the one thing about it that matters most. */
export function pullInShort(pull: PullView): string {
  const { number, state } = pull;
  if (isOver(pull)) return `PR #${number} ${state}`;
  if (pull.checks === 'failing') return `PR #${number} ${checks.failing}`;
  if (pull.review === 'changes-requested') return `PR #${number} ${reviews['changes-requested']}`;
  if (state === 'draft') return `PR #${number} draft`;
  if (pull.checks === 'pending') return `PR #${number} ${checks.pending}`;
  if (pull.review === 'approved') return `PR #${number} ${reviews.approved}`;
  return state === 'review' ? `PR #${number} ${states.review}` : `PR #${number}`;
}
