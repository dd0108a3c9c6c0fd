import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { type Handler, type HttpAnswer, type HttpRequest, Router } from '../http.ts';
import type { Jean } from './commands.ts';
import { sessionView } from './model.ts';
import { worktreeSessions } from './read-commands.ts';

/** What the running server checks requests against. */
export interface Gate {
  readonly token: string;
  readonly tokenRequired: boolean;
  readonly appVersion: string;
  /** An old Jean knows no header for it. */
  readonly queryOnly: boolean;
}

const webBuildId = 'sandbox';
const refused: HttpAnswer = { status: 401, body: 'Invalid token', headers: { 'content-type': 'text/plain; charset=utf-8' } };

/** True when a request may pass: the query's token wins over the bearer (contract jean §1). */
export function admits(gate: Gate, query: URLSearchParams, authorization: string | undefined): boolean {
  if (!gate.tokenRequired) return true;
  const given = query.get('token') ?? (gate.queryOnly ? undefined : /^[Bb]earer (.+)$/.exec(authorization ?? '')?.[1]);
  if (given === undefined) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(gate.token));
}

/** Jean's HTTP routes (contract jean §1), all but `/ws`. */
export function routesOf(jean: Jean, gate: Gate): Router {
  const withToken =
    (handler: Handler): Handler =>
    (request) =>
      admits(gate, request.query, request.headers.authorization) ? handler(request) : refused;
  return (
    new Router()
      .on('GET', '/healthz', () => ({ status: 200, body: { ok: true } }))
      .on('GET', '/readyz', () => ({ status: 200, body: { ok: true, http: true, websocket_broadcaster: true } }))
      .on('GET', '/api/auth', (request) =>
        admits(gate, request.query, request.headers.authorization)
          ? {
              status: 200,
              body: { ok: true, webBuildId, appVersion: gate.appVersion, ...(!gate.tokenRequired && { token_required: false }) },
            }
          : { status: 401, body: { ok: false, error: 'Invalid token' } },
      )
      .on(
        'GET',
        '/api/version',
        withToken(() => ({ status: 200, body: { webBuildId, appVersion: gate.appVersion } })),
      )
      .on(
        'GET',
        '/api/init',
        withToken((request) => ({ status: 200, body: bootstrap(jean, gate, request.query.get('selected_project')) })),
      )
      .on(
        'GET',
        '/api/files/*path',
        withToken((request) => fileBelow([jean.state.files.path], join(jean.state.files.path, request.params.path ?? ''))),
      )
      .on(
        'GET',
        '/api/project-files/*path',
        withToken((request) => projectFile(jean, request)),
      )
      // An upgrade never comes here; a plain GET is turned away before the token is looked at.
      .on('GET', '/ws', () => ({ status: 400, body: "Connection header did not include 'upgrade'" }))
  );
}

/** `/api/init`: worktrees and sessions only for the selected project, the running sessions always. */
function bootstrap(jean: Jean, gate: Gate, selected: string | null): Record<string, unknown> {
  const { state, events, turns } = jean;
  const projects = state.readProjects();
  const runningSessions = turns.running();
  const project = projects.find(({ id }) => id === (selected ?? state.uiState.active_project_id));
  const worktrees = state.worktrees.filter(
    (worktree) => worktree.project_id === project?.id && worktree.archived_at === undefined,
  );
  const active = worktrees.flatMap(({ id }) =>
    state.sessionsOf(id).filter((session) => session.id === state.index(id).active_session_id),
  );
  const replayed = active.filter(
    ({ id, worktree_id }) => state.uiState.active_session_ids[worktree_id] === id && turns.isRunning(id),
  );
  return {
    webBuildId,
    appVersion: gate.appVersion,
    serverPlatform: 'linux',
    nativeOpenAllowed: false,
    projects,
    ...(project && {
      worktreesByProject: { [project.id]: worktrees },
      sessionsByWorktree: Object.fromEntries(worktrees.map(({ id }) => [id, worktreeSessions(jean, id)])),
      activeSessions: Object.fromEntries(active.map((session) => [session.id, sessionView(session, session.messages)])),
      replayEvents: replayed.flatMap(({ id }) => events.replayOf(id)),
    }),
    appDataDir: state.files.path,
    preferences: state.preferences,
    runningSessions,
    uiState: state.uiState,
  };
}

function projectFile({ state }: Jean, request: HttpRequest): HttpAnswer {
  const path = request.params.path ?? '';
  if (!isAbsolute(path)) return { status: 400, body: 'Path must be absolute' };
  return fileBelow(
    [...state.projects, ...state.worktrees].map((known) => known.path),
    path,
  );
}

function fileBelow(roots: readonly string[], wanted: string): HttpAnswer {
  let path: string;
  try {
    path = realpathSync(wanted);
  } catch {
    return { status: 404, body: 'Not found' };
  }
  const inside = roots.some((root) => path.startsWith(`${realpathSync(root)}${sep}`));
  if (!inside) return { status: 403, body: 'Forbidden' };
  if (!statSync(path).isFile()) return { status: 404, body: 'Not found' };
  return {
    status: 200,
    headers: {
      'cache-control': 'private, max-age=3600',
      'content-type': path.endsWith('.json') ? 'application/json' : 'text/plain',
    },
    body: readFileSync(path),
  };
}
