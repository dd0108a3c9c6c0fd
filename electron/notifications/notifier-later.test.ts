import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../shared/notifications.ts';
import { type FakePost, finished, minute, pass, prompt, setUp } from './fixture.ts';

beforeEach(() => vi.useFakeTimers({ now: new Date(2027, 0, 4, 12) }));
afterEach(() => vi.useRealTimers());

describe('the post', () => {
  const says = (post: FakePost, channel: 'sms' | 'email', outcome: Outcome): void => {
    for (const listener of post.listeners) listener({ noticeId: prompt('a').id, channel, outcome });
  };

  it('may send it over another channel, and that is kept too', async () => {
    const { notifier, post, outcomes } = setUp({ sms: 'always' });
    post.answer = { type: 'held', why: 'The plan is used up.' };
    void notifier.notify(prompt('a'));
    await pass();
    says(post, 'email', { type: 'sent', at: Date.now() });
    expect(outcomes(prompt('a'))).toEqual([
      ['native', 'sent'],
      ['sms', 'held'],
      ['email', 'sent'],
    ]);
  });

  it('that says how it ended before it answers is believed', async () => {
    const { notifier, post, outcomes } = setUp({ sms: 'always' });
    post.submit = async () => {
      says(post, 'sms', { type: 'sent', at: Date.now() });
      return { type: 'waiting', why: 'Under way.', nextAt: Date.now() };
    };
    void notifier.notify(prompt('a'));
    await pass();
    expect(outcomes(prompt('a'))?.[1]).toEqual(['sms', 'sent']);
  });

  it('that was cut off by the end of the app leaves a doubt', async () => {
    const { notifier, post, history, entry } = setUp({ sms: 'always' });
    post.submit = () => new Promise(() => undefined);
    void notifier.notify(prompt('a'));
    await pass();
    notifier.stop();
    history.doubt(() => null);
    expect(entry(prompt('a'))?.outcomes[1]?.outcome).toEqual({ type: 'maybe', why: 'The app ended while it was on its way.' });
  });

  it('that has no way left leaves it to the desk, where it was not shown', async () => {
    const { notifier, post, titles, outcomes } = setUp({ native: 'never', sms: 'always' });
    post.answer = { type: 'failed', why: 'Refused.' };
    void notifier.notify(prompt('a'));
    await pass();
    expect(titles()).toEqual([]);
    await notifier.nowhere(prompt('a').id);
    await notifier.nowhere(prompt('a').id);
    expect(titles()).toEqual(['a wants to run a command']);
    expect(outcomes(prompt('a'))?.[0]).toEqual(['native', 'sent']);
  });

  it('that says so at once, while the desk shows it, is not a reason to show it twice', async () => {
    const { notifier, post, titles } = setUp({ native: 'always', sms: 'always' });
    post.submit = (telling) => {
      void notifier.nowhere(telling.id);
      return Promise.resolve({ type: 'failed', why: 'No recipient.' });
    };
    void notifier.notify(prompt('a'));
    await pass();
    expect(titles()).toEqual(['a wants to run a command']);
  });
});

describe('a mute', () => {
  it('holds a prompt, and it is told when the mute ends, if it waits still', async () => {
    const { notifier, facts, titles } = setUp();
    facts.mutedUntil = Date.now() + 60 * minute;
    void notifier.notify(prompt('a'));
    void notifier.notify(prompt('b'));
    void notifier.notify(finished('c'));
    await pass(30 * minute);
    notifier.over('session:b');
    expect(titles()).toEqual([]);
    await pass(31 * minute);
    expect(titles()).toEqual(['a wants to run a command']);
  });

  it('that is ended early tells it then', async () => {
    const { notifier, facts, titles } = setUp();
    facts.mutedUntil = Date.now() + 60 * minute;
    void notifier.notify(prompt('a'));
    await pass();
    facts.mutedUntil = null;
    notifier.reconsider();
    await pass();
    expect(titles()).toEqual(['a wants to run a command']);
    await pass(120 * minute);
    expect(titles()).toHaveLength(1);
  });

  it('calls back what waits to be sent, and lets it wait anew afterwards', async () => {
    const { notifier, facts, post, outcomes } = setUp({ sms: 'unseen' });
    void notifier.notify(prompt('a'));
    await pass();
    facts.mutedUntil = Date.now() + 60 * minute;
    notifier.reconsider();
    await pass();
    expect(post.cancelled).toEqual([prompt('a').id]);
    expect(outcomes(prompt('a'))?.[1]).toEqual(['sms', 'held']);
    await pass(61 * minute);
    const [first, second, ...others] = post.sent;
    expect(others).toEqual([]);
    // The post would answer for a known id with what became of that.
    expect(second?.telling.id).not.toBe(first?.telling.id);
    expect(outcomes(prompt('a'))?.[1]).toEqual(['sms', 'waiting']);
  });

  it('does not hold what is urgent', async () => {
    const { notifier, facts, titles } = setUp({ urgent: true });
    facts.mutedUntil = Date.now() + 60 * minute;
    void notifier.notify(prompt('a'));
    await pass();
    expect(titles()).toHaveLength(1);
  });

  it('is written down once, however often it is looked at again', async () => {
    const { notifier, facts, audited } = setUp({ sms: 'never' });
    facts.mutedUntil = Date.now() + 60 * minute;
    void notifier.notify(prompt('a'));
    await pass();
    notifier.reconsider();
    await pass();
    expect(audited).toEqual([
      ['a wants to run a command', { channel: 'native', outcome: { type: 'held', why: 'Notifications were muted.' } }],
    ]);
  });
});
