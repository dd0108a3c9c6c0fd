import fc from 'fast-check';
import type { JeanEvent } from '../jean/events.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import type { Board } from './board.ts';
import { inWorktree, project, session, worktree } from './test-rows.ts';

/** What may come from a Jean, in any order: for properties of the boards. */

/** Ids are few, so that what happens meets what is there. Of `sx` and `wx` events tell what Jean never stores: they are compared no further. */
const sessionIds = ['s1', 's2', 's3', 'sx'];
const worktreeIds = ['w1', 'w2', 'w3', 'wx'];
const projectIds = ['shop', 'blog'];

const fields = fc.record({
  last_run_status: fc.constantFrom('running', 'resumable', 'completed', 'cancelled', 'crashed', null),
  last_run_started_at: fc.integer({ min: 1_000, max: 1_009 }),
  last_run_execution_mode: fc.constantFrom('plan', 'build', 'yolo', null),
  selected_execution_mode: fc.constantFrom('plan', 'build', null),
  waiting_for_input: fc.boolean(),
  waiting_for_input_type: fc.constantFrom('plan', 'question', null),
  pending_permission_denials: fc.constantFrom([], [{ tool_use_id: 't', tool_name: 'Bash', tool_input: { command: 'ls' } }]),
  is_reviewing: fc.boolean(),
  archived_at: fc.option(fc.constant(1_005), { freq: 6 }),
});

/** What Jean may have at one time. A list without any project is told twice, and has its own test. */
export const content = fc
  .record({
    projects: fc.subarray(projectIds, { minLength: 1 }),
    worktrees: fc.subarray(worktreeIds),
    places: fc.array(fc.tuple(fc.constantFrom(...sessionIds), fc.constantFrom(...worktreeIds), fields), { maxLength: 4 }),
    running: fc.subarray(sessionIds),
    names: fc.constantFrom('a', 'b'),
    pr: fc.constantFrom(null, 'open', 'merged'),
  })
  .map(({ projects, worktrees, places, running, names, pr }): Partial<JeanSnapshot> => {
    const projectOf = (id: string): string => (id === 'w3' && projects.includes('blog') ? 'blog' : (projects[0] ?? 'shop'));
    const pull = pr === null ? {} : { pr_number: 4, cached_pr_status: pr };
    const sessions = new Map(places.map(([id, place, row]) => [id, inWorktree(place, session(id, { ...row, name: names }))]));
    return {
      projects: projects.map((id) => project(id)),
      worktrees: worktrees.map((id) => worktree(id, { ...pull, project_id: projectOf(id), branch: names })),
      sessions: [...sessions.values()],
      running: new Set(running),
    };
  });

const onSession = (id: fc.Arbitrary<string>): fc.Arbitrary<JeanEvent> =>
  fc.oneof(
    fc.record({ type: fc.constantFrom('chat:sending' as const, 'chat:done' as const, 'chat:cancelled' as const), sessionId: id }),
    fc.record({ type: fc.constant('session-renamed' as const), sessionId: id, name: fc.constantFrom('a', 'b') }),
  );

const onWorktree = (id: fc.Arbitrary<string>): fc.Arbitrary<JeanEvent> =>
  fc.oneof(
    fc.record({
      type: fc.constantFrom(
        'worktree:archived' as const,
        'worktree:deleting' as const,
        'worktree:deleted' as const,
        'worktree:delete_error' as const,
      ),
      worktreeId: id,
      projectId: fc.constant('shop'),
    }),
    fc.record({
      type: fc.constantFrom('worktree:created' as const, 'worktree:unarchived' as const),
      worktree: id.map((one) => worktree(one)),
    }),
    fc.record({ type: fc.constant('branch-renamed' as const), worktreeId: id, branch: fc.constantFrom('a', 'b') }),
  );

const liveOnly: fc.Arbitrary<JeanEvent> = fc.constantFrom<JeanEvent>(
  { type: 'chat:error', sessionId: 'sx', error: 'no' },
  { type: 'chat:request', sessionId: 'sx', list: 'codexCommands', requests: [{ rpc_id: 1 }], midTurn: true },
  { type: 'chat:request', sessionId: 'sx', list: 'permissionDenials', requests: [{ tool_use_id: 'u' }], midTurn: false },
  { type: 'pr:status-update', worktreeId: 'wx', pull: { number: 9, url: null, state: 'merged' } },
);

const anyEvent = fc.oneof(
  onSession(fc.constantFrom(...sessionIds)),
  onWorktree(fc.constantFrom(...worktreeIds)),
  liveOnly,
  fc.constant<JeanEvent>({ type: 'cache:invalidate', keys: ['sessions'] }),
);

/** Some time passes, and then something comes; a reading may have begun some time before. */
export const step = fc.tuple(
  fc.integer({ min: 0, max: 4_000 }),
  fc.oneof(
    { weight: 3, arbitrary: anyEvent },
    { weight: 1, arbitrary: fc.tuple(content, fc.integer({ min: 0, max: 2_000 }), fc.boolean(), fc.boolean()) },
  ),
);

/** What must be equal: all but the times, and what only events told of `sx` and `wx`. */
export function comparable({ projects, worktrees, sessions }: ReturnType<Board['state']>): unknown {
  return {
    projects,
    worktrees: Object.fromEntries(Object.entries(worktrees).map(([id, row]) => [id, id === 'wx' ? { ...row, pull: null } : row])),
    sessions: Object.fromEntries(Object.entries(sessions).map(([id, row]) => [id, id === 'sx' ? { id } : { ...row, since: 0 }])),
  };
}
