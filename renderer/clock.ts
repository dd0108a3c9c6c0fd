import { useCallback, useSyncExternalStore } from 'react';

/** A time this near (ms) is shown in seconds, so it ticks in seconds. */
const nearMs = 120_000;
const fastMs = 1_000;
const slowMs = 30_000;

/** How often (ms) something has to be drawn again that shows these times (epoch ms). */
export const stepFor = (times: readonly (number | null | undefined)[], now: number): number =>
  times.some((time) => time !== null && time !== undefined && Math.abs(time - now) < nearMs) ? fastMs : slowMs;

const turns = new Map<number, number>();
const waiting = new Map<number, Set<() => void>>();
const timers = new Map<number, ReturnType<typeof setInterval>>();

function turn(step: number): void {
  turns.set(step, (turns.get(step) ?? 0) + 1);
  for (const tick of waiting.get(step) ?? []) tick();
}

function start(step: number): void {
  if (timers.has(step) || document.hidden || !waiting.get(step)?.size) return;
  timers.set(
    step,
    setInterval(() => turn(step), step),
  );
}

function pause(step: number): void {
  clearInterval(timers.get(step));
  timers.delete(step);
}

if (typeof document !== 'undefined') {
  document.addEventListener('visibilitychange', () => {
    for (const step of waiting.keys()) {
      if (document.hidden) pause(step);
      else {
        turn(step);
        start(step);
      }
    }
  });
}

function subscribe(step: number, tick: () => void): () => void {
  const ticks = waiting.get(step) ?? new Set();
  waiting.set(step, ticks.add(tick));
  start(step);
  return () => {
    ticks.delete(tick);
    if (ticks.size === 0) pause(step);
  };
}

/**
 * The time (epoch ms) for something that shows `times`: moves every second while one of them is less than two minutes away,
 * else every 30 s, and not while the page is hidden. One timer serves the whole page.
 */
export function useNow(...times: readonly (number | null | undefined)[]): number {
  const step = stepFor(times, Date.now());
  useSyncExternalStore(
    useCallback((tick: () => void) => subscribe(step, tick), [step]),
    () => turns.get(step) ?? 0,
  );
  return Date.now();
}
