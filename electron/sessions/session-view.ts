import { bucketOf, type SessionView } from '../../shared/model.ts';
import type { JeanSession, PendingList } from '../jean/protocol.ts';
import { keyOf, type Live } from './live.ts';
import { requestOf } from './request.ts';
import { deriveStatus } from './status.ts';

/** A session as Jean stores it, and where it belongs. */
export interface StoredSession {
  readonly row: JeanSession;
  readonly projectId: string;
  readonly worktreeId: string;
}

/** What a session asks, by kind. */
export type Pending = Readonly<Record<PendingList, readonly unknown[]>>;

const lists = [
  'permissionDenials',
  'codexPermissions',
  'opencodePermissions',
  'codexCommands',
  'codexTools',
  'codexElicitations',
  'codexQuestions',
  'opencodeQuestions',
  'acpPermissions',
] as const satisfies readonly PendingList[];

const nothingPending: Pending = perList(() => []);

/** What a turn's start does to a session in Jean: it waits for nothing any more (contract jean §4). */
export function whenSent(row: JeanSession): JeanSession {
  return { ...row, waiting: false, waitingType: null, planPending: false, pending: nothingPending };
}

/**
 * What is asked in the middle of a turn ends with it. Jean's clients store it, and take it out again a moment after the turn's end was
 * told: a list that was read in between still has it, and it would be told a second time.
 */
function asOf(row: JeanSession, live: Live): JeanSession {
  if (live.endedAt === null || lists.every((list) => list === afterTurn || row.pending[list].length === 0)) return row;
  const pending = perList((list) => (list === afterTurn ? row.pending[list] : []));
  return { ...row, waiting: false, waitingType: null, pending };
}

/** Claude's denials are told when the turn is over. */
const afterTurn: PendingList = 'permissionDenials';

/**
 * A session as the page shows it. `previous`: as it was shown before, for how long it has been so; `anew`: it asks something else since then;
 * `at`: epoch ms of the change.
 */
export function sessionView(
  stored: StoredSession,
  live: Live,
  instanceId: string,
  previous: SessionView | undefined,
  anew: boolean,
  at: number,
): SessionView {
  const row = asOf(stored.row, live);
  const pending = allPending(row, live);
  // Until the new run is written, the stored one is the run before.
  const mode = live.sent === null ? (row.runMode ?? row.mode) : (row.mode ?? row.runMode);
  const status = deriveStatus({
    name: row.name,
    pending: perList((list) => pending[list].length),
    runStatus: row.runStatus,
    mode,
    waiting: row.waiting,
    waitingType: row.waitingType,
    planPending: row.planPending,
    reviewing: row.reviewing,
    reviewed: row.reviewed,
    override: row.override,
    wakeup: row.wakeup,
    sending: live.sending,
    failed: live.error !== null,
  });
  return {
    id: row.id,
    instanceId,
    projectId: stored.projectId,
    worktreeId: stored.worktreeId,
    name: row.name,
    backend: row.backend,
    model: row.model,
    mode,
    status,
    since: since(status, row, live, previous, anew, at),
    request: requestOf(status, pending, live.ask?.ask ?? null),
    error: status === 'crashed' ? (live.error?.text ?? null) : null,
    order: row.order,
  };
}

/** When a session came into its status: by events where there were any, else by Jean's own times. Never in the future. */
function since(
  status: SessionView['status'],
  row: JeanSession,
  live: Live,
  previous: SessionView | undefined,
  anew: boolean,
  at: number,
): number {
  const bucket = bucketOf(status);
  const began = live.sent?.at ?? row.runStartedAt;
  if (previous === undefined) {
    return Math.min(at, (bucket === 'running' ? began : null) ?? row.updatedAt ?? row.createdAt ?? at);
  }
  if (bucket === bucketOf(previous.status)) {
    // One turn after another without a pause that we saw: the time is that of the new one.
    if (bucket === 'running') return live.sent !== null && live.sent.at > previous.since ? live.sent.at : previous.since;
    return status === previous.status && !(anew && bucket === 'needs-you') ? previous.since : at;
  }
  return bucket === 'running' && began !== null && began > previous.since ? Math.min(at, began) : at;
}

/** What tells the prompts of a session that waits from those that it waited for before: the ids of what it asks, or its run. */
export function promptsOf(stored: JeanSession, live: Live): readonly string[] {
  const pending = allPending(stored, live);
  const ids = lists.flatMap((list) => pending[list].map((request) => `${list} ${keyOf(request)}`));
  return ids.length > 0 ? ids : [`run ${stored.runStartedAt}`];
}

/** Whether something is asked now that was not before, or was not the one to be answered. */
export const asksAnew = (before: readonly string[], now: readonly string[]): boolean =>
  now.some((id) => !before.includes(id)) || (before[0] !== undefined && !now.includes(before[0]));

/** What is stored and what only events told, each once. */
export function allPending(stored: JeanSession, live: Live): Pending {
  const row = asOf(stored, live);
  if (live.requests.length === 0) return row.pending;
  return perList((list) => {
    const stored = row.pending[list];
    const keys = new Set(stored.map(keyOf));
    return [...stored, ...live.requests.filter((it) => it.list === list && !keys.has(it.key)).map(({ request }) => request)];
  });
}

function perList<T>(of: (list: PendingList) => T): Record<PendingList, T> {
  return Object.fromEntries(lists.map((list) => [list, of(list)])) as Record<PendingList, T>;
}
