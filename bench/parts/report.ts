import { parseArgs } from 'node:util';

/** `--quick`: a shorter run, to see whether a benchmark works; its numbers prove nothing. */
export const quick = parseArgs({ options: { quick: { type: 'boolean', default: false } }, strict: false }).values.quick === true;

/** Two digits after the point are as much as any of these measurements is worth. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Prints one line of results; gives whether the target is met. */
export function report(line: {
  readonly bench: string;
  readonly value: number;
  readonly floor: number;
  readonly unit: string;
  readonly target: number;
  /** What is held against the target. */
  readonly of: 'value' | 'ratio';
  /** What has to be so beside it. */
  readonly sound?: boolean;
  readonly facts?: Readonly<Record<string, unknown>>;
}): boolean {
  const { bench, value, floor, unit, target, of, sound = true, facts = {} } = line;
  // Of a floor of nothing there is no ratio.
  const ratio = floor === 0 ? null : value / floor;
  const ok = sound && (of === 'ratio' ? (ratio ?? Number.POSITIVE_INFINITY) : value) <= target;
  const told = { bench, value: rounded(value), floor: rounded(floor), ratio: ratio && rounded(ratio), unit };
  console.log(JSON.stringify({ ...told, ...facts, ...(quick && { quick }), target, of, ok }));
  return ok;
}
