import type { Notification } from 'electron';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { NativeChannel, type NotificationLike } from './channels.ts';
import { type Notice, notice as made } from './notice.ts';
import { Notifier, type Outcome } from './notifier.ts';

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

function setUp({ onShow = 'show', supported = true, pausedUntil = null as number | null } = {}) {
  const natives: FakeNotification[] = [];
  const clicked: Notice['target'][] = [];
  const outcomes: [string, Outcome][] = [];
  const context = {
    now,
    pausedUntil,
    looking: { page: null as string | null, sessionId: null as string | null, windowFocused: true },
  };
  const state = { onShow };
  const channel = new NativeChannel({
    create: (options) => {
      if (state.onShow === 'throw') throw new Error('no bus');
      const native = new FakeNotification(options);
      natives.push(native);
      if (state.onShow !== 'nothing')
        queueMicrotask(() =>
          native.emit(state.onShow === 'empty' ? 'failed' : state.onShow, state.onShow === 'empty' ? '' : 'no server'),
        );
      return native;
    },
    isSupported: () => supported,
    onClick: (target) => clicked.push(target),
  });
  const notifier = new Notifier({
    channel,
    context: () => context,
    onOutcome: ({ id }, outcome) => outcomes.push([id, outcome]),
  });
  return { notifier, natives, clicked, outcomes, context, state };
}

describe('the notifier', () => {
  it('shows a notice on the desktop, records it, and follows a click', async () => {
    const { notifier, natives, clicked, outcomes } = setUp();
    expect(await notifier.notify(notice())).toEqual({ type: 'sent', channel: 'native' });
    expect(natives.map(({ options }) => options)).toEqual([{ title: notice().title, body: 'npm ci', silent: false }]);
    expect(outcomes).toEqual([['n1', { type: 'sent', channel: 'native' }]]);
    natives[0]?.emit('click');
    expect(clicked).toEqual([{ page: 'sessions', id: 's1' }]);
  });

  it('shows a cause once, also when it is noticed twice at the same moment', async () => {
    const { notifier, natives, outcomes } = setUp();
    await Promise.all([notifier.notify(notice()), notifier.notify(notice())]);
    await notifier.notify(notice());
    expect(natives).toHaveLength(1);
    expect(outcomes).toHaveLength(1);
  });

  it('records why a notice was held back, once', async () => {
    const { notifier, natives, outcomes, context } = setUp();
    context.looking = { page: 'sessions', sessionId: 's1', windowFocused: true };
    await notifier.notify(notice());
    await notifier.notify(notice());
    expect(natives).toEqual([]);
    expect(outcomes).toEqual([['n1', { type: 'held', why: 'You were looking at it.' }]]);
  });

  it('tells after a pause of what happens again', async () => {
    const { notifier, natives, context } = setUp({ pausedUntil: now + 1 });
    await notifier.notify(notice());
    context.pausedUntil = null;
    await notifier.notify(notice());
    expect(natives).toHaveLength(1);
  });

  it.each([
    ['failed', 'The desktop refused it: no server'],
    ['throw', 'The desktop refused it: no bus'],
    ['empty', 'This desktop has nothing that shows notifications.'],
  ])('says why when the desktop refuses (%s), and may try the same cause again', async (onShow, why) => {
    const { notifier, outcomes, state } = setUp({ onShow });
    expect(await notifier.notify(notice())).toEqual({ type: 'failed', channel: 'native', why });
    state.onShow = 'show';
    expect(await notifier.notify(notice())).toMatchObject({ type: 'sent' });
    expect(outcomes).toHaveLength(2);
  });

  it('does not wait for ever for a desktop that says nothing', async () => {
    vi.useFakeTimers();
    try {
      const { notifier } = setUp({ onShow: 'nothing' });
      const outcome = notifier.notify(notice());
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await outcome).toMatchObject({ type: 'failed', why: 'The desktop did not say that it was shown.' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('says so where there are no notifications at all', async () => {
    const { notifier } = setUp({ supported: false });
    expect(await notifier.notify(notice())).toMatchObject({ type: 'failed', why: 'This desktop shows no notifications.' });
  });

  it('takes away what is shown when it stops', async () => {
    const { notifier, natives } = setUp();
    await notifier.notify(notice());
    await notifier.notify(notice({ id: 'n2' }));
    natives[0]?.emit('close');
    notifier.stop();
    expect(natives.map(({ closed }) => closed)).toEqual([false, true]);
  });

  it('remembers the newest causes only', async () => {
    const { notifier, natives } = setUp();
    await notifier.notify(notice({ id: 'old' }));
    for (let n = 0; n < 500; n += 1) await notifier.notify(notice({ id: `n${n}` }));
    await notifier.notify(notice({ id: 'n499' }));
    expect(natives).toHaveLength(501);
    await notifier.notify(notice({ id: 'old' }));
    expect(natives).toHaveLength(502);
  });
});

describe('what is shown', () => {
  it('is plain, short and without a secret', async () => {
    const { notifier, natives } = setUp();
    const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
    await notifier.notify(
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

  it("is fit for Electron's own notifications", () => {
    expectTypeOf<Notification>().toExtend<NotificationLike>();
  });
});
