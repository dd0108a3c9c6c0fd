/** How often it is looked whether this machine has a network, ms: seldom while it has, so that an idle app hardly wakes. */
const onlineEveryMs = 60_000;
const offlineEveryMs = 10_000;

export interface NetworkOptions {
  /** Whether this machine has a network at all, without asking anybody. */
  readonly isOnline: () => boolean;
  /** Its addresses in its networks, in any form: another network has others. */
  readonly addresses: () => readonly string[];
  /** It is back, or is another one. */
  readonly onReturn: () => void;
}

/** Notices that the network is back, or has changed. Electron's main process is told of neither. */
export class Network {
  readonly #o: NetworkOptions;
  /** Where this machine was when it last had a network. */
  #place: string;
  #online: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NetworkOptions) {
    this.#o = options;
    this.#online = options.isOnline();
    this.#place = this.#here();
    this.#arm();
  }

  /** Looks now. */
  look(): void {
    const was = this.#online;
    this.#online = this.#o.isOnline();
    const here = this.#here();
    this.#arm();
    if (!this.#online || (was && here === this.#place)) return;
    this.#place = here;
    this.#o.onReturn();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #here(): string {
    return [...this.#o.addresses()].sort().join(' ');
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), this.#online ? onlineEveryMs : offlineEveryMs);
    this.#timer.unref();
  }
}
