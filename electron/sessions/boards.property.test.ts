import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstanceView } from '../../shared/model.ts';
import type { JeanEvent } from '../jean/events.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import { Boards } from './boards.ts';
import { project, snapshot } from './test-rows.ts';
import { comparable, content, step } from './test-steps.ts';

type Road = NonNullable<InstanceView['road']>;
type Content = Partial<JeanSnapshot>;

const jeans = ['here', 'far'] as const;
type Jean = (typeof jeans)[number];
const roads: readonly Road[] = ['socket', 'mcp', 'files'];

/** Ids are Jean's own random ones: another Jean has others. Left as they are, both turn out to be the same Jean. */
function othersIds(has: Content): Content {
  const other = (id: string): string => `far-${id}`;
  return {
    ...has,
    projects: (has.projects ?? []).map((it) => ({ ...it, id: other(it.id) })),
    worktrees: (has.worktrees ?? []).map((it) => ({ ...it, id: other(it.id), projectId: other(it.projectId) })),
    sessions: (has.sessions ?? []).map((it) => ({ ...it, id: other(it.id), worktreeId: other(it.worktreeId) })),
    running: new Set([...(has.running ?? [])].map(other)),
  };
}

function othersEvent(event: JeanEvent): JeanEvent {
  const other = (id: string): string => `far-${id}`;
  if ('sessionId' in event) return { ...event, sessionId: other(event.sessionId) };
  if ('worktreeId' in event) return { ...event, worktreeId: other(event.worktreeId) };
  if ('worktree' in event) {
    const { worktree } = event;
    return { ...event, worktree: { ...worktree, id: other(worktree.id), projectId: other(worktree.projectId) } };
  }
  return event;
}

/** On a lower road no event is heard, and each look is one after a gap; what a run's log tells comes late, with its own time. */
const onRoad = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('step' as const), step }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('road' as const), road: fc.constantFrom(...roads, null) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('log' as const), ago: fc.integer({ min: 0, max: 50_000 }) }) },
);
const play = fc.array(fc.tuple(fc.constantFrom(...jeans), onRoad), { maxLength: 40 });

interface Watched {
  readonly boards: Boards;
  now: number;
}

function open(now: number): Watched {
  const watched: Watched = { boards: new Boards({ now: () => watched.now }), now };
  watched.boards.open({ id: 'here', name: 'Here', colour: 'none', place: 'here' });
  watched.boards.open({ id: 'far', name: 'Far', colour: 'none', place: 'elsewhere' });
  return watched;
}

function playAll(
  steps: readonly (readonly [Jean, typeof onRoad extends fc.Arbitrary<infer T> ? T : never])[],
  same: boolean,
): Watched {
  const watched = open(2_000_000);
  const on: Record<Jean, Road | null> = { here: 'socket', far: 'socket' };
  for (const [jean, what] of steps) {
    const far = jean === 'far' && !same;
    if (what.kind === 'road') {
      on[jean] = what.road;
      const { road } = what;
      const health = road === null ? ('offline' as const) : ('online' as const);
      watched.boards.apply(jean, { type: 'health', health, message: '', road, limits: null, url: null, version: null });
      continue;
    }
    if (what.kind === 'log') {
      const told = {
        type: 'chat:request',
        sessionId: 'sx',
        list: 'permissionDenials',
        requests: [{ tool_use_id: 'l' }],
      } as const;
      const event: JeanEvent = { ...told, midTurn: false };
      watched.boards.apply(jean, { type: 'event', event: far ? othersEvent(event) : event, at: watched.now - what.ago });
      continue;
    }
    const [pause, it] = what.step;
    watched.now += pause;
    const road = on[jean];
    if (road === null) continue;
    if (!Array.isArray(it)) {
      const event = far ? othersEvent(it) : it;
      if (road === 'socket') watched.boards.apply(jean, { type: 'event', event, at: watched.now });
      continue;
    }
    const [has, ago, complete, unbroken] = it;
    const seen = {
      ...(far ? othersIds(has) : has),
      startedAt: watched.now - ago,
      complete,
      unbroken: unbroken && road === 'socket',
    };
    watched.boards.apply(jean, snapshot(seen));
  }
  return watched;
}

/** Both are read whole, by whatever road. The second round is for a twin, which is known as such by what the first has brought. */
function relist(watched: Watched, has: Readonly<Record<Jean, Content>>, order: readonly Jean[]): unknown {
  for (let round = 0; round < 2; round += 1)
    for (const jean of order) {
      watched.now += 6_000;
      watched.boards.apply(jean, snapshot({ ...has[jean], startedAt: watched.now, unbroken: false }));
    }
  const { sessions, ...rest } = watched.boards.state();
  const { 'far-sx': _unstored, ...others } = sessions;
  const { 'far-wx': far, ...worktrees } = rest.worktrees;
  return comparable({ ...rest, worktrees: { ...worktrees, ...(far && { 'far-wx': { ...far, pull: null } }) }, sessions: others });
}

const orders = fc.constantFrom<readonly Jean[]>(['here', 'far'], ['far', 'here']);

describe('two Jeans, each by any of its roads, whatever came before, lost or in any order', () => {
  it('are after a reading of both on the board that a fresh start gives', () => {
    fc.assert(
      fc.property(play, content, content, orders, (steps, here, far, order) => {
        const has = { here, far: othersIds(far) };
        const lived = playAll(steps, false);
        expect(relist(lived, has, order)).toEqual(relist(open(lived.now), has, order));
      }),
      { numRuns: 300 },
    );
  });

  it('that are one and the same are so too, and every row is shown once', () => {
    fc.assert(
      fc.property(play, content, orders, (steps, seen, order) => {
        // A folder and its address: both give the same.
        const both = { ...seen, projects: [...(seen.projects ?? []), project('shared')] };
        const has = { here: both, far: both };
        const lived = playAll(steps, true);
        expect(relist(lived, has, order)).toEqual(relist(open(lived.now), has, order));
        const { projects, worktrees, sessions } = lived.boards.state();
        for (const row of [...Object.values(projects), ...Object.values(worktrees), ...Object.values(sessions)])
          expect(row.instanceId).toBe('here');
      }),
      { numRuns: 300 },
    );
  });
});
