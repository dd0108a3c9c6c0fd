// How many tests passed and failed, out of what the runners wrote down.

/** From vitest's JSON report; `status` is the runner's exit status. A file that could not even be loaded counts as one failure. */
export function unitCounts(report, status) {
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  return settle({ passed: report.numPassedTests, failed: report.numFailedTests + unloaded }, status);
}

/** From Playwright's JSON report; a test that passed only at its second try (CI allows one) is counted, and said. */
export function endToEndCounts(report, status) {
  const { expected, unexpected, flaky } = report.stats;
  const counts = settle({ passed: expected + flaky, failed: unexpected }, status);
  return flaky === 0 ? counts : { ...counts, note: `${flaky} passed at the second try only: look into it` };
}

/** A runner that failed without a failed test (it crashed, or found no test) is a failure of its own; so is one that ran nothing. */
function settle(counts, status) {
  const isSilentFailure = counts.failed === 0 && (status !== 0 || counts.passed === 0);
  return isSilentFailure ? { ...counts, failed: 1 } : counts;
}

/** The line that ends a run, read by people and by CI. */
export function closingLine(all) {
  const sum = (key) => all.reduce((total, counts) => total + counts[key], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed`;
}
