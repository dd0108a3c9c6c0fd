import { JeanError } from './error.ts';
import type { JeanEvent } from './events.ts';
import { Reading } from './reading.ts';
import { localRunFiles, servedRunFiles } from './run-files.ts';
import type { JeanSnapshot } from './snapshot.ts';
import { type JeanEndpoint, JeanSocket } from './socket.ts';
import type { Timing } from './timing.ts';
import type { Unheard } from './unheard.ts';
import type { Unsettled } from './unsettled.ts';

export interface SocketRoadOptions {
  readonly endpoint: JeanEndpoint;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly log: (message: string) => void;
  readonly timing: Timing;
  readonly unsettled: Unsettled;
  readonly unheard: Unheard;
  onLive(live: LiveSocket): void;
  onSnapshot(snapshot: JeanSnapshot, version: string | null): void;
  onEvent(event: JeanEvent, at: number): void;
  /** Reading failed on a connection that stands; `first`: it never succeeded on it. */
  onTrouble(error: JeanError, first: boolean): void;
}

/** A connection that stands. */
export interface LiveSocket {
  readonly socket: JeanSocket;
  readonly reading: Reading;
}

/** One connection to Jean's WebSocket from beginning to end; gives why it ended, and whether it had lasted. */
export async function travel(
  o: SocketRoadOptions,
  signal: AbortSignal,
): Promise<{ readonly error: JeanError; readonly steady: boolean }> {
  const { endpoint, now, timing } = o;
  let reading: Reading | undefined;
  let onlineSince: number | null = null;
  const early: JeanEvent[] = [];
  const take = (event: JeanEvent, by: Reading): void => {
    const at = now();
    o.onEvent(event, at);
    by.note(event, at);
    o.unheard.note(event, at);
  };
  let socket: JeanSocket;
  try {
    socket = await JeanSocket.open(
      endpoint,
      {
        onEvent: (event) => (reading ? take(event, reading) : early.push(event)),
        onLoss: (reason) => reading?.doubt(reason),
        silenceMs: timing.silenceMs,
        disorderMs: timing.disorderMs,
      },
      signal,
    );
  } catch (error) {
    return { error: JeanError.from(error), steady: false };
  }
  const control = new AbortController();
  // With the token that was taken, which may be another than the one that was found.
  const files = endpoint.folder === null ? servedRunFiles(socket.endpoint, o.fetch, now) : localRunFiles(endpoint.folder);
  reading = new Reading({
    endpoint: socket.endpoint,
    socket,
    fetch: o.fetch,
    now,
    log: o.log,
    timing,
    unsettled: o.unsettled,
    unheard: (snapshot, ending) => o.unheard.find(files, snapshot, ending),
    onEvent: o.onEvent,
    signal: control.signal,
    onSnapshot: (snapshot, version) => {
      onlineSince ??= now();
      o.onSnapshot(snapshot, version);
    },
    onTrouble: (error) => {
      // A Jean whose web access was turned off keeps its sockets and tells nothing on them any more (contract jean §1).
      const deaf = error.kind === 'unreachable' || error.kind === 'unauthorized' || error.kind === 'certificate';
      if (deaf) socket.close(error);
      else o.onTrouble(error, onlineSince === null);
    },
  });
  for (const event of early) take(event, reading);
  o.onLive({ socket, reading });
  const error = await socket.closed;
  control.abort();
  reading.stop();
  return { error, steady: onlineSince !== null && now() - onlineSince >= timing.steadyMs };
}
