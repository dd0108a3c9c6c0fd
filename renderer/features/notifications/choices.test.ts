import { describe, expect, it } from 'vitest';
import { defaultNotificationSettings, type Rule, ruleFor } from '../../../shared/notifications.ts';
import { clockText, minuteOf } from './hours.tsx';
import { withRule } from './rules.tsx';

const rule: Rule = { native: 'never', sms: 'always', email: 'never', urgent: true };

describe('a rule', () => {
  it('of all projects is changed for all but those that have their own', () => {
    const own = withRule(defaultNotificationSettings, 'shop', 'failed', { ...rule, sms: 'away' });
    const changed = withRule(own, null, 'failed', rule);
    expect(ruleFor(changed, 'failed', 'api')).toEqual(rule);
    expect(ruleFor(changed, 'failed', null)).toEqual(rule);
    expect(ruleFor(changed, 'failed', 'shop').sms).toBe('away');
    expect(ruleFor(changed, 'finished', 'shop')).toEqual(defaultNotificationSettings.rules.finished);
  });

  it('of one project goes again, and leaves nothing behind', () => {
    const one = withRule(defaultNotificationSettings, 'shop', 'failed', rule);
    const two = withRule(one, 'shop', 'finished', rule);
    expect(withRule(two, 'shop', 'finished', null)).toEqual(one);
    expect(withRule(one, 'shop', 'failed', null)).toEqual(defaultNotificationSettings);
  });
});

describe('a time of day', () => {
  it.each([
    ['00:00', 0],
    ['07:05', 425],
    ['23:59', 1439],
  ])('%s', (text, minute) => {
    expect(clockText(minute)).toBe(text);
    expect(minuteOf(text)).toBe(minute);
  });

  it.each(['', '7:05', '24:00', '12:60', '12:00:30'])('is not “%s”', (text) => expect(minuteOf(text)).toBeNull());
});
