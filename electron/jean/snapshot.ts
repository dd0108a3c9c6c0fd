import { z } from 'zod';
import { call, type HttpAnswer, HttpFailure } from '../base/http-call.ts';
import { JeanError } from './error.ts';
import {
  allSessions,
  initAnswer,
  type JeanProject,
  type JeanSession,
  type JeanWorktree,
  projectRow,
  readAnswer,
  readRows,
  sessionRow,
  worktreeRow,
} from './protocol.ts';
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
  /** False when events may have been lost before: what only events told is then in doubt. */
  readonly unbroken: boolean;
}

export interface SnapshotSource {
  readonly endpoint: JeanEndpoint;
  invoke(command: string, args: Readonly<Record<string, unknown>>, options: InvokeOptions): Promise<unknown>;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  /** Told of rows that could not be read. */
  readonly report: (message: string) => void;
}

const timeoutMs = 30_000;
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
    readInit(source, signal),
  ]);
  const projectRows =
    init.projects ?? readAnswer(rows, await source.invoke('list_projects', {}, { timeoutMs, signal }), 'list_projects');
  const all = readRows(projectRow, projectRows, 'project', source.report);
  const projects = all.rows.filter((project) => !project.folder);

  const worktrees: JeanWorktree[] = [];
  let dropped = all.dropped;
  // A few at a time: Jean reads its whole projects file for each.
  for (let at = 0; at < projects.length; at += 8) {
    const some = projects.slice(at, at + 8);
    const answers = await Promise.all(
      some.map((project) => source.invoke('list_worktrees', { projectId: project.id }, { timeoutMs, signal })),
    );
    for (const answer of answers) {
      const read = readRows(worktreeRow, readAnswer(rows, answer, 'list_worktrees'), 'worktree', source.report);
      worktrees.push(...read.rows.filter((worktree) => worktree.archivedAt === null));
      dropped += read.dropped;
    }
  }

  const { entries } = readAnswer(allSessions, listed, 'list_all_sessions');
  const live = new Set(worktrees.map((worktree) => worktree.id));
  return {
    version: init.appVersion,
    snapshot: {
      startedAt,
      projects,
      worktrees,
      sessions: entries.flatMap((entry) =>
        readRows(sessionRow, entry.sessions, 'session', source.report).rows.map((session) => ({
          ...session,
          projectId: entry.project_id,
          worktreeId: entry.worktree_id,
        })),
      ),
      running: new Set(init.runningSessions ?? []),
      archivedWorktrees: new Set(entries.map((entry) => entry.worktree_id).filter((worktreeId) => !live.has(worktreeId))),
      complete: dropped === 0,
      unbroken,
    },
  };
}

/** The only call that tells which sessions run; selecting no project keeps it free of side effects (contract jean §1). */
async function readInit(source: SnapshotSource, signal: AbortSignal): Promise<z.output<typeof initAnswer>> {
  const { url, token } = source.endpoint;
  let answer: HttpAnswer;
  try {
    answer = await call(source.fetch, {
      url: new URL('api/init?selected_project=none', url.endsWith('/') ? url : `${url}/`),
      method: 'GET',
      headers: token ? { authorization: `Bearer ${token.reveal()}` } : {},
      signal,
      timeoutMs,
      maxBytes: 64 * 1024 * 1024,
    });
  } catch (error) {
    if (signal.aborted) throw new JeanError('closed', 'Reading from Jean was stopped.');
    if (error instanceof HttpFailure && error.kind === 'timeout') throw new JeanError('timeout', error.message);
    throw JeanError.from(error);
  }
  if (answer.status === 401) throw new JeanError('unauthorized', 'Jean refused the token.');
  if (answer.status !== 200) throw new JeanError('command-failed', `Jean answered /api/init with ${answer.status}.`);
  return readAnswer(initAnswer, parseJson(answer.text), '/api/init');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JeanError('malformed', "Jean's answer to /api/init is no JSON.");
  }
}
