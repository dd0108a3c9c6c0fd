/**
 * A clock that follows another and never goes back: where that one is set back, it goes on from where it was. What came later is compared
 * by it with what came earlier, and stays later.
 */
export function forwardClock(now: () => number): () => number {
  let last = Number.NEGATIVE_INFINITY;
  let ahead = 0;
  return () => {
    const time = now();
    if (time + ahead < last) ahead = last - time;
    last = time + ahead;
    return last;
  };
}
