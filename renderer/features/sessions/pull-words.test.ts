import { describe, expect, it } from 'vitest';
import type { PullView } from '../../../shared/model.ts';
import { pullInShort, pullWords } from './pull-words.ts';

const pull = (over: Partial<PullView> = {}): PullView => ({ number: 7, url: null, state: 'open', ...over });

describe('a pull request in words', () => {
  it.each([
    [pull(), 'PR #7', '#7, open'],
    [pull({ state: 'draft', checks: 'passing' }), 'PR #7 draft', '#7, a draft; checks pass'],
    [pull({ state: 'review' }), 'PR #7 in review', '#7, in review'],
    [pull({ checks: 'pending', review: 'approved' }), 'PR #7 checks run', '#7, open; checks run; approved'],
    [pull({ checks: 'passing', review: 'approved' }), 'PR #7 approved', '#7, open; checks pass; approved'],
    [
      pull({ checks: 'passing', review: 'changes-requested' }),
      'PR #7 changes requested',
      '#7, open; checks pass; changes requested',
    ],
    [pull({ checks: 'failing', review: 'changes-requested' }), 'PR #7 checks fail', '#7, open; checks fail; changes requested'],
    [pull({ state: 'merged', checks: 'failing', review: 'approved' }), 'PR #7 merged', '#7, merged'],
    [pull({ state: 'closed', checks: 'pending' }), 'PR #7 closed', '#7, closed'],
  ])('says what matters most in the row, and all of it in the detail: %o', (given, short, whole) => {
    expect([pullInShort(given), pullWords(given)]).toEqual([short, whole]);
  });
});
