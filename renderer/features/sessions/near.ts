import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** A page with more rows than this draws only those near its view: thousands would take seconds to lay out and paint. */
export const allDrawn = 300;
/** Rows that are drawn, or left out, together. */
export const rowsAtOnce = 25;
/** A row and its line, px; what a row that was never drawn is taken for. */
const rowPx = 55;
/** How far beyond what is seen rows are drawn, px: more than the arrow keys go before the next frame. */
const marginPx = 900;

/** Where a stretch of rows lies, px from the top of the window. */
export interface Stretch {
  readonly key: string;
  readonly top: number;
  readonly bottom: number;
}

/** Rows cut into stretches, each with the place of its first. */
export function stretches<T>(rows: readonly T[]): readonly { readonly first: number; readonly rows: readonly T[] }[] {
  return Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, n) => ({
    first: n * rowsAtOnce,
    rows: rows.slice(n * rowsAtOnce, (n + 1) * rowsAtOnce),
  }));
}

/** The stretches that can be seen, or nearly. */
export const nearOnes = (all: readonly Stretch[], top: number, bottom: number): readonly string[] =>
  all.filter((one) => one.bottom > top - marginPx && one.top < bottom + marginPx).map(({ key }) => key);

/** What is drawn of a long page. */
export interface Near {
  isNear(key: string): boolean;
  /** What a stretch that is left out takes, px. */
  heightOf(key: string, rows: number): number;
}

/**
 * Follows which stretches of rows are near the view of a scrolling box. Each stretch begins with an element whose `data-stretch` is its
 * key, and each list ends with one whose `data-stretch` is empty. Null while `long` is false: then everything is drawn.
 */
export function useNear(box: RefObject<HTMLElement | null>, long: boolean): Near | null {
  const [near, setNear] = useState<ReadonlySet<string>>(new Set());
  const heights = useRef(new Map<string, number>());
  const frame = useRef(0);

  const look = useCallback(() => {
    frame.current = 0;
    if (box.current === null) return;
    const marks = [...box.current.querySelectorAll<HTMLElement>('[data-stretch]')];
    const tops = marks.map((mark) => mark.getBoundingClientRect().top);
    const all = marks.flatMap((mark, at): Stretch[] => {
      const { stretch: key } = mark.dataset;
      return key ? [{ key, top: tops[at] ?? 0, bottom: tops[at + 1] ?? 0 }] : [];
    });
    for (const { key, top, bottom } of all) heights.current.set(key, bottom - top);
    const { top, bottom } = box.current.getBoundingClientRect();
    const now = nearOnes(all, top, bottom);
    setNear((before) => (now.length === before.size && now.every((key) => before.has(key)) ? before : new Set(now)));
  }, [box]);

  const soon = useCallback(() => {
    if (frame.current === 0) frame.current = requestAnimationFrame(look);
  }, [look]);

  // What was drawn may have moved what is below it, so it is looked at after each drawing.
  useEffect(() => {
    if (long) soon();
  });

  useEffect(() => {
    const element = box.current;
    if (!long || element === null) return;
    element.addEventListener('scroll', soon, { passive: true });
    const sizes = new ResizeObserver(soon);
    sizes.observe(element);
    return () => {
      element.removeEventListener('scroll', soon);
      sizes.disconnect();
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, [box, long, soon]);

  if (!long) return null;
  return {
    isNear: (key) => near.has(key),
    // Of rows that came or went since, the usual height tells more.
    heightOf: (key, rows) => Math.max(heights.current.get(key) ?? 0, rows * rowPx),
  };
}
