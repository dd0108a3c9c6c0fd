import { spawn } from 'node:child_process';
import { setTimeout as delay, setImmediate as nextTick } from 'node:timers/promises';
import type { Events } from './events.ts';
import type { ChatMessage, QueuedMessage, RunEntry, Session } from './model.ts';
import type { Requests } from './requests.ts';
import type { TurnEnd, TurnScript } from './script.ts';
import type { Shell, ShellResult } from './shell.ts';
import type { JeanState } from './state.ts';
import { Turn, type TurnOutcome } from './turn.ts';

/** What a turn answers to whoever sent its message. */
export type TurnAnswer = { readonly ok: true; readonly message: ChatMessage } | { readonly ok: false; readonly error: string };

/** Decides what a session does with a message that a client sent. */
export type Responder = (session: Session, message: QueuedMessage) => TurnScript;

/** Gives worktree and session their names after the first prompt. */
export type Renamer = (session: Session, script: TurnScript) => Promise<void>;

/** How long after `chat:done` the state is written, ms. Real: the tailer is ahead of the backend (contract jean §5). */
const settleMs = 25;

/** Runs the turns of all sessions and emits what Jean emits, in Jean's order (contract jean §5). */
export class Turns {
  /** How messages from clients are answered; the story puts its own in. */
  respond: Responder = (_session, message) => ({
    steps: [
      { do: 'say', text: `On it: ${message.message}\n` },
      { do: 'pause', ms: 200 },
      { do: 'say', text: 'Done.\n' },
    ],
  });
  readonly #active = new Map<string, { turn: Turn; finished: Promise<TurnAnswer> }>();
  readonly #shellResults = new Map<string, readonly ShellResult[]>();

  constructor(
    private readonly state: JeanState,
    private readonly events: Events,
    private readonly requests: Requests,
    private readonly shell: Shell,
    private readonly rename: Renamer,
    private readonly realProcesses: boolean,
  ) {}

  /** The ids of all sessions with a turn under way. */
  running(): string[] {
    return [...this.#active.keys()];
  }

  /** The turn of a session. @throws when it has none. */
  turn(sessionId: string): Turn {
    const active = this.#active.get(sessionId);
    if (active === undefined) throw new Error(`Session ${sessionId} has no turn under way`);
    return active.turn;
  }

  isRunning(sessionId: string): boolean {
    return this.#active.has(sessionId);
  }

  /** Resolves when the session's turn is over and its state written; at once when there is none. */
  async ended(sessionId: string): Promise<void> {
    await this.#active.get(sessionId)?.finished;
  }

  /** The real commands of the session's turn, also after it is over. */
  shellResults(sessionId: string): readonly ShellResult[] {
    return this.#shellResults.get(sessionId) ?? [];
  }

  /** Starts a turn. `written` resolves when its run stands in the state as running. @throws while another one is active. */
  start(sessionId: string, script: TurnScript): { written: Promise<void>; finished: Promise<TurnAnswer> } {
    if (this.#active.has(sessionId)) throw new Error('Session already has an active request');
    const { state } = this;
    const session = state.session(sessionId);
    const runId = state.newId();
    const reply = this.#message(session, 'assistant', '');
    const turn = new Turn(session, runId, script, reply, {
      events: this.events,
      requests: this.requests,
      shell: this.shell,
      worktreePath: state.worktree(session.worktree_id).path,
      log: (line) => state.files.appendToRun(sessionId, runId, line),
      newId: () => state.newId(),
      save: () => state.saveSession(session),
      cancel: () => this.cancel(sessionId),
    });
    this.#shellResults.set(sessionId, turn.shellResults);
    let written = (): void => undefined;
    const whenWritten = new Promise<void>((resolve) => {
      written = resolve;
    });
    const finished = this.#run(turn, written).catch((error: unknown): TurnAnswer => {
      // A fault of the stand-in itself, not of the story: say so, and leave nothing running.
      console.error('sandbox: a turn broke:', error);
      this.#active.delete(sessionId);
      written();
      return { ok: false, error: String(error) };
    });
    this.#active.set(sessionId, { turn, finished });
    return { written: whenWritten, finished };
  }

  /** Cancels what a session runs. `always` tells clients so even when nothing runs, as archive and delete do (contract jean §5). */
  cancel(sessionId: string, always = false): boolean {
    const turn = this.#active.get(sessionId)?.turn;
    const stopped = turn?.end({ how: 'cancelled' }) ?? false;
    if (stopped || always) {
      const session = this.state.session(sessionId);
      this.events.emit('chat:cancelled', {
        session_id: sessionId,
        worktree_id: session.worktree_id,
        undo_send: turn === undefined || !turn.streamed,
        emitted_at_ms: this.state.milliseconds(),
        ...(turn && { run_id: turn.runId }),
      });
    }
    return stopped;
  }

  /** Forgets every turn under way as a dying process does: nothing is written, nothing told. */
  async lose(): Promise<void> {
    // A turn that was just ending may start the next one of its queue: again until none is left.
    while (this.#active.size > 0) {
      const all = [...this.#active.values()];
      for (const { turn } of all) turn.end({ how: 'lost' });
      await Promise.all(all.map(({ finished }) => finished));
    }
  }

  /** Puts a message into the queue and starts it if nothing stands in its way. Returns the queue as it was then. */
  enqueue(sessionId: string, message: QueuedMessage): readonly QueuedMessage[] {
    const session = this.state.session(sessionId);
    session.queued_messages.push(message);
    const queue = [...session.queued_messages];
    this.state.saveSession(session);
    this.events.emit('queue:updated', { sessionId, queue });
    this.#drain(session);
    return queue;
  }

  #drain(session: Session): void {
    if (this.#active.has(session.id) || session.waiting_for_input || !this.state.sessions.has(session.id)) return;
    const next = session.queued_messages.shift();
    if (next === undefined) return;
    this.events.emit('queue:updated', { sessionId: session.id, queue: [...session.queued_messages] });
    this.start(session.id, this.scriptFor(session, next));
  }

  /** What a session does with a message from a client. */
  scriptFor(session: Session, message: QueuedMessage): TurnScript {
    const script = this.respond(session, message);
    const mode = message.executionMode;
    return {
      message: message.message,
      ...(message.model && { model: message.model }),
      ...((mode === 'plan' || mode === 'build' || mode === 'yolo') && { mode }),
      ...script,
    };
  }

  async #run(turn: Turn, written: () => void): Promise<TurnAnswer> {
    const { state } = this;
    const { session, script } = turn;
    const message = script.message ?? 'Go on.';
    delete session.waiting_for_input_type;
    session.waiting_for_input = false;
    if (script.mode !== undefined) session.selected_execution_mode = script.mode;
    if (script.model !== undefined) session.selected_model = script.model;
    this.events.emit('chat:sending', { session_id: session.id, worktree_id: session.worktree_id, user_message: message });
    // The run is written after the event: a client that reads at once still sees the one before.
    await nextTick();
    const user = this.#message(session, 'user', message);
    session.messages.push(user);
    session.last_message_at = user.timestamp;
    // Something with a pid of its own, as the CLI has; it does nothing.
    const agent = this.realProcesses ? spawn('sleep', ['86400'], { stdio: 'ignore' }) : undefined;
    const run: RunEntry = {
      run_id: turn.runId,
      user_message_id: user.id,
      user_message: message,
      model: session.selected_model ?? 'opus',
      execution_mode: session.selected_execution_mode ?? String(state.preferences.default_execution_mode),
      started_at: state.seconds(),
      status: 'running',
      cancelled: false,
      recovered: false,
      backend: session.backend,
      ...(session.backend === 'claude' && { pid: agent?.pid ?? process.pid }),
    };
    session.runs.push(run);
    state.saveSession(session);
    turn.around.log({ _run_meta: true, run_id: run.run_id, session_id: session.id, worktree_id: session.worktree_id });
    written();
    await this.rename(session, script);
    const outcome = await turn.play();
    agent?.kill('SIGKILL');
    return await this.#conclude(turn, run, outcome);
  }

  async #conclude(turn: Turn, run: RunEntry, outcome: TurnOutcome): Promise<TurnAnswer> {
    const { session, reply } = turn;
    switch (outcome.how) {
      case 'lost':
        this.#active.delete(session.id);
        return { ok: false, error: 'Jean was stopped' };
      case 'cancelled':
        reply.cancelled = true;
        run.cancelled = true;
        await this.#write(turn, run, 'cancelled', turn.streamed);
        return { ok: true, message: reply };
      case 'error':
        return await this.#fail(turn, run, outcome);
      case 'done':
        return await this.#stop(turn, run);
      case 'permission': {
        const denials = outcome.commands.map((command) => ({
          tool_name: 'Bash',
          tool_use_id: turn.tool('Bash', { command }),
          tool_input: { command },
        }));
        turn.emit('chat:permission_denied', { denials });
        return await this.#stop(turn, run, undefined, denials);
      }
      case 'question':
        turn.tool('AskUserQuestion', { questions: outcome.questions });
        return await this.#stop(turn, run, 'question');
      case 'plan':
        // OpenCode has no tool for it: its plan is what it says.
        if (session.backend === 'opencode') turn.say(outcome.plan);
        else turn.tool(session.backend === 'claude' ? 'ExitPlanMode' : 'CodexPlan', { plan: outcome.plan });
        return await this.#stop(turn, run, this.#planWaits(session) ? 'plan' : undefined);
      default:
        return outcome satisfies never;
    }
  }

  #planWaits(session: Session): boolean {
    return session.selected_execution_mode !== 'yolo' && session.queued_messages.length === 0;
  }

  async #stop(turn: Turn, run: RunEntry, waiting?: 'question' | 'plan', denials: readonly unknown[] = []): Promise<TurnAnswer> {
    const { session, reply } = turn;
    turn.emit('chat:done', { waiting_for_plan: waiting === 'plan' && session.backend !== 'claude' });
    // A process that was killed at its question or plan says no last word.
    if (waiting === undefined) turn.around.log({ type: 'result', subtype: 'success', permission_denials: denials });
    await this.#write(turn, run, 'completed', true, waiting);
    return { ok: true, message: reply };
  }

  async #fail(turn: Turn, run: RunEntry, end: Extract<TurnEnd, { how: 'error' }>): Promise<TurnAnswer> {
    turn.emit('chat:error', { error: end.error });
    switch (end.kind ?? 'crashed') {
      case 'printed':
        return await this.#stop(turn, run);
      case 'stopped':
        await this.#write(turn, run, 'cancelled', false);
        return { ok: false, error: end.error };
      default:
        await this.#write(turn, run, 'crashed', false);
        return { ok: false, error: end.error };
    }
  }

  /** The backend's own write at the end of a turn: it knows nothing of permission lists, and says so by clearing the flag. */
  async #write(
    turn: Turn,
    run: RunEntry,
    status: RunEntry['status'],
    tell: boolean,
    waiting?: 'question' | 'plan',
  ): Promise<void> {
    const { session, reply } = turn;
    await delay(settleMs);
    run.status = status;
    run.ended_at = this.state.seconds();
    run.assistant_message_id = reply.id;
    delete run.pid;
    session.messages.push(reply);
    session.last_message_at = this.state.seconds();
    session.is_reviewing = false;
    session.waiting_for_input = waiting !== undefined;
    if (waiting !== undefined) session.waiting_for_input_type = waiting;
    this.#active.delete(session.id);
    this.state.saveSession(session);
    if (tell) this.events.invalidate('sessions');
    this.#drain(session);
  }

  #message(session: Session, role: 'user' | 'assistant', content: string): ChatMessage {
    return {
      id: this.state.newId(),
      session_id: session.id,
      role,
      content,
      timestamp: this.state.seconds(),
      tool_calls: [],
      cancelled: false,
    };
  }
}
