import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Project, type Session, sessionMetadata, type Worktree, type WorktreeIndex } from './model.ts';

/** Jean's data folder with the files of contract jean §6. Everything is written to a sibling `.tmp` and renamed, as Jean does. */
export class DataFolder {
  /** The `com.jean.desktop` folder itself. */
  readonly path: string;

  /** `dataHome` is what `XDG_DATA_HOME` has to be for an app to find this folder. */
  constructor(dataHome: string) {
    this.path = join(dataHome, 'com.jean.desktop');
    mkdirSync(join(this.path, 'sessions', 'index'), { recursive: true });
    mkdirSync(join(this.path, 'sessions', 'data'), { recursive: true });
  }

  writePreferences(preferences: Readonly<Record<string, unknown>>): void {
    this.#write('preferences.json', preferences);
  }

  writeUiState(state: Readonly<Record<string, unknown>>): void {
    this.#write('ui-state.json', state);
  }

  writeProjects(projects: readonly Project[], worktrees: readonly Worktree[]): void {
    this.#write('projects.json', { projects, worktrees });
  }

  writeIndex(index: WorktreeIndex, sessions: readonly Session[]): void {
    this.#write(join('sessions', 'index', `${index.worktree_id}.json`), {
      worktree_id: index.worktree_id,
      active_session_id: index.active_session_id,
      sessions: sessions.map(({ id, name, order, messages, archived_at }) => ({
        id,
        name,
        order,
        message_count: messages.length,
        ...(archived_at !== undefined && { archived_at }),
      })),
      version: 1,
      branch_naming_completed: index.branch_naming_completed,
    });
  }

  writeSession(session: Session): void {
    this.#write(join('sessions', 'data', session.id, 'metadata.json'), sessionMetadata(session));
  }

  /** Adds a line to the run's own log. */
  appendToRun(sessionId: string, runId: string, line: unknown): void {
    const folder = join(this.path, 'sessions', 'data', sessionId);
    mkdirSync(folder, { recursive: true });
    appendFileSync(join(folder, `${runId}.jsonl`), `${JSON.stringify(line)}\n`);
  }

  /** Reading a session makes its folder, also where there is no such session (contract jean §3). */
  openSession(sessionId: string): void {
    mkdirSync(join(this.path, 'sessions', 'data', sessionId), { recursive: true });
  }

  removeSession(sessionId: string): void {
    rmSync(join(this.path, 'sessions', 'data', sessionId), { recursive: true, force: true });
  }

  removeIndex(worktreeId: string): void {
    rmSync(join(this.path, 'sessions', 'index', `${worktreeId}.json`), { force: true });
  }

  #write(name: string, content: unknown): void {
    const target = join(this.path, name);
    mkdirSync(dirname(target), { recursive: true });
    const temporary = target.replace(/\.json$/, '.tmp');
    writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(temporary, target);
  }
}
