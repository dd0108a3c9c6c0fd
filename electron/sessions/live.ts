import type { JeanEvent } from '../jean/events.ts';
import type { JeanSession, PendingList } from '../jean/protocol.ts';
import { type Ask, askOf, oneLine } from './request.ts';

/**
 * What only events tell of a session, and for how long each of it is believed. All times are epoch ms. The rules come from
 * contract jean §§4, 5: Jean's state is written some time after its events, permission requests and error texts are never
 * stored by its backend, and answers from another client give no event.
 */
export interface Live {
  /** A turn is under way. */
  readonly sending: boolean;
  /** When the turn was announced, and the run that was known then; null when only a snapshot told of it. */
  readonly sent: { readonly at: number; readonly run: number | null } | null;
  /** When the turn's end was announced; what came of it is in Jean's state some time later. */
  readonly endedAt: number | null;
  readonly requests: readonly LiveRequest[];
  readonly ask: (Stamp & { readonly ask: Ask }) | null;
  readonly error: (Stamp & { readonly text: string }) | null;
}

/** When something was learnt, and the run it belongs to: undefined until a snapshot names it. */
interface Stamp {
  readonly at: number;
  readonly run: number | null | undefined;
}

interface LiveRequest extends Stamp {
  readonly list: PendingList;
  readonly key: string;
  readonly request: unknown;
  readonly midTurn: boolean;
  /** A client of Jean has stored it, so that its disappearance from there means that it was answered. */
  readonly stored: boolean;
}

/** What a snapshot says of one session. */
export interface Seen {
  readonly row: JeanSession;
  readonly running: boolean;
  /** When the snapshot was begun. */
  readonly startedAt: number;
  /** When Jean last said that its sessions have changed; 0 when never. */
  readonly invalidatedAt: number;
}

export const nothingLive: Live = { sending: false, sent: null, endedAt: null, requests: [], ask: null, error: null };

/** How long Jean may take from announcing a turn to listing it as running. */
const startGraceMs = 5_000;
/** How long Jean may take from the end of a turn to having written what came of it, unless it says so itself. */
const endGraceMs = 250;

/** Takes an event of this session. `run`: start of the last run that is known, as identity of that run. */
export function onEvent(live: Live, event: JeanEvent, at: number, run: number | null): Live {
  switch (event.type) {
    case 'chat:sending':
      return { ...nothingLive, sending: true, sent: { at, run } };
    case 'chat:done':
      return { ...live, endedAt: at, requests: live.requests.filter((request) => !request.midTurn) };
    case 'chat:error':
      return {
        ...live,
        endedAt: at,
        requests: live.requests.filter((request) => !request.midTurn),
        error: { at, run: undefined, text: oneLine(event.error) },
      };
    case 'chat:cancelled':
      return { ...live, endedAt: at, requests: [], ask: null };
    case 'chat:tool_use':
      return { ...live, ask: { at, run: undefined, ask: askOf(event.tool, event.input) } };
    case 'chat:request': {
      const { list, midTurn } = event;
      const added = event.requests.map(
        (request): LiveRequest => ({ at, run: undefined, list, midTurn, request, key: keyOf(request), stored: false }),
      );
      const keys = new Set(added.map(({ key }) => key));
      return { ...live, requests: [...live.requests.filter((known) => known.list !== list || !keys.has(known.key)), ...added] };
    }
    case 'chat:requests': {
      const others = live.requests.filter(({ list }) => list !== event.list);
      const { list } = event;
      const all = event.requests.map(
        (request): LiveRequest => ({ at, run: undefined, list, midTurn: true, request, key: keyOf(request), stored: false }),
      );
      return { ...live, requests: [...others, ...all] };
    }
    case 'chat:request-resolved':
      return { ...live, requests: live.requests.filter(({ list, key }) => list !== event.list || key !== event.key) };
    default:
      return live;
  }
}

/** Takes what a snapshot says, as far as it is newer than what the events said. */
export function onSnapshot(live: Live, seen: Seen): Live {
  const { row, running, startedAt } = seen;
  const believed = believesRunning(live, seen);
  const sending = believed ? running : live.sending;
  const over = !sending && row.runStatus !== 'running' && row.runStatus !== 'resumable';
  return {
    sending,
    sent: believed && !(running && live.sent?.run === row.runStartedAt) ? null : live.sent,
    endedAt: believed ? null : live.endedAt,
    requests: live.requests.flatMap((request) => {
      if (request.at >= startedAt) return [request];
      if (request.list === 'opencodeQuestions' && row.answered.includes(request.key)) return [];
      const stored = row.pending[request.list].some((other) => keyOf(other) === request.key);
      if (request.stored && !stored) return [];
      if (request.midTurn) return over ? [] : [{ ...request, stored }];
      return kept({ ...request, stored }, seen);
    }),
    ask: live.ask && (kept(live.ask, seen)[0] ?? null),
    error: live.error && (kept(live.error, seen)[0] ?? null),
  };
}

/** Whether the snapshot is right about the turn: it may have been read before the run was written, or before its end was. */
function believesRunning(live: Live, { row, running, startedAt, invalidatedAt }: Seen): boolean {
  if (live.endedAt !== null) {
    if (startedAt <= live.endedAt) return false;
    return startedAt >= live.endedAt + endGraceMs || (invalidatedAt >= live.endedAt && startedAt >= invalidatedAt);
  }
  if (live.sent === null || running) return true;
  if (startedAt <= live.sent.at) return false;
  return row.runStartedAt !== live.sent.run || startedAt >= live.sent.at + startGraceMs;
}

/** What belongs to a turn that is over stays until another run is seen; that takes the place of a `chat:sending` that was lost. */
function kept<T extends Stamp>(item: T, { row, running, startedAt }: Seen): readonly T[] {
  if (item.at >= startedAt) return [item];
  if (running && startedAt >= item.at + startGraceMs) return [];
  if (item.run === undefined) {
    // The run itself may be written after the event: too early a reading would name the one before.
    return [startedAt >= item.at + endGraceMs ? { ...item, run: row.runStartedAt } : item];
  }
  return item.run === row.runStartedAt ? [item] : [];
}

/** True when it says no more than that nothing is going on. */
export function isNothing({ sending, sent, endedAt, requests, ask, error }: Live): boolean {
  return !sending && sent === null && endedAt === null && requests.length === 0 && ask === null && error === null;
}

/** When the newest of it was learnt; 0 when there is nothing. */
export function newestAt(live: Live): number {
  return Math.max(
    0,
    live.sent?.at ?? 0,
    live.endedAt ?? 0,
    live.ask?.at ?? 0,
    live.error?.at ?? 0,
    ...live.requests.map(({ at }) => at),
  );
}

/** What tells one request from another: the id that its answer will need (contract jean §3). */
export function keyOf(request: unknown): string {
  if (typeof request === 'object' && request !== null) {
    for (const name of ['rpc_id', 'request_id', 'tool_use_id']) {
      const value: unknown = Reflect.get(request, name);
      if (typeof value === 'string' || typeof value === 'number') return String(value);
    }
  }
  return JSON.stringify(request) ?? '';
}
