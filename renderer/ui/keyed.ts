interface Keyed<T> {
  readonly key: string;
  readonly item: T;
  /** Its place in the list. */
  readonly at: number;
}

/** Items that have no id, each with a key of what it says; the same words a second time get a number. */
export function keyed<T>(items: readonly T[], words: (item: T) => string): readonly Keyed<T>[] {
  const seen = new Map<string, number>();
  return items.map((item, at) => {
    const text = words(item);
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return { key: count === 1 ? text : `${text} ${count}`, item, at };
  });
}
