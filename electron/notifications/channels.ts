import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import type { ChannelName } from './delivery.ts';
import type { Notice } from './notice.ts';

/** Whether a notice reached its channel; `why` is a sentence. */
export type Delivery = { readonly sent: true } | { readonly sent: false; readonly why: string };

/** One way to tell a person. */
export interface Channel {
  readonly name: ChannelName;
  /** Never rejects. */
  send(notice: Notice): Promise<Delivery>;
  /** Takes away what is still shown. */
  close(): void;
}

/** What we use of Electron's `Notification`. */
export interface NotificationLike {
  on(event: 'show' | 'click' | 'close', listener: () => void): unknown;
  on(event: 'failed', listener: (event: unknown, error: string) => void): unknown;
  show(): void;
  close(): void;
}

export interface NativeChannelOptions {
  /** `new Notification(options)`. */
  readonly create: (options: { readonly title: string; readonly body: string; readonly silent: boolean }) => NotificationLike;
  /** `Notification.isSupported`. */
  readonly isSupported: () => boolean;
  readonly onClick: (target: Notice['target']) => void;
  /** How long to wait for the system to say that it is shown, ms. */
  readonly patienceMs?: number;
}

const longest = { title: 100, body: 240 } as const;
/** Electron forgets a click on a notification that was garbage collected, so the newest ones are held. */
const heldAtMost = 50;

/** Notifications of the desktop. */
export class NativeChannel implements Channel {
  readonly name = 'native';
  readonly #options: NativeChannelOptions;
  readonly #shown = new Set<NotificationLike>();

  constructor(options: NativeChannelOptions) {
    this.#options = options;
  }

  send(notice: Notice): Promise<Delivery> {
    const { create, isSupported, onClick, patienceMs = 5_000 } = this.#options;
    if (!isSupported()) return Promise.resolve(notSent('This desktop shows no notifications.'));
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(notSent('The desktop did not say that it was shown.')), patienceMs);
      timer.unref?.();
      const settle = (delivery: Delivery): void => {
        clearTimeout(timer);
        resolve(delivery);
      };
      try {
        const native = create({
          title: withoutMarkup(notice.title, longest.title),
          body: withoutMarkup(notice.body, longest.body),
          silent: notice.severity === 'info',
        });
        this.#hold(native);
        native.on('show', () => settle({ sent: true }));
        native.on('failed', (_event, error) => {
          this.#shown.delete(native);
          settle(refused(error));
        });
        native.on('click', () => {
          this.#shown.delete(native);
          onClick(notice.target);
        });
        native.on('close', () => this.#shown.delete(native));
        native.show();
      } catch (error) {
        settle(refused(error instanceof Error ? error.message : String(error)));
      }
    });
  }

  close(): void {
    for (const native of [...this.#shown]) native.close();
    this.#shown.clear();
  }

  #hold(native: NotificationLike): void {
    this.#shown.add(native);
    for (const oldest of this.#shown) {
      if (this.#shown.size <= heldAtMost) return;
      this.#shown.delete(oldest);
    }
  }
}

/** Without a notification server on the bus the reason is empty (seen with libnotify). */
const refused = (error: string): Delivery => {
  const reason = plainLine(error, 200);
  return notSent(reason === '' ? 'This desktop has nothing that shows notifications.' : `The desktop refused it: ${reason}`);
};

const notSent = (why: string): Delivery => ({ sent: false, why });

/**
 * One plain line without what looks like a secret. Notification servers on Linux read `<b>` and `<a href>` as markup (Desktop Notifications
 * Specification, "body-markup"), others show entities as they are; so the brackets become others that mean nothing to either.
 */
const withoutMarkup = (text: string, max: number): string =>
  plainLine(redact(plainLine(text, Number.POSITIVE_INFINITY)), max)
    .replaceAll('<', '‹')
    .replaceAll('>', '›');
