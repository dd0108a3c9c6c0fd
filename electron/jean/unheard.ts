import { JeanError } from './error.ts';
import type { JeanEvent } from './events.ts';
import type { RunFiles } from './run-files.ts';
import type { JeanSnapshot } from './snapshot.ts';
import { type StoredSession, toldByLog } from './stored-session.ts';

type Told = StoredSession['told'][number];

/** What a turn asked so long ago is not looked up any more, ms. */
const lookBackMs = 24 * 60 * 60_000;
/** What takes longer to be looked up is left out: Jean's own state is not kept waiting for it, ms. */
const withinMs = 4_000;
const atATime = 4;

/**
 * What was told while nobody listened, before a start or in a gap, and is stored nowhere but in a run's own log: what Claude was denied, and
 * the words of a question (contract jean §§4, 6). Each run is looked up once.
 */
export class Unheard {
  readonly #told: Set<string>;
  readonly #now: () => number;
  readonly #log: (message: string) => void;
  readonly #looked = new Set<string>();
  /** When a session was heard to ask. */
  readonly #heard = new Map<string, number>();
  /** Sessions whose next turn began while their logs were read. */
  #begun = new Set<string>();

  /** `told`: ids of the runs that were told of already, on whatever road. */
  constructor(told: Set<string>, now: () => number, log: (message: string) => void) {
    this.#told = told;
    this.#now = now;
    this.#log = log;
  }

  /** Notes an event that came at `at`: what was heard needs not be looked up. */
  note(event: JeanEvent, at: number): void {
    if (event.type === 'chat:sending') {
      this.#begun.add(event.sessionId);
      this.#heard.delete(event.sessionId);
    } else if (event.type === 'chat:tool_use' || (event.type === 'chat:request' && event.list === 'permissionDenials'))
      this.#heard.set(event.sessionId, at);
  }

  /** What the logs of these sessions' last runs tell that no event did. Never rejects. */
  async find(files: RunFiles, { sessions, running }: JeanSnapshot, signal: AbortSignal): Promise<readonly Told[]> {
    this.#begun = new Set();
    const now = this.#now();
    const wanted = sessions
      .filter(
        (it) =>
          it.backend === 'claude' &&
          it.runStatus === 'completed' &&
          it.archivedAt === null &&
          it.pending.permissionDenials.length === 0 &&
          !running.has(it.id) &&
          (it.waiting || now - (it.updatedAt ?? 0) < lookBackMs) &&
          (this.#heard.get(it.id) ?? 0) < (it.runStartedAt ?? 0) &&
          !this.#looked.has(lookedKey(it)),
      )
      .toSorted((a, b) => (b.updatedAt ?? 0) - (a.updatedAt ?? 0))
      .slice(0, files.most);
    if (wanted.length === 0) return [];
    const control = new AbortController();
    const stop = (): void => control.abort();
    const timer = setTimeout(stop, withinMs);
    signal.addEventListener('abort', stop, { once: true });
    const found: Told[] = [];
    for (let at = 0; at < wanted.length && !control.signal.aborted; at += atATime) {
      const some = wanted.slice(at, at + atATime);
      const read = await Promise.all(some.map((it) => this.#read(files, it.id, control.signal)));
      if (!control.signal.aborted) for (const it of some) this.#looked.add(lookedKey(it));
      found.push(...read.flat());
    }
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    return found.filter(({ event }) => !('sessionId' in event) || !this.#begun.has(event.sessionId));
  }

  async #read(files: RunFiles, id: string, signal: AbortSignal): Promise<readonly Told[]> {
    try {
      const stored = await files.session(id, signal);
      if (stored === null) return [];
      const { runId, told } = await toldByLog(stored, (run) => files.log(id, run, signal), this.#now());
      return told.filter(({ event }) => {
        const key = `${runId} ${event.type}`;
        if (this.#told.has(key)) return false;
        this.#told.add(key);
        return true;
      });
    } catch (error) {
      if (!signal.aborted) this.#log(`The log of a session’s last run could not be read: ${JeanError.from(error).message}`);
      return [];
    }
  }
}

const lookedKey = ({ id, runStartedAt }: JeanSnapshot['sessions'][number]): string => `${id} ${runStartedAt}`;
