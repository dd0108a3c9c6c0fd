import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import { sessionRow, type sessionsEntry } from './protocol.ts';
import type { RowReading } from './row-reading.ts';
import type { JeanSnapshot } from './snapshot.ts';

type SnapshotSession = JeanSnapshot['sessions'][number];

/** A row as Jean sent it, and what was read of it. */
interface Known {
  readonly text: string;
  readonly session: SnapshotSession;
}

/** For so long sessions are read before others have their turn, ms: events that came meanwhile, above all. */
const turnMs = 8;

/**
 * The sessions of one Jean as they were read last. Most are the same the next time: telling that from a row's text costs a quarter of
 * reading it, and one that is the same is the same object, so that whoever has taken it needs not look at it again.
 */
export class KnownSessions {
  #known: ReadonlyMap<string, Known> = new Map();

  /** Reads the rows of `list_all_sessions`, with pauses. */
  async read(entries: readonly z.output<typeof sessionsEntry>[], reading: RowReading): Promise<readonly SnapshotSession[]> {
    const next = new Map<string, Known>();
    const sessions: SnapshotSession[] = [];
    let began = performance.now();
    for (const { project_id: projectId, worktree_id: worktreeId, sessions: rows } of entries) {
      for (const row of rows) {
        const known = this.#same(row, projectId, worktreeId) ?? readOne(row, { projectId, worktreeId }, reading);
        if (known !== null) {
          next.set(known.session.id, known);
          sessions.push(known.session);
        }
        if (performance.now() - began < turnMs) continue;
        await setImmediate();
        began = performance.now();
      }
    }
    this.#known = next;
    return sessions;
  }

  #same(row: unknown, projectId: string, worktreeId: string): Known | null {
    const id = typeof row === 'object' && row !== null && 'id' in row ? row.id : null;
    const known = typeof id === 'string' ? this.#known.get(id) : undefined;
    if (known?.session.projectId !== projectId || known.session.worktreeId !== worktreeId) return null;
    return known.text === JSON.stringify(row) ? known : null;
  }
}

function readOne(row: unknown, where: Pick<SnapshotSession, 'projectId' | 'worktreeId'>, reading: RowReading): Known | null {
  const [session] = reading.take(sessionRow, [row], 'session');
  return session === undefined ? null : { text: JSON.stringify(row), session: { ...session, ...where } };
}
