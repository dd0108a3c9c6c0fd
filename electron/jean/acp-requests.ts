import { z } from 'zod';
import { JeanError } from './error.ts';
import type { JeanEvent } from './events.ts';
import { readAnswer } from './protocol.ts';
import type { JeanSnapshot } from './snapshot.ts';
import type { InvokeOptions } from './socket.ts';

export interface AcpRequestsOptions {
  invoke(command: string, args: Readonly<Record<string, unknown>>, options: InvokeOptions): Promise<unknown>;
  onEvent(event: JeanEvent, at: number): void;
  readonly now: () => number;
  readonly log: (message: string) => void;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
}

/** Those that ask by their own events or not at all; any other agent may speak ACP. */
const askOtherwise: ReadonlySet<string> = new Set(['claude', 'codex', 'opencode', 'cursor', 'pi', 'commandcode', 'antigravity']);

/** The sessions that may wait for a permission which Jean lists apart (contract jean §3, NEW). */
export const mayAskByAcp = ({ sessions, running }: JeanSnapshot): readonly string[] =>
  sessions.flatMap(({ id, backend }) => (running.has(id) && !askOtherwise.has(backend) ? [id] : []));

const list = z.array(z.unknown());
const timeoutMs = 10_000;

/** What agents that speak ACP ask. Jean's backend keeps it, and tells by an event only that it changed. */
export class AcpRequests {
  readonly #o: AcpRequestsOptions;
  /** This Jean is too old to know of them. */
  #unknown = false;
  readonly #asking = new Set<string>();
  /** Changed again while it was being read. */
  readonly #again = new Set<string>();
  #reported = false;

  constructor(options: AcpRequestsOptions) {
    this.#o = options;
  }

  /** Reads what these sessions ask, and tells it as an event. Never rejects. */
  async read(sessionIds: readonly string[]): Promise<void> {
    await Promise.all(sessionIds.map((id) => this.#read(id)));
  }

  async #read(sessionId: string): Promise<void> {
    if (this.#unknown || this.#o.signal.aborted) return;
    if (this.#asking.has(sessionId)) return void this.#again.add(sessionId);
    this.#asking.add(sessionId);
    const { invoke, onEvent, now, signal } = this.#o;
    try {
      const answer = await invoke('get_acp_permission_requests', { sessionId }, { timeoutMs, signal });
      const requests = readAnswer(list, answer, 'get_acp_permission_requests');
      if (!signal.aborted) onEvent({ type: 'chat:requests', sessionId, list: 'acpPermissions', requests }, now());
    } catch (error) {
      this.#failed(JeanError.from(error));
    } finally {
      this.#asking.delete(sessionId);
    }
    if (this.#again.delete(sessionId)) await this.#read(sessionId);
  }

  #failed({ kind, message }: JeanError): void {
    if (kind === 'unknown-command') this.#unknown = true;
    else if (kind !== 'closed' && !this.#reported) {
      this.#reported = true;
      this.#o.log(message);
    }
  }
}
