import type { QuietHours } from '../../shared/notifications.ts';

/** Local times of day, over midnight and over changes of the clock. Times are epoch ms. */

const dayBegins = 4;
const morning = 8;

/** When the quiet hours end in which `at` lies; null outside of them. */
export function quietUntil({ on, from, to, days }: QuietHours, at: number): number | null {
  if (!on) return null;
  const ends = [-1, 0].flatMap((offset) => {
    const day = new Date(at);
    // Noon is on every day, also where the clock changes at midnight.
    day.setHours(12, 0, 0, 0);
    day.setDate(day.getDate() + offset);
    if (!days.includes(day.getDay())) return [];
    const begin = atMinute(day, 0, from);
    const end = atMinute(day, to > from ? 0 : 1, to);
    return begin <= at && at < end ? [end] : [];
  });
  return ends.length === 0 ? null : Math.max(...ends);
}

/** The first moment from `at` on that is not in quiet hours; null when there is none within eight days. */
export function afterQuiet(quiet: QuietHours, at: number): number | null {
  let moment = at;
  for (let turn = 0; turn < 16; turn += 1) {
    const end = quietUntil(quiet, moment);
    if (end === null) return moment;
    moment = end;
  }
  return null;
}

/** The coming morning; who asks in the small hours means the one after their night. */
export function tomorrow(now: number): number {
  const day = new Date(now);
  return atMinute(day, day.getHours() < dayBegins ? 0 : 1, morning * 60);
}

const atMinute = (day: Date, daysOn: number, minute: number): number =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate() + daysOn, Math.floor(minute / 60), minute % 60).getTime();
