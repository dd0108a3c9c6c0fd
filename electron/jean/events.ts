import { z } from 'zod';
import type { PullView } from '../../shared/model.ts';
import { type JeanWorktree, type PendingList, pullStates, webAddress, worktreeRow } from './protocol.ts';

interface OfSession {
  readonly sessionId: string;
}

interface OfWorktree {
  readonly worktreeId: string;
  readonly projectId: string | null;
}

type WorktreeEvent =
  | 'worktree:creating'
  | 'worktree:error'
  | 'worktree:setup_complete'
  | 'worktree:archived'
  | 'worktree:deleting'
  | 'worktree:deleted'
  | 'worktree:delete_error'
  | 'worktree:permanently_deleted';

/** The events of Jean that matter to the companion (contract jean §5); all others are none of its business. */
export type JeanEvent =
  | ({
      readonly type: 'chat:sending' | 'chat:done' | 'chat:cancelled' | 'chat:wakeup' | 'queue:updated' | 'chat:acp';
    } & OfSession)
  | ({ readonly type: 'chat:error'; readonly error: string } & OfSession)
  /** The tool calls that say what a session will ask when its turn ends. */
  | ({ readonly type: 'chat:tool_use'; readonly tool: 'AskUserQuestion' | 'ExitPlanMode'; readonly input: unknown } & OfSession)
  /** Something to approve or to answer. `midTurn`: the turn waits for it; else it is over, and the answer is a next message. */
  | ({
      readonly type: 'chat:request';
      readonly list: PendingList;
      readonly requests: readonly unknown[];
      readonly midTurn: boolean;
    } & OfSession)
  /** All that the session asks of this kind now. */
  | ({ readonly type: 'chat:requests'; readonly list: PendingList; readonly requests: readonly unknown[] } & OfSession)
  | ({ readonly type: 'chat:request-resolved'; readonly list: PendingList; readonly key: string } & OfSession)
  | ({ readonly type: 'session-renamed'; readonly name: string } & OfSession)
  | { readonly type: 'branch-renamed'; readonly worktreeId: string; readonly branch: string }
  | { readonly type: 'cache:invalidate'; readonly keys: readonly string[] }
  | { readonly type: 'worktree:created' | 'worktree:unarchived'; readonly worktree: JeanWorktree }
  | ({ readonly type: WorktreeEvent } & OfWorktree)
  | { readonly type: 'worktrees:changed'; readonly projectId: string }
  | {
      readonly type: 'pr:status-update';
      readonly worktreeId: string;
      readonly pull: PullView;
    };

const id = z.string().min(1);
const session = z.object({ session_id: id });

const plain = (type: 'chat:sending' | 'chat:done' | 'chat:cancelled' | 'chat:wakeup' | 'chat:acp') =>
  session.transform(({ session_id }): JeanEvent => ({ type, sessionId: session_id }));

const asked = (list: PendingList) =>
  session.extend({ request: z.unknown().optional() }).transform(
    ({ session_id, request }): JeanEvent => ({
      type: 'chat:request',
      sessionId: session_id,
      list,
      requests: [request],
      midTurn: true,
    }),
  );

const replied = session.extend({ request_id: z.union([z.string(), z.number()]) }).transform(
  ({ session_id, request_id }): JeanEvent => ({
    type: 'chat:request-resolved',
    sessionId: session_id,
    list: 'opencodePermissions',
    key: String(request_id),
  }),
);

const hasRpcId = (denial: unknown): boolean =>
  typeof denial === 'object' && denial !== null && 'rpc_id' in denial && denial.rpc_id !== null && denial.rpc_id !== undefined;

const ofWorktree = (type: WorktreeEvent) =>
  z
    .object({ id, project_id: id.nullish(), projectId: id.nullish() })
    .transform((it): JeanEvent => ({ type, worktreeId: it.id, projectId: it.project_id ?? it.projectId ?? null }));

const withWorktree = (type: 'worktree:created' | 'worktree:unarchived') =>
  z.object({ worktree: worktreeRow }).transform(({ worktree }): JeanEvent => ({ type, worktree }));

const schemas: Readonly<Record<string, z.ZodType<JeanEvent | null>>> = {
  'chat:sending': plain('chat:sending'),
  'chat:done': plain('chat:done'),
  'chat:cancelled': plain('chat:cancelled'),
  // Says that the list changed, and not to what.
  'chat:acp_permissions_changed': plain('chat:acp'),
  'chat:wakeup_scheduled': plain('chat:wakeup'),
  'chat:wakeup_cancelled': plain('chat:wakeup'),
  'chat:wakeup_fired': plain('chat:wakeup'),
  'chat:error': session
    .extend({ error: z.string() })
    .transform(({ session_id, error }): JeanEvent => ({ type: 'chat:error', sessionId: session_id, error })),
  'chat:tool_use': session
    .extend({ id: z.string().nullish().catch(null), name: z.string(), input: z.unknown().optional() })
    .transform(({ session_id, id: toolCall, name, input }): JeanEvent | null => {
      if (name === 'AskUserQuestion' || name === 'ExitPlanMode')
        return { type: 'chat:tool_use', sessionId: session_id, tool: name, input };
      if (name !== 'question' || !toolCall) return null;
      // OpenCode asks by this tool in the middle of its turn, and waits.
      const request = { tool_use_id: toolCall, ...Object(input) };
      return { type: 'chat:request', sessionId: session_id, list: 'opencodeQuestions', requests: [request], midTurn: true };
    }),
  'chat:tool_result': session
    .extend({ tool_use_id: z.string().nullish().catch(null) })
    .transform(({ session_id, tool_use_id: key }): JeanEvent | null =>
      key ? { type: 'chat:request-resolved', sessionId: session_id, list: 'opencodeQuestions', key } : null,
    ),
  'chat:permission_denied': session.extend({ denials: z.array(z.unknown()) }).transform(
    ({ session_id, denials }): JeanEvent => ({
      type: 'chat:request',
      sessionId: session_id,
      list: 'permissionDenials',
      requests: denials,
      midTurn: denials.some(hasRpcId),
    }),
  ),
  'chat:codex_permission_request': asked('codexPermissions'),
  'chat:codex_command_approval_request': asked('codexCommands'),
  'chat:codex_user_input_request': asked('codexQuestions'),
  'chat:codex_dynamic_tool_call_request': asked('codexTools'),
  'chat:codex_mcp_elicitation_request': asked('codexElicitations'),
  'chat:opencode_permission_request': asked('opencodePermissions'),
  // Devin asks as Codex does, and Jean says when that is over.
  'chat:devin_permission_resolved': session.extend({ rpc_id: z.union([z.string(), z.number()]) }).transform(
    ({ session_id, rpc_id }): JeanEvent => ({
      type: 'chat:request-resolved',
      sessionId: session_id,
      list: 'codexCommands',
      key: String(rpc_id),
    }),
  ),
  'chat:opencode_permission_replied': replied,
  'chat:opencode_permission_request_replied': replied,
  'queue:updated': z.object({ sessionId: id }).transform(({ sessionId }): JeanEvent => ({ type: 'queue:updated', sessionId })),
  'cache:invalidate': z
    .object({ keys: z.array(z.string()) })
    .transform(({ keys }): JeanEvent => ({ type: 'cache:invalidate', keys })),
  'session-renamed': session
    .extend({ new_name: z.string() })
    .transform(({ session_id, new_name }): JeanEvent => ({ type: 'session-renamed', sessionId: session_id, name: new_name })),
  'branch-renamed': z
    .object({ worktree_id: id, new_branch: z.string() })
    .transform(
      ({ worktree_id, new_branch }): JeanEvent => ({ type: 'branch-renamed', worktreeId: worktree_id, branch: new_branch }),
    ),
  'worktree:creating': ofWorktree('worktree:creating'),
  'worktree:created': withWorktree('worktree:created'),
  'worktree:unarchived': withWorktree('worktree:unarchived'),
  'worktree:error': ofWorktree('worktree:error'),
  'worktree:setup_complete': ofWorktree('worktree:setup_complete'),
  'worktree:archived': ofWorktree('worktree:archived'),
  'worktree:deleting': ofWorktree('worktree:deleting'),
  'worktree:deleted': ofWorktree('worktree:deleted'),
  'worktree:delete_error': ofWorktree('worktree:delete_error'),
  'worktree:permanently_deleted': ofWorktree('worktree:permanently_deleted'),
  'worktrees:changed': z
    .object({ project_id: id })
    .transform(({ project_id }): JeanEvent => ({ type: 'worktrees:changed', projectId: project_id })),
  'pr:status-update': z
    .object({
      worktree_id: id,
      pr_number: z.number().int(),
      pr_url: webAddress,
      display_status: z.enum(pullStates).nullish().catch(null),
      state: z.enum(['open', 'closed', 'merged']).nullish().catch(null),
      is_draft: z.boolean().nullish().catch(null),
      check_status: z.enum(['success', 'failure', 'error', 'pending']).nullish().catch(null),
      review_decision: z.string().nullish().catch(null),
    })
    .transform(
      (it): JeanEvent => ({
        type: 'pr:status-update',
        worktreeId: it.worktree_id,
        pull: {
          number: it.pr_number,
          url: it.pr_url,
          state: it.display_status ?? (it.state === 'open' && it.is_draft ? 'draft' : (it.state ?? 'open')),
          ...(it.check_status && { checks: checkWords[it.check_status] }),
          ...(it.review_decision && reviewWords(it.review_decision)),
        },
      }),
    ),
};

const checkWords = { success: 'passing', failure: 'failing', error: 'failing', pending: 'pending' } as const;

function reviewWords(decision: string): Pick<PullView, 'review'> {
  const said = decision.toUpperCase();
  return said === 'APPROVED' ? { review: 'approved' } : said === 'CHANGES_REQUESTED' ? { review: 'changes-requested' } : {};
}

/** The typed event; null when it is one that doesn't matter; `malformed` when it matters and can't be read. */
export function readEvent(name: string, payload: unknown): JeanEvent | null | 'malformed' {
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (schema === undefined) return null;
  const result = schema.safeParse(payload);
  return result.success ? result.data : 'malformed';
}
