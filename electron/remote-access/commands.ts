import {
  type ArgumentRules,
  aCount,
  aName,
  anAnswer,
  anId,
  aPlace,
  aProject,
  approvedTools,
  aRequest,
  aSession,
  aWorktree,
  isRecord,
  leftOut,
  type Others,
  objectOf,
  oneOf,
  onlyEmpty,
  onlyFalse,
  textItems,
  texts,
  words,
  yesOrNo,
} from './arguments.ts';

/** Who may send a command, with which arguments, and why nobody below. */
export interface CommandRule {
  /** The least role that may send it; `nobody` for what would hand out or change Jean's token. */
  readonly from: 'viewer' | 'operator' | 'owner' | 'nobody';
  /** What it takes from a viewer or an operator. An owner's arguments go on as they are. */
  readonly takes: ArgumentRules;
  readonly others: Others;
  /** What it is, or what speaks against the roles below; ends a sentence that begins with its name. */
  readonly why: string;
}

const read = (why: string, takes: ArgumentRules = {}): CommandRule => ({ from: 'viewer', takes, others: 'leave-out', why });
const operate = (why: string, takes: ArgumentRules, others: Others = 'refuse'): CommandRule => ({
  from: 'operator',
  takes,
  others,
  why,
});
const own = (why: string): CommandRule => ({ from: 'owner', takes: {}, others: 'refuse', why });
const never = (why: string): CommandRule => ({ from: 'nobody', takes: {}, others: 'refuse', why });

const worktree = { worktreeId: aWorktree, worktreePath: aPlace };
const session = { ...worktree, sessionId: aSession };
const asked = { sessionId: aSession, rpcId: aRequest };

/** `yolo` runs everything unasked. Where no mode is given, the session's own counts, which is its owner's choice. */
const mode = oneOf(['plan', 'build'], 'an operator starts turns in plan or build mode');
/** Once, or not at all: what holds for the rest of a session or for good is its owner's to give. */
const decision = oneOf(['accept', 'decline', 'cancel'], 'an operator accepts once, declines or cancels');

/**
 * Of a message counts what it says, how hard to think and which commands it approves. `mcpConfig` names programs to start, the profile
 * (`customProfileName`) and backend decide what asks before it acts, `chromeEnabled` opens the owner's browser, and the parallel prompt
 * speaks with more weight than a person: for these the session's own settings count, as its owner left them.
 */
const message = { model: aName, executionMode: mode, thinkingLevel: aName, effortLevel: aName };

/**
 * Every command that contract jean names, one by one (§§1–5, 8, 9). One that is not here goes to an owner alone. The tools of Jean's MCP
 * socket share some of these names; those that are no WebSocket commands in the contract are an owner's.
 */
const table: Readonly<Record<string, CommandRule>> = {
  // Looking (§3, read)
  list_projects: read('lists the projects; keys of Linear, Sentry and Jenkins are taken out'),
  list_worktrees: read('lists worktrees; what their set-up printed is taken out', { projectId: aProject }),
  list_archived_worktrees: read('lists worktrees that were archived'),
  get_worktree: read('shows a worktree', { worktreeId: aWorktree }),
  bootstrap_project: read('shows a project with its worktrees and sessions', { projectId: aProject }),
  get_sessions: read('lists sessions; of a known worktree alone, since Jean would write an index for any other', {
    ...worktree,
    includeArchived: yesOrNo,
    includeMessageCounts: yesOrNo,
  }),
  list_sessions_summary: read('lists sessions; of a known worktree alone, as get_sessions', {
    ...worktree,
    includeArchived: yesOrNo,
  }),
  list_all_sessions: read('lists all sessions'),
  get_session_status: read('tells how a session is; a known one alone, since Jean would make a folder for any other', {
    sessionId: aSession,
  }),
  get_session: read('shows a session with its messages; a known one alone', { ...session, limit: aCount }),
  has_running_sessions: read('tells whether anything runs'),
  load_preferences: read('shows the preferences; the token, keys and profiles are taken out'),
  load_ui_state: read('shows what is open where; drafts are taken out'),
  list_pending_wakeups: read('lists what wakes up later'),
  get_active_terminals: read('lists terminals; the list is empty for all but an owner, who alone has terminals'),
  list_unread_sessions: read('lists unread sessions'),
  get_unread_session_count: read('counts unread sessions'),
  get_recent_worktrees: read('lists worktrees used lately', { offset: aCount, limit: aCount, projectIds: texts }),
  search_session_messages: read('searches what was said in sessions', { query: words, limit: aCount }),
  get_server_capabilities: read('tells what this Jean can do'),
  get_server_preferences: read('shows the preferences; the token, keys and profiles are taken out'),
  get_acp_permission_requests: read('shows what a session asks for', { sessionId: aSession }),
  get_http_server_status: read('tells how Jean’s server is set up; the token is taken out'),
  get_server_platform: read('tells the operating system'),
  get_app_data_dir: read('tells Jean’s folder, which the page needs for avatars'),

  // Sending
  send_chat_message: operate(
    'has the session’s agent work',
    {
      ...session,
      ...message,
      message: words,
      allowedTools: approvedTools,
      aiLanguage: aName,
      mcpConfig: leftOut,
      chromeEnabled: leftOut,
      customProfileName: leftOut,
      backend: leftOut,
      parallelExecutionPrompt: leftOut,
    },
    'leave-out',
  ),
  enqueue_message: operate('has the session’s agent work', {
    ...session,
    message: objectOf(
      { ...message, id: anId, message: words, commandAllowedTools: approvedTools, queuedAt: aCount },
      'leave-out',
    ),
  }),
  cancel_chat_message: operate('stops a turn', { worktreeId: aWorktree, sessionId: aSession }),

  // Approving and answering (§3, resolving a waiting session)
  mark_plan_approved: operate('approves a plan', { ...session, messageId: anId }),
  /**
   * What an answer needs and no more: waiting and pending lists can be cleared, not written (a forged request would have its owner approve
   * something nobody asked), `planFilePath` is a path that pages read, and status, label, review and servers are no answers.
   */
  update_session_state: operate('changes a session; answering it is what an operator may', {
    ...session,
    answeredQuestions: texts,
    submittedAnswers: anAnswer,
    waitingForInput: onlyFalse,
    selectedExecutionMode: mode,
    pendingPermissionDenials: onlyEmpty,
    pendingCodexPermissionRequests: onlyEmpty,
    pendingOpencodePermissionRequests: onlyEmpty,
    pendingOpenCodePermissionRequests: onlyEmpty,
    pendingCodexCommandApprovalRequests: onlyEmpty,
    pendingCodexUserInputRequests: onlyEmpty,
    pendingCodexMcpElicitationRequests: onlyEmpty,
    pendingCodexDynamicToolCallRequests: onlyEmpty,
  }),
  respond_claude_permission: operate('answers a request of the session', { ...asked, approved: yesOrNo }),
  respond_codex_command_approval: operate('answers a request of the session', {
    ...asked,
    response: objectOf({ decision, promoteToYolo: onlyFalse }, 'refuse'),
  }),
  approve_codex_command: operate('answers a request of the session', { ...asked, decision }),
  respond_codex_file_change_approval: operate('answers a request of the session', { ...asked, decision }),
  /** The permissions in the answer are written by who answers, whatever was asked for: an operator can only give none, which declines. */
  respond_codex_permissions_request: operate('answers a request of the session', {
    ...asked,
    permissions: (value) =>
      isRecord(value) && Object.keys(value).length === 0
        ? { take: {} }
        : { refuse: 'an operator can decline it; the permissions themselves are its owner’s to give' },
    scope: oneOf(['turn'], 'an operator grants for one turn'),
  }),
  respond_codex_user_input_request: operate('answers a question of the session', { ...asked, answers: anAnswer }),
  respond_codex_dynamic_tool_call: operate('answers a tool for the session', {
    ...asked,
    success: yesOrNo,
    contentItems: textItems,
  }),
  respond_codex_mcp_elicitation: operate('answers a question of the session', {
    ...asked,
    action: oneOf(['accept', 'decline', 'cancel'], 'an operator accepts, declines or cancels'),
    content: anAnswer,
  }),
  answer_opencode_question: operate('answers a question of the session', {
    worktreePath: aPlace,
    toolCallId: anId,
    answers: anAnswer,
  }),
  respond_opencode_permission: operate('answers a request of the session', {
    worktreePath: aPlace,
    requestId: anId,
    reply: oneOf(['once', 'reject'], 'an operator allows once or rejects'),
    opencodeSessionId: anId,
    apiVersion: oneOf(['v1', 'v2'], 'it is v1 or v2'),
    message: words,
  }),
  respond_acp_permission: operate('answers a request of the session', {
    sessionId: aSession,
    requestId: anId,
    optionId: (value, known) =>
      typeof value === 'string' && /always|session|forever|permanent|bypass|yolo/i.test(value)
        ? { refuse: 'an operator allows once or rejects' }
        : anId(value, known),
  }),

  // Archiving, and back
  archive_session: operate('archives a session', session),
  unarchive_session: operate('takes a session out of the archive', session),
  archive_worktree: operate('archives a worktree', { worktreeId: aWorktree }),
  unarchive_worktree: operate('takes a worktree out of the archive', { worktreeId: aWorktree }),

  // An owner's: deleting, making, setting up
  delete_worktree: own('deletes work'),
  permanently_delete_worktree: own('deletes work'),
  close_session: own('deletes a session'),
  create_worktree: own('makes a worktree, and runs its set-up script'),
  create_session: own('can start a program of the sender’s choice (terminalCommand)'),
  set_session_provider: own('decides with which settings file the agent runs'),
  set_session_model: own('changes a session’s settings'),
  set_session_backend: own('decides which agent runs, and so what asks before it acts'),
  rename_session: own('changes a session’s name'),
  set_active_session: own('changes what its owner’s page shows'),
  set_session_last_opened: own('marks a session as read for its owner'),
  save_ui_state: own('changes what its owner’s page shows'),
  update_project_settings: own('changes a project’s prompt, provider and folders'),
  save_cli_profile: own('writes a settings file that the agent runs with'),
  delete_cli_profile: own('deletes a settings file that the agent runs with'),
  patch_preferences: own('changes Jean’s preferences'),
  save_preferences: own('changes Jean’s preferences'),
  update_server_preferences: own('changes Jean’s preferences'),
  check_resumable_sessions: own('rewrites how runs ended, though it reads like a question'),
  create_commit_with_ai: own('commits, and pushes if told so'),
  link_pr: own('changes what pull request a worktree shows'),
  link_worktree_pr: own('changes what pull request a worktree shows'),
  save_worktree_pr: own('changes what pull request a worktree shows'),
  detect_and_link_pr: own('changes what pull request a worktree shows'),
  clear_worktree_pr: own('changes what pull request a worktree shows'),
  update_worktree_cached_status: own('changes what a worktree shows'),
  set_active_worktree_for_polling: own('decides what Jean asks GitHub for'),
  set_pr_worktrees_for_polling: own('decides what Jean asks GitHub for'),
  set_app_focus_state: own('tells Jean that its window has the focus'),
  send_native_notification: own('shows a banner on its owner’s screen'),
  check_git_identity: own('looks into the git configuration of the whole account'),
  set_git_identity: own('changes the git configuration of the whole account'),

  // An owner's: the machine
  start_terminal: own('starts a shell'),
  terminal_write: own('types into a shell'),
  run_cli_path_update: own('runs a command of the sender’s choice'),
  write_file_content: own('writes any file'),
  read_file_content: own('reads any file, preferences with the token among them'),
  list_http_bind_host_options: own('lists the machine’s network addresses'),
  validate_http_bind_host: own('belongs to setting up Jean’s server'),
  start_http_server: own('belongs to setting up Jean’s server'),
  stop_http_server: own('would end Jean’s server for all'),
  check_server_update: own('has Jean look for updates'),
  apply_server_update: own('replaces Jean itself'),

  // Tools of the MCP socket (§9b): no commands of the WebSocket, or none that the contract vouches for
  list_sessions: own('is a tool of Jean’s MCP socket'),
  read_session_messages: own('is a tool of Jean’s MCP socket'),
  get_worktree_changes: own('shows files of a worktree, whatever they hold'),
  get_worktree_diff: own('shows the contents of files, whatever they hold'),
  detect_open_pr: own('asks GitHub in its owner’s name'),
  get_usage: own('tells what its owner’s accounts have used up'),
  cancel_session_run: own('is a tool of Jean’s MCP socket'),
  create_pull_request: own('pushes, and opens a pull request in its owner’s name'),

  // The token
  regenerate_http_token: never('gives out Jean’s token; the companion changes it and keeps it'),
};

/** A command's rule; null for one that contract jean does not name. */
export function ruleOf(command: string): CommandRule | null {
  return Object.hasOwn(table, command) ? (table[command] ?? null) : null;
}

/** The names of all commands with a rule. */
export const commandNames: readonly string[] = Object.keys(table);
