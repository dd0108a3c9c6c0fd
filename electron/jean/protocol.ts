import { z } from 'zod';
import { JeanError } from './error.ts';

/** What Jean lists, reduced to what the companion uses (contract jean §4). Jean's seconds become ms here and nowhere else. */

const id = z.string().min(1);
/** Seconds that a `Date` can hold: what is more would be refused further on, and the whole page with it. */
const seconds = z.number().nonnegative().max(8.64e12);
const ms = seconds.transform(toMs);
const optionalMs = seconds.nullish().transform((seconds) => (seconds == null ? null : toMs(seconds)));
const optionalText = z
  .string()
  .nullish()
  .transform((text) => text || null);
const order = z.number().nullish().catch(null).transform(orZero);
const flag = z.boolean().nullish().transform(Boolean);
const present = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined && value !== null);
const list = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((items): readonly unknown[] => items ?? []);

/** A value of a list that may grow in a later Jean: one that we don't know counts as not given. */
const known = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z
    .enum(values)
    .nullish()
    .catch(null)
    .transform((value) => value ?? null);

function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

function orZero(value: number | null | undefined): number {
  return value ?? 0;
}

/** A web address, or null: what Jean stores as a link may be opened in a browser, so nothing else passes. */
export const webAddress = z
  .string()
  .nullish()
  .catch(null)
  .transform((text) => (text && /^https?:\/\//i.test(text) ? text : null));

/** PR states as Jean shows them. */
export const pullStates = ['draft', 'open', 'review', 'merged', 'closed'] as const;

/** The lists of what a session asks; kept by Jean's clients, never by its backend (contract jean §4). */
export type PendingList =
  | 'permissionDenials'
  | 'codexPermissions'
  | 'opencodePermissions'
  | 'codexCommands'
  | 'codexTools'
  | 'codexElicitations'
  | 'codexQuestions'
  | 'opencodeQuestions'
  | 'acpPermissions';

export const projectRow = z
  .object({ id, name: z.string(), path: z.string(), order, is_folder: flag })
  .transform(({ is_folder, ...rest }) => ({ ...rest, folder: is_folder }));
/** A project, or a folder of projects. */
export type JeanProject = Readonly<z.output<typeof projectRow>>;

export const worktreeRow = z
  .object({
    id,
    project_id: id,
    name: z.string(),
    path: z.string().min(1),
    branch: z.string().nullish(),
    created_at: ms,
    session_type: known('worktree', 'base'),
    pr_number: z.number().int().nullish(),
    pr_url: webAddress,
    cached_pr_status: known(...pullStates),
    order,
    archived_at: optionalMs,
  })
  .transform((row) => ({
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    path: row.path,
    branch: row.branch ?? '',
    createdAt: row.created_at,
    base: row.session_type === 'base',
    pull: row.pr_number == null ? null : { number: row.pr_number, url: row.pr_url, state: row.cached_pr_status },
    order: row.order,
    archivedAt: row.archived_at,
  }));
/** A worktree; `id` and `path` are stable, `name` and `branch` are not. */
export type JeanWorktree = Readonly<z.output<typeof worktreeRow>>;

const noRequests: readonly unknown[] = [];

const goesOn = (status: string | null): boolean => status === 'running' || status === 'resumable';

const runStatus = known('running', 'resumable', 'completed', 'cancelled', 'crashed');
/** Status of a session's last run, null when it never ran. */

export const sessionRow = z
  .object({
    id,
    name: z.string(),
    order,
    backend: z.string().nullish(),
    selected_model: optionalText,
    selected_execution_mode: optionalText,
    created_at: optionalMs,
    updated_at: optionalMs,
    archived_at: optionalMs,
    last_run_status: runStatus,
    last_run_execution_mode: optionalText,
    last_run_started_at: optionalMs,
    waiting_for_input: flag,
    waiting_for_input_type: optionalText,
    pending_plan_message_id: optionalText,
    pending_permission_denials: list,
    pending_codex_permission_requests: list,
    pending_opencode_permission_requests: list,
    pending_codex_command_approval_requests: list,
    pending_codex_dynamic_tool_call_requests: list,
    pending_codex_mcp_elicitation_requests: list,
    pending_codex_user_input_requests: list,
    pending_acp_permission_requests: list,
    answered_questions: list,
    is_reviewing: flag,
    review_results: present,
    status_override: known('idle', 'review', 'completed', 'cancelled'),
    scheduled_wakeup: present,
  })
  .transform((row) => ({
    id: row.id,
    name: row.name,
    order: row.order,
    backend: row.backend || 'claude',
    model: row.selected_model,
    mode: row.selected_execution_mode,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    archivedAt: row.archived_at,
    runStatus: row.last_run_status,
    runMode: row.last_run_execution_mode,
    runStartedAt: row.last_run_started_at,
    waiting: row.waiting_for_input,
    waitingType: waitingType(row.waiting_for_input_type),
    planPending: row.pending_plan_message_id !== null,
    pending: {
      permissionDenials: row.pending_permission_denials,
      codexPermissions: row.pending_codex_permission_requests,
      opencodePermissions: row.pending_opencode_permission_requests,
      codexCommands: row.pending_codex_command_approval_requests,
      codexTools: row.pending_codex_dynamic_tool_call_requests,
      codexElicitations: row.pending_codex_mcp_elicitation_requests,
      codexQuestions: row.pending_codex_user_input_requests,
      // OpenCode's tool call `question` is nowhere listed: only its event tells of it.
      opencodeQuestions: noRequests,
      // Jean's backend keeps these itself, and those of a run that is over are no more.
      acpPermissions: goesOn(row.last_run_status) ? row.pending_acp_permission_requests : noRequests,
    } satisfies Record<PendingList, readonly unknown[]>,
    /** Ids of the tool calls whose questions were answered. */
    answered: row.answered_questions.filter((it) => typeof it === 'string'),
    reviewing: row.is_reviewing,
    reviewed: row.review_results,
    override: row.status_override,
    wakeup: row.scheduled_wakeup,
  }));
/** A session with the fields that decide its status. Times are epoch ms. */
export type JeanSession = Readonly<z.output<typeof sessionRow>>;

function waitingType(text: string | null): 'question' | 'plan' | 'unknown' | null {
  if (text === null || text === 'question' || text === 'plan') return text;
  return 'unknown';
}

/** Answer of `list_all_sessions`: its entries and their rows are read one by one, see {@link readRows}. */
export const allSessions = z.object({ entries: z.array(z.unknown()) });
/** The sessions of a worktree in it. */
export const sessionsEntry = z.object({ project_id: id, worktree_id: id, sessions: z.array(z.unknown()) });

/** What is read of `/api/init`; it also holds tokens and keys, which are not even copied. */
export const initAnswer = z.object({
  appVersion: optionalText,
  projects: z.array(z.unknown()).nullish(),
  runningSessions: z.array(z.string()).nullish(),
});

/** A list of rows where one that can't be read is left out and reported, so that it doesn't take the others with it. */
export function readRows<T>(
  schema: z.ZodType<T>,
  rows: readonly unknown[],
  what: string,
  report: (message: string) => void,
): { readonly rows: readonly T[]; readonly dropped: number } {
  const read: T[] = [];
  for (const row of rows) {
    const result = schema.safeParse(row);
    if (result.success) read.push(result.data);
    else report(`Jean sent a ${what} that could not be read: ${issueWords(result.error)}.`);
  }
  return { rows: read, dropped: rows.length - read.length };
}

/** Parses a whole answer. @throws JeanError `malformed` that names the first wrong field and no value */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new JeanError('malformed', `Jean's answer to ${what} could not be read: ${issueWords(result.error)}.`);
}

function issueWords(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join('.') || 'it'}: ${issue.message}` : 'it is not what was expected';
}
