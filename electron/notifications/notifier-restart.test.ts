import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { finished, minute, pass, prompt, setUp } from './fixture.ts';

beforeEach(() => vi.useFakeTimers({ now: new Date(2027, 0, 4, 12) }));
afterEach(() => vi.useRealTimers());

/** The app dies: nothing of it goes on. */
const die = (): void => {
  const now = Date.now();
  vi.clearAllTimers();
  vi.setSystemTime(now);
};

describe('an app that dies', () => {
  it('while it waits for a burst tells at its next start what it had gathered, once', async () => {
    const { notifier, start, titles, gathered } = setUp();
    void notifier.notify(finished('a'));
    void notifier.notify(prompt('b'));
    die();
    expect(titles()).toEqual([]);
    start().start();
    await pass();
    expect(titles().toSorted()).toEqual(['a finished', 'b wants to run a command']);
    expect(gathered.all()).toEqual([]);
    start().start();
    await pass();
    expect(titles()).toHaveLength(2);
  });

  it('and is started when it is no news any more, says that it was not told', async () => {
    const { notifier, start, titles, outcomes } = setUp();
    void notifier.notify(finished('a'));
    die();
    vi.setSystemTime(Date.now() + 180 * minute);
    start().start();
    await pass();
    expect(titles()).toEqual([]);
    expect(outcomes(finished('a'))).toEqual([['native', 'dropped']]);
  });

  it('keeps no secret of what it had gathered', () => {
    const { notifier, gathered } = setUp();
    const token = `ghp_${'a1B2'.repeat(9)}`;
    void notifier.notify(prompt('a', { detail: `echo ${token}\0`, title: `run ${token}` }));
    expect(JSON.stringify(gathered.all())).not.toContain('a1B2a1B2');
    expect(gathered.all()).toHaveLength(1);
  });

  it('leaves to the post what that knows of a message on its way', async () => {
    const { notifier, post, history, entry } = setUp({ sms: 'always' });
    post.submit = () => new Promise(() => undefined);
    void notifier.notify(prompt('a'));
    await pass();
    die();
    const waits = { type: 'waiting', why: 'Ravi is throttling us.', nextAt: 7 } as const;
    history.doubt((carrier, channel) => (carrier === prompt('a').id && channel === 'sms' ? waits : null));
    expect(entry(prompt('a'))?.outcomes[1]?.outcome).toEqual(waits);
  });
});

describe('a prompt that is there when the app starts', () => {
  // Its time is Jean's then, and not the one at which it was seen to begin.
  const later = (session: string) =>
    prompt(session, { id: `session:${session}:needs-permission:2`, cause: `session:${session}:needs-permission:2` });

  it('is told where nobody was told of it', async () => {
    const { notifier, titles } = setUp();
    notifier.found(prompt('a'));
    await pass();
    expect(titles()).toEqual(['a wants to run a command']);
  });

  it('is not told again where an earlier run told it', async () => {
    const { notifier, start, titles } = setUp();
    void notifier.notify(prompt('a'));
    await pass();
    start().found(later('a'));
    await pass();
    expect(titles()).toHaveLength(1);
  });

  it('is not told twice where an earlier run had gathered it', async () => {
    const { notifier, start, titles } = setUp();
    void notifier.notify(prompt('a'));
    die();
    const again = start();
    again.start();
    again.found(later('a'));
    await pass();
    expect(titles()).toHaveLength(1);
  });

  it('is told when the quiet hours end that held it before the app quit', async () => {
    const { notifier, start, facts, titles } = setUp();
    facts.settings = { ...facts.settings, quiet: { on: true, from: 12 * 60, to: 13 * 60, days: [0, 1, 2, 3, 4, 5, 6] } };
    void notifier.notify(prompt('a'));
    await pass();
    notifier.stop();
    start().found(later('a'));
    await pass(59 * minute);
    expect(titles()).toEqual([]);
    await pass(2 * minute);
    expect(titles()).toEqual(['a wants to run a command']);
  });

  it('is not told where the person saw it', async () => {
    const { notifier, start, facts, titles } = setUp();
    facts.mutedUntil = Date.now() + minute;
    void notifier.notify(prompt('a'));
    await pass();
    notifier.seen('sessions', 'a');
    notifier.stop();
    start().found(later('a'));
    await pass(2 * minute);
    expect(titles()).toEqual([]);
  });

  it('is another one where its words are others', async () => {
    const { notifier, start, titles } = setUp();
    void notifier.notify(prompt('a'));
    await pass();
    start().found({ ...later('a'), title: 'a asks to edit a file' });
    await pass();
    expect(titles()).toEqual(['a wants to run a command', 'a asks to edit a file']);
  });
});

describe('a post that is slow to answer', () => {
  it('keeps nobody from being told on the desk, and is believed when it answers', async () => {
    const { notifier, post, titles, outcomes } = setUp({ sms: 'always' });
    const arrivals: (() => void)[] = [];
    post.submit = () => new Promise((resolve) => arrivals.push(() => resolve({ type: 'sent', at: Date.now() })));
    const answer = notifier.notify(prompt('a'));
    await pass();
    void notifier.notify(prompt('b'));
    await pass();
    expect(titles()).toEqual(['a wants to run a command', 'b wants to run a command']);
    expect(outcomes(prompt('a'))?.[1]).toEqual(['sms', 'waiting']);
    for (const arrive of arrivals) arrive();
    expect((await answer).map(({ channel, outcome }) => [channel, outcome.type])).toEqual([
      ['native', 'sent'],
      ['sms', 'sent'],
    ]);
  });
});
