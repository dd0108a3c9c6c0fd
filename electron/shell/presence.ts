import { execFile } from 'node:child_process';

/** What we use of Electron's `powerMonitor`. */
export interface PowerLike {
  /** Seconds since the last input. */
  getSystemIdleTime(): number;
  getSystemIdleState(idleThreshold: number): 'active' | 'idle' | 'locked' | 'unknown';
}

export interface PresenceOptions {
  readonly power: PowerLike;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a program and answers what it prints; null when it can't. */
  readonly run?: (file: string, args: readonly string[]) => Promise<string | null>;
}

/** What the desktop tells of the person; null where it doesn't tell. */
export interface PresenceFacts {
  readonly idleMs: number | null;
  readonly locked: boolean | null;
  readonly jeanInFront: boolean | null;
}

/** For each fact why this desktop can't tell it; null where it can. */
export type PresenceLimits = { readonly [K in 'idle' | 'locked' | 'front']: string | null };

/** Asks the desktop whether the person is there. It is asked when a notice is routed, and nothing is polled. */
export class PresenceOfPerson {
  readonly #o: PresenceOptions;
  readonly #run: (file: string, args: readonly string[]) => Promise<string | null>;

  constructor(options: PresenceOptions) {
    this.#o = options;
    this.#run = options.run ?? output;
  }

  /** `front`: whether it matters which window is in front; asking that starts a program. */
  async ask(front: boolean): Promise<PresenceFacts> {
    const { power } = this.#o;
    const state = this.#tells ? power.getSystemIdleState(1) : 'unknown';
    return {
      idleMs: this.#tells ? power.getSystemIdleTime() * 1000 : null,
      locked: state === 'unknown' ? null : state === 'locked',
      jeanInFront: front && this.limits().front === null ? isJean(await this.#front()) : null,
    };
  }

  limits(): PresenceLimits {
    const { platform } = this.#o;
    const idle = this.#tells ? null : 'Wayland tells no program when the last input was.';
    return {
      idle,
      locked: this.#tells ? null : 'Wayland tells no program whether the screen is locked.',
      front:
        platform === 'darwin' || (platform === 'linux' && this.#x11)
          ? null
          : 'This desktop tells no program which window is in front, so this counts for nothing here.',
    };
  }

  get #x11(): boolean {
    return !this.#wayland && Boolean(this.#o.env.DISPLAY);
  }

  get #wayland(): boolean {
    return this.#o.platform === 'linux' && Boolean(this.#o.env.WAYLAND_DISPLAY);
  }

  /** Under Wayland Chromium answers 0 s and "active" whatever the person does. */
  get #tells(): boolean {
    return !this.#wayland;
  }

  /** Name of the program whose window is in front; null when that can't be told. */
  async #front(): Promise<string | null> {
    if (this.#o.platform === 'darwin') {
      const front = await this.#run('/usr/bin/lsappinfo', ['front']);
      return front && this.#run('/usr/bin/lsappinfo', ['info', '-only', 'name', front.trim()]);
    }
    const root = await this.#run('xprop', ['-root', '_NET_ACTIVE_WINDOW']);
    const id = root && /0x[0-9a-f]+/i.exec(root)?.[0];
    return id ? this.#run('xprop', ['-id', id, 'WM_CLASS']) : null;
  }
}

/** `WM_CLASS(STRING) = "jean", "Jean"` and `"LSDisplayName"="Jean"`; our own name has the word too, and is not Jean. */
const isJean = (text: string | null): boolean | null => (text === null ? null : /"jean"/i.test(text));

const patienceMs = 1_000;

const output = (file: string, args: readonly string[]): Promise<string | null> =>
  new Promise((resolve) => {
    execFile(file, [...args], { timeout: patienceMs, maxBuffer: 64 * 1024 }, (error, stdout) => resolve(error ? null : stdout));
  });
