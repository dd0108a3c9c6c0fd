import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { JeanError } from './error.ts';
import { projectRow, readAnswer, sessionRow, worktreeRow } from './protocol.ts';
import { RowReading } from './row-reading.ts';
import type { JeanSnapshot } from './snapshot.ts';
import { type IsAlive, type StoredSession, storedSession } from './stored-session.ts';

export interface LocalSource {
  readonly files: DataFolder;
  readonly isAlive: IsAlive;
  readonly now: () => number;
  /** Told of rows that could not be read. */
  readonly report: (message: string) => void;
}

/** A tool of Jean's MCP socket. */
type CallTool = (tool: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** A snapshot that came by a lower road, and what the logs of its runs tell that no event did. */
export interface LocalReading {
  readonly snapshot: JeanSnapshot;
  readonly told: readonly (StoredSession['told'][number] & { readonly runId: string })[];
}

const rows = z.array(z.unknown());
const summaries = z.object({ sessions: z.array(z.unknown()) });
const summary = z.looseObject({
  id: z.string(),
  lastRunStatus: z.string().nullish(),
});
const liveness = z.object({ status: z.string(), activelyManaged: z.boolean().nullish() });

/** Reads all of Jean from its files. @throws JeanError */
export async function snapshotOfFiles(source: LocalSource): Promise<LocalReading> {
  const { files, now } = source;
  const startedAt = now();
  const reading = new RowReading(source.report);
  const stored = await files.projects();
  const projects = reading.take(projectRow, stored.projects, 'project').filter((project) => !project.folder);
  const all = reading.take(worktreeRow, stored.worktrees, 'worktree');
  const worktrees = all.filter(({ archivedAt }) => archivedAt === null);

  const sessions: JeanSnapshot['sessions'][number][] = [];
  const running = new Set<string>();
  const told: LocalReading['told'][number][] = [];
  for (const { id: worktreeId, projectId } of worktrees) {
    const found = await Promise.all((await files.sessionIds(worktreeId)).map((id) => readStored(source, reading, id)));
    for (const one of found) {
      if (one === null) continue;
      for (const session of reading.take(sessionRow, [one.row], 'session')) {
        sessions.push({ ...session, projectId, worktreeId });
        if (one.running) running.add(session.id);
      }
      told.push(...toldOf(one));
    }
  }
  files.keepOnly(new Set(sessions.map(({ id }) => id)));
  const archivedWorktrees = new Set(all.filter(({ archivedAt }) => archivedAt !== null).map(({ id }) => id));
  return {
    told,
    snapshot: { startedAt, projects, worktrees, sessions, running, archivedWorktrees, ...reading.outcome, unbroken: false },
  };
}

/**
 * Reads all of Jean over its MCP socket, with the calls that have no side effects on ids that exist. What its short rows lack is in the
 * files beside them. @throws JeanError
 */
export async function snapshotOverMcp(source: LocalSource, call: CallTool): Promise<LocalReading> {
  const { files, now } = source;
  const startedAt = now();
  const reading = new RowReading(source.report);
  const list = async (tool: string, args: object = {}) => readAnswer(rows, await call(tool, { ...args }), tool);
  const projects = reading.take(projectRow, await list('list_projects'), 'project').filter((project) => !project.folder);
  const listed = await inTurns(projects, (project) => list('list_worktrees', { projectId: project.id }));
  const worktrees = reading.take(worktreeRow, listed.flat(), 'worktree').filter(({ archivedAt }) => archivedAt === null);
  const archived = reading.take(worktreeRow, await list('list_archived_worktrees').catch(noneIfUnknown), 'worktree');

  const told: LocalReading['told'][number][] = [];
  const running = new Set<string>();
  const perWorktree = await inTurns(worktrees, async ({ id: worktreeId, projectId }) => {
    const answer = readAnswer(summaries, await call('list_sessions', { worktreeId }), 'list_sessions');
    const merged: Record<string, unknown>[] = [];
    for (const raw of answer.sessions) {
      const short = summary.safeParse(raw);
      if (!short.success) {
        merged.push({ ...Object(raw) });
        continue;
      }
      const { id, lastRunStatus } = short.data;
      const stored = await readStored(source, reading, id);
      if (stored) told.push(...toldOf(stored));
      const live = lastRunStatus === 'running' || lastRunStatus === 'resumable' ? await isRunning(call, id) : false;
      if (live) running.add(id);
      // Jean says that it doesn't drive it: then what the files say of its process holds.
      const over = !live && stored !== null && !stored.running;
      merged.push({ ...stored?.row, ...inSnakeCase(short.data), ...(over && stored.row) });
    }
    return reading.take(sessionRow, merged, 'session').map((session) => ({ ...session, projectId, worktreeId }));
  });
  const sessions = perWorktree.flat();
  files.keepOnly(new Set(sessions.map(({ id }) => id)));
  const archivedWorktrees = new Set(archived.map(({ id }) => id));
  return {
    told,
    snapshot: { startedAt, projects, worktrees, sessions, running, archivedWorktrees, ...reading.outcome, unbroken: false },
  };
}

async function isRunning(call: CallTool, sessionId: string): Promise<boolean> {
  const { status, activelyManaged } = readAnswer(liveness, await call('get_session_status', { sessionId }), 'get_session_status');
  return activelyManaged ?? status === 'running';
}

async function readStored(source: LocalSource, reading: RowReading, id: string): Promise<StoredSession | null> {
  try {
    const stored = await source.files.session(id);
    return stored && (await storedSession(source.files.sessionFolder(id), stored, source.isAlive, source.now()));
  } catch (error) {
    reading.missed(JeanError.from(error).message);
    return null;
  }
}

function toldOf({ told, runId }: StoredSession): LocalReading['told'] {
  return runId === null ? [] : told.map((one) => ({ ...one, runId }));
}

function noneIfUnknown(error: unknown): readonly unknown[] {
  if (error instanceof JeanError && error.kind === 'unknown-command') return [];
  throw error;
}

/** The short rows are camelCase by hand (contract jean §2). */
function inSnakeCase(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
}

/** A few at a time: each is a connection of its own, and Jean reads its files for each. */
async function inTurns<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let at = 0; at < items.length; at += 4) done.push(...(await Promise.all(items.slice(at, at + 4).map(each))));
  return done;
}
