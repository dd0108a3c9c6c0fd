const hourMs = 3_600_000;

/** How long before its end a person is told, ms, longest first. */
const warnings: readonly number[] = [7 * 24 * hourMs, 24 * hourMs, hourMs];

/**
 * The warning that is due: the shortest whose time has come, so that one that was missed is not made up for. `told` is the shortest
 * that was given before, ms; null when none was. Null: nothing is due.
 */
export function warningDue(expiresAt: number, told: number | null, now: number): number | null {
  const left = expiresAt - now;
  if (left <= 0) return null;
  const due = warnings.findLast((before) => left <= before);
  return due === undefined || (told !== null && told <= due) ? null : due;
}

/** When the next warning is due, epoch ms; null when there is none to come. */
export function nextWarning(expiresAt: number, told: number | null, now: number): number | null {
  if (warningDue(expiresAt, told, now) !== null) return now;
  const next = warnings.find((before) => expiresAt - before > now && (told === null || before < told));
  return next === undefined ? null : expiresAt - next;
}
