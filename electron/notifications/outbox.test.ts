import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RaviError } from '../ravi/errors.ts';
import type { DeliveryChange } from './delivery.ts';
import { day, type Fate, setUp, tellingOf } from './outbox-fixture.ts';

const begin = Date.UTC(2026, 10, 22, 12);
const hour = 60 * 60_000;
const within = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const soon = () => ({ worthUntil: Date.now() + hour });

beforeEach(() => void vi.useFakeTimers({ now: begin }));
afterEach(() => void vi.useRealTimers());

/** One that has sent before, so that Ravi's list is known to have what was sent. */
async function proven(...args: Parameters<typeof setUp>) {
  const made = setUp(...args);
  made.outbox.start();
  await made.outbox.submit(tellingOf('first'), 'sms', soon());
  await made.outbox.submit(tellingOf('first'), 'email', soon());
  made.ravi.received.length = 0;
  return made;
}

describe('a notice over SMS or mail', () => {
  it('goes to each recipient once, however often it is submitted', async () => {
    const { outbox, ravi } = setUp();
    outbox.start();
    const sent = { type: 'sent', at: begin };
    expect(
      await Promise.all([outbox.submit(tellingOf('a'), 'sms', soon()), outbox.submit(tellingOf('a'), 'sms', soon())]),
    ).toEqual([sent, sent]);
    expect(await outbox.submit(tellingOf('a'), 'sms', soon())).toEqual(sent);
    expect(ravi.received).toEqual(['sms +15550000001 a', 'sms +15550000002 a']);
    await outbox.stop();
  });

  it('leaves when it may and not before, and not at all when it was called off', async () => {
    const { outbox, ravi } = setUp();
    outbox.start();
    const changes: DeliveryChange[] = [];
    outbox.onChange((change) => changes.push(change));
    const later = { notBefore: begin + 10 * 60_000, worthUntil: begin + hour };
    expect(await outbox.submit(tellingOf('seen'), 'email', later)).toMatchObject({ type: 'waiting', nextAt: later.notBefore });
    expect(await outbox.submit(tellingOf('unseen'), 'email', later)).toMatchObject({ type: 'waiting' });
    outbox.cancel('seen');
    await within(10 * 60_000 - 1);
    expect(ravi.received).toEqual([]);
    await within(1);
    expect(ravi.received).toEqual(['email me@acme.test unseen']);
    expect(changes.filter(({ noticeId }) => noticeId === 'seen').at(-1)?.outcome).toEqual({
      type: 'dropped',
      why: 'It was resolved or seen before it left.',
    });
    await outbox.stop();
  });

  it('that is older than it is worth is dropped, and goes nowhere else', async () => {
    const { outbox, ravi, db } = setUp();
    await outbox.submit(tellingOf('a'), 'sms', soon());
    vi.setSystemTime(begin + hour + 1);
    const { outbox: next, ended } = setUp({ ravi, db });
    next.start();
    await within(0);
    expect(ended.map(({ state, why }) => [state, why])).toEqual([
      ['dropped', 'It was older than it is worth telling.'],
      ['dropped', 'It was older than it is worth telling.'],
    ]);
    expect(ravi.received).toEqual([]);
    await next.stop();
  });

  it('waits as long as Ravi asks, and so does what comes after it', async () => {
    const { outbox, ravi } = await proven();
    ravi.fates.push('throttled');
    const throttled = outbox.submit(tellingOf('a'), 'sms', soon());
    expect(await throttled).toEqual({ type: 'waiting', why: 'Ravi is throttling us.', nextAt: begin + ravi.retryAfterMs });
    await within(ravi.retryAfterMs - 1);
    expect(ravi.received).toEqual([]);
    await within(1);
    expect(ravi.received.toSorted()).toEqual(['sms +15550000001 a', 'sms +15550000002 a']);
    await outbox.stop();
  });

  it('that comes while Ravi throttles waits as long too', async () => {
    const { outbox, ravi } = await proven();
    ravi.fates.push('throttled');
    await outbox.submit(tellingOf('a'), 'sms', soon());
    await within(1_000);
    expect(await outbox.submit(tellingOf('b'), 'sms', soon())).toMatchObject({
      type: 'waiting',
      nextAt: begin + ravi.retryAfterMs,
    });
    expect(ravi.received).toEqual([]);
    await within(ravi.retryAfterMs);
    expect(ravi.received).toHaveLength(4);
    await outbox.stop();
  });

  it('goes by mail when Ravi lets no SMS through for longer than it is worth', async () => {
    const { outbox, ravi } = await proven({ terms: { recipients: ['+15550000001'] } });
    ravi.retryAfterMs = 2 * hour;
    ravi.fates.push('throttled');
    expect(await outbox.submit(tellingOf('a'), 'sms', soon())).toMatchObject({ type: 'held' });
    await within(0);
    expect(ravi.received).toEqual(['email me@acme.test a']);
    await outbox.stop();
  });

  it.each([
    ['lost-taken', 1],
    ['broken-taken', 1],
    ['garbage-taken', 1],
    ['lost', 1],
    ['broken', 1],
    ['refused-connection', 1],
  ] satisfies [Fate, number][])('arrives once when a call ends as %s', async (fate, times) => {
    const { outbox, ravi, ended } = await proven();
    ravi.fates.push(fate);
    void outbox.submit(tellingOf('a'), 'email', soon());
    await within(2 * 60_000);
    expect(ravi.received).toHaveLength(times);
    expect(ended.at(-1)).toMatchObject({ state: 'sent', noticeId: 'a' });
    await outbox.stop();
  });

  it('is not repeated where nobody can say whether it arrived', async () => {
    for (const lists of [true, false]) {
      // Without an earlier message there is no proof that the list has sent ones.
      const { outbox, ravi } = lists ? setUp() : await proven();
      outbox.start();
      ravi.lists = lists;
      ravi.fates.push('lost');
      const waits = await outbox.submit(tellingOf('a'), 'email', soon());
      expect(waits.type).toBe('waiting');
      await within(2 * 60_000);
      const end = await outbox.submit(tellingOf('a'), 'email', soon());
      expect(end).toMatchObject({ type: 'maybe', why: expect.stringContaining('Nobody can say whether it arrived') });
      await within(day);
      expect(ravi.received).toEqual([]);
      await outbox.stop();
    }
  });

  it.each([
    ['subscription', 402],
    ['forbidden', 403],
    ['unauthorized', 401],
  ] as const)(
    'goes to the next channel when Ravi refuses the channel (%s), which stops until the person says so',
    async (kind, status) => {
      const { outbox, ravi, nowhere } = setUp();
      outbox.start();
      ravi.fates.push(new RaviError(kind, 'It needs something.', { status }));
      expect(await outbox.submit(tellingOf('a'), 'sms', soon())).toEqual({ type: 'failed', why: 'It needs something.' });
      await within(0);
      expect(ravi.received).toEqual(['email me@acme.test a']);
      expect(await outbox.submit(tellingOf('b'), 'sms', soon())).toEqual({
        type: 'held',
        why: 'SMS has stopped. It needs something.',
      });
      await within(0);
      expect(ravi.received).toEqual(['email me@acme.test a', 'email me@acme.test b']);
      expect(outbox.state('sms').stop).toMatchObject({ why: 'It needs something.' });
      outbox.resume('sms');
      expect(await outbox.submit(tellingOf('c'), 'sms', soon())).toMatchObject({ type: 'sent' });
      expect(nowhere).toEqual([]);
      await outbox.stop();
    },
  );

  it('comes to the desktop when neither channel takes it', async () => {
    const { outbox, ravi, terms, nowhere } = setUp();
    outbox.start();
    terms.sms.recipients = [];
    terms.email.recipients = [];
    expect(await outbox.submit(tellingOf('a'), 'email', soon())).toEqual({
      type: 'held',
      why: 'E-mail has no verified recipient.',
    });
    expect(nowhere).toEqual(['a: SMS has no verified recipient.']);
    expect(ravi.received).toEqual([]);
    await outbox.stop();
  });

  it('is held when the day’s budget is used up, and goes again the next day', async () => {
    const { outbox, ravi } = setUp({ terms: { budget: 2 } });
    outbox.start();
    await outbox.submit(tellingOf('a'), 'sms', soon());
    expect(await outbox.submit(tellingOf('b'), 'sms', soon())).toEqual({
      type: 'held',
      why: 'Today’s budget of 2 for SMS is used up.',
    });
    await within(0);
    expect(ravi.received).toEqual(['sms +15550000001 a', 'sms +15550000002 a', 'email me@acme.test b']);
    await within(day);
    expect(await outbox.submit(tellingOf('c'), 'sms', soon())).toMatchObject({ type: 'sent' });
    await outbox.stop();
  });

  it('does not leave in quiet hours that have begun since it was routed, or in a mute, and is late then but not lost', async () => {
    const { outbox, ravi, rest, nowhere } = await proven({ terms: { recipients: ['+15550000001'] } });
    const worth = { worthUntil: begin + 12 * hour };
    void outbox.submit(tellingOf('a'), 'sms', { ...worth, notBefore: begin + hour });
    void outbox.submit(tellingOf('old'), 'sms', { worthUntil: begin + 2 * hour, notBefore: begin + hour });
    rest.now = { why: 'It was in your quiet hours.', until: begin + 5 * hour };
    void outbox.submit(tellingOf('urgent', { urgent: true }), 'sms', { ...worth, notBefore: begin + hour });
    await within(2 * hour);
    expect(ravi.received).toEqual(['sms +15550000001 urgent']);
    expect(outbox.outcome('a', 'sms')).toEqual({
      type: 'waiting',
      why: 'It was in your quiet hours.',
      nextAt: begin + 5 * hour,
    });
    expect(outbox.outcome('old', 'sms')).toMatchObject({ type: 'dropped' });
    rest.now = null;
    await within(3 * hour);
    expect(ravi.received).toEqual(['sms +15550000001 urgent', 'sms +15550000001 a']);
    expect(nowhere).toEqual([]);
    await outbox.stop();
  });

  it('leaves at once when the person ends the mute that held it', async () => {
    const { outbox, ravi, rest } = await proven({ terms: { recipients: ['+15550000001'] } });
    rest.now = { why: 'Notifications were muted.', until: begin + hour };
    void outbox.submit(tellingOf('a'), 'sms', { worthUntil: begin + 12 * hour });
    await within(1_000);
    expect(ravi.received).toEqual([]);
    rest.now = null;
    outbox.reconsider();
    await within(0);
    expect(ravi.received).toEqual(['sms +15550000001 a']);
    await outbox.stop();
  });

  it('reaches the one recipient where the other is refused, and tells which one was not', async () => {
    const { outbox, ravi, records, ended } = await proven();
    ravi.fates.push(new RaviError('invalid', 'Not a mobile number.', { status: 400 }));
    expect(await outbox.submit(tellingOf('a'), 'sms', soon())).toMatchObject({ type: 'sent' });
    const [refused, reached] = ended.filter(({ noticeId }) => noticeId === 'a');
    expect([refused?.state, reached?.state]).toEqual(['failed', 'sent']);
    expect(records.troublesSince('sms', begin)).toEqual(
      new Map([
        [refused?.to, 'Not a mobile number.'],
        [reached?.to, null],
      ]),
    );
    // Somebody has it: it needs not go by mail too.
    expect(ravi.received).toEqual([`sms ${reached?.to} a`]);
    await outbox.stop();
  });

  it('waits for a Ravi that is away, for as long as it is worth', async () => {
    const { outbox, ravi } = setUp();
    outbox.start();
    ravi.fates.push(...Array<Fate>(9).fill('refused-connection'));
    void outbox.submit(tellingOf('a'), 'email', soon());
    await within(hour - 1);
    expect(ravi.received).toEqual(['email me@acme.test a']);
    await outbox.stop();
  });

  it('holds no secret on the disk', async () => {
    const { outbox, records } = setUp();
    const token = `ghp_${'a1B2'.repeat(9)}`;
    await outbox.submit(tellingOf('a', { title: token, line: token, detail: token }), 'sms', soon());
    expect(JSON.stringify(records.delivery('a', 'sms'))).not.toContain('a1B2a1B2');
  });

  it('keeps one timer while it waits, and none when there is nothing to wait for', async () => {
    const { outbox } = setUp();
    outbox.start();
    await within(0);
    expect(vi.getTimerCount()).toBe(0);
    await outbox.submit(tellingOf('a'), 'sms', { notBefore: begin + 10 * 60_000, worthUntil: begin + hour });
    await outbox.submit(tellingOf('a'), 'email', { notBefore: begin + 20 * 60_000, worthUntil: begin + hour });
    await within(0);
    expect(vi.getTimerCount()).toBe(1);
    await outbox.stop();
  });
});
