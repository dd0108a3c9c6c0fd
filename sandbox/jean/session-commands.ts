import type { Args } from './args.ts';
import type { Command, Jean } from './commands.ts';
import { type PendingList, pendingLists, type QueuedMessage, type Session, sessionView } from './model.ts';

/** Commands that change a session or talk to it (contract jean §3). */
export function sessionCommands({ state, events, turns }: Jean): Record<string, Command> {
  const addressed = (args: Args): Session => {
    args.string('worktreeId');
    args.string('worktreePath');
    return state.session(args.string('sessionId'));
  };
  const changed = (session: Session): null => {
    state.saveSession(session);
    events.invalidate('sessions');
    return null;
  };
  const setting =
    (apply: (session: Session, args: Args) => void): Command =>
    (args) => {
      const session = addressed(args);
      apply(session, args);
      return changed(session);
    };
  const takeAway = (session: Session): string | null => {
    turns.cancel(session.id);
    const active = state.removeSession(session);
    events.invalidate('sessions');
    return active;
  };

  return {
    create_session: (args) => {
      const worktreeId = args.string('worktreeId');
      args.string('worktreePath');
      const session = state.addSession(worktreeId, {
        name: args.optionalString('name'),
        backend: args.optionalString('backend'),
        primarySurface: args.optionalString('primarySurface') === 'terminal' ? 'terminal' : 'chat',
      });
      events.invalidate('sessions');
      return sessionView(session);
    },
    close_session: (args) => takeAway(addressed(args)),
    archive_session: (args) => {
      const session = addressed(args);
      if (session.messages.length === 0 && !turns.isRunning(session.id)) return takeAway(session);
      turns.cancel(session.id);
      session.archived_at = state.seconds();
      state.saveSession(session);
      const active = state.activateAnother(session);
      events.invalidate('sessions');
      return active;
    },
    unarchive_session: (args) => {
      const session = addressed(args);
      delete session.archived_at;
      changed(session);
      return sessionView(session);
    },
    rename_session: setting((session, args) => {
      session.name = args.optionalString('newName') ?? args.string('name');
    }),
    set_session_model: setting((session, args) => {
      session.selected_model = args.string('model');
    }),
    set_session_backend: setting((session, args) => {
      session.backend = args.string('backend');
    }),
    set_session_provider: setting((session, args) => {
      session.selected_provider = args.optionalString('provider') ?? 'default';
    }),
    set_active_session: setting((session) => {
      state.index(session.worktree_id).active_session_id = session.id;
      state.uiState.active_session_ids[session.worktree_id] = session.id;
      session.last_opened_at = state.seconds();
      state.saveUiState();
    }),
    set_session_last_opened: (args) => {
      const session = state.session(args.string('sessionId'));
      session.last_opened_at = state.seconds();
      return changed(session);
    },
    update_session_state: setting(updateState),
    mark_plan_approved: (args) => {
      const session = addressed(args);
      session.approved_plan_message_ids.push(args.string('messageId'));
      session.waiting_for_input = false;
      delete session.waiting_for_input_type;
      delete session.pending_plan_message_id;
      state.saveSession(session);
      return null;
    },
    send_chat_message: async (args) => {
      const session = addressed(args);
      const message = queuedMessage(state.newId(), args);
      const answer = await turns.start(session.id, turns.scriptFor(session, message)).finished;
      if (!answer.ok) throw new Error(answer.error);
      return answer.message;
    },
    enqueue_message: (args) => {
      const session = addressed(args);
      const message = args.object('message');
      if (typeof message.message !== 'string') throw new Error('Invalid field message: missing field `message`');
      return turns.enqueue(session.id, { id: state.newId(), ...message, message: message.message });
    },
    cancel_chat_message: (args) => {
      const session = state.session(args.string('sessionId'));
      args.string('worktreeId');
      turns.cancel(session.id);
      return null;
    },
  };
}

function queuedMessage(id: string, args: Args): QueuedMessage {
  return {
    id,
    message: args.string('message'),
    executionMode: args.optionalString('executionMode'),
    model: args.optionalString('model'),
    commandAllowedTools: args.array('allowedTools')?.map(String),
  };
}

/** Sets what was given. JSON null clears `statusOverride` and `label` alone; for the rest it means "not given" (contract jean §2). */
function updateState(session: Session, args: Args): void {
  for (const list of pendingLists) {
    const given = args.array(camel(list));
    if (given !== undefined) session[list] = given;
  }
  session.waiting_for_input = args.boolean('waitingForInput') ?? session.waiting_for_input;
  session.is_reviewing = args.boolean('isReviewing') ?? session.is_reviewing;
  session.answered_questions = args.array('answeredQuestions')?.map(String) ?? session.answered_questions;
  const type = args.optionalString('waitingForInputType');
  if (type === 'plan' || type === 'question') session.waiting_for_input_type = type;
  const mode = args.optionalString('selectedExecutionMode');
  if (mode !== undefined) session.selected_execution_mode = mode;
  const planMessage = args.optionalString('pendingPlanMessageId');
  if (planMessage !== undefined) session.pending_plan_message_id = planMessage;
  const planFile = args.optionalString('planFilePath');
  if (planFile !== undefined) session.plan_file_path = planFile;
  if (args.value('submittedAnswers') !== undefined) session.submitted_answers = args.object('submittedAnswers');
  if (args.value('reviewResults') !== undefined) session.review_results = args.value('reviewResults');
  if (args.has('statusOverride')) {
    const override = args.optionalString('statusOverride');
    if (override === undefined) delete session.status_override;
    else session.status_override = override;
  }
  if (args.has('label')) {
    if (args.value('label') === undefined) delete session.label;
    else session.label = args.value('label');
  }
}

function camel(list: PendingList): string {
  return list.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
