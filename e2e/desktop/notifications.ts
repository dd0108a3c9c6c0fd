import { plain, type SessionBus, waitUntil } from './bus.ts';

const serverName = 'org.freedesktop.Notifications';
const serverPath = '/org/freedesktop/Notifications';

/** Why a notification is gone (Desktop Notifications Specification 1.2, NotificationClosed). */
export type CloseReason = 'expired' | 'dismissed' | 'closed-by-app';

const reasonNumber: Readonly<Record<CloseReason, number>> = { expired: 1, dismissed: 2, 'closed-by-app': 3 };

/** A notification as a person would see it. */
export interface ShownNotification {
  readonly id: number;
  readonly appName: string;
  readonly icon: string;
  readonly summary: string;
  readonly body: string;
  /** Buttons, and with the key "default" the click on the notification itself. */
  readonly actions: readonly { readonly key: string; readonly label: string }[];
  readonly hints: Readonly<Record<string, unknown>>;
  /** In ms; -1 leaves it to the desktop, 0 is never. */
  readonly expireTimeoutMs: number;
  /** When it was shown, epoch ms. */
  readonly at: number;
  /** Unset while it is on the screen. */
  readonly gone?: CloseReason;
}

/** The notification area of a desktop (org.freedesktop.Notifications): keeps what was shown, and clicks or closes it for a test. */
export class NotificationHost {
  readonly #bus: SessionBus;
  readonly #undo: () => void;
  #shown: readonly ShownNotification[] = [];
  #lastId = 0;

  private constructor(bus: SessionBus) {
    this.#bus = bus;
    this.#undo = bus.serve(serverPath, serverName, {
      methods: {
        GetCapabilities: () => ({ signature: 'as', body: [['actions', 'body', 'icon-static', 'persistence']] }),
        GetServerInformation: () => ({ signature: 'ssss', body: ['test desktop', 'Jean Ravi Companion', '1.0', '1.2'] }),
        Notify: (body) => ({ signature: 'u', body: [this.#show(body)] }),
        CloseNotification: ([id]) => {
          this.#end(Number(id), 'closed-by-app');
          return undefined;
        },
      },
    });
  }

  /** Puts a notification area on this bus; rejects when there is one already. */
  static async start(bus: SessionBus): Promise<NotificationHost> {
    const host = new NotificationHost(bus);
    await bus.own(serverName);
    return host;
  }

  /** Everything shown since the start in the order of showing, what is gone included. */
  get shown(): readonly ShownNotification[] {
    return this.#shown;
  }

  /** The first notification that is as wanted, as soon as there is one; rejects after the limit in ms with all that were shown. */
  waitFor(isWanted: (notification: ShownNotification) => boolean, limitMs = 10_000): Promise<ShownNotification> {
    return waitUntil('The notification was not shown', limitMs, () => this.#shown.find(isWanted)).catch((error: Error) => {
      const seen = this.#shown.map(({ summary, body }) => `  ${summary}: ${body}`).join('\n') || '  none';
      throw new Error(`${error.message} Shown were:\n${seen}`, { cause: error });
    });
  }

  /** Clicks the notification, or with a key one of its buttons; it goes away by that. Throws when it is gone or has no such action. */
  invoke(id: number, actionKey = 'default'): void {
    const notification = this.#visible(id);
    if (!notification.actions.some(({ key }) => key === actionKey)) {
      throw new Error(
        `“${notification.summary}” has no action “${actionKey}”, but ${notification.actions.map(({ key }) => key).join(', ') || 'none'}.`,
      );
    }
    this.#bus.emit(serverPath, serverName, 'ActionInvoked', 'us', [id, actionKey]);
    this.#end(id, 'dismissed');
  }

  /** Closes the notification as the person or the desktop does. Throws when it is gone already. */
  close(id: number, reason: CloseReason = 'dismissed'): void {
    this.#visible(id);
    this.#end(id, reason);
  }

  /** Forgets what was shown, so that the next test starts with an empty screen. */
  clear(): void {
    this.#shown = [];
  }

  /** Takes the notification area off the bus. */
  async stop(): Promise<void> {
    await this.#bus.release(serverName);
    this.#undo();
  }

  #show(body: readonly unknown[]): number {
    const [appName, replaces, icon, summary, text, actions, hints, expireTimeoutMs] = body as [
      string,
      number,
      string,
      string,
      string,
      readonly string[],
      Readonly<Record<string, unknown>>,
      number,
    ];
    const id = replaces === 0 ? ++this.#lastId : replaces;
    const buttons = actions.flatMap((key, index) => (index % 2 === 0 ? [{ key, label: actions[index + 1] ?? '' }] : []));
    const shown = {
      id,
      appName,
      icon,
      summary,
      body: text,
      actions: buttons,
      expireTimeoutMs,
      at: Date.now(),
      hints: plain(hints) as typeof hints,
    };
    this.#shown = [...this.#shown.filter((other) => other.id !== id), shown];
    return id;
  }

  #visible(id: number): ShownNotification {
    const notification = this.#shown.find((candidate) => candidate.id === id && candidate.gone === undefined);
    if (notification === undefined) throw new Error(`No notification ${id} is on the screen.`);
    return notification;
  }

  #end(id: number, reason: CloseReason): void {
    const isOnScreen = this.#shown.some((candidate) => candidate.id === id && candidate.gone === undefined);
    if (!isOnScreen) return;
    this.#shown = this.#shown.map((candidate) => (candidate.id === id ? { ...candidate, gone: reason } : candidate));
    this.#bus.emit(serverPath, serverName, 'NotificationClosed', 'uu', [id, reasonNumber[reason]]);
  }
}
