import type { SessionView } from '../../shared/model.ts';
import type { JeanChange } from '../jean/connection.ts';
import type { JeanEvent } from '../jean/events.ts';
import { type JeanProject, type JeanSession, type JeanWorktree, projectRow, sessionRow, worktreeRow } from '../jean/protocol.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import type { Pending } from './session-view.ts';

/** Rows as Jean sends them, for tests. Times are epoch s in the fields, as Jean has them. */

export const project = (id: string, fields: object = {}): JeanProject =>
  projectRow.parse({ id, name: id, path: `/code/${id}`, order: 0, is_folder: false, ...fields });

export const worktree = (id: string, fields: object = {}): JeanWorktree =>
  worktreeRow.parse({
    id,
    project_id: 'shop',
    name: id,
    path: `/jean/shop/${id}`,
    branch: id,
    created_at: 1_000,
    session_type: 'worktree',
    order: 0,
    ...fields,
  });

export const session = (id: string, fields: object = {}): JeanSession =>
  sessionRow.parse({ id, name: id, order: 0, backend: 'claude', created_at: 1_000, updated_at: 1_000, ...fields });

type SnapshotSession = JeanSnapshot['sessions'][number];

export const inWorktree = (worktreeId: string, row: JeanSession, projectId = 'shop'): SnapshotSession => ({
  ...row,
  projectId,
  worktreeId,
});

/** A snapshot of the project "shop" unless said otherwise. */
export const snapshot = (over: Partial<JeanSnapshot> = {}): Extract<JeanChange, { type: 'snapshot' }> => ({
  type: 'snapshot',
  snapshot: {
    startedAt: 0,
    projects: [project('shop')],
    worktrees: [],
    sessions: [],
    running: new Set(),
    archivedWorktrees: new Set(),
    complete: true,
    unreadable: null,
    unbroken: true,
    ...over,
  },
});

export const event = (of: JeanEvent, at: number): Extract<JeanChange, { type: 'event' }> => ({ type: 'event', event: of, at });

/** A session that asks nothing. */
export const nothingPending: Pending = session('s').pending;

/** A session as the page has it. */
export const sessionShown = (id: string, fields: Partial<SessionView> = {}): SessionView => ({
  id,
  instanceId: 'local',
  projectId: 'shop',
  worktreeId: 'w',
  name: id,
  backend: 'claude',
  model: null,
  mode: null,
  status: 'idle',
  since: 0,
  request: null,
  error: null,
  order: 0,
  ...fields,
});
