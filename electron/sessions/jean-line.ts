import { setTimeout as delay } from 'node:timers/promises';
import { JeanError } from '../jean/error.ts';
import { readSession, type SessionReading } from '../jean/session-reading.ts';
import type { Step } from './actions.ts';
import type { Boards } from './boards.ts';

type Args = Readonly<Record<string, unknown>>;

export interface JeanLineOptions {
  /** A command over the WebSocket. @throws JeanError */
  readonly invoke: (instanceId: string, command: string, args: Args) => Promise<unknown>;
  /** A tool of Jean's MCP socket. @throws JeanError */
  readonly tool: (instanceId: string, tool: string, args: Args) => Promise<unknown>;
  /** How long what was done may take to show in Jean's state, ms. */
  readonly confirmMs: number;
  readonly now: () => number;
}

/** A session as the boards have it. */
export type Found = NonNullable<ReturnType<Boards['asked']>>;

/** A message of ours: its id, its words, and the messages that were there before it. */
export interface OwnMessage {
  readonly id: string;
  readonly text: string;
  readonly before: ReadonlySet<string>;
}

const lookAgainMs = 60;

/** Speaks to the Jean of a session: failures are sentences, and what was done is looked for in Jean's state. */
export class JeanLine {
  readonly #o: JeanLineOptions;

  constructor(options: JeanLineOptions) {
    this.#o = options;
  }

  /** The session with its newest messages. @throws JeanError */
  async read({ view, worktree, instance }: Found): Promise<SessionReading> {
    const args = { worktreeId: worktree.id, worktreePath: worktree.path, sessionId: view.id, limit: 2 };
    return readSession(await this.#o.invoke(instance.id, 'get_session', args));
  }

  /** Calls a command, or the tool of the same purpose where Jean is reached by its MCP socket. @throws with a sentence for the person */
  async call({ instance }: Found, step: Step, tool?: Step): Promise<unknown> {
    const chosen = instance.road === 'mcp' ? tool : step;
    if (chosen === undefined) throw new Error('Jean’s MCP socket can’t do that. Turn on Settings → Web Access in Jean.');
    const way = instance.road === 'mcp' ? this.#o.tool : this.#o.invoke;
    try {
      return await way(instance.id, chosen.command, chosen.args);
    } catch (error) {
      throw new Error(failureWords(chosen, JeanError.from(error)));
    }
  }

  /** Carries out steps in their order. `interrupted` gets those that may not have been carried out. @throws with a sentence for the person */
  async run({ instance }: Found, steps: readonly Step[], interrupted: (rest: readonly Step[]) => void): Promise<void> {
    for (const [at, step] of steps.entries()) {
      try {
        await this.#step(instance.id, step);
      } catch (error) {
        interrupted(steps.slice(at));
        throw new Error(failureWords(step, JeanError.from(error)));
      }
    }
  }

  /** Waits until a message stands in the session's queue, which is `queued`, or among its messages. @throws with a sentence */
  async arrival(found: Found, message: OwnMessage): Promise<'queued' | 'sent'> {
    const end = this.#end();
    for (;;) {
      const where = whereIs(await this.read(found), message);
      if (where !== null) return where;
      if (this.#o.now() >= end)
        throw new Error('Jean took the message, and does not show it. Look in Jean before you send it again.');
      await delay(lookAgainMs);
    }
  }

  /** Waits until something is so on the board. @throws with a sentence that has `otherwise` in it */
  async until(isSo: () => boolean, otherwise: string): Promise<void> {
    const end = this.#end();
    while (!isSo()) {
      if (this.#o.now() >= end) throw new Error(`Jean took it, but ${otherwise}. Look in Jean, or try again.`);
      await delay(lookAgainMs);
    }
  }

  async #step(instanceId: string, step: Step): Promise<void> {
    try {
      await this.#o.invoke(instanceId, step.command, step.args);
    } catch (error) {
      if (step.instead === undefined || JeanError.from(error).kind !== 'unknown-command') throw error;
      await this.#step(instanceId, step.instead);
    }
  }

  #end(): number {
    return this.#o.now() + this.#o.confirmMs;
  }
}

/** Where a message of ours is by now; null when nowhere. Jean's queue keeps its id; of a turn's message only the words are ours. */
export function whereIs({ queued, messages }: SessionReading, message: OwnMessage): 'queued' | 'sent' | null {
  if (queued.some(({ id }) => id === message.id)) return 'queued';
  const words = message.text.trim();
  const sent = messages.some(({ id, role, content }) => role === 'user' && !message.before.has(id) && content.includes(words));
  return sent ? 'sent' : null;
}

function failureWords({ command }: Step, error: JeanError): string {
  switch (error.kind) {
    case 'unknown-command':
      return `This Jean can’t do that from outside (it has no ${command}). Do it in Jean.`;
    case 'closed':
    case 'unreachable':
    case 'certificate':
      return 'The connection to Jean was lost before it answered. Wait until it is back, and try again.';
    case 'timeout':
      return 'Jean did not answer in time. Look at the session before you try again.';
    case 'command-failed':
    case 'unauthorized':
    case 'malformed':
      return error.message;
    default:
      return error.kind satisfies never;
  }
}
