import { afterEach, describe, expect, it } from 'vitest';
import type { ChannelView } from '../shared/channels.ts';
import { emptyState, type StateChange } from '../shared/model.ts';
import { Channels } from './channels.ts';
import { startGround } from './connections/fixture.ts';
import { RaviConnection } from './connections/ravi.ts';
import { outboxMigrations } from './notifications/outbox-records.ts';
import { startWithAccount } from './ravi/fixture.ts';
import { memoryDatabase } from './storage/database.ts';

const phone = '+15557654321';
const send = { method: 'POST', path: '/api/messages/send/' } as const;
const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** SMS and mail over a real connection to the sandbox's Ravi. */
async function ground() {
  const world = await startWithAccount();
  const below = await startGround();
  const state = emptyState();
  const publish = (changes: readonly StateChange[]): void => {
    for (const { collection, id, value } of changes) if (collection === 'channels' && value) state.channels[id] = value;
  };
  const acts = { ...below.base.acts(), done: () => channels.resume() };
  const ravi = new RaviConnection({ ...below.base, acts: () => acts });
  const db = memoryDatabase(outboxMigrations);
  const channels = new Channels({ ...below.base, db, ravi, publish, onNowhere: () => undefined, log: () => undefined });
  channels.start();
  endings.push(() => channels.stop());
  const signIn = async (): Promise<void> => {
    world.ravi.autoApprove(true);
    await ravi.signingIn.start(world.ravi.url);
    await expect.poll(() => ravi.signingIn.choosing !== null || ravi.vault !== null).toBe(true);
    if (ravi.signingIn.choosing) await ravi.signingIn.choose(world.robin.uuid);
    await expect.poll(() => ravi.vault?.identity).toBe(world.robin.uuid);
  };
  const view = (channel: 'sms' | 'email'): ChannelView => {
    channels.publish();
    const shown = state.channels[channel];
    if (!shown) throw new Error('It was not shown.');
    return shown;
  };
  const texts = () => world.ravi.sent().flatMap((one) => (one.kind === 'sms' ? [one.body] : []));
  const code = (): string => /\d{6}/.exec(texts().at(-1) ?? '')?.[0] ?? '';
  const verified = async (): Promise<void> => {
    await signIn();
    channels.add('sms', phone);
    await channels.verify('sms', phone);
    channels.confirm('sms', phone, code());
  };
  return { ...world, ...below, connection: ravi, channels, signIn, view, texts, code, verified };
}

describe('SMS through Ravi', () => {
  it('needs a sign-in, a recipient, and that the recipient is the person’s', async () => {
    const { channels, signIn, view, texts, code } = await ground();
    expect(view('sms')).toMatchObject({ state: 'off', message: 'SMS needs Ravi, and you are not signed in there.' });
    await signIn();
    channels.add('sms', '+1 (555) 765-4321');
    expect(view('sms')).toMatchObject({ state: 'off', recipients: [{ address: phone, verifiedAt: null }] });
    await expect(channels.test('sms')).rejects.toThrow('It goes to nobody yet');

    await channels.verify('sms', phone);
    expect(texts()).toEqual([expect.stringMatching(/^\d{6} is your code for Jean Ravi Companion\n/)]);
    const wrong = code() === '000000' ? '000001' : '000000';
    expect(() => channels.confirm('sms', phone, wrong)).toThrow('That is not the code');
    channels.confirm('sms', phone, ` ${code()} `);
    expect(view('sms')).toMatchObject({ state: 'ready', used: 1, recipients: [{ verifiedAt: expect.any(Number) }] });
    expect(await channels.test('sms')).toContain('Ravi has sent it');
    expect(texts()).toHaveLength(2);
  });

  it('lets nobody guess a code', async () => {
    const { channels, signIn, code } = await ground();
    await signIn();
    channels.add('sms', phone);
    await channels.verify('sms', phone);
    await expect(channels.verify('sms', phone)).rejects.toThrow('within the last minute');
    const right = code();
    const wrong = right === '111111' ? '222222' : '111111';
    for (let n = 0; n < 5; n += 1) expect(() => channels.confirm('sms', phone, wrong)).toThrow();
    expect(() => channels.confirm('sms', phone, right)).toThrow('Send a new one');
  });

  it('says what Ravi says when the number is not one', async () => {
    const { channels, signIn, ravi } = await ground();
    await signIn();
    expect(() => channels.add('sms', '555 1234')).toThrow('with + and its country code');
    channels.add('sms', phone);
    ravi.faults.next({ match: send, answer: { status: 400, body: { to_number: ['Not a mobile number.'] } } });
    await expect(channels.verify('sms', phone)).rejects.toThrow('Not a mobile number.');
  });

  it('is stopped by a plan that does not have it, until somebody tries again', async () => {
    const { channels, verified, view, ravi, audited, texts } = await ground();
    await verified();
    ravi.faults.next({ match: send, answer: { status: 402, body: { detail: 'Active subscription required.' } } });
    await expect(channels.test('sms')).rejects.toThrow('needs a paid plan');
    expect(view('sms')).toMatchObject({ state: 'stopped', message: expect.stringContaining('paid plan') });
    expect(audited.map(({ kind }) => kind)).toContain('channel.stopped');
    await expect(channels.test('sms')).rejects.toThrow('needs a paid plan');
    channels.retry('sms');
    await channels.test('sms');
    expect(texts()).toHaveLength(2);
  });

  it('waits as long as Ravi says, and sends it then', async () => {
    const { channels, verified, view, ravi, texts } = await ground();
    await verified();
    ravi.throttle(1);
    expect(await channels.test('sms')).toContain('It waits.');
    expect(view('sms')).toMatchObject({ state: 'waiting', message: expect.stringContaining('throttling') });
    await expect.poll(texts, { timeout: 5_000 }).toHaveLength(2);
  });

  it('is looked up at Ravi when the answer was lost, and not sent again', async () => {
    const { channels, verified, ravi, texts } = await ground();
    await verified();
    for (const answer of ['lose', { status: 201, body: '<html>' }, { status: 502, body: 'Bad Gateway' }] as const) {
      const before = texts().length;
      ravi.faults.next({ match: send, answer });
      const said = await channels.test('sms');
      expect(texts()).toHaveLength(answer === 'lose' ? before + 1 : before);
      expect(said).toContain(answer === 'lose' ? 'Ravi has sent it' : 'It waits.');
    }
    expect(ravi.calls().filter(({ method, path }) => method === 'POST' && path === send.path)).toHaveLength(4);
  });

  it('asks Jean first, after a start, whether what waited for the person waits still', async () => {
    const { channels, verified, texts } = await ground();
    await verified();
    const asks = {
      id: 'p1',
      kind: 'needs-permission',
      title: 'Mend the flake wants to run a command',
      line: 'shop',
      detail: null,
    };
    const worth = { worthUntil: Date.now() + 60_000 };
    expect(await channels.outbox.submit(asks, 'sms', worth)).toMatchObject({
      type: 'waiting',
      why: 'Jean is asked first whether it waits still.',
    });
    await channels.outbox.submit({ ...asks, id: 'p2' }, 'sms', worth);
    channels.outbox.cancel('p2');
    expect(texts()).toHaveLength(1);
    channels.onAllRead();
    await expect.poll(() => texts().length).toBe(2);
    expect(channels.outbox.outcome('p2', 'sms')).toMatchObject({ type: 'dropped' });
  });

  it('tells the audit log what it did, without the whole number', async () => {
    const { channels, verified, audited, ravi } = await ground();
    await verified();
    await channels.test('sms');
    expect(audited.at(-1)).toMatchObject({ kind: 'notification.sent', message: 'Sent by SMS: A test from Jean Ravi Companion' });
    const telling = { id: 'n1', kind: 'finished', title: 'Mend the flake finished', line: 'shop', detail: null };
    await channels.outbox.submit(telling, 'sms', { worthUntil: Date.now() + 60_000 });
    expect(audited.at(-1)).toMatchObject({ kind: 'notification.sent', message: 'Sent by SMS: Mend the flake finished' });
    ravi.faults.next({ match: send, answer: { status: 400, body: { detail: 'Not a mobile number.' } } });
    await channels.outbox.submit({ ...telling, id: 'n2' }, 'sms', { worthUntil: Date.now() + 60_000 });
    expect(audited.find(({ kind, outcome }) => kind === 'notification.held' && outcome === 'failed')).toMatchObject({
      message: expect.stringContaining('SMS: Mend the flake finished.'),
    });
    expect(JSON.stringify(audited)).not.toContain(phone);
  });
});

describe('mail through Ravi', () => {
  it('leaves from the chosen identity', async () => {
    const { channels, signIn, kim, ravi, view } = await ground();
    await signIn();
    expect((await channels.senders()).map(({ name, phone: number }) => [name, number !== null])).toEqual([
      ['Robin', true],
      ['Kim', false],
    ]);
    channels.choose('email', { identity: kim.uuid, budget: 5, detail: false });
    channels.add('email', 'me@acme.test');
    await channels.verify('email', 'me@acme.test');
    expect(ravi.sent()).toMatchObject([{ kind: 'mail', from: kim.inbox, to: 'me@acme.test' }]);
    const code =
      /\d{6}/.exec(
        ravi
          .sent()
          .flatMap((one) => (one.kind === 'mail' ? [one.subject] : []))
          .at(-1) ?? '',
      )?.[0] ?? '';
    channels.confirm('email', 'me@acme.test', code);
    expect(view('email')).toMatchObject({ state: 'ready', budget: 5, used: 1 });
  });
});
