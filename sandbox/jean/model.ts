/** A project as Jean stores and answers it (contract jean §4). */
export interface Project {
  readonly id: string;
  name: string;
  readonly path: string;
  default_branch: string;
  /** Epoch s. */
  readonly added_at: number;
  order: number;
  readonly is_folder: boolean;
  worktrees_dir?: string;
  default_backend?: string;
}

/** A worktree; `id` and `path` are stable, `name` and `branch` are not (contract jean §4). */
export interface Worktree {
  readonly id: string;
  readonly project_id: string;
  name: string;
  readonly path: string;
  branch: string;
  base_branch?: string;
  /** Epoch s. */
  readonly created_at: number;
  setup_output?: string;
  setup_script?: string;
  setup_success?: boolean;
  readonly session_type: 'worktree' | 'base';
  pr_number?: number;
  pr_url?: string;
  cached_pr_status?: string;
  cached_check_status?: string;
  /** Epoch s. */
  cached_status_at?: number;
  order: number;
  readonly origin: 'manual' | 'auto_fix';
  labels: unknown[];
  /** Epoch s. */
  archived_at?: number;
  /** Epoch s. */
  last_opened_at?: number;
}

/** What `runs[].status` can be. */
type RunStatus = 'running' | 'resumable' | 'completed' | 'cancelled' | 'crashed';

/** One turn of a session, only in `metadata.json` (contract jean §4). */
export interface RunEntry {
  readonly run_id: string;
  readonly user_message_id: string;
  readonly user_message: string;
  readonly model: string;
  readonly execution_mode: string;
  /** Epoch s. */
  started_at: number;
  /** Epoch s. */
  ended_at?: number;
  status: RunStatus;
  assistant_message_id?: string;
  cancelled: boolean;
  readonly recovered: boolean;
  pid?: number;
  readonly backend: string;
}

/** One tool call of a message. */
interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  output?: string;
}

/** A chat message as `get_session` and `send_chat_message` answer it. */
export interface ChatMessage {
  readonly id: string;
  readonly session_id: string;
  readonly role: 'user' | 'assistant';
  content: string;
  /** Epoch s. */
  readonly timestamp: number;
  readonly tool_calls: ToolCall[];
  cancelled: boolean;
}

/** A message waiting for its turn; clients send more fields, which are kept. */
export interface QueuedMessage {
  readonly id: string;
  readonly message: string;
  readonly executionMode?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly commandAllowedTools?: readonly string[] | null | undefined;
}

/** The lists that a connected client of Jean keeps in a session, never the backend (contract jean §4). */
export const pendingLists = [
  'pending_permission_denials',
  'pending_codex_permission_requests',
  'pending_codex_command_approval_requests',
  'pending_codex_user_input_requests',
  'pending_codex_mcp_elicitation_requests',
  'pending_codex_dynamic_tool_call_requests',
  'pending_opencode_permission_requests',
] as const;

/** Name of one such list. */
export type PendingList = (typeof pendingLists)[number];

/** What an agent that speaks ACP asks, as a newer Jean keeps it (contract jean §3, NEW). */
export interface AcpRequest {
  readonly request_id: string;
  readonly run_id: string;
  readonly backend: string;
  readonly title: string;
  readonly kind: string;
  readonly options: readonly { readonly optionId: string; readonly name: string; readonly kind: string }[];
}

/** A session as it is stored; `runs`, `worktree_id` and the messages are not part of what lists answer (see {@link sessionView}). */
export interface Session extends Record<PendingList, unknown[]> {
  readonly id: string;
  readonly worktree_id: string;
  name: string;
  order: number;
  /** Epoch s. */
  readonly created_at: number;
  /** Epoch s. */
  updated_at: number;
  /** Epoch s. */
  last_message_at?: number;
  backend: string;
  selected_model?: string;
  selected_provider?: string;
  selected_execution_mode?: string;
  waiting_for_input: boolean;
  waiting_for_input_type?: 'question' | 'plan';
  pending_plan_message_id?: string;
  plan_file_path?: string;
  approved_plan_message_ids: string[];
  answered_questions: string[];
  submitted_answers: Record<string, unknown>;
  is_reviewing: boolean;
  review_results?: unknown;
  status_override?: string;
  label?: unknown;
  queued_messages: QueuedMessage[];
  /** Epoch s. */
  archived_at?: number;
  /** Epoch s. */
  last_opened_at?: number;
  /** Kept by the backend itself while their run goes on; in no list. */
  pending_acp_permission_requests?: AcpRequest[];
  readonly primary_surface: 'chat' | 'terminal';
  terminal_command?: string;
  terminal_label?: string;
  runs: RunEntry[];
  /** Kept in memory; on disk they are the run's own `.jsonl`. */
  messages: ChatMessage[];
}

/** Which sessions of a worktree there are and which of them is open (`sessions/index/<worktreeId>.json`). */
export interface WorktreeIndex {
  readonly worktree_id: string;
  active_session_id: string | null;
  branch_naming_completed: boolean;
}

/** The last run of a session. */
export function lastRun(session: Session): RunEntry | undefined {
  return session.runs.at(-1);
}

/** A new session with everything at rest. `at` is epoch s. */
export function newSession(of: {
  id: string;
  worktreeId: string;
  name: string;
  order: number;
  backend: string;
  at: number;
  primarySurface?: 'chat' | 'terminal';
}): Session {
  return {
    id: of.id,
    worktree_id: of.worktreeId,
    name: of.name,
    order: of.order,
    created_at: of.at,
    updated_at: of.at,
    backend: of.backend,
    waiting_for_input: false,
    approved_plan_message_ids: [],
    answered_questions: [],
    submitted_answers: {},
    is_reviewing: false,
    queued_messages: [],
    primary_surface: of.primarySurface ?? 'chat',
    runs: [],
    messages: [],
    pending_permission_denials: [],
    pending_codex_permission_requests: [],
    pending_codex_command_approval_requests: [],
    pending_codex_user_input_requests: [],
    pending_codex_mcp_elicitation_requests: [],
    pending_codex_dynamic_tool_call_requests: [],
    pending_opencode_permission_requests: [],
  };
}

/** The session as commands answer it: status computed from the last run, messages left out unless given. */
export function sessionView(session: Session, messages: readonly ChatMessage[] = []): Record<string, unknown> {
  const { runs: _runs, worktree_id: _worktree, messages: all, pending_acp_permission_requests: _acp, ...rest } = session;
  const run = lastRun(session);
  return {
    ...rest,
    messages,
    message_count: all.length,
    ...(run && {
      last_run_status: run.status,
      last_run_execution_mode: run.execution_mode,
      last_run_started_at: run.started_at,
    }),
  };
}

/** The session as `metadata.json` holds it (contract jean §6). */
export function sessionMetadata(session: Session): Record<string, unknown> {
  const { messages, ...rest } = session;
  return { ...rest, message_count: messages.length, version: 1 };
}
