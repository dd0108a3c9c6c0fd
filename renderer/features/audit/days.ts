const two = (value: number): string => String(value).padStart(2, '0');

/** The local day of a time (epoch ms) as `YYYY-MM-DD`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The bounds `[from, to)` of a local day in epoch ms, also where clocks change on it; null for what is no day. */
export function boundsOf(day: string): { readonly from: number; readonly to: number } | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match) return null;
  const [year, month, date] = [Number(match[1]), Number(match[2]) - 1, Number(match[3])];
  const from = new Date(year, month, date).getTime();
  return dayOf(from) === day ? { from, to: new Date(year, month, date + 1).getTime() } : null;
}

const full = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** "Today", "Yesterday", or the date in full. */
export function dayWords(at: number, now: number): string {
  const today = new Date(now);
  if (dayOf(at) === dayOf(now)) return 'Today';
  const before = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1).getTime();
  return dayOf(at) === dayOf(before) ? 'Yesterday' : full.format(at);
}
