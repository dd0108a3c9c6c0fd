import type { JeanWarning } from '../../shared/remote-access.ts';
import type { TokenRotation } from '../../shared/remote-settings.ts';
import { isLoopback } from '../base/http-call.ts';

/** When Jean's own token is made anew, and what is wrong with how Jean listens. Pure: `now` is an argument. Times are epoch ms. */

const dayMs = 24 * 60 * 60_000;
/** A rotation that was missed waits for the next quiet hour, but for no longer than this after its day. */
const lateMs = 2 * dayMs;

/** The name under which a vault has Jean's own token. A vault may be one for several Jeans: all but the local one have their id in it. */
export function vaultKeyOf(instanceId: string): string {
  if (instanceId === 'local') return 'JEAN_REMOTE_ACCESS_TOKEN';
  const uuid = /^([0-9a-f]{8})-[0-9a-f]{4}-/i.exec(instanceId)?.[1];
  const suffix = (uuid ?? instanceId).toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  return `JEAN_REMOTE_ACCESS_TOKEN_${suffix}`;
}

/**
 * When the next rotation is due; null: never. It falls into the quiet hour of a day: the next one, in a week, or in a month, counted from
 * `since` (the last rotation, or when the schedule began). Who was away then waits for the next quiet hour; who was away for days does not.
 */
export function nextRotation({ every, hour }: TokenRotation, since: number, now: number): number | null {
  if (every === 'never') return null;
  const due = firstDue(every, hour, since);
  if (now < due) return due;
  const late = now - due >= lateMs;
  return late ? now : nextQuiet(hour, now);
}

/** Now, in the quiet hour; otherwise when the next one begins. */
export function nextQuiet(hour: number, now: number): number {
  return new Date(now).getHours() === hour ? now : quietAfter(now, hour);
}

function firstDue(every: Exclude<TokenRotation['every'], 'never'>, hour: number, since: number): number {
  const from = new Date(since);
  const [year, month, day] = [from.getFullYear(), from.getMonth(), from.getDate()];
  switch (every) {
    case 'daily':
      return new Date(year, month, day + 1, hour).getTime();
    case 'weekly':
      return new Date(year, month, day + 7, hour).getTime();
    case 'monthly': {
      const lastDay = new Date(year, month + 2, 0).getDate();
      return new Date(year, month + 1, Math.min(day, lastDay), hour).getTime();
    }
    default:
      return every satisfies never;
  }
}

function quietAfter(now: number, hour: number): number {
  const today = new Date(now);
  today.setHours(hour, 0, 0, 0);
  if (today.getTime() > now) return today.getTime();
  today.setDate(today.getDate() + 1);
  return today.getTime();
}

/** How Jean's own web access listens: now, and by its preferences from its next start on. Null: not known. */
export interface Listening {
  readonly bindHost: string | null;
  /** Whether it takes anybody. */
  readonly open: boolean | null;
  readonly preferred: { readonly bindHost: string; readonly tokenRequired: boolean } | null;
}

/** Whether only this computer reaches what is bound to it. A setting writes IPv6 bare, a URL in brackets. */
export const isLoopbackHost = (host: string): boolean => host === '::1' || isLoopback(host);

const restart = 'Restart Jean, or turn its web access off and on again in Settings → Web Access.';

/** What is wrong with how Jean itself listens, and what mends it. */
export function warningsOf({ bindHost, open, preferred }: Listening): readonly JeanWarning[] {
  const warnings: JeanWarning[] = [];
  const wide = bindHost !== null && !isLoopbackHost(bindHost);
  const toBeWide = preferred !== null && !isLoopbackHost(preferred.bindHost);
  if (wide || toBeWide)
    warnings.push({
      id: 'beyond-loopback',
      message: wide
        ? `Jean itself listens on ${bindHost}, beyond this computer: whoever has its token gets past the gateway and its log.`
        : `Jean itself will listen on ${preferred?.bindHost}, beyond this computer, when it is started again.`,
      remedy: toBeWide
        ? 'Let Jean listen on this computer alone: Settings → Web Access, “Localhost only” on.'
        : `Its preferences are right already. ${restart} If it was started with --host or JEAN_HOST, start it without.`,
      mendable: toBeWide,
    });
  const unguarded = preferred !== null && !preferred.tokenRequired;
  if (open === true || unguarded)
    warnings.push({
      id: 'no-token',
      message:
        open === true
          ? 'Jean itself lets in anybody without a token: each program, and each web page that is open on this computer, gets past the gateway.'
          : 'Jean itself will let in anybody without a token when it is started again.',
      remedy: unguarded
        ? 'Let Jean ask for its token: Settings → Web Access, “Require token” on.'
        : `Its preferences are right already. ${restart} If it was started with --no-token or JEAN_NO_TOKEN, start it without.`,
      mendable: unguarded,
    });
  return warnings;
}
