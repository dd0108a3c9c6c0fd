/**
 * Which ids Jean itself has named. A read of an unknown worktree makes Jean write an index with a phantom session, and one of an unknown
 * session makes a folder (contract jean §3), so a viewer asks about known ones alone. And a worktree's folder is where a message is
 * carried out: who may send one may not choose another folder for it.
 */
export interface Known {
  /** The folder of a worktree; null for one that Jean never named. */
  readonly pathOf: (worktreeId: string) => string | null;
  /** The worktree of a session; null for one that Jean never named. */
  readonly worktreeOf: (sessionId: string) => string | null;
  readonly hasProject: (projectId: string) => boolean;
  /** True for a worktree's folder, and for one below it. */
  readonly isPlace: (path: string) => boolean;
}

/** Where an event's name begins, whether its keys stand in Jean's order or sorted (contract jean §2); both are looked at for each frame. */
const nameStarts = ['{"type":"event","event":"'.length, '{"event":"'.length] as const;
const lowerW = 'w'.charCodeAt(0);
/** How the events begin that bring a worktree (contract jean §5). */
const naming = ['worktree:created', 'worktree:unarchived'].flatMap((event) => [
  `{"type":"event","event":"${event}"`,
  `{"event":"${event}"`,
]);

/**
 * Learns ids from what Jean answers and tells, over whichever road. Never from what a client sends. Ids are not forgotten: one that was
 * deleted is answered by Jean with an error, as for its own page.
 */
export class KnownIds implements Known {
  readonly #projects = new Set<string>();
  readonly #worktrees = new Map<string, string>();
  readonly #sessions = new Map<string, string>();
  readonly #paths = new Set<string>();

  readonly pathOf = (worktreeId: string): string | null => this.#worktrees.get(worktreeId) ?? null;

  readonly worktreeOf = (sessionId: string): string | null => this.#sessions.get(sessionId) ?? null;

  readonly hasProject = (projectId: string): boolean => this.#projects.has(projectId);

  readonly isPlace = (path: string): boolean => {
    if (!isPlain(path)) return false;
    for (let place = path; place !== ''; place = place.slice(0, Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\'), 0))) {
      if (this.#paths.has(place)) return true;
    }
    return false;
  };

  /** Takes what a command answered. Commands that name nothing are no matter. */
  learn(command: string, data: unknown): void {
    switch (command) {
      case 'list_projects':
        return this.#projectList(data);
      case 'list_worktrees':
      case 'list_archived_worktrees':
        return each(data, (worktree) => this.#worktree(worktree));
      case 'get_worktree':
      case 'unarchive_worktree':
        return this.#worktree(data);
      case 'bootstrap_project':
        each(field(data, 'worktrees'), (worktree) => this.#worktree(worktree));
        return this.#byWorktree(field(data, 'sessionsByWorktree'));
      case 'get_sessions':
        return this.#sessionsOf(text(field(data, 'worktree_id')), field(data, 'sessions'));
      case 'list_sessions_summary':
        return this.#sessionsOf(text(field(data, 'worktreeId')), field(data, 'sessions'));
      case 'list_all_sessions':
        return each(field(data, 'entries'), (entry) => {
          this.#place(text(field(entry, 'worktree_id')), text(field(entry, 'worktree_path')));
          this.#sessionsOf(text(field(entry, 'worktree_id')), field(entry, 'sessions'));
        });
    }
  }

  /** Takes the answer of `/api/init`. */
  learnInit(data: unknown): void {
    this.#projectList(field(data, 'projects'));
    for (const worktrees of values(field(data, 'worktreesByProject'))) each(worktrees, (worktree) => this.#worktree(worktree));
    this.#byWorktree(field(data, 'sessionsByWorktree'));
  }

  /** Takes an event's frame; of most a look at the first characters is enough. */
  learnFrame(frame: string): void {
    if (frame.charCodeAt(nameStarts[0]) !== lowerW && frame.charCodeAt(nameStarts[1]) !== lowerW) return;
    if (!naming.some((start) => frame.startsWith(start))) return;
    let parsed: unknown;
    try {
      parsed = JSON.parse(frame);
    } catch {
      return;
    }
    this.#worktree(field(field(parsed, 'payload'), 'worktree'));
  }

  #projectList(data: unknown): void {
    each(data, (project) => {
      const id = text(field(project, 'id'));
      if (id !== null) this.#projects.add(id);
    });
  }

  #worktree(data: unknown): void {
    this.#place(text(field(data, 'id')), text(field(data, 'path')));
  }

  #place(id: string | null, path: string | null): void {
    if (id === null || path === null) return;
    this.#worktrees.set(id, path);
    this.#paths.add(path);
  }

  #byWorktree(data: unknown): void {
    for (const sessions of values(data)) this.#sessionsOf(text(field(sessions, 'worktree_id')), field(sessions, 'sessions'));
  }

  #sessionsOf(worktreeId: string | null, sessions: unknown): void {
    if (worktreeId === null) return;
    each(sessions, (session) => {
      const id = text(field(session, 'id'));
      if (id !== null) this.#sessions.set(id, worktreeId);
    });
  }
}

/** An absolute path without tricks: no `.` or `..` step, no doubled separator, no control character. */
export function isPlain(path: string): boolean {
  if (path.length > 4096 || !(path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path) || /^\\\\wsl/i.test(path))) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return false;
  return !/(?:^|[\\/])\.{1,2}(?:[\\/]|$)/.test(path) && !/.[\\/]{2}/.test(path);
}

function field(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function values(data: unknown): readonly unknown[] {
  return typeof data === 'object' && data !== null ? Object.values(data) : [];
}

function each(data: unknown, take: (entry: unknown) => void): void {
  if (Array.isArray(data)) for (const entry of data) take(entry);
}
