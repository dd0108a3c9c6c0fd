import type { Question, TurnEnd, TurnStep } from './script.ts';
import type { JeanState } from './state.ts';
import type { Turns } from './turns.ts';

/** Real ms after which a request that a turn makes is out, and stored by Jean's window. */
const askedMs = 20;

/** Makes a session ask: Claude at the end of its turn, Codex and OpenCode in its middle (contract jean §3). A session at rest starts a turn for it. */
export class Asking {
  constructor(
    private readonly state: JeanState,
    private readonly turns: Turns,
  ) {}

  /** It wants to run `command` and may not. */
  async permission(sessionId: string, command: string): Promise<void> {
    const { backend } = this.state.session(sessionId);
    if (backend === 'codex') await this.#within(sessionId, { do: 'codex-command', command });
    else if (backend === 'opencode') {
      await this.#within(sessionId, { do: 'opencode-permission', permission: 'bash', patterns: [command] });
    } else if (backend === 'grok' || backend === 'kimi') {
      await this.#within(sessionId, { do: 'acp-permission', title: command });
    } else await this.atEnd(sessionId, { how: 'permission', commands: [command] });
  }

  /** It asks something. */
  async question(sessionId: string, questions: readonly Question[]): Promise<void> {
    const { backend } = this.state.session(sessionId);
    if (backend === 'codex') await this.#within(sessionId, { do: 'codex-question', questions });
    else if (backend === 'opencode') await this.#within(sessionId, { do: 'opencode-question', questions });
    else await this.atEnd(sessionId, { how: 'question', questions });
  }

  /** Its turn ends like this; one is started when there is none. */
  async atEnd(sessionId: string, end: TurnEnd): Promise<void> {
    await this.#running(sessionId);
    this.turns.turn(sessionId).end(end);
    await this.turns.ended(sessionId);
  }

  async #within(sessionId: string, step: TurnStep): Promise<void> {
    await this.#running(sessionId);
    this.turns.turn(sessionId).add(step);
    await new Promise((resolve) => setTimeout(resolve, askedMs));
  }

  async #running(sessionId: string): Promise<void> {
    if (!this.turns.isRunning(sessionId)) await this.turns.start(sessionId, {}).written;
  }
}
