import { describe, expect, it } from 'vitest';
import { type Notice, notice as made } from './notice.ts';
import { type Looking, type RoutingContext, route } from './routing.ts';

const now = 1_800_000_000_000;
const notice = (over: Partial<Notice> = {}): Notice => ({
  ...made({
    id: 'session:s1:needs-you:1',
    topic: 'session:s1',
    kind: 'needs-answer',
    title: 'Fix flaky checkout test waits for you',
    target: { page: 'sessions', id: 's1' },
    at: now,
    severity: 'attention',
  }),
  ...over,
});
const looking = (over: Partial<Looking>): Looking => ({ page: 'sessions', sessionId: null, windowFocused: true, ...over });
const context = (over: Partial<RoutingContext> = {}): RoutingContext => ({
  now,
  pausedUntil: null,
  looking: { page: null, sessionId: null, windowFocused: false },
  alreadyTold: () => false,
  ...over,
});
const trouble = notice({ kind: 'renewal-failed', target: { page: 'credentials', id: 'w1' } });
const sent = 'sent';

describe('a notice', () => {
  it.each<[string, Notice, Partial<RoutingContext>, string]>([
    ['nobody is looking', notice(), {}, sent],
    ['its row is looked at', notice(), { looking: looking({ sessionId: 's1' }) }, 'You were looking at it.'],
    [
      'its row is open, but the window is behind others',
      notice(),
      { looking: looking({ sessionId: 's1', windowFocused: false }) },
      sent,
    ],
    ['another row is looked at', notice(), { looking: looking({ sessionId: 's2' }) }, sent],
    ['another page is looked at', notice(), { looking: looking({ page: 'audit', sessionId: 's1' }) }, sent],
    ['the list is looked at, and no row', notice(), { looking: looking({}) }, sent],
    ['the credentials are looked at', trouble, { looking: looking({ page: 'credentials' }) }, 'You were looking at it.'],
    ['the sessions are looked at, and it is about a credential', trouble, { looking: looking({ sessionId: 'w1' }) }, sent],
    ['notifications are paused', notice(), { pausedUntil: now + 1 }, 'Notifications are paused.'],
    ['the pause is over', notice(), { pausedUntil: now }, sent],
    [
      'the person was told of the same cause',
      notice(),
      { alreadyTold: (id) => id === 'session:s1:needs-you:1' },
      'You were told of it before.',
    ],
    ['the person was told of another cause', notice(), { alreadyTold: (id) => id === 'session:s1:needs-you:0' }, sent],
    ['the person cancelled the session', notice({ kind: 'finished', ownDoing: true }), {}, 'You did it yourself.'],
  ])('when %s', (_when, given, over, expected) => {
    const decision = route(given, context(over));
    expect(decision.send === null ? decision.held : sent).toBe(expected);
  });
});
