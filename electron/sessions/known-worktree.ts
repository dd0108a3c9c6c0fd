import type { PullView, WorktreeView } from '../../shared/model.ts';
import type { JeanWorktree } from '../jean/protocol.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import { type AskedPull, newerPull } from './pull-sources.ts';

type Pull = JeanWorktree['pull'];

/** A worktree with what only events tell of it. Times are epoch ms. */
export interface KnownWorktree {
  readonly row: JeanWorktree;
  /** When an event brought it; null when a snapshot did. A snapshot that was begun before knows nothing of it. */
  readonly addedAt: number | null;
  /** While Jean deletes it, it is missing in Jean's lists and yet in use: its teardown script runs. Until when that is believed. */
  readonly deletingUntil: number | null;
  /** From an event: Jean's backend doesn't store it, and what a client stored may be older (contract jean §5). */
  readonly livePull: PullView | null;
  /** When what Jean says of the pull request last changed; 0: it was there when we first looked. */
  readonly jeansAt: number;
  /** From GitHub itself. */
  readonly asked: AskedPull | null;
}

/** Jean gives a teardown script 15 minutes (contract jean §7). */
const deletingMs = 16 * 60_000;

/** A worktree from an event that came at `at`. */
export function addedBy(row: JeanWorktree, at: number): KnownWorktree {
  return { row, addedAt: at, deletingUntil: null, livePull: null, jeansAt: at, asked: null };
}

export function deleting(known: KnownWorktree, at: number): KnownWorktree {
  return { ...known, deletingUntil: at + deletingMs };
}

/** Takes a row that was read at `at`. Being in the list ends a deletion: it failed. */
export function refreshed(known: KnownWorktree | undefined, row: JeanWorktree, at: number): KnownWorktree {
  const fresh = { row, addedAt: null, deletingUntil: null };
  if (known === undefined) return { ...fresh, livePull: null, jeansAt: 0, asked: null };
  const moved = known.row.pull?.number !== row.pull?.number || known.row.pull?.state !== row.pull?.state;
  // Somebody took the pull request off the worktree.
  const asked = known.row.pull !== null && row.pull === null ? null : known.asked;
  return { ...fresh, livePull: livePullAfter(known, row.pull), jeansAt: moved ? at : known.jeansAt, asked };
}

/** Takes what an event of Jean tells of the pull request. */
export function polled(known: KnownWorktree, livePull: PullView, at: number): KnownWorktree {
  return { ...known, livePull, jeansAt: at };
}

/** A pull request's live state gives way when the stored one moves, except that merged is final: a client may store late. */
function livePullAfter({ livePull, row }: KnownWorktree, stored: Pull): KnownWorktree['livePull'] {
  if (livePull === null || (row.pull?.number === stored?.number && row.pull?.state === stored?.state)) return livePull;
  if (stored === null || stored.number !== livePull.number) return null;
  return stored.state === null || livePull.state === 'merged' ? livePull : null;
}

/** Whether a worktree that a snapshot lacks is gone. `now`: epoch ms. */
export function isGone(known: KnownWorktree, snapshot: JeanSnapshot, now: number): boolean {
  if (known.addedAt !== null && known.addedAt >= snapshot.startedAt) return false;
  // After a loss of events its end may be among what was lost.
  return !(snapshot.unbroken && known.deletingUntil !== null && known.deletingUntil > now);
}

export function worktreeView(known: KnownWorktree, instanceId: string): WorktreeView {
  const { id, projectId, name, branch, path, base, createdAt, order, pull } = known.row;
  // A number without a state was linked by a client and never polled.
  const stored = pull && { number: pull.number, url: pull.url, state: pull.state ?? ('open' as const) };
  const shown = newerPull(known.livePull ?? stored, known.jeansAt, known.asked);
  return { id, instanceId, projectId, name, branch, path, base, createdAt, order, pull: shown };
}
