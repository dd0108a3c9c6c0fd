/**
 * The moments at which dying would hurt: between a durable write and the deed that it announces, and between the deed and the write
 * that it is done. Each is named so that a test can kill the app there.
 */
const boundaries = [
  'want:recorded',
  'mint:intended',
  'mint:issued',
  'mint:kept',
  'mint:recorded',
  'store:intended',
  'store:put',
  'store:recorded',
  'install:intended',
  'install:opened',
  'install:configured',
  'install:recorded',
  'rotate:recorded',
  'serve:recorded',
  'end:recorded',
  'end:closed',
  'retire:recorded',
  'revoke:begun',
  'revoke:verified',
  'bury:recorded',
  'bury:forgotten',
  'unvault:removed',
  'unvault:recorded',
  'uninstall:removed',
  'uninstall:recorded',
  'move:ordered',
  'move:intended',
  'move:put',
  'move:verified',
  'move:recorded',
  'clear:removed',
  'clear:recorded',
] as const;

/** The name of a moment between two steps. */
export type Boundary = (typeof boundaries)[number];

/** What `--crash-at` asks for: a boundary, or one by its number (`serve:recorded:2`, the second passing). */
export interface CrashPoint {
  readonly boundary: Boundary;
  readonly passing: number;
}

/** Reads `boundary` or `boundary:n`. @throws Error when there is no such boundary. */
export function parseCrashPoint(text: string): CrashPoint {
  const [, name = text, count = '1'] = /^([a-z]+:[a-z]+)(?::([1-9]\d*))?$/.exec(text) ?? [];
  const boundary = boundaries.find((one) => one === name);
  if (boundary === undefined) throw new Error(`There is no boundary ${text}. There are: ${boundaries.join(', ')}.`);
  return { boundary, passing: Number(count) };
}

/** Calls `crash` at the chosen passing of the chosen boundary, and never at another one. */
export function crashAt({ boundary, passing }: CrashPoint, crash: () => void): (name: Boundary) => void {
  let left = passing;
  return (name) => {
    if (name !== boundary) return;
    left -= 1;
    if (left === 0) crash();
  };
}
