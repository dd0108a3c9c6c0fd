import type { Outcome } from '../../shared/notifications.ts';
import type { Sound, Tone } from '../../shared/sounds.ts';
import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import type { Notice } from './notice.ts';

/** What we use of Electron's `Notification`. */
export interface NotificationLike {
  on(event: 'show' | 'click' | 'close', listener: () => void): unknown;
  on(event: 'failed', listener: (event: unknown, error: string) => void): unknown;
  on(event: 'action', listener: (event: unknown, index: number) => void): unknown;
  show(): void;
  close(): void;
}

/** What we give to Electron's `Notification`. */
export interface NativeOptions {
  readonly title: string;
  readonly body: string;
  readonly silent: boolean;
  /** Linux alone: what is critical stays, and passes "do not disturb". GNOME shows no banner for `low`. */
  readonly urgency: 'normal' | 'critical';
  /** Linux and Windows: `never` stays until it is dismissed. */
  readonly timeoutType: 'default' | 'never';
  /** macOS alone; Electron has no buttons elsewhere. */
  readonly actions: { readonly type: 'button'; readonly text: string }[];
}

export interface NativeChannelOptions {
  /** `new Notification(options)`. */
  readonly create: (options: NativeOptions) => NotificationLike;
  /** `Notification.isSupported`. */
  readonly isSupported: () => boolean;
  readonly onClick: (target: Notice['target']) => void;
  /** What is heard with it. */
  readonly soundOf: (notice: Notice) => Sound;
  /** Whether tones of ours can be heard here; else it is the desktop's own sound. */
  readonly canPlay: () => boolean;
  readonly play: (tone: Tone) => void;
  /** Below the notification, where the platform has buttons. */
  readonly buttons: readonly { readonly text: string; readonly press: (notice: Notice) => void }[];
  readonly now: () => number;
  /** How long to wait for the system to say that it is shown, ms. */
  readonly patienceMs?: number;
}

const longest = { title: 100, body: 240 } as const;
/** Electron forgets a click on a notification that was garbage collected, so the newest ones are held. */
const heldAtMost = 50;

/** Notifications of the desktop. */
export class NativeChannel {
  readonly #options: NativeChannelOptions;
  /** By the notice's id. */
  readonly #shown = new Map<string, NotificationLike>();

  constructor(options: NativeChannelOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  send(notice: Notice): Promise<Outcome> {
    const { buttons, canPlay, create, isSupported, onClick, now, play, soundOf, patienceMs = 5_000 } = this.#options;
    const wanted = soundOf(notice);
    const sound = isTone(wanted) && !canPlay() ? 'desktop' : wanted;
    if (!isSupported()) return Promise.resolve(notSent('This desktop shows no notifications.'));
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(notSent('The desktop did not say that it was shown.')), patienceMs);
      timer.unref?.();
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      try {
        const native = create({
          title: withoutMarkup(notice.title, longest.title),
          body: withoutMarkup(notice.body, longest.body),
          silent: sound !== 'desktop',
          urgency: notice.urgent ? 'critical' : 'normal',
          timeoutType: notice.prompt ? 'never' : 'default',
          actions: buttons.map(({ text }) => ({ type: 'button', text })),
        });
        this.#hold(notice.id, native);
        native.on('show', () => {
          if (isTone(sound)) play(sound);
          settle({ type: 'sent', at: now() });
        });
        native.on('action', (_event, index) => buttons[index]?.press(notice));
        native.on('failed', (_event, error) => {
          this.#forget(notice.id, native);
          settle(refused(error));
        });
        native.on('click', () => {
          this.#forget(notice.id, native);
          onClick(notice.target);
        });
        native.on('close', () => this.#forget(notice.id, native));
        native.show();
      } catch (error) {
        settle(refused(error instanceof Error ? error.message : String(error)));
      }
    });
  }

  close(): void {
    for (const native of [...this.#shown.values()]) native.close();
    this.#shown.clear();
  }

  /** Takes away what is shown of a notice that is over. */
  withdraw(noticeId: string): void {
    this.#shown.get(noticeId)?.close();
    this.#shown.delete(noticeId);
  }

  #forget(noticeId: string, native: NotificationLike): void {
    if (this.#shown.get(noticeId) === native) this.#shown.delete(noticeId);
  }

  #hold(noticeId: string, native: NotificationLike): void {
    this.#shown.set(noticeId, native);
    for (const oldest of this.#shown.keys()) {
      if (this.#shown.size <= heldAtMost) return;
      this.#shown.delete(oldest);
    }
  }
}

const isTone = (sound: Sound): sound is Tone => sound !== 'desktop' && sound !== 'silent';

/** Without a notification server on the bus the reason is empty (seen with libnotify). */
const refused = (error: string): Outcome => {
  const reason = plainLine(error, 200);
  return notSent(reason === '' ? 'This desktop has nothing that shows notifications.' : `The desktop refused it: ${reason}`);
};

const notSent = (why: string): Outcome => ({ type: 'failed', why });

/**
 * One plain line without what looks like a secret. Notification servers on Linux read `<b>` and `<a href>` as markup (Desktop Notifications
 * Specification, "body-markup"), others show entities as they are; so the brackets become others that mean nothing to either.
 */
const withoutMarkup = (text: string, max: number): string =>
  plainLine(redact(plainLine(text, Number.POSITIVE_INFINITY)), max)
    .replaceAll('<', '‹')
    .replaceAll('>', '›');
