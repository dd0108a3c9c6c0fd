import { describe, expect, it } from 'vitest';
import type { PullView } from '../../shared/model.ts';
import { type HeadedPull, numberIn, pullOf } from './pull-match.ts';

const born = 1_800_000_000_000;
const hour = 3_600_000;
const pull = (number: number, over: Partial<HeadedPull> = {}): HeadedPull => ({
  number,
  state: 'open',
  headBranch: 'fix',
  headRepository: 'Acme/Shop',
  createdAt: born + hour,
  ...over,
});
const linked = (number: number): PullView => ({ number, url: `https://x.test/acme/shop/pull/${number}`, state: 'open' });
const of = (pulls: readonly HeadedPull[], over: Partial<Parameters<typeof pullOf>[0]> = {}) =>
  pullOf({ branch: 'fix', base: false, createdAt: born, pull: null, ...over }, 'acme/shop', pulls)?.number ?? null;

describe('the pull request of a worktree', () => {
  it.each([
    ['is the open one of its branch', [pull(1), pull(2, { headBranch: 'other' })], {}, 1],
    ['is none when the branch is in a fork', [pull(1, { headRepository: 'eve/shop' })], {}, null],
    ['is the open one when an older one was closed', [pull(1, { state: 'closed' }), pull(2)], {}, 2],
    [
      'is the newest when all of them are over',
      [pull(1, { state: 'closed' }), pull(2, { state: 'merged', createdAt: born + 2 * hour })],
      {},
      2,
    ],
    [
      'is not one that was merged before there was this worktree',
      [pull(1, { state: 'merged', createdAt: born - hour })],
      {},
      null,
    ],
    [
      'is the one that Jean links, whatever its branch',
      [pull(3, { headBranch: 'theirs', headRepository: 'eve/shop' })],
      { pull: linked(3) },
      3,
    ],
    [
      'is the one that Jean links when that ended before the worktree began',
      [pull(3, { state: 'merged', createdAt: born - hour })],
      { pull: linked(3) },
      3,
    ],
    [
      'is the open one of its branch once the linked one is over',
      [pull(3, { state: 'closed' }), pull(4)],
      { pull: linked(3) },
      4,
    ],
    [
      'is the next one of its branch, though that was merged too before anybody looked',
      [pull(3, { state: 'merged' }), pull(4, { state: 'merged', createdAt: born + 2 * hour })],
      { pull: linked(3) },
      4,
    ],
    [
      'is the one that Jean links, and not an older one of its branch',
      [pull(2, { state: 'closed' }), pull(3, { state: 'merged', createdAt: born + 2 * hour, headBranch: 'theirs' })],
      { pull: linked(3) },
      3,
    ],
    ['is not found by the branch of the project’s own work tree', [pull(1)], { base: true }, null],
    ['is found by its number for the project’s own work tree', [pull(1)], { base: true, pull: linked(1) }, 1],
  ] as const)('%s', (_, pulls, over, wanted) => {
    expect(of(pulls, over)).toBe(wanted);
  });

  it('is not the one of the same number in another repository', () => {
    const upstream = { number: 7, url: 'https://x.test/upstream/shop/pull/7', state: 'open' } as const;
    expect(of([pull(7, { headBranch: 'theirs' })], { pull: upstream })).toBeNull();
    expect(numberIn('acme/shop', linked(7))).toBe(7);
    expect(numberIn('acme/shop', { number: 7, url: null })).toBeNull();
  });
});
