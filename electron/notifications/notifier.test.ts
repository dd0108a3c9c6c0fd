import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultNotificationSettings, type NotificationSettings, type Rule } from '../../shared/notifications.ts';
import { memoryDatabase } from '../storage/database.ts';
import type { DeliveryChange, Outcome, Telling, Terms } from './delivery.ts';
import { NoticeHistory, noticeMigrations } from './history.ts';
import { notice as made, type Notice, nowhere } from './notice.ts';
import { type ChannelOutcome, Notifier } from './notifier.ts';
import type { Looking, Presence } from './routing.ts';

const minute = 60_000;
beforeEach(() => vi.useFakeTimers({ now: new Date(2027, 0, 4, 12) }));
afterEach(() => vi.useRealTimers());

/** A prompt of a session of the project `shop`. */
const prompt = (session: string, over: Partial<Notice> = {}): Notice => {
  const id = `session:${session}:needs-permission:1`;
  return {
    ...made({
      id,
      topic: `session:${session}`,
      kind: 'needs-permission',
      title: `${session} wants to run a command`,
      about: { ...nowhere, projectId: 'p', project: 'shop', worktreeId: 'w1', session },
      target: { page: 'sessions', id: session },
      at: Date.now(),
      severity: 'attention',
      prompt: true,
    }),
    ...over,
  };
};
const finished = (session: string): Notice =>
  prompt(session, {
    id: `session:${session}:finished:1`,
    cause: `session:${session}:finished:1`,
    kind: 'finished',
    title: `${session} finished`,
    prompt: false,
    severity: 'info',
  });

class FakePost {
  readonly sent: { telling: Telling; channel: string; terms: Terms }[] = [];
  readonly cancelled: string[] = [];
  readonly listeners = new Set<(change: DeliveryChange) => void>();
  answer: Outcome | null = null;
  async submit(telling: Telling, channel: 'sms' | 'email', terms: Terms): Promise<Outcome> {
    this.sent.push({ telling, channel, terms });
    if (this.answer) return this.answer;
    if (terms.notBefore === undefined) return { type: 'sent', at: Date.now() };
    return { type: 'waiting', why: 'Not yet.', nextAt: terms.notBefore };
  }
  cancel(noticeId: string): void {
    this.cancelled.push(noticeId);
  }
  onChange(listener: (change: DeliveryChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const ruled = (rule: Partial<Rule>): NotificationSettings => ({
  ...defaultNotificationSettings,
  rules: {
    ...defaultNotificationSettings.rules,
    'needs-permission': { ...defaultNotificationSettings.rules['needs-permission'], ...rule },
  },
});

function setUp(rule: Partial<Rule> = {}) {
  const shown: Notice[] = [];
  const withdrawn: string[] = [];
  const audited: [string, ChannelOutcome][] = [];
  const post = new FakePost();
  const history = new NoticeHistory(memoryDatabase([...noticeMigrations]), Date.now);
  const facts = {
    settings: ruled(rule),
    mutedUntil: null as number | null,
    looking: { page: null, sessionId: null, windowFocused: false } as Looking,
    presence: { idleMs: 0, locked: false, jeanInFront: null } as Presence,
    desk: 'sent' as 'sent' | 'failed',
    asked: 0,
  };
  const start = (): Notifier =>
    new Notifier({
      desk: {
        send: async (notice) => {
          shown.push(notice);
          return facts.desk === 'sent' ? { type: 'sent', at: Date.now() } : { type: 'failed', why: 'No server.' };
        },
        withdraw: (id) => withdrawn.push(id),
      },
      post,
      history,
      settings: () => facts.settings,
      mutedUntil: () => facts.mutedUntil,
      looking: () => facts.looking,
      presence: async () => {
        facts.asked += 1;
        return facts.presence;
      },
      onOutcome: ({ title }, told) => audited.push([title, told]),
      onChange: () => undefined,
      onError: (error) => {
        throw error;
      },
      now: Date.now,
    });
  const entry = (notice: Notice) => history.entry(notice.id);
  const outcomes = (notice: Notice) => entry(notice)?.outcomes.map(({ channel, outcome }) => [channel, outcome.type]);
  const titles = () => shown.map(({ title }) => title);
  return { notifier: start(), start, shown, titles, withdrawn, audited, post, history, facts, entry, outcomes };
}
const pass = (ms = 10_000): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a notice', () => {
  it('is told on each channel that its rule says, and answers and keeps what became of it', async () => {
    const { notifier, titles, post, outcomes, audited } = setUp({ sms: 'always' });
    const answer = notifier.notify(prompt('a'));
    await pass();
    const sent = { type: 'sent', at: expect.any(Number) };
    expect(await answer).toEqual([
      { channel: 'native', outcome: sent },
      { channel: 'sms', outcome: sent },
    ]);
    expect(titles()).toEqual(['a wants to run a command']);
    expect(post.sent).toMatchObject([{ channel: 'sms', telling: { id: prompt('a').id } }]);
    expect(outcomes(prompt('a'))).toEqual([
      ['native', 'sent'],
      ['sms', 'sent'],
    ]);
    expect(audited).toHaveLength(2);
  });

  it('is told once while it lasts, also when it is noticed twice at the same moment or after a restart', async () => {
    const { notifier, start, titles } = setUp();
    void notifier.notify(prompt('a'));
    void notifier.notify(prompt('a'));
    await pass();
    void notifier.notify(prompt('a'));
    void start().notify(prompt('a'));
    await pass();
    expect(titles()).toHaveLength(1);
  });

  it('asks where the person is when it is routed, and not else', async () => {
    const { notifier, facts } = setUp();
    await pass(60 * minute);
    expect(facts.asked).toBe(0);
    void notifier.notify(prompt('a'));
    await pass();
    expect(facts.asked).toBe(1);
  });

  it('that the desktop refused may be told again', async () => {
    const { notifier, facts, titles, outcomes } = setUp({ sms: 'never' });
    facts.desk = 'failed';
    void notifier.notify(prompt('a'));
    await pass();
    expect(outcomes(prompt('a'))).toEqual([['native', 'failed']]);
    facts.desk = 'sent';
    void notifier.notify(prompt('a'));
    await pass();
    expect(titles()).toHaveLength(2);
    expect(outcomes(prompt('a'))).toEqual([['native', 'sent']]);
  });

  it('of what the person looks at is kept with the reason, and not told later', async () => {
    const { notifier, facts, titles, entry } = setUp();
    facts.looking = { page: 'sessions', sessionId: 'a', windowFocused: true };
    void notifier.notify(prompt('a'));
    await pass();
    facts.looking = { page: null, sessionId: null, windowFocused: false };
    void notifier.notify(prompt('a'));
    await pass();
    expect(titles()).toEqual([]);
    expect(entry(prompt('a'))?.outcomes).toEqual([
      { channel: 'native', outcome: { type: 'held', why: 'You were looking at it.' } },
    ]);
  });

  it('without a way beyond the desk says so', async () => {
    const { notifier, post, outcomes } = setUp({ sms: 'always' });
    post.answer = { type: 'held', why: 'No recipient.' };
    void notifier.notify(prompt('a'));
    await pass();
    expect(outcomes(prompt('a'))).toEqual([
      ['native', 'sent'],
      ['sms', 'held'],
    ]);
  });
});

describe('what is over', () => {
  it('before it could be told is not told: a request that is approved by itself, a session that goes on', async () => {
    const { notifier, titles, entry } = setUp();
    void notifier.notify(prompt('a'));
    void notifier.notify(finished('b'));
    await pass(200);
    notifier.over('session:a');
    notifier.over('session:b');
    await pass();
    expect(titles()).toEqual([]);
    expect(entry(prompt('a'))?.outcomes[0]?.outcome).toEqual({
      type: 'held',
      why: 'It was over before you could be told.',
    });
  });

  it('takes its notification away, and calls back what waits', async () => {
    const { notifier, withdrawn, post, outcomes } = setUp({ sms: 'unseen' });
    void notifier.notify(prompt('a'));
    await pass();
    expect(outcomes(prompt('a'))).toEqual([
      ['native', 'sent'],
      ['sms', 'waiting'],
    ]);
    notifier.over('session:a');
    expect(withdrawn).toEqual([prompt('a').id]);
    expect(post.cancelled).toEqual([prompt('a').id]);
    expect(outcomes(prompt('a'))).toEqual([
      ['native', 'sent'],
      ['sms', 'dropped'],
    ]);
  });

  it('calls back after a restart too', async () => {
    const { notifier, start, post } = setUp({ sms: 'unseen' });
    void notifier.notify(prompt('a'));
    await pass();
    notifier.stop();
    start().over('session:a');
    expect(post.cancelled).toEqual([prompt('a').id]);
  });

  it('leaves alone what was told of others', async () => {
    const { notifier, withdrawn } = setUp();
    void notifier.notify(prompt('a'));
    void notifier.notify(prompt('b'));
    await pass();
    notifier.over('session:b');
    expect(withdrawn).toEqual([prompt('b').id]);
  });

  it('can happen again, and is told again', async () => {
    const { notifier, titles } = setUp();
    void notifier.notify(prompt('a'));
    await pass();
    notifier.over('session:a');
    void notifier.notify(prompt('a', { id: 'another' }));
    await pass();
    expect(titles()).toHaveLength(2);
  });
});

describe('what was not seen on the desk', () => {
  it('goes as a text message after its minutes, and not when it was seen before', async () => {
    const { notifier, post } = setUp({ sms: 'unseen' });
    void notifier.notify(prompt('a'));
    void notifier.notify(prompt('b'));
    await pass();
    const [first] = post.sent;
    expect(first?.terms.notBefore).toBeGreaterThan(Date.now() + 9 * minute);
    expect(first?.terms.worthUntil).toBeGreaterThan((first?.terms.notBefore ?? 0) + 60 * minute);
    notifier.seen('sessions', 'a');
    expect(post.cancelled).toEqual([prompt('a').id]);
  });

  it('says when the post has sent it', async () => {
    const { notifier, post, outcomes, audited } = setUp({ sms: 'unseen' });
    void notifier.notify(prompt('a'));
    await pass();
    const change = { noticeId: prompt('a').id, channel: 'sms', outcome: { type: 'sent', at: Date.now() } } as const;
    for (const listener of post.listeners) listener(change);
    expect(outcomes(prompt('a'))?.[1]).toEqual(['sms', 'sent']);
    expect(audited.at(-1)).toEqual(['a wants to run a command', { channel: 'sms', outcome: change.outcome }]);
  });
});

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
    history.doubt();
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
});

describe('a burst', () => {
  const names = ['a', 'b', 'c', 'd'];

  it('is one notification, and each of it is in the history', async () => {
    const { notifier, titles, entry } = setUp();
    for (const name of names) {
      void notifier.notify(finished(name));
      await pass(1_000);
    }
    await pass();
    expect(titles()).toEqual(['4 sessions finished in shop']);
    expect(entry(finished('c'))).toMatchObject({ digest: '4 sessions finished in shop', outcomes: [{ channel: 'native' }] });
  });

  it('that goes on is told after some seconds all the same', async () => {
    const { notifier, titles } = setUp();
    for (let n = 0; n < 10; n += 1) {
      void notifier.notify(finished(`s${n}`));
      await pass(1_000);
    }
    expect(titles()).toHaveLength(1);
  });

  it('of prompts stays until each of them is over', async () => {
    const { notifier, shown, withdrawn } = setUp();
    for (const name of names) void notifier.notify(prompt(name));
    await pass();
    expect(shown).toHaveLength(1);
    for (const name of names.slice(1)) notifier.over(`session:${name}`);
    expect(withdrawn).toEqual([]);
    notifier.over('session:a');
    expect(withdrawn).toEqual([shown[0]?.id]);
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
