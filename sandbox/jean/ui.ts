import type { Events } from './events.ts';
import type { PendingList, Session } from './model.ts';
import type { JeanState } from './state.ts';
import type { Worktrees } from './worktrees.ts';

/** What a poll of the pull request found. */
export interface PullStatus {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly isDraft?: boolean;
  readonly reviewDecision?: string;
  readonly checkStatus?: 'success' | 'failure' | 'pending' | 'error';
}

const listOf: Readonly<Record<string, PendingList>> = {
  'chat:permission_denied': 'pending_permission_denials',
  'chat:codex_permission_request': 'pending_codex_permission_requests',
  'chat:codex_command_approval_request': 'pending_codex_command_approval_requests',
  'chat:codex_user_input_request': 'pending_codex_user_input_requests',
  'chat:opencode_permission_request': 'pending_opencode_permission_requests',
};

/** The part of Jean that lives in its window: it alone stores what waits for approval, and it alone cleans up after a merge (contract jean §§4, 5). */
export class JeanUi {
  #attached = true;

  constructor(
    private readonly state: JeanState,
    private readonly events: Events,
    private readonly worktrees: Worktrees,
  ) {
    events.observe((event, payload) => {
      // A client reacts to an event after it was sent to all.
      if (this.#attached) setImmediate(() => this.#react(event, payload));
    });
  }

  /** Opens or closes Jean's window. With it closed nobody stores permission requests and nobody archives after a merge. */
  attach(attached: boolean): void {
    this.#attached = attached;
  }

  /** Reports a pull request as Jean's poll does and, with the window open, acts on a merge by the preferences. */
  async pullStatus(worktreeId: string, pull: PullStatus): Promise<void> {
    const { state, events } = this;
    const worktree = state.worktree(worktreeId);
    const display = displayStatus(pull);
    if (worktree.pr_number !== pull.number) {
      worktree.pr_number = pull.number;
      worktree.pr_url = pull.url;
      state.saveProjects();
    }
    events.emit('pr:status-update', {
      worktree_id: worktreeId,
      pr_number: pull.number,
      pr_url: pull.url,
      state: pull.state,
      is_draft: pull.isDraft ?? false,
      review_decision: pull.reviewDecision ?? null,
      check_status: pull.checkStatus ?? null,
      display_status: display,
      mergeable: pull.state === 'open' ? 'MERGEABLE' : null,
      checked_at: state.seconds(),
    });
    if (!this.#attached) return;
    worktree.cached_pr_status = display;
    if (pull.checkStatus !== undefined) worktree.cached_check_status = pull.checkStatus;
    worktree.cached_status_at = state.seconds();
    state.saveProjects();
    if (display !== 'merged' || state.preferences.auto_archive_on_pr_merged !== true) return;
    if (worktree.session_type === 'base') {
      delete worktree.pr_number;
      delete worktree.pr_url;
      state.saveProjects();
    } else if (state.preferences.removal_behavior === 'delete') await this.worktrees.delete(worktreeId, 'worktree:deleted').gone;
    else if (worktree.archived_at === undefined) this.worktrees.archive(worktreeId);
  }

  #react(event: string, payload: unknown): void {
    const { session_id: sessionId, denials, request }: Record<string, unknown> = { ...Object(payload) };
    const session = typeof sessionId === 'string' ? this.state.sessions.get(sessionId) : undefined;
    if (session === undefined) return;
    const list = listOf[event];
    if (list !== undefined) {
      session[list] = Array.isArray(denials) ? denials : [...session[list], request];
      session.waiting_for_input = true;
      this.#save(session);
    } else if (event === 'chat:opencode_permission_replied') {
      session.pending_opencode_permission_requests = [];
      session.waiting_for_input = false;
      this.#save(session);
    } else if (event === 'chat:sending') this.#clear(session, Object.values(listOf));
    else if (event === 'chat:done' || event === 'chat:cancelled' || event === 'chat:error') {
      // Claude's denials are what the turn ended with; the others died with it.
      this.#clear(
        session,
        Object.values(listOf).filter((name) => name !== 'pending_permission_denials'),
      );
    }
  }

  #clear(session: Session, lists: readonly PendingList[]): void {
    if (lists.every((list) => session[list].length === 0)) return;
    for (const list of lists) session[list] = [];
    this.#save(session);
  }

  #save(session: Session): void {
    this.state.saveSession(session);
    this.events.invalidate('sessions');
  }
}

function displayStatus(pull: PullStatus): 'draft' | 'open' | 'review' | 'merged' | 'closed' {
  if (pull.state !== 'open') return pull.state;
  if (pull.isDraft === true) return 'draft';
  return pull.reviewDecision === undefined ? 'open' : 'review';
}
