import { isDeepStrictEqual } from 'node:util';
import type { PersonAnswer, SessionAction, SessionRequest } from '../../shared/acting.ts';
import { bucketOf } from '../../shared/model.ts';
import { Refused } from '../base/refused.ts';
import type { JeanEvent } from '../jean/events.ts';
import type { SessionReading } from '../jean/session-reading.ts';
import { answeredBy, messageSteps, type Place, type Step, stepsFor } from './actions.ts';
import { type Asking, askingOf } from './asking.ts';
import type { Boards } from './boards.ts';
import { type Found, JeanLine, type JeanLineOptions, type OwnMessage, whereIs } from './jean-line.ts';
import { fingerprintOf, offerOf } from './offer.ts';

export interface ActOptions extends Omit<JeanLineOptions, 'confirmMs'> {
  readonly boards: Pick<Boards, 'asked' | 'worktree'>;
  /** Tells the board what Jean tells nobody: that a request was answered. */
  readonly learn: (instanceId: string, event: JeanEvent) => void;
  readonly newId: () => string;
  readonly confirmMs?: number;
}

/** How an action ended that was confirmed by Jean's state. */
export interface Done {
  readonly found: Found;
  /** What was answered, in full. */
  readonly asked: SessionRequest['request'];
  /** The message waits in Jean's queue. */
  readonly queued: boolean;
}

/** An answer on its way: kept when Jean took a part of it and was lost then. */
interface Attempt {
  readonly fingerprint: string;
  readonly answer: PersonAnswer;
  readonly asking: Asking;
  /** Null: its answer is no message. */
  readonly message: OwnMessage | null;
  readonly steps: readonly Step[];
}

const defaultConfirmMs = 8_000;

/** Does to a session what the person asks, by Jean's own commands, and makes sure that it came to pass. */
export class SessionActs {
  readonly #o: ActOptions;
  readonly #line: JeanLine;
  readonly #busy = new Set<string>();
  /** By session. */
  readonly #unfinished = new Map<string, Attempt>();
  /** Messages of the person that were not seen to arrive, by their id. */
  readonly #messages = new Map<string, OwnMessage>();

  constructor(options: ActOptions) {
    this.#o = options;
    this.#line = new JeanLine({ ...options, confirmMs: options.confirmMs ?? defaultConfirmMs });
  }

  /** What the session asks, in full, and what can be done about it from here. @throws Refused when it is gone */
  async request(sessionId: string): Promise<SessionRequest> {
    const { instance } = this.#find(sessionId);
    let reading: SessionReading | null = null;
    let unread: string | null = null;
    if (instance.health === 'online' && instance.road === 'socket') {
      try {
        reading = await this.#line.read(this.#find(sessionId));
      } catch (error) {
        unread = `Jean could not be asked for all of it: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
    const found = this.#find(sessionId);
    return offerOf({ ...found, asking: askingOf(found, reading), terminal: reading?.terminal ?? false, unread });
  }

  /** Answers what the session asks, if that is still what the person was shown. @throws Refused, or an Error with a sentence */
  answer(sessionId: string, fingerprint: string, answer: PersonAnswer): Promise<Done> {
    return this.#alone(sessionId, async () => {
      const reading = await this.#readNow(sessionId);
      const found = this.#find(sessionId);
      const asking = askingOf(found, reading);
      const left = this.#unfinishedOf(sessionId, fingerprint, answer);
      if (left?.message && whereIs(reading, left.message) !== null) return this.#confirm(found, left);
      if (fingerprintOf(asking) === fingerprint) {
        const id = left?.message?.id ?? this.#o.newId();
        const steps = stepsFor(asking, answer, placeOf(found, reading, id));
        const { answers } = offerOf({ ...found, asking, terminal: reading.terminal, unread: null });
        if (steps === null || !answers.includes(answer.kind))
          throw new Refused('not-offered', 'That is no answer to what the session asks. Look at it again.');
        return this.#carryOut(found, { fingerprint, answer, asking, message: messageIn(steps, id, reading), steps });
      }
      // Jean took the first part, by which the request is gone; the message that was to follow is not there yet.
      if (left && isQuiet(found)) return this.#carryOut(found, left);
      this.#unfinished.delete(sessionId);
      throw new Refused('stale', 'The session does not ask this any more. Look at what it asks now.');
    });
  }

  /** Sends a next message; `messageId` is the same when the person tries again. */
  message(sessionId: string, text: string, messageId: string): Promise<Done> {
    return this.#alone(sessionId, async () => {
      const found = this.#offered(sessionId, 'message');
      if (found.instance.road === 'mcp') {
        const send = { command: 'send_chat_message', args: { sessionId, message: text } };
        await this.#line.call(found, send, send);
        await this.#line.until(() => this.#bucket(sessionId) === 'running', 'the session does not run');
        return { found, asked: null, queued: false };
      }
      const reading = await this.#readNow(sessionId);
      if (reading.terminal)
        throw new Refused('not-offered', 'This session is a program in a terminal of Jean: write to it there.');
      const message = this.#messages.get(messageId) ?? { id: messageId, text, before: idsIn(reading) };
      this.#messages.set(messageId, message);
      if (whereIs(reading, message) === null) {
        const steps = messageSteps(askingOf(found, reading), text, placeOf(found, reading, messageId));
        await this.#line.run(found, steps, () => {});
      }
      const arrived = await this.#line.arrival(found, message);
      this.#messages.delete(messageId);
      return { found, asked: null, queued: arrived === 'queued' };
    });
  }

  /** Cancels what the session runs. */
  cancel(sessionId: string): Promise<Done> {
    return this.#alone(sessionId, async () => {
      const found = this.#offered(sessionId, 'cancel');
      const args = { sessionId, worktreeId: found.worktree.id };
      await this.#line.call(
        found,
        { command: 'cancel_chat_message', args },
        { command: 'cancel_session_run', args: { sessionId } },
      );
      await this.#line.until(() => !isBusy(this.#bucket(sessionId)), 'the session still runs');
      return { found, asked: null, queued: false };
    });
  }

  /** Archives a session; its worktree stays. */
  archive(sessionId: string): Promise<Done> {
    return this.#alone(sessionId, async () => {
      const found = this.#offered(sessionId, 'archive-session');
      const args = { sessionId, worktreeId: found.worktree.id, worktreePath: found.worktree.path };
      // The tool takes nothing beside the session.
      const tool = { command: 'archive_session', args: { sessionId } };
      await this.#line.call(found, { command: 'archive_session', args }, tool);
      await this.#line.until(() => this.#o.boards.asked(sessionId) === null, 'the session is still there');
      return { found, asked: null, queued: false };
    });
  }

  /** Archives the worktree of a session, and with it all its sessions. */
  archiveWorktree(sessionId: string): Promise<Done> {
    return this.#alone(sessionId, async () => {
      const found = this.#offered(sessionId, 'archive-worktree');
      const worktreeId = found.worktree.id;
      const archive = { command: 'archive_worktree', args: { worktreeId } };
      await this.#line.call(found, archive, archive);
      await this.#line.until(() => this.#o.boards.worktree(worktreeId) === null, 'the worktree is still there');
      return { found, asked: null, queued: false };
    });
  }

  /** Makes the session the open one of its worktree in Jean. */
  open(sessionId: string): Promise<Done> {
    return this.#alone(sessionId, async () => {
      const found = this.#offered(sessionId, 'open');
      const { worktree, instance } = found;
      const args = { worktreeId: worktree.id, worktreePath: worktree.path };
      await this.#line.call(found, { command: 'set_active_session', args: { ...args, sessionId } });
      if (instance.place === 'elsewhere') await this.#openAtNextLoad(found);
      return { found, asked: null, queued: false };
    });
  }

  /** A page of Jean that is loaded from now on begins at the session; one that is open stays where it is (contract jean §8). */
  async #openAtNextLoad(found: Found): Promise<void> {
    const { worktree, project, view } = found;
    const state: Record<string, unknown> = { ...Object(await this.#line.call(found, { command: 'load_ui_state', args: {} })) };
    const uiState = {
      ...state,
      active_project_id: project.id,
      active_worktree_id: worktree.id,
      active_worktree_path: worktree.path,
      active_session_ids: { ...Object(state.active_session_ids), [worktree.id]: view.id },
    };
    await this.#line.call(found, { command: 'save_ui_state', args: { uiState } });
  }

  async #carryOut(found: Found, attempt: Attempt): Promise<Done> {
    await this.#line.run(found, attempt.steps, (rest) => {
      // Where the answer is a message, clearing what the session waits for comes first, and hides the request from a second try.
      if (attempt.message !== null) this.#unfinished.set(found.view.id, { ...attempt, steps: rest });
    });
    return this.#confirm(found, attempt);
  }

  /** Waits until the session does not ask any more. */
  async #confirm(found: Found, { asking, message }: Attempt): Promise<Done> {
    const sessionId = found.view.id;
    if (message !== null) await this.#line.arrival(found, message);
    this.#unfinished.delete(sessionId);
    for (const { list, key } of answeredBy(asking, found.pending))
      this.#o.learn(found.instance.id, { type: 'chat:request-resolved', sessionId, list, key });
    await this.#line.until(() => !this.#stillAsks(sessionId, asking), 'the session still asks');
    const { request } = offerOf({ ...found, asking, terminal: false, unread: null });
    return { found, asked: request, queued: false };
  }

  #stillAsks(sessionId: string, asking: Asking): boolean {
    const now = this.#o.boards.asked(sessionId);
    if (now === null) return false;
    // What it asks at the end of a turn is in its messages; on the board it is the status that tells.
    if (asking.kind === 'plan') return now.view.status === 'plan_approval';
    if (asking.kind === 'question') return now.view.status === 'input_required';
    return fingerprintOf(askingOf(now, null)) === fingerprintOf(asking);
  }

  #unfinishedOf(sessionId: string, fingerprint: string, answer: PersonAnswer): Attempt | null {
    const left = this.#unfinished.get(sessionId);
    return left?.fingerprint === fingerprint && isDeepStrictEqual(left.answer, answer) ? left : null;
  }

  async #readNow(sessionId: string): Promise<SessionReading> {
    try {
      return await this.#line.read(this.#find(sessionId));
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Error(`Jean could not be asked about the session: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #offered(sessionId: string, action: SessionAction): Found {
    const found = this.#find(sessionId);
    const { actions, notes } = offerOf({ ...found, asking: askingOf(found, null), terminal: false, unread: null });
    if (actions.includes(action)) return found;
    throw new Refused('not-offered', notes[0] ?? 'That can’t be done with this session now.');
  }

  #find(sessionId: string): Found {
    const found = this.#o.boards.asked(sessionId);
    if (found === null) throw new Refused('stale', 'This session is gone from Jean.');
    return found;
  }

  #bucket(sessionId: string): ReturnType<typeof bucketOf> | null {
    const found = this.#o.boards.asked(sessionId);
    return found && bucketOf(found.view.status);
  }

  async #alone<T>(sessionId: string, act: () => Promise<T>): Promise<T> {
    if (this.#busy.has(sessionId)) throw new Error('Something is being done with this session already. Wait for it to end.');
    this.#busy.add(sessionId);
    try {
      return await act();
    } finally {
      this.#busy.delete(sessionId);
    }
  }
}

const isBusy = (bucket: ReturnType<typeof bucketOf> | null): boolean => bucket === 'running' || bucket === 'needs-you';
const isQuiet = ({ view }: Found): boolean => !isBusy(bucketOf(view.status));

const placeOf = ({ view, worktree, pending }: Found, { answered }: SessionReading, messageId: string): Place => ({
  sessionId: view.id,
  worktreeId: worktree.id,
  worktreePath: worktree.path,
  backend: view.backend,
  pending,
  answered,
  messageId,
});

const idsIn = ({ messages }: SessionReading): ReadonlySet<string> => new Set(messages.map(({ id }) => id));

/** The message among the steps; null when there is none. */
function messageIn(steps: readonly Step[], id: string, reading: SessionReading): OwnMessage | null {
  const step = steps.find(({ command }) => command === 'enqueue_message');
  const text: unknown = step && Reflect.get(Object(step.args.message), 'message');
  return typeof text === 'string' ? { id, text, before: idsIn(reading) } : null;
}
