import { type ChildProcess, spawn } from 'node:child_process';
import { electronExecutable } from '../desktop/electron.ts';

const root = new URL('../..', import.meta.url).pathname;

/** How a process of the app ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The real app as a bare process, without a window and without Playwright inside it: quick to start, and fit to be killed. */
export class AppProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #printed = '';

  /** Starts it hidden, on that data folder; Jean is found below `dataHome`. */
  constructor(userData: string, dataHome: string, args: readonly string[] = []) {
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    this.#child = spawn(electronExecutable(), [...asRoot, `--user-data-dir=${userData}`, root, '--hidden', ...args], {
      env: { ...process.env, XDG_DATA_HOME: dataHome },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (data: Buffer): void => {
      this.#printed = (this.#printed + data.toString()).slice(-10_000);
    };
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', hear);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      // Not `close`: Chromium's helpers may hold the pipes a moment longer than the app lives.
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    // Whoever kills the app may never ask how it ended.
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The last of what it printed, for messages. */
  get printed(): string {
    return this.#printed;
  }

  /** SIGKILL, as a power cut would; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
