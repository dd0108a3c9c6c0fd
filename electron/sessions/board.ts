import type { InstanceView, ProjectView } from '../../shared/model.ts';
import type { JeanChange, JeanHealth } from '../jean/connection.ts';
import type { JeanEvent } from '../jean/events.ts';
import type { JeanProject, JeanWorktree } from '../jean/protocol.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import type { BoardDelta, Happening, WorktreeFacts } from './happening.ts';
import { addedBy, deleting, isGone, type KnownWorktree, polled, refreshed, worktreeView } from './known-worktree.ts';
import type { AskedPull } from './pull-sources.ts';
import { type AskedOf, SessionsOnBoard } from './sessions-on-board.ts';
import { Shown } from './shown.ts';

/** A Jean as the person knows it. */
export type InstanceFacts = Pick<InstanceView, 'id' | 'name' | 'colour' | 'place'>;

export interface BoardOptions {
  readonly now: () => number;
  readonly instance?: InstanceFacts;
}

const usual: InstanceFacts = { id: 'local', name: 'Jean', colour: 'none', place: 'here' };

/** The live board of one Jean: takes what the connection learns and says what that changed, and what happened by it. */
export class Board {
  readonly #now: () => number;
  readonly #instanceId: string;
  #instance: InstanceFacts;
  readonly #shown = new Shown();
  readonly #projects = new Map<string, JeanProject>();
  readonly #repositories = new Map<string, string>();
  readonly #worktrees = new Map<string, KnownWorktree>();
  /** Worktrees whose end an event told, and when: a snapshot that was begun before may still list them. */
  readonly #ended = new Map<string, number>();
  readonly #sessions: SessionsOnBoard;
  #happenings: Happening[] = [];
  #seenSnapshot = false;
  #lastWasEmpty = false;

  constructor(options: BoardOptions) {
    this.#now = options.now;
    this.#instance = options.instance ?? usual;
    this.#instanceId = this.#instance.id;
    this.#sessions = new SessionsOnBoard(this.#shown, this.#instanceId, this.#now, (it) => this.#happenings.push(it));
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

  /** Says what GitHub itself told of a worktree's pull request. */
  setPull(worktreeId: string, asked: AskedPull): BoardDelta {
    const known = this.#worktrees.get(worktreeId);
    if (known !== undefined) this.#setWorktree({ ...known, asked }, false, 'github');
    return this.#delta();
  }

  get instance(): InstanceFacts {
    return this.#instance;
  }

  /** The person calls it otherwise from now on. */
  describe({ name, colour }: Pick<InstanceFacts, 'name' | 'colour'>): BoardDelta {
    this.#instance = { ...this.#instance, name, colour };
    const row = this.#shown.get('instances', this.#instanceId);
    if (row !== undefined) this.#shown.put('instances', this.#instanceId, { ...row, name, colour });
    return this.#delta();
  }

  /** Takes the projects, worktrees and sessions off the board; the next snapshot is as the first. Nothing happens by it. */
  empty(): BoardDelta {
    this.#empty();
    return this.#delta();
  }

  /** Takes everything off the board, as when its Jean is watched no more. Nothing happens by it. */
  clear(): BoardDelta {
    this.#empty();
    this.#shown.remove('instances', this.#instanceId);
    return this.#delta();
  }

  #empty(): void {
    this.#projects.clear();
    this.#worktrees.clear();
    this.#ended.clear();
    this.#sessions.clear();
    this.#seenSnapshot = false;
    this.#lastWasEmpty = false;
    for (const { id } of [...this.#shown.all('worktrees')]) this.#shown.remove('worktrees', id);
    for (const { id } of [...this.#shown.all('projects')]) this.#shown.remove('projects', id);
  }

  hasProject(projectId: string): boolean {
    return this.#projects.has(projectId);
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

  /** See {@link SessionsOnBoard.asked}. */
  asked(sessionId: string): AskedOf | null {
    return this.#sessions.asked(sessionId);
  }

  #onHealth({ health, message, road, limits, url, version }: JeanHealth): void {
    const id = this.#instanceId;
    const before = this.#shown.get('instances', id);
    const since = before?.health === health ? before.since : this.#now();
    const row: InstanceView = {
      ...this.#instance,
      health,
      message,
      road,
      limits,
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
      this.#setWorktree(refreshed(this.#worktrees.get(row.id), row, snapshot.startedAt), first);
    }
    if (trusted) this.#removeMissing(snapshot);
    this.#sessions.take(snapshot, { worktrees: this.#worktrees, trusted, first });
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

  #onEvent(event: JeanEvent, at: number): void {
    switch (event.type) {
      case 'chat:sending':
      case 'chat:done':
      case 'chat:error':
      case 'chat:cancelled':
      case 'chat:tool_use':
      case 'chat:request':
      case 'chat:requests':
      case 'chat:request-resolved':
      case 'session-renamed':
      case 'cache:invalidate':
        return this.#sessions.onEvent(event, at);
      case 'branch-renamed':
        return this.#changeWorktree(event.worktreeId, (known) => ({ ...known, row: { ...known.row, branch: event.branch } }));
      case 'pr:status-update':
        return this.#changeWorktree(event.worktreeId, (known) => polled(known, event.pull, at));
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
      // What these change comes with the snapshot that they cause.
      case 'worktree:delete_error':
      case 'worktree:creating':
      case 'worktree:error':
      case 'worktree:setup_complete':
      case 'worktrees:changed':
      case 'chat:wakeup':
      case 'queue:updated':
      case 'chat:acp':
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
    this.#setWorktree(known === undefined ? addedBy(row, at) : { ...refreshed(known, row, at), addedAt: at }, false);
  }

  #changeWorktree(id: string, change: (known: KnownWorktree) => KnownWorktree): void {
    const known = this.#worktrees.get(id);
    if (known !== undefined) this.#setWorktree(change(known), false);
  }

  #setWorktree(known: KnownWorktree, first: boolean, by: 'jean' | 'github' = 'jean'): void {
    const { id } = known.row;
    const before = this.#shown.get('worktrees', id);
    const row = worktreeView(known, this.#instanceId);
    this.#worktrees.set(id, known);
    if (!this.#shown.put('worktrees', id, row)) return;
    if (before === undefined) return this.#tell('worktree-appeared', id, first);
    const facts = this.worktree(id);
    const moved = before.pull?.state !== row.pull?.state || before.pull?.number !== row.pull?.number;
    if (facts !== null && moved) {
      this.#happenings.push({ type: 'pull-changed', worktreeId: id, state: row.pull?.state ?? null, by, facts });
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
    this.#sessions.removeOf(id);
    this.#shown.remove('worktrees', id);
    if (facts !== null) this.#happenings.push({ type: 'worktree-gone', worktreeId: id, why, facts });
  }

  #tell(type: 'worktree-appeared' | 'worktree-changed', id: string, first = false): void {
    const facts = this.worktree(id);
    if (facts === null) return;
    this.#happenings.push(type === 'worktree-appeared' ? { type, facts, first } : { type, facts });
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
