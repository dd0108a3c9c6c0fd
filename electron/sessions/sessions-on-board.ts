import { bucketOf, type SessionView } from '../../shared/model.ts';
import type { JeanEvent } from '../jean/events.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import type { Happening } from './happening.ts';
import { isNothing, type Live, newestAt, nothingLive, onEvent, onSnapshot } from './live.ts';
import { allPending, asksAnew, type Pending, promptsOf, type StoredSession, sessionView, whenSent } from './session-view.ts';
import type { Shown } from './shown.ts';

type SnapshotSession = JeanSnapshot['sessions'][number];

/** How a snapshot's sessions are to be taken. */
export interface Taking {
  /** The worktrees on the board; sessions of others are not shown. */
  readonly worktrees: { has(id: string): boolean };
  /** False when what the snapshot lacks may be there all the same. */
  readonly trusted: boolean;
  /** True for the first snapshot of all. */
  readonly first: boolean;
}

/** A session on the board, with all that it asks. */
export interface AskedOf {
  readonly view: SessionView;
  readonly pending: Pending;
}

/** The sessions of the board: what Jean stores of each, joined with what its events told. */
export class SessionsOnBoard {
  readonly #shown: Shown;
  readonly #instanceId: string;
  readonly #now: () => number;
  readonly #tell: (happening: Happening) => void;
  #stored = new Map<string, StoredSession>();
  /** What each was made of, as a snapshot brought it. */
  #read = new WeakMap<StoredSession, SnapshotSession>();
  /** Also of sessions that no snapshot has brought yet. */
  readonly #live = new Map<string, Live>();
  /** What each that needs the person was last seen to ask, see {@link promptsOf}. */
  readonly #prompts = new Map<string, readonly string[]>();
  #invalidatedAt = 0;

  constructor(shown: Shown, instanceId: string, now: () => number, tell: (happening: Happening) => void) {
    this.#shown = shown;
    this.#instanceId = instanceId;
    this.#now = now;
    this.#tell = tell;
  }

  take(snapshot: JeanSnapshot, { worktrees, trusted, first }: Taking): void {
    const { startedAt } = snapshot;
    const listed = new Set(snapshot.worktrees.map(({ id }) => id));
    const next = new Map<string, StoredSession>();
    if (!trusted) for (const [id, stored] of this.#stored) if (!listed.has(stored.worktreeId)) next.set(id, stored);
    const read = snapshot.sessions.filter((session) => session.archivedAt === null && worktrees.has(session.worktreeId));
    for (const session of read) {
      const known = this.#stored.get(session.id);
      next.set(session.id, known !== undefined && this.#read.get(known) === session ? known : this.#store(session));
    }
    const before = this.#stored;
    for (const [id, live] of this.#live) if (!next.has(id) && newestAt(live) < startedAt) this.#live.delete(id);
    for (const id of this.#stored.keys()) if (!next.has(id)) this.#remove(id);
    this.#stored = next;
    for (const { id } of read) {
      const stored = next.get(id);
      if (stored === undefined) continue;
      const running = snapshot.running.has(id);
      const known = this.#live.get(id);
      // As it was, with nothing told of it since: so it is with nearly all of them, and they may be thousands.
      if (!running && known === undefined && before.get(id) === stored) continue;
      const live = onSnapshot(known ?? nothingLive, { row: stored.row, running, startedAt, invalidatedAt: this.#invalidatedAt });
      this.#setLive(id, live);
      // Read before Jean had noted the new turn: what the session waited for is over.
      if (live.sent !== null && !running) next.set(id, { ...stored, row: whenSent(stored.row) });
      this.#show(id, this.#now(), first);
    }
  }

  /** Takes an event of a session, or one about all of them; `at`: epoch ms. */
  onEvent(event: JeanEvent, at: number): void {
    if (event.type === 'cache:invalidate') {
      if (event.keys.includes('sessions')) this.#invalidatedAt = at;
      return;
    }
    if (!('sessionId' in event)) return;
    const id = event.sessionId;
    const stored = this.#stored.get(id);
    this.#setLive(id, onEvent(this.#live.get(id) ?? nothingLive, event, at, stored?.row.runStartedAt ?? null));
    if (stored === undefined) return;
    if (event.type === 'chat:sending') this.#stored.set(id, { ...stored, row: whenSent(stored.row) });
    if (event.type === 'session-renamed') this.#stored.set(id, { ...stored, row: { ...stored.row, name: event.name } });
    this.#show(id, Math.min(at, this.#now()), false);
  }

  /** What a session asks, as the answers to it need it; null when it is not on the board. */
  asked(id: string): AskedOf | null {
    const stored = this.#stored.get(id);
    const view = this.#shown.get('sessions', id);
    if (stored === undefined || view === undefined) return null;
    return { view, pending: allPending(stored.row, this.#live.get(id) ?? nothingLive) };
  }

  /** Takes the sessions of a worktree off the board. */
  removeOf(worktreeId: string): void {
    for (const [id, stored] of this.#stored) {
      if (stored.worktreeId !== worktreeId) continue;
      this.#stored.delete(id);
      this.#live.delete(id);
      this.#remove(id);
    }
  }

  clear(): void {
    for (const id of this.#stored.keys()) this.#remove(id);
    this.#stored.clear();
    this.#live.clear();
  }

  #store(session: SnapshotSession): StoredSession {
    const { projectId, worktreeId, ...row } = session;
    const stored = { row, projectId, worktreeId };
    this.#read.set(stored, session);
    return stored;
  }

  #remove(id: string): void {
    this.#shown.remove('sessions', id);
    this.#prompts.delete(id);
  }

  #setLive(id: string, live: Live): void {
    if (isNothing(live)) this.#live.delete(id);
    else this.#live.set(id, live);
  }

  #show(id: string, at: number, first: boolean): void {
    const stored = this.#stored.get(id);
    if (stored === undefined) return;
    const before = this.#shown.get('sessions', id);
    const live = this.#live.get(id) ?? nothingLive;
    const prompts = promptsOf(stored.row, live);
    const anew = asksAnew(this.#prompts.get(id) ?? [], prompts);
    const view = sessionView(stored, live, this.#instanceId, before, anew, at);
    const to = bucketOf(view.status);
    if (to === 'needs-you') this.#prompts.set(id, prompts);
    else this.#prompts.delete(id);
    if (!this.#shown.put('sessions', id, view)) return;
    const from = before === undefined ? null : bucketOf(before.status);
    if (from === to && !(to === 'needs-you' && (before?.status !== view.status || anew))) return;
    this.#tell({ type: 'session-changed', sessionId: id, from, to, view, first });
  }
}
