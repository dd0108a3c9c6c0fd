import { describe, expect, it } from 'vitest';
import { rotateAll } from './rotate-all.ts';
import { record, token } from './test-record.ts';

const at = (worktreeId: string, over: Parameters<typeof record>[0] = {}, tokens = [token()]) => {
  const made = record(over, tokens);
  return { ...made, binding: { ...made.binding, worktreeId } };
};

describe('rotating everything', () => {
  it('rotates what has a token of its own in force, and neither what is shared nor what has ended', async () => {
    const asked: string[] = [];
    const all = [
      at('own'),
      at('shared', {}, [token({ source: 'shared' })]),
      at('ended', { ending: 'revoked-by-person' }),
      at('none', {}, []),
    ];
    const outcome = await rotateAll(all, async (id) => void asked.push(id));
    expect([asked, outcome]).toEqual([['own'], { worktrees: 1, kept: [] }]);
  });

  it('says of each that keeps its old token why, and goes on with the others', async () => {
    const outcome = await rotateAll([at('one'), at('two'), at('three')], async (id) => {
      if (id === 'two') throw new Error('GitHub is away.');
    });
    expect(outcome).toEqual({ worktrees: 3, kept: [{ worktreeId: 'two', reason: 'GitHub is away.' }] });
  });
});
