import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Events } from './events.ts';
import type { Project, Session, Worktree } from './model.ts';
import { runScript, scriptIn } from './project-scripts.ts';
import type { TurnScript } from './script.ts';
import type { Shell } from './shell.ts';
import type { JeanState } from './state.ts';
import type { Turns } from './turns.ts';

/** What a new worktree may be told; what is left out Jean makes up. */
export interface NewWorktree {
  readonly name?: string | undefined;
  readonly branch?: string | undefined;
  readonly baseBranch?: string | undefined;
  readonly autoOpenInJean?: boolean | undefined;
  readonly prNumber?: number | undefined;
}

const moods = ['brave', 'calm', 'clever', 'eager', 'gentle', 'keen', 'lucky', 'quiet', 'swift', 'warm'];
const animals = ['badger', 'crane', 'finch', 'heron', 'ibex', 'lynx', 'marten', 'otter', 'plover', 'wren'];

/** Jean's worktrees on real git: created, archived, restored, deleted and renamed with the events that go with it (contract jean §§5, 7). */
export class Worktrees {
  // `git worktree add` takes locks in the shared repository: one at a time for each project.
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(
    private readonly state: JeanState,
    private readonly events: Events,
    private readonly shell: Shell,
    private readonly turns: () => Turns,
    private readonly root: string,
  ) {}

  /** Announces a worktree and creates it in the background. `done` gives it, or undefined when creation failed (the event says why). */
  create(projectId: string, wanted: NewWorktree): { pending: Worktree; done: Promise<Worktree | undefined> } {
    const { state } = this;
    const project = state.project(projectId);
    const name = wanted.name ?? wanted.branch ?? `${pick(moods)}-${pick(animals)}-${randomInt(100, 1000)}`;
    const branch = wanted.branch ?? name;
    const folder = name.replace(/[^A-Za-z0-9._-]+/g, '-');
    const base = wanted.baseBranch ?? project.default_branch;
    const pending: Worktree = {
      id: state.newId(),
      project_id: projectId,
      name,
      path: join(project.worktrees_dir ?? this.root, project.name, folder),
      branch,
      base_branch: base,
      created_at: state.seconds(),
      session_type: 'worktree',
      order: state.worktrees.filter((worktree) => worktree.project_id === projectId).length,
      origin: 'manual',
      labels: [],
      ...(wanted.prNumber !== undefined && { pr_number: wanted.prNumber }),
    };
    const autoOpenInJean = wanted.autoOpenInJean ?? true;
    this.events.emit('worktree:creating', {
      id: pending.id,
      projectId,
      name,
      path: pending.path,
      branch,
      prNumber: wanted.prNumber ?? null,
      issueNumber: null,
      origin: pending.origin,
      autoOpenInJean,
    });
    const named = wanted.name !== undefined || wanted.branch !== undefined;
    const done = this.#inTurn(projectId, () => this.#create(project, pending, { named, autoOpenInJean }));
    return { pending: { ...pending }, done };
  }

  /** The session that works in the project's own folder. */
  createBase(projectId: string): Worktree {
    const { state } = this;
    const project = state.project(projectId);
    const worktree: Worktree = {
      id: state.newId(),
      project_id: projectId,
      name: project.default_branch,
      path: project.path,
      branch: project.default_branch,
      created_at: state.seconds(),
      session_type: 'base',
      order: 0,
      origin: 'manual',
      labels: [],
    };
    state.worktrees.push(worktree);
    state.saveProjects();
    state.index(worktree.id).branch_naming_completed = true;
    this.events.emit('worktree:created', { worktree: { ...worktree }, autoOpenInJean: true });
    return worktree;
  }

  /** Archives a worktree; its sessions are cancelled, running or not. @throws for base sessions and archived ones. */
  archive(id: string): void {
    const worktree = this.state.worktree(id);
    if (worktree.session_type === 'base') throw new Error('Cannot archive base session');
    if (worktree.archived_at !== undefined) throw new Error('Worktree is already archived');
    this.#cancelAll(id);
    worktree.archived_at = this.state.seconds();
    this.state.saveProjects();
    this.events.emit('worktree:archived', { id, project_id: worktree.project_id });
    this.events.invalidate('projects');
  }

  /** Restores an archived worktree. @throws when its folder is gone. */
  unarchive(id: string): Worktree {
    const worktree = this.state.worktree(id);
    if (worktree.archived_at === undefined) throw new Error('Worktree is not archived');
    if (!existsSync(worktree.path)) throw new Error(`Worktree directory no longer exists: ${worktree.path}`);
    delete worktree.archived_at;
    this.state.saveProjects();
    this.events.emit('worktree:unarchived', { worktree: { ...worktree } });
    this.events.invalidate('projects');
    return worktree;
  }

  /** Takes a worktree out of Jean at once, and out of git in the background. `gone` resolves when that is over, also when it failed. */
  delete(id: string, finished: 'worktree:deleted' | 'worktree:permanently_deleted'): { gone: Promise<void> } {
    const { state, events } = this;
    const worktree = state.worktree(id);
    if (worktree.session_type === 'base') throw new Error('Cannot delete base session');
    const of = { id, project_id: worktree.project_id };
    this.#cancelAll(id);
    state.worktrees = state.worktrees.filter((other) => other !== worktree);
    state.saveProjects();
    events.emit('worktree:deleting', of);
    const gone = this.#inTurn(worktree.project_id, async () => {
      try {
        for (const session of state.sessionsOf(id, true)) await this.turns().ended(session.id);
        const project = state.project(worktree.project_id);
        const teardown = scriptIn(worktree.path, 'teardown') ?? scriptIn(project.path, 'teardown');
        const output = teardown === undefined ? undefined : await runScript(this.shell, teardown, project, worktree);
        if (output?.ok === false) throw new Error(`Teardown script failed: ${output.text}`);
        if (existsSync(worktree.path)) await this.shell.git(project.path, 'worktree', 'remove', '--force', worktree.path);
        await this.shell.git(project.path, 'worktree', 'prune');
        await this.shell.git(project.path, 'branch', '-D', worktree.branch);
        state.forgetSessionsOf(id);
        events.emit(finished, { ...of, ...(output && { teardown_output: output.text }) });
      } catch (error) {
        state.worktrees.push(worktree);
        state.saveProjects();
        events.emit('worktree:delete_error', { ...of, error: message(error) });
      }
    });
    return { gone };
  }

  /** What follows the first prompt: branch and worktree get a name of what they are about; id and path stay (contract jean §4). */
  async nameAfterPrompt(session: Session, script: TurnScript): Promise<void> {
    const { state, events } = this;
    const worktree = state.worktree(session.worktree_id);
    const index = state.index(worktree.id);
    const wished = script.rename?.branch;
    const automatic =
      !index.branch_naming_completed && worktree.session_type === 'worktree' && state.preferences.auto_branch_naming;
    index.branch_naming_completed = true;
    state.saveIndex(worktree.id);
    const branch = wished ?? (automatic ? slug(script.message ?? '') : '');
    if (branch !== '' && branch !== worktree.branch) {
      const old = worktree.branch;
      try {
        await this.shell.git(worktree.path, 'branch', '-m', old, branch);
        worktree.branch = branch;
        worktree.name = branch;
        state.saveProjects();
        events.emit('branch-renamed', { worktree_id: worktree.id, old_branch: old, new_branch: branch });
        events.invalidate('projects');
      } catch (error) {
        // As in Jean: naming is a nicety, the turn goes on under the old name.
        console.error(`sandbox: ${old} keeps its name: ${message(error)}`);
      }
    }
    const title = script.rename?.session;
    if (title !== undefined && title !== session.name) {
      const old = session.name;
      session.name = title;
      state.saveSession(session);
      events.emit('session-renamed', { session_id: session.id, worktree_id: worktree.id, old_name: old, new_name: title });
      events.invalidate('sessions');
    }
  }

  /** Resolves when nothing is being created or deleted any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.values());
  }

  async #create(
    project: Project,
    worktree: Worktree,
    how: { named: boolean; autoOpenInJean: boolean },
  ): Promise<Worktree | undefined> {
    const { state, events, shell } = this;
    const of = { id: worktree.id, project_id: project.id };
    if (existsSync(worktree.path)) {
      events.emit('worktree:path_exists', { ...of, path: worktree.path, suggested_name: `${worktree.name}-2` });
      return undefined;
    }
    const taken = await shell.run(`git show-ref --verify --quiet "refs/heads/$BRANCH"`, project.path, {
      env: { BRANCH: worktree.branch },
    });
    if (taken.code === 0) {
      events.emit('worktree:branch_exists', { ...of, branch: worktree.branch, suggested_name: `${worktree.branch}-2` });
      return undefined;
    }
    try {
      const base = worktree.base_branch ?? project.default_branch;
      const remote = await shell.run('git rev-parse --verify --quiet "$BASE"', project.path, { env: { BASE: `origin/${base}` } });
      const start = remote.code === 0 ? `origin/${base}` : base;
      await shell.git(project.path, 'worktree', 'add', '--no-track', '-b', worktree.branch, worktree.path, start);
    } catch (error) {
      events.emit('worktree:error', { ...of, error: message(error) });
      return undefined;
    }
    const setup = scriptIn(project.path, 'setup');
    if (setup !== undefined) worktree.setup_script = setup;
    state.worktrees.push(worktree);
    state.saveProjects();
    state.index(worktree.id).branch_naming_completed = how.named;
    state.saveIndex(worktree.id);
    events.emit('worktree:created', { worktree: { ...worktree }, autoOpenInJean: how.autoOpenInJean });
    events.invalidate('projects');
    if (setup !== undefined) await this.#setUp(project, worktree, setup);
    return worktree;
  }

  async #setUp(project: Project, worktree: Worktree, setup: string): Promise<void> {
    const output = await runScript(this.shell, setup, project, worktree);
    worktree.setup_output = output.text;
    worktree.setup_success = output.ok;
    this.state.saveProjects();
    this.events.emit('worktree:setup_complete', {
      id: worktree.id,
      project_id: project.id,
      setup_output: worktree.setup_output,
      setup_script: setup,
      setup_success: worktree.setup_success,
    });
  }

  #cancelAll(worktreeId: string): void {
    for (const session of this.state.sessionsOf(worktreeId, true)) this.turns().cancel(session.id, true);
  }

  #inTurn<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#queues.get(projectId) ?? Promise.resolve()).then(work);
    this.#queues.set(
      projectId,
      result.catch(() => undefined),
    );
    return result;
  }
}

function slug(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ');
  return words.slice(0, 5).join('-');
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'new';
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
