import type { Notification } from 'electron';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { Sound, Tone } from '../../shared/sounds.ts';
import { NativeChannel, type NativeOptions, type NotificationLike } from './channels.ts';
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
  readonly options: NativeOptions;
  readonly #listeners = new Map<string, (event: unknown, told: never) => void>();
  closed = false;

  constructor(options: NativeOptions) {
    this.options = options;
  }
  on(event: string, listener: (event: unknown, told: never) => void): void {
    this.#listeners.set(event, listener);
  }
  emit(event: string, told: string | number = ''): void {
    this.#listeners.get(event)?.({}, told as never);
  }
  show(): void {}
  close(): void {
    this.closed = true;
    this.emit('close');
  }
}

function setUp({ onShow = 'show', supported = true, sound = 'desktop' as Sound, canPlay = true } = {}) {
  const played: Tone[] = [];
  const pressed: string[] = [];
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
    soundOf: () => sound,
    canPlay: () => canPlay,
    play: (tone) => played.push(tone),
    buttons: [{ text: 'Mute for 1 hour', press: ({ id }) => pressed.push(id) }],
    now: () => now,
  });
  return { channel, natives, clicked, played, pressed };
}

describe('the desktop', () => {
  it('shows a notice, and a click on it leads there', async () => {
    const { channel, natives, clicked } = setUp();
    expect(await channel.send(notice())).toEqual({ type: 'sent', at: now });
    expect(natives.map(({ options }) => options)).toMatchObject([{ title: notice().title, body: 'npm ci', silent: false }]);
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
      }),
    );
    const { title, body } = natives[0]?.options ?? { title: '', body: '' };
    expect(title).toBe('‹b›bold‹/b› turned');
    expect(body).not.toMatch(/[<>]|16C7e42/);
    expect(body.length).toBeLessThanOrEqual(240);
  });

  it.each<[Sound, boolean, { silent: boolean; played: Tone[] }]>([
    ['desktop', true, { silent: false, played: [] }],
    ['silent', true, { silent: true, played: [] }],
    ['knock', true, { silent: true, played: ['knock'] }],
    ['knock', false, { silent: false, played: [] }],
  ])('makes the sound that is wanted (%s), or its own where it can’t', async (sound, canPlay, { silent, played }) => {
    const made = setUp({ sound, canPlay });
    await made.channel.send(notice());
    expect(made.natives[0]?.options.silent).toBe(silent);
    expect(made.played).toEqual(played);
  });

  it('makes no sound for what it did not show', async () => {
    const { channel, played } = setUp({ sound: 'chime', onShow: 'failed' });
    await channel.send(notice());
    expect(played).toEqual([]);
  });

  it.each([
    [
      { urgent: true, prompt: true },
      { urgency: 'critical', timeoutType: 'never' },
    ],
    [
      { urgent: false, prompt: true },
      { urgency: 'normal', timeoutType: 'never' },
    ],
    [
      { urgent: false, prompt: false },
      { urgency: 'normal', timeoutType: 'default' },
    ],
  ])('keeps on the screen what waits for the person, and presses no further than asked (%o)', async (over, options) => {
    const { channel, natives } = setUp();
    await channel.send(notice(over));
    expect(natives[0]?.options).toMatchObject(options);
  });

  it('has a button that mutes, where the platform has buttons', async () => {
    const { channel, natives, pressed } = setUp();
    await channel.send(notice());
    expect(natives[0]?.options.actions).toEqual([{ type: 'button', text: 'Mute for 1 hour' }]);
    natives[0]?.emit('action', 0);
    expect(pressed).toEqual(['n1']);
  });

  it("is Electron's own", () => {
    expectTypeOf<Notification>().toExtend<NotificationLike>();
  });
});
