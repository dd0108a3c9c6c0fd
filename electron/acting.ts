import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { PersonAnswer, SessionRequest } from '../shared/acting.ts';
import type { AuditKind } from '../shared/audit.ts';
import type { AuditInput } from './audit/log.ts';
import { plainLine } from './base/plain-line.ts';
import { Refused } from './base/refused.ts';
import { type Done, SessionActs } from './sessions/act.ts';
import type { Boards } from './sessions/boards.ts';
import type { Watching } from './watching.ts';

/** Brings Jean before the person, as far as the system lets us. */
export interface JeanWindow {
  /** The desktop app to the front; false where that can't be done. */
  raise(): Promise<boolean>;
  /** A server's page in the browser. */
  browse(url: string): Promise<void>;
}

export interface ActingOptions {
  readonly boards: Boards;
  readonly watching: () => Watching;
  readonly jeanWindow: JeanWindow;
  readonly audit: (entry: AuditInput) => void;
  readonly now: () => number;
}

/** How long Jean may take to answer one command of an action, ms. */
const answerMs = 15_000;

/** Part of the roof: what the person does to sessions from here, each with an entry in the log of who did it and what came of it. */
export class Acting {
  readonly #o: ActingOptions;
  readonly #acts: SessionActs;

  constructor(options: ActingOptions) {
    this.#o = options;
    const { boards, watching, now } = options;
    this.#acts = new SessionActs({
      boards,
      invoke: (id, command, args) => watching().invoke(id, command, args, { timeoutMs: answerMs }),
      tool: (id, tool, args) => watching().callTool(id, tool, args),
      learn: (id, event) => watching().learn(id, event),
      newId: randomUUID,
      now,
    });
  }

  /** See {@link SessionActs.request}. */
  request(sessionId: string): Promise<SessionRequest> {
    return this.#acts.request(sessionId);
  }

  async answer(sessionId: string, fingerprint: string, answer: PersonAnswer): Promise<void> {
    const act = () => this.#acts.answer(sessionId, fingerprint, answer);
    await this.#noted('session.answered', sessionId, act, ({ asked }) => answerWords(answer, asked), { request: fingerprint });
  }

  /** True: it waits in Jean's queue until the session's turn is over. */
  async message(sessionId: string, text: string, messageId: string): Promise<boolean> {
    const act = () => this.#acts.message(sessionId, text, messageId);
    const words = ({ queued }: Done): string =>
      queued ? 'A message was queued for the session.' : 'A message was sent to the session.';
    const { queued } = await this.#noted('session.messaged', sessionId, act, words);
    return queued;
  }

  async cancel(sessionId: string): Promise<void> {
    await this.#noted(
      'session.cancelled',
      sessionId,
      () => this.#acts.cancel(sessionId),
      () => 'The run was cancelled.',
    );
  }

  async archive(sessionId: string): Promise<void> {
    await this.#noted(
      'session.archived',
      sessionId,
      () => this.#acts.archive(sessionId),
      () => 'The session was archived in Jean.',
    );
  }

  async archiveWorktree(sessionId: string): Promise<void> {
    const act = () => this.#acts.archiveWorktree(sessionId);
    await this.#noted('worktree.archived', sessionId, act, () => 'The worktree was archived in Jean.');
  }

  /** Opens the session in Jean; says how far that went, and whether it is before the person now. */
  async open(sessionId: string): Promise<{ readonly message: string; readonly inFront: boolean }> {
    const { found } = await this.#noted(
      'session.opened',
      sessionId,
      () => this.#acts.open(sessionId),
      () => 'The session was made the open one of its worktree in Jean.',
    );
    const { instance, project, worktree } = found;
    const { jeanWindow } = this.#o;
    if (instance.place === 'elsewhere' && instance.url !== null) {
      await jeanWindow.browse(instance.url);
      const message =
        'Jean’s page was opened in your browser, at this session. It asks for Jean’s access token if your browser doesn’t have it.';
      return { message, inFront: true };
    }
    const inFront = await jeanWindow.raise();
    const where = `If Jean shows another worktree, choose “${plainLine(`${project.name} · ${worktree.name}`, 80)}” there: nobody outside can make it go there.`;
    const message = inFront
      ? `Jean is in front, and the session is the open one of its worktree. ${where}`
      : `The session is the open one of its worktree now. Switch to Jean’s window: this system does not let it be brought to the front from here. ${where}`;
    return { message, inFront };
  }

  async #noted(
    kind: AuditKind,
    sessionId: string,
    act: () => Promise<Done>,
    words: (done: Done) => string,
    facts: Readonly<Record<string, string>> = {},
  ): Promise<Done> {
    const before = this.#o.boards.asked(sessionId);
    const about = before && {
      worktreeId: before.worktree.id,
      subject: `${before.project.name} · ${before.worktree.name}`,
      facts: { session: before.view.name, agent: before.view.backend, by: userInfo().username, ...facts },
    };
    const note = (outcome: AuditInput['outcome'], message: string): void =>
      this.#o.audit({ kind, actor: 'person', outcome, message, ...about });
    try {
      const done = await act();
      note('ok', words(done));
      return done;
    } catch (error) {
      note(error instanceof Refused ? 'refused' : 'failed', error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
}

function answerWords(answer: PersonAnswer, asked: SessionRequest['request']): string {
  const what = asked === null ? '' : `: ${plainLine(askedText(asked), 240)}`;
  switch (answer.kind) {
    case 'allow-once':
      return `Allowed once${what}`;
    case 'allow-session':
      return `Allowed for the session${what}`;
    case 'deny':
      return `Denied${what}`;
    case 'build':
      return 'The plan was approved.';
    case 'yolo':
      return 'The plan was approved in yolo mode.';
    case 'answers':
      return 'Its question was answered.';
    default:
      return answer satisfies never;
  }
}

const askedText = (asked: NonNullable<SessionRequest['request']>): string =>
  asked.kind === 'parts' ? asked.parts.map(({ text }) => text).join(' · ') : '';
