import { join } from 'node:path';
import { z } from 'zod';
import type { JeanEvent } from './events.ts';
import { type RunLog, readRunLog } from './run-log.ts';

const run = z.looseObject({
  run_id: z.string(),
  status: z.string().nullish(),
  execution_mode: z.string().nullish(),
  /** Epoch s. */
  started_at: z.number().nullish(),
  /** Epoch s. */
  ended_at: z.number().nullish(),
  pid: z.number().int().positive().nullish(),
});

/** A session's `metadata.json` (contract jean §6): the fields of `list_all_sessions`, and its runs. */
export const metadata = z.looseObject({
  id: z.string(),
  backend: z.string().nullish(),
  /** Epoch s. */
  updated_at: z.number().nullish(),
  waiting_for_input: z.boolean().nullish().catch(null),
  pending_permission_denials: z.array(z.unknown()).nullish().catch(null),
  runs: z.array(run).nullish(),
});
export type Metadata = z.output<typeof metadata>;

/** Whether a process lives: asked of the operating system. */
export type IsAlive = (pid: number) => boolean;

/** One session as its files tell it. */
export interface StoredSession {
  /** Like one of `list_all_sessions`. */
  readonly row: Readonly<Record<string, unknown>>;
  /** Whether its run is really going on. */
  readonly running: boolean;
  /** What events would have told of its last run, had we heard them; at: epoch ms. */
  readonly told: readonly { readonly event: JeanEvent; readonly at: number }[];
  readonly runId: string | null;
}

/** Jean and its CLI need this long to write what came of a turn, ms: a process that has just gone is not yet one that died. */
const graceMs = 3_000;
/** A run without a process of its own (Codex, OpenCode) whose log has not grown for so long is not taken for alive, ms. */
const quietMs = 15 * 60_000;
/** Denials of a turn that ended earlier are not waited for any more, ms. */
const denialsForMs = 24 * 60 * 60_000;
/** Who touched a session this long after its turn, s, was a person, and nothing was left to approve. */
const touchedAfterS = 5;

type LastRun = z.output<typeof run>;

/** The row that Jean would answer: it computes the last run's fields, and stores them nowhere. */
function rowOf(stored: Metadata): Readonly<Record<string, unknown>> {
  const { runs: _runs, ...rest } = stored;
  const last = stored.runs?.at(-1);
  return {
    ...rest,
    last_run_status: last?.status ?? null,
    last_run_execution_mode: last?.execution_mode ?? null,
    last_run_started_at: last?.started_at ?? null,
  };
}

/**
 * What a session's files say of it when Jean itself doesn't. `running` is stored for runs that died too (contract jean §6), and what Claude
 * may not do is stored nowhere but in the run's own log: both are looked up where they can be.
 */
export async function storedSession(folder: string, stored: Metadata, isAlive: IsAlive, now: number): Promise<StoredSession> {
  const row = rowOf(stored);
  const last = stored.runs?.at(-1);
  const plain: StoredSession = { row, running: false, told: [], runId: last?.run_id ?? null };
  if (last === undefined) return plain;
  const readLog = () => readRunLog(join(folder, `${last.run_id}.jsonl`));
  if (last.status === 'completed') return { ...plain, ...(await toldByLog(stored, readLog, now)) };
  if (last.status !== 'running' && last.status !== 'resumable') return plain;
  if (last.pid != null && isAlive(last.pid)) return { ...plain, running: true };
  const log = await readLog();
  const quiet = now - (log?.grownAt ?? 0);
  const over = last.pid != null || log?.ended === true;
  if (quiet < (over ? graceMs : quietMs)) return { ...plain, running: true };
  return { ...plain, row: { ...row, ...whatCameOf(log, last.execution_mode) }, told: told(stored, last, log) };
}

/** What the log of a run that is over, and was written as such, tells that no event did; and which run that is. */
export async function toldByLog(
  stored: Metadata,
  readLog: (runId: string) => Promise<RunLog | null>,
  now: number,
): Promise<Pick<StoredSession, 'told' | 'runId'>> {
  const last = stored.runs?.at(-1);
  if (last?.status !== 'completed' || !wantsLog(stored, last, now)) return { told: [], runId: last?.run_id ?? null };
  return { told: told(stored, last, await readLog(last.run_id)), runId: last.run_id };
}

/** A run that ended and that Jean did not live to write down. */
function whatCameOf(log: RunLog | null, mode: string | null | undefined): Record<string, unknown> {
  const waits = log?.asks && !(log.asks.tool === 'ExitPlanMode' && mode === 'yolo');
  if (log?.asks && waits) {
    const waiting_for_input_type = log.asks.tool === 'AskUserQuestion' ? 'question' : 'plan';
    return { last_run_status: 'completed', waiting_for_input: true, waiting_for_input_type };
  }
  return { last_run_status: log?.ended ? 'completed' : 'crashed' };
}

/** Logs are read for what may wait for the person, and not for every turn that ever was. */
function wantsLog(stored: Metadata, last: LastRun, now: number): boolean {
  if ((stored.backend ?? 'claude') !== 'claude' || (stored.pending_permission_denials ?? []).length > 0) return false;
  if (stored.waiting_for_input === true) return true;
  if (last.ended_at == null || now - last.ended_at * 1000 > denialsForMs) return false;
  return (stored.updated_at ?? 0) <= last.ended_at + touchedAfterS;
}

function told({ id: sessionId }: Metadata, last: LastRun, log: RunLog | null): StoredSession['told'] {
  if (log === null) return [];
  const at = last.ended_at == null ? Math.round(log.grownAt) : last.ended_at * 1000;
  const { asks, denials } = log;
  return [
    ...(asks === null ? [] : [{ at, event: { type: 'chat:tool_use', sessionId, ...asks } as const }]),
    ...(denials.length === 0
      ? []
      : [
          {
            at,
            event: { type: 'chat:request', sessionId, list: 'permissionDenials', requests: denials, midTurn: false } as const,
          },
        ]),
  ];
}
