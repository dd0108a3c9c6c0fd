import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Token } from './credential.ts';
import { UseLog } from './use-log.ts';

const token = (generation: number): Token => ({ generation }) as Token;

describe('uses of a credential', () => {
  let written: string[];
  let log: UseLog;
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_800_000_000_000 });
    written = [];
    log = new UseLog({
      write: (worktreeId, { generation }, times, at) =>
        written.push(`${worktreeId} ${generation} ${times} at ${at - 1_800_000_000_000}`),
      now: Date.now,
    });
  });
  afterEach(() => vi.useRealTimers());

  it('are written down at once, and those of the minute after it as one count', () => {
    log.used('w', token(1));
    expect(written).toEqual(['w 1 1 at 0']);
    for (let n = 0; n < 40; n += 1) {
      vi.advanceTimersByTime(1_000);
      log.used('w', token(1));
    }
    expect(written).toHaveLength(1);
    vi.advanceTimersByTime(20_000);
    expect(written).toEqual(['w 1 1 at 0', 'w 1 40 at 40000']);
    log.used('w', token(1));
    expect(written.at(-1)).toBe('w 1 1 at 60000');
    vi.advanceTimersByTime(600_000);
    expect(written).toHaveLength(3);
  });

  it('are counted for each worktree and each token', () => {
    log.used('w', token(1));
    log.used('v', token(1));
    log.used('w', token(1));
    log.used('w', token(2));
    expect(written).toEqual(['w 1 1 at 0', 'v 1 1 at 0', 'w 1 1 at 0', 'w 2 1 at 0']);
  });

  it('are not lost when the app quits', () => {
    log.used('w', token(1));
    log.used('w', token(1));
    log.stop();
    expect(written).toEqual(['w 1 1 at 0', 'w 1 1 at 0']);
  });
});
