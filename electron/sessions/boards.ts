import type { InstanceView } from '../../shared/model.ts';
import type { JeanChange, JeanHealth } from '../jean/connection.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import { Board, type InstanceFacts } from './board.ts';
import type { BoardDelta, WorktreeFacts } from './happening.ts';
import type { AskedPull } from './pull-sources.ts';
import type { AskedOf } from './sessions-on-board.ts';

const nothing: BoardDelta = { changes: [], happenings: [] };

interface Entry {
  readonly board: Board;
  /** The Jean that it turned out to be: that one's board shows everything, and this one nothing. */
  twinOf: string | null;
  health: JeanHealth | null;
}

/** The boards of all Jeans that are watched, by instance id; read as if they were one. */
export class Boards {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(options: { readonly now: () => number }) {
    this.#now = options.now;
  }

  /** Puts up an empty board for a Jean that is watched from now on. */
  open(instance: InstanceFacts): void {
    if (this.#entries.has(instance.id)) return;
    this.#entries.set(instance.id, { board: new Board({ now: this.#now, instance }), twinOf: null, health: null });
  }

  /** Takes down the board of a Jean that is watched no more. Nothing happens by it. */
  close(instanceId: string): BoardDelta {
    const entry = this.#entries.get(instanceId);
    this.#entries.delete(instanceId);
    const twins = [...this.#entries.values()].filter(({ twinOf }) => twinOf === instanceId);
    const closed = entry?.board.clear() ?? nothing;
    return twins.reduce((delta, twin) => joined(delta, this.#become(twin, null)), closed);
  }

  /** See {@link Board.describe}. */
  describe(instanceId: string, as: Pick<InstanceFacts, 'name' | 'colour'>): BoardDelta {
    return this.#entries.get(instanceId)?.board.describe(as) ?? nothing;
  }

  /** Takes one change that a Jean's connection learnt. */
  apply(instanceId: string, change: JeanChange): BoardDelta {
    const entry = this.#entries.get(instanceId);
    if (entry === undefined) return nothing;
    if (change.type === 'health') {
      entry.health = change;
      return entry.board.apply(this.#told(entry, change));
    }
    if (change.type === 'snapshot') {
      const told = this.#recognize(instanceId, entry, change.snapshot);
      return entry.twinOf === null ? joined(told, entry.board.apply(change)) : told;
    }
    return entry.twinOf === null ? entry.board.apply(change) : nothing;
  }

  /** See {@link Board.setRepository}. */
  setRepository(projectId: string, repository: string | null): BoardDelta {
    const board = this.#boards().find((one) => one.hasProject(projectId));
    return board?.setRepository(projectId, repository) ?? nothing;
  }

  /** See {@link Board.setPull}. */
  setPull(worktreeId: string, asked: AskedPull): BoardDelta {
    return (
      this.#boards()
        .find((one) => one.worktree(worktreeId) !== null)
        ?.setPull(worktreeId, asked) ?? nothing
    );
  }

  /** All rows of all boards as they are now. */
  state(): ReturnType<Board['state']> {
    return merged(this.#boards());
  }

  /** The rows of the Jeans on this machine alone: only theirs have folders that we can look into. */
  here(): ReturnType<Board['state']> {
    return merged(this.#boards().filter(({ instance }) => instance.place === 'here'));
  }

  /** A worktree with its project; null when it is on no board. */
  worktree(worktreeId: string): WorktreeFacts | null {
    for (const board of this.#boards()) {
      const facts = board.worktree(worktreeId);
      if (facts !== null) return facts;
    }
    return null;
  }

  /** A session with what it asks, the worktree it is in, and its Jean; null when it is on no board. */
  asked(sessionId: string): (AskedOf & WorktreeFacts & { readonly instance: InstanceView }) | null {
    for (const board of this.#boards()) {
      const asked = board.asked(sessionId);
      const facts = asked && board.worktree(asked.view.worktreeId);
      const instance = asked && board.state().instances[asked.view.instanceId];
      if (asked && facts && instance) return { ...asked, ...facts, instance };
    }
    return null;
  }

  #boards(): readonly Board[] {
    return [...this.#entries.values()].map(({ board }) => board);
  }

  /** The same Jean, reached twice, is shown once: by its board on this machine if it has one, else by the one that was first. */
  #recognize(id: string, entry: Entry, { projects }: JeanSnapshot): BoardDelta {
    // The ids of projects are Jean's own random ones (contract jean §4): who shares one shares its data folder.
    const shares = ([other, { board, twinOf }]: [string, Entry]): boolean =>
      other !== id && twinOf === null && projects.some((project) => board.hasProject(project.id));
    const [otherId, other] = [...this.#entries].find(shares) ?? [];
    if (other === undefined || otherId === undefined) return this.#become(entry, null);
    if (entry.board.instance.place !== 'here' || other.board.instance.place === 'here') return this.#become(entry, otherId);
    return joined(this.#become(other, id), this.#become(entry, null));
  }

  #become(entry: Entry, twinOf: string | null): BoardDelta {
    if (entry.twinOf === twinOf) return nothing;
    entry.twinOf = twinOf;
    const emptied = twinOf === null ? nothing : entry.board.empty();
    return entry.health === null ? emptied : joined(emptied, entry.board.apply(this.#told(entry, entry.health)));
  }

  #told({ twinOf }: Entry, health: JeanHealth): JeanHealth {
    const twin = twinOf === null ? undefined : this.#entries.get(twinOf);
    if (twin === undefined || health.health !== 'online') return health;
    return { ...health, limits: `This is the same Jean as “${twin.board.instance.name}”, which shows its sessions. Remove one.` };
  }
}

const joined = (one: BoardDelta, two: BoardDelta): BoardDelta => ({
  changes: [...one.changes, ...two.changes],
  happenings: [...one.happenings, ...two.happenings],
});

function merged(boards: readonly Board[]): ReturnType<Board['state']> {
  const states = boards.map((board) => board.state());
  return {
    instances: Object.assign({}, ...states.map(({ instances }) => instances)),
    projects: Object.assign({}, ...states.map(({ projects }) => projects)),
    worktrees: Object.assign({}, ...states.map(({ worktrees }) => worktrees)),
    sessions: Object.assign({}, ...states.map(({ sessions }) => sessions)),
  };
}
