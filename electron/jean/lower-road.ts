import { join } from 'node:path';
import { Bell } from './bell.ts';
import { DataFolder } from './data-folder.ts';
import type { LocalJean } from './discover.ts';
import { JeanError } from './error.ts';
import type { JeanEvent } from './events.ts';
import { type LocalReading, type LocalSource, snapshotOfFiles, snapshotOverMcp } from './local-snapshot.ts';
import { callMcp } from './mcp-client.ts';
import type { JeanSnapshot } from './snapshot.ts';
import type { Timing } from './timing.ts';
import { TreeWatch } from './tree-watch.ts';
import type { Unsettled } from './unsettled.ts';

export interface LowerRoadOptions {
  readonly local: LocalJean;
  readonly now: () => number;
  readonly log: (message: string) => void;
  readonly timing: Timing;
  readonly unsettled: Unsettled;
  readonly isAlive: (pid: number) => boolean;
  onSnapshot(snapshot: JeanSnapshot, road: 'mcp' | 'files'): void;
  /** Something that no event told, and the log of a run does. `at`: epoch ms */
  onEvent(event: JeanEvent, at: number): void;
  /** Neither could be read; both are tried again. */
  onTrouble(error: JeanError): void;
}

/**
 * Watches a Jean of this machine while its web access is off: by its MCP socket, and while that is off too by its files. It only reads.
 * Goes until it is stopped, and looks again whenever Jean writes something.
 */
export class LowerRoad {
  readonly stopped: Promise<void>;
  readonly #o: LowerRoadOptions;
  readonly #control = new AbortController();
  readonly #bell = new Bell();
  readonly #tree: TreeWatch;
  readonly #source: LocalSource;
  readonly #told: Set<string>;
  readonly #reported = new Set<string>();
  #mcpTrouble: string | null = null;

  /** `told`: ids of the runs whose logs were told of already; kept by the owner over several roads. */
  constructor(options: LowerRoadOptions, told: Set<string>) {
    this.#o = options;
    this.#told = told;
    const { local, isAlive, now } = options;
    this.#source = { files: new DataFolder(local.folder), isAlive, now, report: (message) => this.#report(message) };
    this.#tree = new TreeWatch(() => this.#bell.ring());
    this.stopped = this.#run().finally(() => this.#tree.stop());
  }

  /** Looks at once. */
  nudge(): void {
    this.#bell.ring();
  }

  stop(): void {
    this.#control.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#control;
    const { mcpBusyMs, mcpIdleMs, filesMs, lowerRestMs } = this.#o.timing;
    while (!signal.aborted) {
      let wait = filesMs;
      try {
        const { road, told, snapshot } = await this.#read(signal);
        if (signal.aborted) return;
        for (const { event, at, runId } of told) this.#tell(event, at, runId);
        this.#o.onSnapshot(snapshot, road);
        await this.#tree.watch(this.#folders(snapshot));
        if (road === 'mcp') wait = busy(snapshot) ? mcpBusyMs : mcpIdleMs;
        // The end of a turn that was heard before may not be written yet.
        wait = Math.min(wait, this.#o.unsettled.settle(snapshot, this.#o.now()) ?? wait);
      } catch (error) {
        if (signal.aborted) return;
        const trouble = JeanError.from(error);
        this.#report(trouble.message);
        this.#o.onTrouble(trouble);
      }
      // However fast Jean writes, it is not read without end.
      await new Bell().wait(lowerRestMs, signal);
      await this.#bell.wait(wait, signal);
    }
  }

  async #read(signal: AbortSignal): Promise<LocalReading & { readonly road: 'mcp' | 'files' }> {
    const { folder, token, mcp } = this.#o.local;
    if (mcp && token !== null) {
      try {
        const call = (tool: string, args: Readonly<Record<string, unknown>>) => callMcp({ folder, token }, tool, args, signal);
        const reading = await snapshotOverMcp(this.#source, call);
        this.#mcpTrouble = null;
        return { ...reading, road: 'mcp' };
      } catch (error) {
        const { message } = JeanError.from(error);
        if (!signal.aborted && this.#mcpTrouble !== message) this.#o.log(message);
        this.#mcpTrouble = message;
      }
    }
    return { ...(await snapshotOfFiles(this.#source)), road: 'files' };
  }

  #tell(event: JeanEvent, at: number, runId: string): void {
    const key = `${runId} ${event.type}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#o.onEvent(event, at);
  }

  #folders({ sessions }: JeanSnapshot): readonly string[] {
    const data = join(this.#o.local.folder, 'sessions', 'data');
    const newest = sessions.toSorted((a, b) => (b.updatedAt ?? 0) - (a.updatedAt ?? 0));
    return [
      this.#o.local.folder,
      join(this.#o.local.folder, 'sessions', 'index'),
      data,
      ...newest.map(({ id }) => this.#source.files.sessionFolder(id)),
    ];
  }

  /** Once for each: the next look finds the same again. */
  #report(message: string): void {
    if (this.#reported.has(message) || this.#reported.size >= 100) return;
    this.#reported.add(message);
    this.#o.log(message);
  }
}

const busy = ({ running, sessions }: JeanSnapshot): boolean =>
  running.size > 0 || sessions.some(({ runStatus }) => runStatus === 'running' || runStatus === 'resumable');

/** Whether a process lives; one that belongs to somebody else does. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
