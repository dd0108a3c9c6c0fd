import { describe, expect, it } from 'vitest';
import { defaultNotificationSettings, type NotificationSettings, type Rule } from '../../shared/notifications.ts';
import { notice as made, type Notice, nowhere } from './notice.ts';
import { type Looking, type RoutingContext, route } from './routing.ts';

const minute = 60_000;
/** A Monday at noon, local time. */
const now = new Date(2027, 0, 4, 12).getTime();
const notice = (over: Partial<Notice> = {}): Notice => ({
  ...made({
    id: 'session:s1:needs-answer:1',
    topic: 'session:s1',
    kind: 'needs-answer',
    title: 'Fix flaky checkout test waits for you',
    about: { ...nowhere, projectId: 'shop' },
    target: { page: 'sessions', id: 's1' },
    at: now,
    severity: 'attention',
  }),
  ...over,
});
const ruled = (rule: Partial<Rule>, over: Partial<NotificationSettings> = {}): NotificationSettings => ({
  ...defaultNotificationSettings,
  rules: {
    ...defaultNotificationSettings.rules,
    'needs-answer': { native: 'never', sms: 'never', email: 'never', urgent: false, ...rule },
  },
  ...over,
});
const context = (over: Partial<RoutingContext> = {}): RoutingContext => ({
  now,
  settings: ruled({ native: 'always' }),
  mutedUntil: null,
  looking: { page: null, sessionId: null, windowFocused: false },
  presence: { idleMs: 0, locked: false, jeanInFront: null },
  ...over,
});
/** What is decided for each channel, in short; a channel that the rules leave out is not there. */
function decided(given: Notice, over: Partial<RoutingContext>): Record<string, string> {
  const { routes } = route(given, context(over));
  return Object.fromEntries(
    Object.entries(routes).flatMap(([channel, one]) => {
      if (one.type === 'none') return [];
      if (one.type === 'held') return [[channel, one.why]];
      return [[channel, one.notBefore === null ? 'sent' : `in ${(one.notBefore - now) / minute} min`]];
    }),
  );
}

describe('a notice, by what the person looks at', () => {
  const looking = (over: Partial<Looking>): Looking => ({ page: 'sessions', sessionId: null, windowFocused: true, ...over });
  const trouble = notice({ kind: 'renewal-failed', target: { page: 'credentials', id: 'w1' } });
  const settings = ruled({ native: 'always', sms: 'always' });
  const both = { native: 'sent', sms: 'sent' };

  it.each<[string, Notice, Looking, Record<string, string>]>([
    ['its row is looked at', notice(), looking({ sessionId: 's1' }), { native: 'You were looking at it.' }],
    ['its row is open, but the window is behind others', notice(), looking({ sessionId: 's1', windowFocused: false }), both],
    ['another row is looked at', notice(), looking({ sessionId: 's2' }), both],
    ['another page is looked at', notice(), looking({ page: 'audit', sessionId: 's1' }), both],
    ['the list is looked at, and no row', notice(), looking({}), both],
    [
      'the person cancelled the session',
      notice({ kind: 'finished', ownDoing: true }),
      looking({ page: null }),
      { native: 'You did it yourself.' },
    ],
    ['the credentials are looked at', trouble, looking({ page: 'credentials' }), { native: 'You were looking at it.' }],
  ])('when %s', (_when, given, look, expected) => expect(decided(given, { looking: look, settings })).toEqual(expected));
});

describe('a notice, by its rule and where the person is', () => {
  const atDesk = { idleMs: 0, locked: false, jeanInFront: null };
  const gone = { ...atDesk, idleMs: 5 * minute };
  const locked = { ...atDesk, locked: true };
  const unknown = { idleMs: null, locked: null, jeanInFront: null };

  it.each<[string, Partial<Rule>, RoutingContext['presence'], Record<string, string>]>([
    ['always', { native: 'always', email: 'always' }, atDesk, { native: 'sent', email: 'sent' }],
    ['never at all', {}, atDesk, { native: 'Your rules say not to tell of it.' }],
    ['away, at the desk', { native: 'always', sms: 'away' }, atDesk, { native: 'sent', sms: 'You were at the desk.' }],
    ['away, just short of it', { sms: 'away' }, { ...atDesk, idleMs: 5 * minute - 1 }, { sms: 'You were at the desk.' }],
    ['away, without input', { native: 'away', sms: 'away' }, gone, { native: 'sent', sms: 'sent' }],
    ['away, screen locked', { sms: 'away' }, locked, { sms: 'sent' }],
    ['away, which nobody can tell', { sms: 'away' }, unknown, { sms: 'This desktop does not tell whether you are away.' }],
    ['away, and only the lock can be told', { sms: 'away' }, { ...unknown, locked: false }, { sms: 'You were at the desk.' }],
    ['unseen', { native: 'always', sms: 'unseen' }, atDesk, { native: 'sent', sms: 'in 10 min' }],
    ['unseen, and away', { email: 'unseen' }, gone, { email: 'in 10 min' }],
  ])('%s', (_when, rule, presence, expected) => expect(decided(notice(), { settings: ruled(rule), presence })).toEqual(expected));

  it.each<[boolean | null, boolean, string]>([
    [false, true, 'sent'],
    [true, true, 'You were at the desk.'],
    [null, true, 'You were at the desk.'],
    [false, false, 'You were at the desk.'],
  ])('away where Jean is in front: %s, and that counts: %s', (jeanInFront, awayWithoutJean, expected) => {
    const settings = ruled({ sms: 'away' }, { awayWithoutJean });
    expect(decided(notice(), { settings, presence: { ...atDesk, jeanInFront } })).toEqual({ sms: expected });
  });

  it('goes by the rule of its project, and by that of all where the project has none', () => {
    const projects = { shop: { 'needs-answer': { native: 'never', sms: 'always', email: 'never', urgent: false } } } as const;
    const settings = ruled({ native: 'always' }, { projects });
    expect(decided(notice(), { settings })).toEqual({ sms: 'sent' });
    expect(decided(notice({ about: { ...nowhere, projectId: 'api' } }), { settings })).toEqual({ native: 'sent' });
    expect(decided(notice({ about: nowhere }), { settings })).toEqual({ native: 'sent' });
  });
});

describe('a notice while nothing is to be told', () => {
  const quiet = { on: true, from: 11 * 60, to: 13 * 60, days: [1] };
  const rule = { native: 'always', sms: 'unseen' } as const;

  it.each<[string, Partial<RoutingContext>, Record<string, string>]>([
    ['muted', { mutedUntil: now + 1 }, { native: 'Notifications were muted.', sms: 'Notifications were muted.' }],
    ['the mute is over', { mutedUntil: now }, { native: 'sent', sms: 'in 10 min' }],
    [
      'in quiet hours',
      { settings: ruled(rule, { quiet }) },
      { native: 'It was in your quiet hours.', sms: 'It was in your quiet hours.' },
    ],
    [
      'quiet hours of another day',
      { settings: ruled(rule, { quiet: { ...quiet, days: [2] } }) },
      { native: 'sent', sms: 'in 10 min' },
    ],
    [
      'quiet hours begin before it is due',
      { settings: ruled(rule, { quiet: { ...quiet, from: 725 } }) },
      { native: 'sent', sms: 'in 60 min' },
    ],
    [
      'muted, and urgent',
      { mutedUntil: now + 1, settings: ruled({ ...rule, urgent: true }) },
      { native: 'sent', sms: 'in 10 min' },
    ],
    [
      'in quiet hours, and urgent',
      { settings: ruled({ ...rule, urgent: true }, { quiet }) },
      { native: 'sent', sms: 'in 10 min' },
    ],
  ])('%s', (_when, over, expected) => {
    expect(decided(notice(), { settings: ruled(rule), ...over })).toEqual(expected);
  });

  it('says until when it is held', () => {
    const until = (over: Partial<RoutingContext>): unknown => {
      const { native } = route(notice(), context({ settings: ruled(rule), ...over })).routes;
      return native.type === 'held' && native.until;
    };
    expect(until({ mutedUntil: now + 5 })).toBe(now + 5);
    expect(until({ settings: ruled(rule, { quiet }) })).toBe(now + 60 * minute);
    expect(until({ settings: ruled({}) })).toBeNull();
  });
});
