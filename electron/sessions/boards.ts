import type { JeanChange } from '../jean/connection.ts';
import { Board } from './board.ts';
import type { BoardDelta, WorktreeFacts } from './happening.ts';

const nothing: BoardDelta = { changes: [], happenings: [] };

/** The boards of all Jeans that are watched, by instance id; read as if they were one. */
export class Boards {
  readonly #now: () => number;
  readonly #boards = new Map<string, Board>();

  constructor(options: { readonly now: () => number }) {
    this.#now = options.now;
  }

  /** Puts up an empty board for a Jean that is watched from now on. */
  open(instanceId: string, instanceName: string): void {
    if (!this.#boards.has(instanceId)) this.#boards.set(instanceId, new Board({ now: this.#now, instanceId, instanceName }));
  }

  /** Takes down the board of a Jean that is watched no more. Nothing happens by it. */
  close(instanceId: string): BoardDelta {
    const board = this.#boards.get(instanceId);
    this.#boards.delete(instanceId);
    return board?.clear() ?? nothing;
  }

  /** Takes one change that a Jean's connection learnt. */
  apply(instanceId: string, change: JeanChange): BoardDelta {
    return this.#boards.get(instanceId)?.apply(change) ?? nothing;
  }

  /** See {@link Board.setRepository}. */
  setRepository(projectId: string, repository: string | null): BoardDelta {
    const board = [...this.#boards.values()].find((one) => projectId in one.state().projects);
    return board?.setRepository(projectId, repository) ?? nothing;
  }

  /** All rows of all boards as they are now. */
  state(): ReturnType<Board['state']> {
    const states = [...this.#boards.values()].map((board) => board.state());
    return {
      instances: Object.assign({}, ...states.map(({ instances }) => instances)),
      projects: Object.assign({}, ...states.map(({ projects }) => projects)),
      worktrees: Object.assign({}, ...states.map(({ worktrees }) => worktrees)),
      sessions: Object.assign({}, ...states.map(({ sessions }) => sessions)),
    };
  }

  /** A worktree with its project; null when it is on no board. */
  worktree(worktreeId: string): WorktreeFacts | null {
    for (const board of this.#boards.values()) {
      const facts = board.worktree(worktreeId);
      if (facts !== null) return facts;
    }
    return null;
  }
}
