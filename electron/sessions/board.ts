import { bucketOf, type InstanceView, type ProjectView, type SessionView } from '../../shared/model.ts';
import type { JeanChange, JeanHealth } from '../jean/connection.ts';
import type { JeanEvent } from '../jean/events.ts';
import type { JeanProject, JeanWorktree } from '../jean/protocol.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import type { BoardDelta, Happening, WorktreeFacts } from './happening.ts';
import { addedBy, deleting, isGone, type KnownWorktree, refreshed, worktreeView } from './known-worktree.ts';
import { isNothing, type Live, newestAt, nothingLive, onEvent, onSnapshot } from './live.ts';
import { type StoredSession, sessionView, whenSent } from './session-view.ts';
import { Shown } from './shown.ts';

export interface BoardOptions {
  readonly now: () => number;
  readonly instanceId?: string;
  readonly instanceName?: string;
}

/** The live board of one Jean: takes what the connection learns and says what that changed, and what happened by it. */
export class Board {
  readonly #now: () => number;
  readonly #instanceId: string;
  readonly #instanceName: string;
  readonly #shown = new Shown();
  readonly #projects = new Map<string, JeanProject>();
  readonly #repositories = new Map<string, string>();
  readonly #worktrees = new Map<string, KnownWorktree>();
  /** Worktrees whose end an event told, and when: a snapshot that was begun before may still list them. */
  readonly #ended = new Map<string, number>();
  #sessions = new Map<string, StoredSession>();
  readonly #live = new Map<string, Live>();
  #happenings: Happening[] = [];
  #seenSnapshot = false;
  #lastWasEmpty = false;
  #invalidatedAt = 0;

  constructor(options: BoardOptions) {
    this.#now = options.now;
    this.#instanceId = options.instanceId ?? 'local';
    this.#instanceName = options.instanceName ?? 'Jean';
  }

  /** Takes one change of the connection. */
  apply(change: JeanChange): BoardDelta {
    switch (change.type) {
      case 'health':
        this.#onHealth(change);
        break;
      case 'snapshot':
        this.#onSnapshot(change.snapshot);
        break;
      case 'event':
        this.#onEvent(change.event, change.at);
        break;
      default:
        change satisfies never;
    }
    return this.#delta();
  }

  /** Says which GitHub repository (`owner/name`) a project is a clone of; Jean doesn't know. Null: of none. */
  setRepository(projectId: string, repository: string | null): BoardDelta {
    if (repository === null) this.#repositories.delete(projectId);
    else this.#repositories.set(projectId, repository);
    const project = this.#projects.get(projectId);
    if (project !== undefined && this.#shown.put('projects', projectId, this.#projectView(project))) {
      for (const worktree of this.#shown.all('worktrees')) {
        if (worktree.projectId === projectId) this.#tell('worktree-changed', worktree.id);
      }
    }
    return this.#delta();
  }

  /** Takes everything off the board, as when another Jean is watched from now on. Nothing happens by it. */
  clear(): BoardDelta {
    this.#projects.clear();
    this.#worktrees.clear();
    this.#ended.clear();
    this.#sessions.clear();
    this.#live.clear();
    this.#seenSnapshot = false;
    this.#lastWasEmpty = false;
    for (const { id } of [...this.#shown.all('sessions')]) this.#shown.remove('sessions', id);
    for (const { id } of [...this.#shown.all('worktrees')]) this.#shown.remove('worktrees', id);
    for (const { id } of [...this.#shown.all('projects')]) this.#shown.remove('projects', id);
    this.#shown.remove('instances', this.#instanceId);
    return this.#delta();
  }

  /** All rows as they are now. */
  state(): ReturnType<Shown['state']> {
    return this.#shown.state();
  }

  /** A worktree with its project; null when it is not on the board. */
  worktree(worktreeId: string): WorktreeFacts | null {
    const worktree = this.#shown.get('worktrees', worktreeId);
    const project = worktree && this.#shown.get('projects', worktree.projectId);
    return worktree && project ? { worktree, project } : null;
  }

  #onHealth({ health, message, url, version }: JeanHealth): void {
    const id = this.#instanceId;
    const before = this.#shown.get('instances', id);
    const since = before?.health === health ? before.since : this.#now();
    const row: InstanceView = {
      id,
      name: this.#instanceName,
      health,
      message,
      url,
      version: version ?? before?.version ?? null,
      since,
    };
    this.#shown.put('instances', id, row);
    if (before?.health === health) return;
    if (health === 'online') this.#happenings.push({ type: 'online', url, version });
    else if (before?.health === 'online') this.#happenings.push({ type: 'lost', message });
    if (health === 'refused') this.#happenings.push({ type: 'refused', message });
  }

  #onSnapshot(snapshot: JeanSnapshot): void {
    const first = !this.#seenSnapshot;
    this.#seenSnapshot = true;
    const empty = snapshot.projects.length === 0;
    // Nobody loses every project at once: an empty list is believed when the next one is empty too.
    const trusted = snapshot.complete && !(empty && this.#projects.size > 0 && !this.#lastWasEmpty);
    this.#lastWasEmpty = empty;

    for (const project of snapshot.projects) {
      this.#projects.set(project.id, project);
      this.#shown.put('projects', project.id, this.#projectView(project));
    }
    for (const row of snapshot.worktrees) {
      const ended = this.#ended.get(row.id);
      if (ended !== undefined && ended >= snapshot.startedAt) continue;
      this.#ended.delete(row.id);
      this.#setWorktree(refreshed(this.#worktrees.get(row.id), row), first);
    }
    if (trusted) this.#removeMissing(snapshot);
    this.#takeSessions(snapshot, trusted, first);
    for (const [id, at] of this.#ended) if (at < snapshot.startedAt) this.#ended.delete(id);
  }

  #removeMissing(snapshot: JeanSnapshot): void {
    const projects = new Set(snapshot.projects.map(({ id }) => id));
    const listed = new Set(snapshot.worktrees.map(({ id }) => id));
    for (const [id, known] of this.#worktrees) {
      if (listed.has(id)) continue;
      const projectGone = !projects.has(known.row.projectId);
      if (!projectGone && !isGone(known, snapshot, this.#now())) continue;
      this.#endWorktree(id, !projectGone && snapshot.archivedWorktrees.has(id) ? 'archived' : 'deleted');
    }
    for (const id of this.#projects.keys()) {
      if (projects.has(id)) continue;
      this.#projects.delete(id);
      this.#shown.remove('projects', id);
    }
  }

  #takeSessions(snapshot: JeanSnapshot, trusted: boolean, first: boolean): void {
    const listed = new Set(snapshot.worktrees.map(({ id }) => id));
    const next = new Map<string, StoredSession>();
    if (!trusted) for (const [id, stored] of this.#sessions) if (!listed.has(stored.worktreeId)) next.set(id, stored);
    for (const { projectId, worktreeId, ...row } of snapshot.sessions) {
      if (row.archivedAt === null && this.#worktrees.has(worktreeId)) next.set(row.id, { row, projectId, worktreeId });
    }
    const inSnapshot = new Set(snapshot.sessions.map(({ id }) => id));
    for (const [id, live] of this.#live) if (!next.has(id) && newestAt(live) < snapshot.startedAt) this.#live.delete(id);
    for (const id of this.#sessions.keys()) if (!next.has(id)) this.#shown.remove('sessions', id);
    this.#sessions = next;
    for (const [id, stored] of next) {
      if (!inSnapshot.has(id)) continue;
      const running = snapshot.running.has(id);
      const { startedAt } = snapshot;
      const before = this.#live.get(id) ?? nothingLive;
      const live = onSnapshot(before, { row: stored.row, running, startedAt, invalidatedAt: this.#invalidatedAt });
      this.#setLive(id, live);
      // Read before Jean had noted the new turn: what the session waited for is over.
      if (live.sent !== null && !running) next.set(id, { ...stored, row: whenSent(stored.row) });
      this.#showSession(id, this.#now(), first);
    }
  }

  #onEvent(event: JeanEvent, at: number): void {
    switch (event.type) {
      case 'chat:sending':
      case 'chat:done':
      case 'chat:error':
      case 'chat:cancelled':
      case 'chat:tool_use':
      case 'chat:request':
      case 'chat:request-resolved': {
        const id = event.sessionId;
        const stored = this.#sessions.get(id);
        this.#setLive(id, onEvent(this.#live.get(id) ?? nothingLive, event, at, stored?.row.runStartedAt ?? null));
        if (stored !== undefined && event.type === 'chat:sending')
          this.#sessions.set(id, { ...stored, row: whenSent(stored.row) });
        return this.#showSession(id, at, false);
      }
      case 'session-renamed': {
        const stored = this.#sessions.get(event.sessionId);
        if (stored === undefined) return;
        this.#sessions.set(event.sessionId, { ...stored, row: { ...stored.row, name: event.name } });
        return this.#showSession(event.sessionId, at, false);
      }
      case 'branch-renamed':
        return this.#changeWorktree(event.worktreeId, (known) => ({ ...known, row: { ...known.row, branch: event.branch } }));
      case 'pr:status-update':
        return this.#changeWorktree(event.worktreeId, (known) => ({ ...known, livePull: event.pull }));
      case 'worktree:created':
      case 'worktree:unarchived':
        return this.#add(event.worktree, at);
      case 'worktree:deleting':
        return this.#changeWorktree(event.worktreeId, (known) => deleting(known, at));
      case 'worktree:archived':
        return this.#endByEvent(event.worktreeId, 'archived', at);
      case 'worktree:deleted':
      case 'worktree:permanently_deleted':
        return this.#endByEvent(event.worktreeId, 'deleted', at);
      case 'cache:invalidate':
        if (event.keys.includes('sessions')) this.#invalidatedAt = at;
        return;
      // What these change comes with the snapshot that they cause.
      case 'worktree:delete_error':
      case 'worktree:creating':
      case 'worktree:error':
      case 'worktree:setup_complete':
      case 'worktrees:changed':
      case 'chat:wakeup':
      case 'queue:updated':
        return;
      default:
        return event satisfies never;
    }
  }

  /** A worktree as soon as its event says so: its first session may start at once and want its credential. */
  #add(row: JeanWorktree, at: number): void {
    if (row.archivedAt !== null || !this.#projects.has(row.projectId)) return;
    this.#ended.delete(row.id);
    const known = this.#worktrees.get(row.id);
    this.#setWorktree(known === undefined ? addedBy(row, at) : { ...refreshed(known, row), addedAt: at }, false);
  }

  #changeWorktree(id: string, change: (known: KnownWorktree) => KnownWorktree): void {
    const known = this.#worktrees.get(id);
    if (known !== undefined) this.#setWorktree(change(known), false);
  }

  #setWorktree(known: KnownWorktree, first: boolean): void {
    const { id } = known.row;
    const before = this.#shown.get('worktrees', id);
    const row = worktreeView(known, this.#instanceId);
    this.#worktrees.set(id, known);
    if (!this.#shown.put('worktrees', id, row)) return;
    if (before === undefined) return this.#tell('worktree-appeared', id, first);
    const facts = this.worktree(id);
    if (facts !== null && before.pull?.state !== row.pull?.state) {
      this.#happenings.push({ type: 'pull-changed', worktreeId: id, state: row.pull?.state ?? null, facts });
    }
    if (before.name !== row.name || before.branch !== row.branch || before.path !== row.path) this.#tell('worktree-changed', id);
  }

  #endByEvent(id: string, why: 'archived' | 'deleted', at: number): void {
    this.#ended.set(id, at);
    this.#endWorktree(id, why);
  }

  #endWorktree(id: string, why: 'archived' | 'deleted'): void {
    const facts = this.worktree(id);
    this.#worktrees.delete(id);
    for (const [sessionId, stored] of this.#sessions) {
      if (stored.worktreeId !== id) continue;
      this.#sessions.delete(sessionId);
      this.#live.delete(sessionId);
      this.#shown.remove('sessions', sessionId);
    }
    this.#shown.remove('worktrees', id);
    if (facts !== null) this.#happenings.push({ type: 'worktree-gone', worktreeId: id, why, facts });
  }

  #tell(type: 'worktree-appeared' | 'worktree-changed', id: string, first = false): void {
    const facts = this.worktree(id);
    if (facts === null) return;
    this.#happenings.push(type === 'worktree-appeared' ? { type, facts, first } : { type, facts });
  }

  #setLive(id: string, live: Live): void {
    if (isNothing(live)) this.#live.delete(id);
    else this.#live.set(id, live);
  }

  #showSession(id: string, at: number, first: boolean): void {
    const stored = this.#sessions.get(id);
    if (stored === undefined) return;
    const before: SessionView | undefined = this.#shown.get('sessions', id);
    const view = sessionView(stored, this.#live.get(id) ?? nothingLive, this.#instanceId, before, at);
    if (!this.#shown.put('sessions', id, view)) return;
    const from = before === undefined ? null : bucketOf(before.status);
    const to = bucketOf(view.status);
    if (from === to && !(to === 'needs-you' && before?.status !== view.status)) return;
    this.#happenings.push({ type: 'session-changed', sessionId: id, from, to, view, first });
  }

  #projectView({ id, name, path, order }: JeanProject): ProjectView {
    return { id, instanceId: this.#instanceId, name, path, repository: this.#repositories.get(id) ?? null, order };
  }

  #delta(): BoardDelta {
    const happenings = this.#happenings;
    this.#happenings = [];
    return { changes: this.#shown.take(), happenings };
  }
}
