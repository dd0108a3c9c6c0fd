import type { Notice } from './notice.ts';

/** What the person is looking at. */
export interface Looking {
  readonly page: string | null;
  /** The session whose row is open. */
  readonly sessionId: string | null;
  readonly windowFocused: boolean;
}

export interface RoutingContext {
  readonly now: number;
  /** Epoch ms; null when notifications are not paused. */
  readonly pausedUntil: number | null;
  readonly looking: Looking;
  /** Whether the person was told of this cause before. */
  readonly alreadyTold: (noticeId: string) => boolean;
}

/** Where a notice goes, or why it is held back; `held` is a sentence for the audit log. */
export type Route =
  | { readonly send: 'native' }
  | { readonly send: null; readonly why: 'own-doing' | 'told' | 'paused' | 'looking'; readonly held: string };

/** Who is told, when, over what, or why not. */
export function route(notice: Notice, context: RoutingContext): Route {
  if (context.alreadyTold(notice.id)) return held('told', 'You were told of it before.');
  if (notice.ownDoing) return held('own-doing', 'You did it yourself.');
  if (isLookedAt(notice, context.looking)) return held('looking', 'You were looking at it.');
  if (context.pausedUntil !== null && context.now < context.pausedUntil) return held('paused', 'Notifications are paused.');
  return { send: 'native' };
}

const held = (why: Exclude<Route, { send: 'native' }>['why'], sentence: string): Route => ({ send: null, why, held: sentence });

function isLookedAt({ target }: Notice, { page, sessionId, windowFocused }: Looking): boolean {
  if (!windowFocused || page !== target.page) return false;
  switch (target.page) {
    case 'sessions':
      return sessionId === target.id;
    case 'credentials':
    case 'projects':
    case 'setup':
      return true;
    default:
      return target.page satisfies never;
  }
}
