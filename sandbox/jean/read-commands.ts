import type { Command, Jean } from './commands.ts';
import { lastRun, type Session, sessionView } from './model.ts';

/** A worktree's sessions as `get_sessions` and `/api/init` answer them. */
export function worktreeSessions(
  { state }: Pick<Jean, 'state'>,
  worktreeId: string,
  includeArchived = false,
): Record<string, unknown> {
  const index = state.index(worktreeId);
  return {
    worktree_id: worktreeId,
    sessions: state.sessionsOf(worktreeId, includeArchived).map((session) => sessionView(session)),
    active_session_id: index.active_session_id,
    default_model: null,
    version: 1,
    branch_naming_completed: index.branch_naming_completed,
  };
}

/** The commands that only look, with the side effects that looking has in Jean (contract jean §3). */
export function readCommands(jean: Jean): Record<string, Command> {
  const { state, turns } = jean;

  const worktreesOf = (projectId: string, archived: boolean) =>
    state.worktrees.filter((worktree) => worktree.project_id === projectId && (worktree.archived_at !== undefined) === archived);

  return {
    list_projects: () => state.readProjects(),
    list_worktrees: (args) => {
      const projectId = args.string('projectId');
      state.readProjects();
      return worktreesOf(projectId, false);
    },
    list_archived_worktrees: () => {
      state.readProjects();
      return state.worktrees.filter((worktree) => worktree.archived_at !== undefined);
    },
    get_worktree: (args) => {
      const id = args.string('worktreeId');
      state.readProjects();
      return state.worktree(id);
    },
    bootstrap_project: (args) => {
      const projectId = args.string('projectId');
      state.readProjects();
      const worktrees = worktreesOf(projectId, false);
      return {
        worktrees,
        sessionsByWorktree: Object.fromEntries(worktrees.map(({ id }) => [id, worktreeSessions(jean, id)])),
      };
    },
    get_sessions: (args) => {
      const worktreeId = args.string('worktreeId');
      args.string('worktreePath');
      return worktreeSessions(jean, worktreeId, args.boolean('includeArchived'));
    },
    list_sessions_summary: (args) => {
      const worktreeId = args.string('worktreeId');
      args.string('worktreePath');
      const index = state.index(worktreeId);
      return {
        worktreeId,
        activeSessionId: index.active_session_id,
        sessions: state.sessionsOf(worktreeId, args.boolean('includeArchived')).map(summary),
      };
    },
    list_all_sessions: () => {
      state.readProjects();
      return {
        entries: state.worktrees.map((worktree) => {
          state.index(worktree.id);
          return {
            project_id: worktree.project_id,
            project_name: state.project(worktree.project_id).name,
            worktree_id: worktree.id,
            worktree_name: worktree.name,
            worktree_path: worktree.path,
            sessions: state.sessionsOf(worktree.id, true).map((session) => sessionView(session)),
          };
        }),
      };
    },
    get_session_status: (args) => {
      const id = args.string('sessionId');
      state.files.openSession(id);
      return statusOf(state.session(id), turns.isRunning(id));
    },
    get_session: (args) => {
      args.string('worktreeId');
      args.string('worktreePath');
      state.files.openSession(args.string('sessionId'));
      const session = state.session(args.string('sessionId'));
      const limit = args.optionalNumber('limit');
      // A run is a user's message and its answer.
      return sessionView(session, limit === undefined ? session.messages : session.messages.slice(-2 * limit));
    },
    has_running_sessions: () => turns.running().length > 0,
    load_ui_state: () => state.uiState,
    save_ui_state: (args) => {
      Object.assign(state.uiState, args.object('uiState'));
      state.saveUiState();
      return null;
    },
    list_pending_wakeups: () => [],
    get_active_terminals: () => [],
  };
}

function summary(session: Session): Record<string, unknown> {
  const run = lastRun(session);
  return {
    id: session.id,
    name: session.name,
    order: session.order,
    backend: session.backend,
    selectedModel: session.selected_model ?? null,
    selectedProvider: session.selected_provider ?? null,
    selectedExecutionMode: session.selected_execution_mode ?? null,
    createdAt: session.created_at,
    updatedAt: session.updated_at,
    lastMessageAt: session.last_message_at ?? null,
    messageCount: session.messages.length,
    archivedAt: session.archived_at ?? null,
    lastRunStatus: run?.status ?? null,
    lastRunStartedAt: run?.started_at ?? null,
    waitingForInput: session.waiting_for_input,
    waitingForInputType: session.waiting_for_input_type ?? null,
  };
}

function statusOf(session: Session, active: boolean): Record<string, unknown> {
  const run = lastRun(session);
  return {
    sessionId: session.id,
    worktreeId: session.worktree_id,
    status: active ? 'running' : restingStatus(run?.status),
    activelyManaged: active,
    backend: session.backend,
    selectedModel: session.selected_model ?? null,
    selectedProvider: session.selected_provider ?? null,
    selectedExecutionMode: session.selected_execution_mode ?? null,
    waitingForInput: session.waiting_for_input,
    waitingForInputType: session.waiting_for_input_type ?? null,
    latestRun: run
      ? {
          runId: run.run_id,
          status: run.status,
          startedAt: run.started_at,
          endedAt: run.ended_at ?? null,
          model: run.model,
          executionMode: run.execution_mode,
          cancelled: run.cancelled,
          recovered: run.recovered,
        }
      : null,
  };
}

/** The status of a session that nothing drives; a run stored as running is one that may be resumed (contract jean §4, notes). */
function restingStatus(stored: string | undefined): 'resumable' | 'cancelled' | 'error' | 'idle' {
  switch (stored) {
    case 'running':
    case 'resumable':
      return 'resumable';
    case 'cancelled':
      return 'cancelled';
    case 'crashed':
      return 'error';
    default:
      return 'idle';
  }
}
