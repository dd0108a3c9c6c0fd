import { setTimeout as delay } from 'node:timers/promises';
import type { Events } from './events.ts';
import type { AcpRequest, ChatMessage, Session } from './model.ts';
import type { Requests } from './requests.ts';
import type { TurnEnd, TurnScript, TurnStep } from './script.ts';
import type { Shell, ShellResult } from './shell.ts';

/** How a turn came out: as scripted, cancelled, or lost together with the process. */
export type TurnOutcome = TurnEnd | { readonly how: 'cancelled' } | { readonly how: 'lost' };

class TurnFailed extends Error {}

/** What a turn needs around it. */
export interface TurnSurroundings {
  readonly events: Events;
  readonly requests: Requests;
  readonly shell: Shell;
  readonly worktreePath: string;
  /** Adds a line to the run's log. */
  readonly log: (line: unknown) => void;
  readonly newId: () => string;
  /** Writes the session. */
  readonly save: () => void;
  /** Cancels this turn and tells clients so. */
  readonly cancel: () => void;
}

/** One running turn: plays its steps, and can be told from outside what happens next. */
export class Turn {
  /** True once anything of the answer was sent. */
  streamed = false;
  /** The real commands that ran, in order. */
  readonly shellResults: ShellResult[] = [];
  readonly #stop = new AbortController();
  readonly #inbox: TurnStep[] = [];
  #outcome: TurnOutcome | undefined;
  #wake: (() => void) | undefined;

  constructor(
    readonly session: Session,
    readonly runId: string,
    readonly script: TurnScript,
    readonly reply: ChatMessage,
    readonly around: TurnSurroundings,
  ) {}

  /** Ends the turn now; a second call changes nothing. Returns false when it had an end already. */
  end(outcome: TurnOutcome): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = outcome;
    this.#stop.abort();
    return true;
  }

  /** Gives a turn that holds its next step. */
  add(step: TurnStep): void {
    this.#inbox.push(step);
    this.#wake?.();
  }

  /** Plays the steps and returns how it came out. */
  async play(): Promise<TurnOutcome> {
    try {
      for (const step of this.script.steps ?? [{ do: 'hold' }]) {
        this.#stop.signal.throwIfAborted();
        await this.#step(step);
      }
      this.#outcome ??= this.script.end ?? { how: 'done' };
      return this.#outcome;
    } catch (error) {
      if (this.#outcome !== undefined) return this.#outcome;
      if (!(error instanceof TurnFailed)) throw error;
      this.#outcome = { how: 'error', error: error.message };
      return this.#outcome;
    }
  }

  /** Sends a chat event of this session. */
  emit(event: string, payload: Readonly<Record<string, unknown>>): void {
    this.around.events.emit(event, { session_id: this.session.id, worktree_id: this.session.worktree_id, ...payload });
  }

  /** Says a part of the answer. */
  say(text: string): void {
    this.streamed = true;
    this.reply.content += text;
    this.emit('chat:chunk', { content: text });
    this.around.log({ type: 'assistant', message: { content: [{ type: 'text', text }] } });
  }

  /** Shows a tool call and keeps it in the answer; returns its id. */
  tool(name: string, input: unknown): string {
    const id = `toolu_${this.around.newId().replaceAll('-', '').slice(0, 24)}`;
    this.streamed = true;
    this.reply.tool_calls.push({ id, name, input });
    this.emit('chat:tool_use', { id, name, input });
    this.around.log({ type: 'assistant', message: { content: [{ type: 'tool_use', id, name, input }] } });
    return id;
  }

  async #step(step: TurnStep): Promise<void> {
    switch (step.do) {
      case 'say':
        this.say(step.text);
        return;
      case 'think':
        this.streamed = true;
        this.emit('chat:thinking', { content: step.text });
        return;
      case 'tool':
        this.#toolResult(this.tool(step.name, step.input), step.output ?? '');
        return;
      case 'pause':
        await delay(step.ms, undefined, { signal: this.#stop.signal });
        return;
      case 'hold':
        await this.#hold();
        return;
      case 'finish':
        this.end(step.end ?? { how: 'done' });
        return;
      case 'shell':
        await this.#shell(step.command, step.orFail ?? false);
        return;
      case 'codex-command':
        await this.#codexCommand(step.command, step.reason);
        return;
      case 'codex-permissions':
        await this.#codex('chat:codex_permission_request', { permissions: step.permissions, reason: step.reason ?? null });
        return;
      case 'codex-question':
        await this.#codex('chat:codex_user_input_request', { questions: step.questions });
        return;
      case 'codex-tool':
        await this.#codexTool(step.tool, step.arguments);
        return;
      case 'claude-permission':
        await this.#claudePermission(step.command);
        return;
      case 'opencode-permission':
        await this.#opencodePermission(step.permission, step.patterns);
        return;
      case 'acp-permission':
        await this.#acpPermission(step.title, step.kind ?? 'execute');
        return;
      case 'opencode-question': {
        const id = this.tool('question', { questions: step.questions });
        const answers = await this.around.requests.ask(`opencode-question:${id}`, this.#stop.signal);
        this.#toolResult(id, JSON.stringify(answers));
        return;
      }
      default:
        return step satisfies never;
    }
  }

  async #hold(): Promise<void> {
    for (;;) {
      this.#stop.signal.throwIfAborted();
      const step = this.#inbox.shift();
      if (step !== undefined) await this.#step(step);
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          this.#stop.signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    }
  }

  async #shell(command: string, orFail: boolean): Promise<void> {
    const id = this.tool('Bash', { command });
    const { shell, worktreePath } = this.around;
    const result = await shell.run(command, worktreePath, {
      env: { JEAN_SESSION_ID: this.session.id, JEAN_WORKTREE_ID: this.session.worktree_id, JEAN_MCP_DEPTH: '0' },
      signal: this.#stop.signal,
    });
    this.#stop.signal.throwIfAborted();
    this.shellResults.push(result);
    this.#toolResult(id, `${result.stdout}${result.stderr}`);
    if (orFail && result.code !== 0) throw new TurnFailed(`${command}: ${result.stderr.trim() || `exit ${result.code}`}`);
  }

  async #codexCommand(command: string, reason: string | undefined): Promise<void> {
    const answer = await this.#codex('chat:codex_command_approval_request', {
      command,
      cwd: this.around.worktreePath,
      reason: reason ?? null,
      available_decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    });
    switch (answer) {
      case 'accept':
      case 'acceptForSession':
        await this.#shell(command, false);
        return;
      case 'cancel':
        this.around.cancel();
        return;
      default:
        await this.#step({ do: 'say', text: `Not allowed to run ${command}; going on without it.\n` });
    }
  }

  async #codexTool(tool: string, input: unknown): Promise<void> {
    const callId = `call_${this.around.newId()}`;
    const done = await this.#codex('chat:codex_dynamic_tool_call_request', { call_id: callId, tool, arguments: input });
    if (done !== true) await this.#step({ do: 'say', text: `Going on without ${tool}.\n` });
  }

  async #claudePermission(command: string): Promise<void> {
    const rpcId = `perm_${this.around.newId()}`;
    const answer = this.around.requests.ask(`claude:${rpcId}`, this.#stop.signal);
    const id = this.tool('Bash', { command });
    this.emit('chat:permission_denied', {
      denials: [{ tool_name: 'Bash', tool_use_id: id, tool_input: { command }, rpc_id: rpcId }],
    });
    if ((await answer) === true) await this.#shell(command, false);
    else await this.#step({ do: 'say', text: `Not allowed to run ${command}; going on without it.\n` });
  }

  async #codex(event: string, request: Readonly<Record<string, unknown>>): Promise<unknown> {
    const rpcId = this.around.requests.nextRpcId();
    const answer = this.around.requests.ask(`codex:${rpcId}`, this.#stop.signal);
    this.streamed = true;
    this.emit(event, {
      request: {
        rpc_id: rpcId,
        item_id: `item_${rpcId}`,
        thread_id: `thread_${this.session.id}`,
        turn_id: this.runId,
        ...request,
      },
    });
    return await answer;
  }

  async #opencodePermission(permission: string, patterns: readonly string[]): Promise<void> {
    const requestId = `per_${this.around.newId()}`;
    const answer = this.around.requests.ask(`opencode:${requestId}`, this.#stop.signal);
    this.streamed = true;
    this.emit('chat:opencode_permission_request', {
      request: {
        request_id: requestId,
        opencode_session_id: `ses_${this.session.id}`,
        permission,
        patterns,
        always: patterns,
        working_dir: this.around.worktreePath,
        api_version: 'v2',
      },
    });
    const reply = await answer;
    this.emit('chat:opencode_permission_replied', { request_id: requestId, reply });
    const text = reply === 'reject' ? `Not allowed: ${permission}. Going on without it.\n` : `Allowed: ${permission}.\n`;
    await this.#step({ do: 'say', text });
  }

  async #acpPermission(title: string, kind: string): Promise<void> {
    const { session, runId, around } = this;
    const request_id = around.newId();
    const options = [
      { optionId: 'proceed_once', name: 'Allow', kind: 'allow_once' },
      { optionId: 'cancel', name: 'Reject', kind: 'reject_once' },
    ];
    const request = { request_id, run_id: runId, backend: session.backend, title, kind, options };
    const others = () => (session.pending_acp_permission_requests ?? []).filter((one) => one.request_id !== request_id);
    const change = (requests: readonly AcpRequest[]): void => {
      session.pending_acp_permission_requests = [...requests];
      around.save();
      this.emit('chat:acp_permissions_changed', {});
    };
    const answer = around.requests.ask(`acp:${request_id}`, this.#stop.signal);
    this.streamed = true;
    change([...others(), request]);
    try {
      const yes = (await answer) === 'proceed_once';
      await this.#step({ do: 'say', text: yes ? `Allowed: ${title}.\n` : `Not allowed: ${title}. Going on without it.\n` });
    } finally {
      change(others());
    }
  }

  #toolResult(id: string, output: string): void {
    const call = this.reply.tool_calls.find((candidate) => candidate.id === id);
    if (call !== undefined) call.output = output;
    this.emit('chat:tool_result', { tool_use_id: id, output });
    this.around.log({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id, content: output }] } });
  }
}
