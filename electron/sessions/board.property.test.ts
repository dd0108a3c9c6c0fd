import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StateChange } from '../../shared/model.ts';
import type { JeanChange } from '../jean/connection.ts';
import type { JeanEvent } from '../jean/events.ts';
import type { JeanSnapshot } from '../jean/snapshot.ts';
import { Board } from './board.ts';
import type { Happening } from './happening.ts';
import { snapshot } from './test-rows.ts';
import { comparable, content, step } from './test-steps.ts';

interface Run {
  readonly board: Board;
  readonly happened: readonly Happening[];
  readonly changes: readonly StateChange[];
  now(): number;
}

function play(steps: readonly (readonly [number, JeanEvent | [Partial<JeanSnapshot>, number, boolean, boolean]])[]): Run {
  let now = 2_000_000;
  const board = new Board({ now: () => now });
  const happened: Happening[] = [];
  const changes: StateChange[] = [];
  const apply = (change: JeanChange): void => {
    const delta = board.apply(change);
    happened.push(...delta.happenings);
    changes.push(...delta.changes);
  };
  for (const [pause, what] of steps) {
    now += pause;
    if (Array.isArray(what)) {
      const [has, ago, complete, unbroken] = what;
      apply(snapshot({ ...has, startedAt: now - ago, complete, unbroken }));
    } else apply({ type: 'event', event: what, at: now });
  }
  return { board, happened, changes, now: () => now };
}

describe('whatever came before, lost or in any order', () => {
  it('a reading after a loss gives the board that a fresh start gives', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), content, (steps, has) => {
        const { board, now } = play(steps);
        const last = snapshot({ ...has, startedAt: now() + 6_000, unbroken: false });
        board.apply(last);
        const fresh = new Board({ now });
        fresh.apply(last);
        expect(comparable(board.state())).toEqual(comparable(fresh.state()));
      }),
      { numRuns: 400 },
    );
  });

  it('the changes that the page was told add up to the board', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { board, changes } = play(steps);
        const told: Record<string, Record<string, unknown>> = { instances: {}, projects: {}, worktrees: {}, sessions: {} };
        for (const { collection, id, value } of changes) {
          const rows = told[collection] ?? {};
          if (value === null) delete rows[id];
          else rows[id] = value;
        }
        expect(told).toEqual(board.state());
      }),
      { numRuns: 200 },
    );
  });

  it('a worktree appears once, and is gone once, before it appears again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { board, happened } = play(steps);
        const there = new Set<string>();
        for (const it of happened) {
          if (it.type === 'worktree-appeared') {
            expect(there.has(it.facts.worktree.id)).toBe(false);
            there.add(it.facts.worktree.id);
          } else if (it.type === 'worktree-gone') expect(there.delete(it.worktreeId)).toBe(true);
        }
        expect([...there].sort()).toEqual(Object.keys(board.state().worktrees).sort());
      }),
      { numRuns: 200 },
    );
  });

  it('every session on the board stands in a worktree, and every worktree in a project', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { projects, worktrees, sessions } = play(steps).board.state();
        expect(Object.values(sessions).every((row) => row.worktreeId in worktrees)).toBe(true);
        expect(Object.values(worktrees).every((row) => row.projectId in projects)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
