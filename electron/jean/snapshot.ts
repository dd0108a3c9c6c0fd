import { z } from 'zod';
import { readInit, answerWithinMs as timeoutMs } from './init.ts';
import type { KnownSessions } from './known-sessions.ts';
import {
  allSessions,
  type JeanProject,
  type JeanSession,
  type JeanWorktree,
  projectRow,
  readAnswer,
  sessionsEntry,
  worktreeRow,
} from './protocol.ts';
import { RowReading } from './row-reading.ts';
import type { InvokeOptions, JeanEndpoint } from './socket.ts';

/** Everything that Jean has, read at one time. */
export interface JeanSnapshot {
  /** Epoch ms when reading began: an event that came later is newer than what is in here. */
  readonly startedAt: number;
  /** Without folders. */
  readonly projects: readonly JeanProject[];
  /** Without archived ones. */
  readonly worktrees: readonly JeanWorktree[];
  /** Of all worktrees, archived ones too. */
  readonly sessions: readonly (JeanSession & { readonly projectId: string; readonly worktreeId: string })[];
  /** Ids of the sessions that Jean itself runs at the moment. */
  readonly running: ReadonlySet<string>;
  /** Worktrees that Jean still has sessions of, but lists no more: they were archived. */
  readonly archivedWorktrees: ReadonlySet<string>;
  /** False when a project or worktree could not be read: what is missing is then not known to be gone. */
  readonly complete: boolean;
  /** How many rows could not be read, and what was wrong with the first; null when all could. */
  readonly unreadable: { readonly rows: number; readonly first: string } | null;
  /** False when events may have been lost before: what only events told is then in doubt. */
  readonly unbroken: boolean;
}

export interface SnapshotSource {
  readonly endpoint: JeanEndpoint;
  invoke(command: string, args: Readonly<Record<string, unknown>>, options: InvokeOptions): Promise<unknown>;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  /** What was read of this Jean before. */
  readonly known: KnownSessions;
  /** Told of rows that could not be read. */
  readonly report: (message: string) => void;
}

const rows = z.array(z.unknown());

/**
 * Reads all of Jean with the calls that have no side effects on ids that exist (contract jean §§1, 3).
 * @throws JeanError when any part of it fails: half a snapshot would look like worktrees that are gone
 */
export async function takeSnapshot(
  source: SnapshotSource,
  unbroken: boolean,
  signal: AbortSignal,
): Promise<{ readonly snapshot: JeanSnapshot; readonly version: string | null }> {
  const startedAt = source.now();
  const [listed, init] = await Promise.all([
    source.invoke('list_all_sessions', {}, { timeoutMs, signal }),
    readInit(source.endpoint, source.fetch, signal),
  ]);
  const projectRows =
    init.projects ?? readAnswer(rows, await source.invoke('list_projects', {}, { timeoutMs, signal }), 'list_projects');
  const reading = new RowReading(source.report);
  const projects = reading.take(projectRow, projectRows, 'project').filter((project) => !project.folder);

  const worktrees: JeanWorktree[] = [];
  // A few at a time: Jean reads its whole projects file for each.
  for (let at = 0; at < projects.length; at += 8) {
    const some = projects.slice(at, at + 8);
    const answers = await Promise.all(
      some.map((project) => source.invoke('list_worktrees', { projectId: project.id }, { timeoutMs, signal })),
    );
    for (const answer of answers) {
      const read = reading.take(worktreeRow, readAnswer(rows, answer, 'list_worktrees'), 'worktree');
      worktrees.push(...read.filter((worktree) => worktree.archivedAt === null));
    }
  }

  const entries = reading.take(sessionsEntry, readAnswer(allSessions, listed, 'list_all_sessions').entries, 'worktree');
  const live = new Set(worktrees.map((worktree) => worktree.id));
  const sessions = await source.known.read(entries, reading);
  return {
    version: init.appVersion,
    snapshot: {
      startedAt,
      projects,
      worktrees,
      sessions,
      running: new Set(init.runningSessions ?? []),
      archivedWorktrees: new Set(entries.map((entry) => entry.worktree_id).filter((worktreeId) => !live.has(worktreeId))),
      ...reading.outcome,
      unbroken,
    },
  };
}
