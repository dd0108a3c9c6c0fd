import { describe, expect, it } from 'vitest';
import { closingLine, endToEndCounts, unitCounts } from './counts.mjs';

const unit = (passed, failed, testResults = []) => ({ numPassedTests: passed, numFailedTests: failed, testResults });
const endToEnd = (stats) => ({ stats: { expected: 0, unexpected: 0, flaky: 0, ...stats } });

describe('the counts at the end of npm test', () => {
  it('are those of the runner', () => {
    expect(unitCounts(unit(5, 2), 1)).toEqual({ passed: 5, failed: 2 });
    expect(endToEndCounts(endToEnd({ expected: 3, unexpected: 1 }), 1)).toEqual({ passed: 3, failed: 1 });
  });

  it('have a failure for a test file that could not be loaded', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(unitCounts(unit(5, 0, [broken]), 1)).toEqual({ passed: 5, failed: 1 });
  });

  it('have a failure for a runner that crashed after its last test', () => {
    expect(unitCounts(unit(5, 0), 137)).toEqual({ passed: 5, failed: 1 });
  });

  it('have a failure for a runner that ran nothing', () => {
    expect(endToEndCounts(endToEnd({}), 0)).toEqual({ passed: 0, failed: 1 });
  });

  it('say of a test that it passed only at the second try', () => {
    expect(endToEndCounts(endToEnd({ expected: 1, flaky: 1 }), 0)).toEqual({
      passed: 2,
      failed: 0,
      note: '1 passed at the second try only: look into it',
    });
  });

  it('are no better for a second try that failed too', () => {
    expect(endToEndCounts(endToEnd({ expected: 1, unexpected: 1, flaky: 1 }), 1)).toMatchObject({ passed: 2, failed: 1 });
  });

  it('end in a line that CI can read', () => {
    expect(
      closingLine([
        { passed: 1, failed: 0 },
        { passed: 41, failed: 2 },
      ]),
    ).toBe('42 passed, 2 failed');
  });
});
