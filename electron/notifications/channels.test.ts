import type { Notification } from 'electron';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { NativeChannel, type NotificationLike } from './channels.ts';
import { notice as made, type Notice } from './notice.ts';

const now = 1_800_000_000_000;
const notice = (over: Partial<Notice> = {}): Notice => ({
  ...made({
    id: 'n1',
    topic: 'session:s1',
    kind: 'needs-permission',
    title: 'Fix flaky checkout test wants to run a command',
    detail: 'npm ci',
    target: { page: 'sessions', id: 's1' },
    at: now,
    severity: 'attention',
  }),
  ...over,
});

class FakeNotification implements NotificationLike {
  readonly options: { title: string; body: string; silent: boolean };
  readonly #listeners = new Map<string, (event: unknown, error: string) => void>();
  closed = false;

  constructor(options: { title: string; body: string; silent: boolean }) {
    this.options = options;
  }
  on(event: string, listener: (event: unknown, error: string) => void): void {
    this.#listeners.set(event, listener);
  }
  emit(event: string, error = ''): void {
    this.#listeners.get(event)?.({}, error);
  }
  show(): void {}
  close(): void {
    this.closed = true;
    this.emit('close');
  }
}

function setUp({ onShow = 'show', supported = true } = {}) {
  const natives: FakeNotification[] = [];
  const clicked: Notice['target'][] = [];
  const channel = new NativeChannel({
    create: (options) => {
      if (onShow === 'throw') throw new Error('no bus');
      const native = new FakeNotification(options);
      natives.push(native);
      if (onShow !== 'nothing')
        queueMicrotask(() => native.emit(onShow === 'empty' ? 'failed' : onShow, onShow === 'empty' ? '' : 'no server'));
      return native;
    },
    isSupported: () => supported,
    onClick: (target) => clicked.push(target),
    now: () => now,
  });
  return { channel, natives, clicked };
}

describe('the desktop', () => {
  it('shows a notice, and a click on it leads there', async () => {
    const { channel, natives, clicked } = setUp();
    expect(await channel.send(notice())).toEqual({ type: 'sent', at: now });
    expect(natives.map(({ options }) => options)).toEqual([{ title: notice().title, body: 'npm ci', silent: false }]);
    natives[0]?.emit('click');
    expect(clicked).toEqual([{ page: 'sessions', id: 's1' }]);
  });

  it.each([
    ['failed', 'The desktop refused it: no server'],
    ['throw', 'The desktop refused it: no bus'],
    ['empty', 'This desktop has nothing that shows notifications.'],
  ])('says why when it refuses (%s)', async (onShow, why) => {
    expect(await setUp({ onShow }).channel.send(notice())).toEqual({ type: 'failed', why });
  });

  it('is not waited for for ever', async () => {
    vi.useFakeTimers();
    try {
      const outcome = setUp({ onShow: 'nothing' }).channel.send(notice());
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await outcome).toEqual({ type: 'failed', why: 'The desktop did not say that it was shown.' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('says so where there are no notifications at all', async () => {
    expect(await setUp({ supported: false }).channel.send(notice())).toEqual({
      type: 'failed',
      why: 'This desktop shows no notifications.',
    });
  });

  it('takes away what is shown of one notice, and of no other', async () => {
    const { channel, natives } = setUp();
    await channel.send(notice());
    await channel.send(notice({ id: 'n2' }));
    channel.withdraw('n1');
    channel.withdraw('n1');
    expect(natives.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it('takes away what is shown when it closes', async () => {
    const { channel, natives } = setUp();
    await channel.send(notice());
    await channel.send(notice({ id: 'n2' }));
    natives[0]?.emit('close');
    channel.close();
    expect(natives.map(({ closed }) => closed)).toEqual([false, true]);
  });

  it('shows it plain, short and without a secret', async () => {
    const { channel, natives } = setUp();
    const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
    await channel.send(
      notice({
        title: `<b>bold</b>\n\u202eturned`,
        body: `curl -H "x: ${token}" <a href="http://x">y</a> ${'long '.repeat(100)}`,
        severity: 'info',
      }),
    );
    const { title, body, silent } = natives[0]?.options ?? { title: '', body: '', silent: false };
    expect(title).toBe('‹b›bold‹/b› turned');
    expect(body).not.toMatch(/[<>]|16C7e42/);
    expect(body.length).toBeLessThanOrEqual(240);
    expect(silent).toBe(true);
  });

  it("is Electron's own", () => {
    expectTypeOf<Notification>().toExtend<NotificationLike>();
  });
});
