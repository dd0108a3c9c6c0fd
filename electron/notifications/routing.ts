import {
  type ChannelName,
  channelName,
  type NotificationSettings,
  type Rule,
  ruleFor,
  type When,
} from '../../shared/notifications.ts';
import type { Rest } from './delivery.ts';
import type { Notice } from './notice.ts';
import { afterQuiet, quietUntil } from './quiet.ts';

/** What the person is looking at. */
export interface Looking {
  readonly page: string | null;
  /** The session whose row is open. */
  readonly sessionId: string | null;
  readonly windowFocused: boolean;
}

/** What the desktop tells of the person; null where it doesn't tell. */
export interface Presence {
  /** Since the last input, ms. */
  readonly idleMs: number | null;
  readonly locked: boolean | null;
  readonly jeanInFront: boolean | null;
}

export interface RoutingContext {
  readonly now: number;
  readonly settings: NotificationSettings;
  /** Epoch ms; null when notifications are not muted. */
  readonly mutedUntil: number | null;
  readonly looking: Looking;
  readonly presence: Presence;
}

/** What is to be done on one channel; `held` has a sentence, and until when it holds (epoch ms) where an hour ends it. */
export type Route =
  /** `notBefore`: unless it was seen until then, epoch ms. */
  | { readonly type: 'send'; readonly notBefore: number | null }
  | { readonly type: 'held'; readonly why: string; readonly until: number | null }
  /** The rules leave this channel out. */
  | { readonly type: 'none' };

/** Who is told, when, over what, or why not. */
export interface Routing {
  readonly urgent: boolean;
  readonly routes: Readonly<Record<ChannelName, Route>>;
}

/** Why what is not urgent is not told. */
export const muted = 'Notifications were muted.';
export const inQuiet = 'It was in your quiet hours.';
/** Why a prompt of an earlier run of the app is not told yet. */
export const unread = 'Jean is asked first whether it waits still.';

const minuteMs = 60_000;

/** Decides for one notice and every channel. */
export function route(notice: Notice, context: RoutingContext): Routing {
  const rule = ruleFor(context.settings, notice.kind, notice.about.projectId);
  const urgent = notice.urgent || rule.urgent;
  const known = knows(notice, context.looking);
  if (known !== null) return { urgent, routes: onDesk(held(known)) };
  if (channelName.options.every((channel) => rule[channel] === 'never'))
    return { urgent, routes: onDesk(held('Your rules say not to tell of it.')) };
  const of = (channel: ChannelName): Route => routeOver(rule, channel, urgent, context);
  return { urgent, routes: { native: of('native'), sms: of('sms'), email: of('email') } };
}

/** The mute or the quiet hours that hold now; the one that ends last. */
export function restNow(settings: Pick<NotificationSettings, 'quiet'>, mutedUntil: number | null, now: number): Rest | null {
  const quiet = quietUntil(settings.quiet, now);
  const until = mutedUntil !== null && mutedUntil > now ? mutedUntil : null;
  if (until !== null && until >= (quiet ?? 0)) return { why: muted, until };
  return quiet === null ? null : { why: inQuiet, until: quiet };
}

/** Why the person needs not be told; null when they do. */
function knows({ ownDoing, target }: Notice, { page, sessionId, windowFocused }: Looking): string | null {
  if (ownDoing) return 'You did it yourself.';
  if (!windowFocused || page !== target.page) return null;
  switch (target.page) {
    case 'sessions':
      return sessionId === target.id ? lookingWords : null;
    case 'credentials':
    case 'projects':
    case 'notifications':
    case 'settings':
    case 'remote':
      return lookingWords;
    default:
      return target.page satisfies never;
  }
}

const lookingWords = 'You were looking at it.';

function routeOver(rule: Rule, channel: ChannelName, urgent: boolean, context: RoutingContext): Route {
  const when: When = rule[channel];
  if (when === 'never') return { type: 'none' };
  const { now, settings, mutedUntil, presence } = context;
  if (!urgent && mutedUntil !== null && now < mutedUntil) return held(muted, mutedUntil);
  const quiet = urgent ? null : quietUntil(settings.quiet, now);
  if (quiet !== null) return held(inQuiet, quiet);
  switch (when) {
    case 'always':
      return { type: 'send', notBefore: null };
    case 'away': {
      const away = isAway(presence, settings);
      if (away) return { type: 'send', notBefore: null };
      return held(away === null ? 'This desktop does not tell whether you are away.' : 'You were at the desk.');
    }
    case 'unseen': {
      const due = now + settings.escalateMinutes * minuteMs;
      const notBefore = urgent ? due : afterQuiet(settings.quiet, due);
      return notBefore === null ? held('Your quiet hours never end.') : { type: 'send', notBefore };
    }
    default:
      return when satisfies never;
  }
}

/** Whether the person is away, by what the desktop tells; null when it tells nothing. */
function isAway(
  { idleMs, locked, jeanInFront }: Presence,
  { awayMinutes, awayWithoutJean }: Pick<NotificationSettings, 'awayMinutes' | 'awayWithoutJean'>,
): boolean | null {
  if (locked === true || (idleMs !== null && idleMs >= awayMinutes * minuteMs)) return true;
  if (awayWithoutJean && jeanInFront !== null) return !jeanInFront;
  return idleMs === null && locked === null ? null : false;
}

const held = (why: string, until: number | null = null): Route => ({ type: 'held', why, until });

const onDesk = (native: Route): Routing['routes'] => ({ native, sms: { type: 'none' }, email: { type: 'none' } });
