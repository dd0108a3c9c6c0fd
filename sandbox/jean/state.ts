import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { SandboxClock } from '../clock.ts';
import { DataFolder } from './files.ts';
import { newSession, type Project, type Session, type Worktree, type WorktreeIndex } from './model.ts';

/** How long Jean keeps a worktree whose folder is gone, s (contract jean §3). */
const missingPathGrace = 5 * 60;

/** A token as Jean makes it: 32 random bytes, base64url (contract jean §1). */
export function generateToken(): string {
  return randomBytes(32).toString('base64url');
}

/** All that Jean knows, in memory and, after each change, in the data folder. */
export class JeanState {
  readonly files: DataFolder;
  readonly projects: Project[] = [];
  worktrees: Worktree[] = [];
  readonly sessions = new Map<string, Session>();
  readonly preferences: Record<string, unknown>;
  readonly uiState: {
    active_project_id: string | null;
    active_worktree_id: string | null;
    active_session_ids: Record<string, string>;
  } = { active_project_id: null, active_worktree_id: null, active_session_ids: {} };
  readonly #indexes = new Map<string, WorktreeIndex>();
  readonly #clock: SandboxClock;

  constructor(dataHome: string, clock: SandboxClock, token: string) {
    this.files = new DataFolder(dataHome);
    this.#clock = clock;
    this.preferences = {
      theme: 'system',
      http_server_auto_start: true,
      http_server_enabled: false,
      http_server_port: 0,
      http_server_token: token,
      http_server_localhost_only: true,
      http_server_bind_host: null,
      http_server_token_required: true,
      auto_archive_on_pr_merged: true,
      removal_behavior: 'delete',
      desktop_notifications_enabled: true,
      waiting_sound: 'none',
      review_sound: 'none',
      git_poll_interval: 60,
      remote_poll_interval: 60,
      gh_cli_source: 'jean',
      custom_cli_profiles: [],
      default_backend: 'claude',
      default_execution_mode: 'build',
      jean_mcp_enabled: true,
      archive_retention_days: 7,
      auto_branch_naming: true,
      linear_api_key: null,
    };
    this.savePreferences();
    this.saveProjects();
    this.saveUiState();
  }

  /** Now in epoch s, the unit of all of Jean's times. */
  seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  /** Now in epoch ms. */
  milliseconds(): number {
    return this.#clock.now();
  }

  newId(): string {
    return randomUUID();
  }

  /** Jean drops worktrees whose folder has been gone for a while whenever it reads its projects. */
  readProjects(): readonly Project[] {
    const limit = this.seconds() - missingPathGrace;
    const left = this.worktrees.filter((worktree) => worktree.created_at >= limit || existsSync(worktree.path));
    if (left.length !== this.worktrees.length) {
      this.worktrees = left;
      this.saveProjects();
    }
    return this.projects;
  }

  project(id: string): Project {
    const found = this.projects.find((project) => project.id === id);
    if (found === undefined) throw new Error(`Project not found: ${id}`);
    return found;
  }

  worktree(id: string): Worktree {
    const found = this.worktrees.find((worktree) => worktree.id === id);
    if (found === undefined) throw new Error(`Worktree not found: ${id}`);
    return found;
  }

  session(id: string): Session {
    const found = this.sessions.get(id);
    if (found === undefined) throw new Error(`Session not found: ${id}`);
    return found;
  }

  /** The sessions of a worktree in their order. */
  sessionsOf(worktreeId: string, includeArchived = false): Session[] {
    return [...this.sessions.values()]
      .filter((session) => session.worktree_id === worktreeId && (includeArchived || session.archived_at === undefined))
      .sort((a, b) => a.order - b.order);
  }

  /** The index of a worktree. One that doesn't exist is created with a first session, also for an id that nobody knows, as Jean does. */
  index(worktreeId: string): WorktreeIndex {
    const known = this.#indexes.get(worktreeId);
    if (known !== undefined) return known;
    this.addSession(worktreeId, {});
    return this.#indexOf(worktreeId);
  }

  /** Adds a session and makes it the active one. */
  addSession(
    worktreeId: string,
    of: { name?: string | undefined; backend?: string | undefined; primarySurface?: 'chat' | 'terminal' },
  ): Session {
    const order = this.sessionsOf(worktreeId, true).length;
    const session = newSession({
      id: this.newId(),
      worktreeId,
      name: of.name ?? `Session ${order + 1}`,
      order,
      backend: of.backend ?? String(this.preferences.default_backend),
      at: this.seconds(),
      ...(of.primarySurface && { primarySurface: of.primarySurface }),
    });
    this.sessions.set(session.id, session);
    this.#indexOf(worktreeId).active_session_id = session.id;
    this.saveSession(session);
    return session;
  }

  /** Takes a session away; returns the id of the one that is active now. */
  removeSession(session: Session): string | null {
    this.sessions.delete(session.id);
    this.files.removeSession(session.id);
    return this.activateAnother(session);
  }

  /** Moves the active tab away from a session that is gone; returns the id of the one that is active now. */
  activateAnother(session: Session): string | null {
    const index = this.index(session.worktree_id);
    if (index.active_session_id === session.id) index.active_session_id = this.sessionsOf(session.worktree_id)[0]?.id ?? null;
    this.saveIndex(session.worktree_id);
    return index.active_session_id;
  }

  /** Takes away a worktree's sessions and its index. */
  forgetSessionsOf(worktreeId: string): void {
    for (const session of this.sessionsOf(worktreeId, true)) {
      this.sessions.delete(session.id);
      this.files.removeSession(session.id);
    }
    this.#indexes.delete(worktreeId);
    this.files.removeIndex(worktreeId);
  }

  /** Writes a session and its worktree's index; marks it as updated now. */
  saveSession(session: Session): void {
    if (!this.sessions.has(session.id)) return;
    session.updated_at = this.seconds();
    this.files.writeSession(session);
    this.saveIndex(session.worktree_id);
  }

  /** Moves a session and all that happened in it `seconds` into the past. */
  backdate(session: Session, seconds: number): void {
    const updated = session.updated_at - seconds;
    for (const run of session.runs) {
      run.started_at -= seconds;
      if (run.ended_at !== undefined) run.ended_at -= seconds;
    }
    session.last_message_at = updated;
    session.updated_at = updated;
    this.files.writeSession(session);
  }

  saveIndex(worktreeId: string): void {
    const index = this.#indexes.get(worktreeId);
    if (index !== undefined) this.files.writeIndex(index, this.sessionsOf(worktreeId, true));
  }

  #indexOf(worktreeId: string): WorktreeIndex {
    const known = this.#indexes.get(worktreeId);
    if (known !== undefined) return known;
    const created: WorktreeIndex = { worktree_id: worktreeId, active_session_id: null, branch_naming_completed: false };
    this.#indexes.set(worktreeId, created);
    return created;
  }

  saveProjects(): void {
    this.files.writeProjects(this.projects, this.worktrees);
  }

  savePreferences(): void {
    this.files.writePreferences(this.preferences);
  }

  saveUiState(): void {
    this.files.writeUiState(this.uiState);
  }
}
