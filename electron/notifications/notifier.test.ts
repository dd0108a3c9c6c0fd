import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { finished, minute, pass, prompt, setUp } from './fixture.ts';

beforeEach(() => vi.useFakeTimers({ now: new Date(2027, 0, 4, 12) }));
afterEach(() => vi.useRealTimers());

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
