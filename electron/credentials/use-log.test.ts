import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Token } from './credential.ts';
import { type GitEvent, UseLog } from './use-log.ts';

const used = (generation: number): GitEvent => ({
  kind: 'credential.used',
  token: { generation } as Token,
  message: `use of ${generation}`,
});
const refused = (message: string): GitEvent => ({ kind: 'credential.refused', token: null, message });

describe('what git does with a credential', () => {
  let written: string[];
  let log: UseLog;
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_800_000_000_000 });
    written = [];
    log = new UseLog({
      write: (worktreeId, { message }, times, at, more) =>
        written.push(`${worktreeId} ${message} ${times}${more ? ' more' : ''} at ${at - 1_800_000_000_000}`),
      now: Date.now,
    });
  });
  afterEach(() => vi.useRealTimers());

  it('is written down at once, and what comes in the minute after it as one count', () => {
    log.happened('w', used(1));
    expect(written).toEqual(['w use of 1 1 at 0']);
    for (let n = 0; n < 40; n += 1) {
      vi.advanceTimersByTime(1_000);
      log.happened('w', used(1));
    }
    expect(written).toHaveLength(1);
    vi.advanceTimersByTime(20_000);
    expect(written).toEqual(['w use of 1 1 at 0', 'w use of 1 40 more at 40000']);
    log.happened('w', used(1));
    expect(written.at(-1)).toBe('w use of 1 1 at 60000');
    vi.advanceTimersByTime(600_000);
    expect(written).toHaveLength(3);
  });

  it('is counted for each worktree, each token, and each thing that happens', () => {
    log.happened('w', used(1));
    log.happened('v', used(1));
    log.happened('w', used(1));
    log.happened('w', used(2));
    log.happened('w', refused('No.'));
    log.happened('w', refused('Never.'));
    log.happened('w', refused('No.'));
    expect(written).toEqual(['w use of 1 1 at 0', 'v use of 1 1 at 0', 'w use of 2 1 at 0', 'w No. 1 at 0', 'w Never. 1 at 0']);
    vi.advanceTimersByTime(60_000);
    expect(written.slice(5).sort()).toEqual(['w No. 1 more at 0', 'w use of 1 1 more at 0']);
  });

  it('does not fill the log, however many things an agent asks for in a loop', () => {
    for (let n = 0; n < 5_000; n += 1) log.happened('w', refused(`Not ${n}.`));
    vi.advanceTimersByTime(60_000);
    expect(written).toHaveLength(32);
    expect(written.at(-1)).toBe('w Not 4999. 4969 more at 0');
    log.happened('v', refused('No.'));
    expect(written.at(-1)).toBe('v No. 1 at 60000');
  });

  it('is not lost when the app quits', () => {
    log.happened('w', used(1));
    log.happened('w', used(1));
    log.stop();
    expect(written).toEqual(['w use of 1 1 at 0', 'w use of 1 1 more at 0']);
  });
});
