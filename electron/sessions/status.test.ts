import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, type SessionStatus } from '../../shared/model.ts';
import { deriveStatus, type PendingCounts, type StatusFacts } from './status.ts';

const nonePending: PendingCounts = {
  permissionDenials: 0,
  codexPermissions: 0,
  opencodePermissions: 0,
  codexCommands: 0,
  codexTools: 0,
  codexElicitations: 0,
  codexQuestions: 0,
  opencodeQuestions: 0,
  acpPermissions: 0,
};

const atRest: StatusFacts = {
  name: 'Session 1',
  pending: nonePending,
  runStatus: null,
  mode: 'build',
  waiting: false,
  waitingType: null,
  planPending: false,
  reviewing: false,
  reviewed: false,
  override: null,
  wakeup: false,
  sending: false,
  failed: false,
};

const facts = (over: Partial<StatusFacts>): StatusFacts => ({ ...atRest, ...over });
const pending = (over: Partial<PendingCounts>): PendingCounts => ({ ...nonePending, ...over });

/** Contract jean §4: row, what holds, status. A later row's condition is added where that shows which one wins. */
const table: readonly (readonly [number, string, Partial<StatusFacts>, SessionStatus])[] = [
  [1, 'Claude was denied a tool', { pending: pending({ permissionDenials: 1, codexCommands: 1 }) }, 'permission'],
  [1, 'Codex asks for permissions', { pending: pending({ codexPermissions: 1 }), sending: true }, 'permission'],
  [1, 'OpenCode asks for permission', { pending: pending({ opencodePermissions: 2 }), sending: true }, 'permission'],
  [1, 'an ACP agent asks for permission', { pending: pending({ acpPermissions: 1 }), sending: true }, 'permission'],
  [2, 'Codex asks for a command', { pending: pending({ codexCommands: 1, codexTools: 1 }), sending: true }, 'command_approval'],
  [3, 'Codex asks for a tool', { pending: pending({ codexTools: 1, codexElicitations: 1 }) }, 'tool_approval'],
  [4, 'an MCP server asks', { pending: pending({ codexElicitations: 1, codexQuestions: 1 }) }, 'mcp_input'],
  [5, 'OpenCode asks a question', { pending: pending({ opencodeQuestions: 1 }), sending: true }, 'input_required'],
  [5, 'Codex asks a question', { pending: pending({ codexQuestions: 1 }), sending: true }, 'input_required'],
  [5, 'it waits for an answer', { waiting: true, waitingType: 'question', runStatus: 'completed' }, 'input_required'],
  [6, 'it waits for a plan', { waiting: true, waitingType: 'plan', runStatus: 'completed', sending: true }, 'plan_approval'],
  [7, 'it waits, nobody knows for what', { waiting: true, waitingType: 'unknown', sending: true }, 'waiting'],
  [8, 'it plans', { sending: true, mode: 'plan', runStatus: 'completed', reviewing: true }, 'planning'],
  [8, 'it builds', { sending: true, mode: 'build', wakeup: true }, 'vibing'],
  [8, 'it builds freely', { sending: true, mode: 'yolo' }, 'yoloing'],
  [9, 'a review runs', { name: 'Code Review: main', reviewing: true, runStatus: 'running' }, 'reviewing'],
  [10, 'a review is there', { name: 'Code Review: main', reviewing: true, reviewed: true }, 'review'],
  [10, 'it is marked for review', { reviewing: true, runStatus: 'running' }, 'review'],
  [11, 'its run is stored as running', { runStatus: 'running', mode: 'plan', wakeup: true }, 'planning'],
  [11, 'its run may be resumed', { runStatus: 'resumable', mode: 'yolo' }, 'yoloing'],
  [12, 'it will wake', { wakeup: true, runStatus: 'completed' }, 'scheduled'],
  [13, 'its run was cancelled', { runStatus: 'cancelled' }, 'cancelled'],
  [13, 'its run crashed', { runStatus: 'crashed' }, 'crashed'],
  [13, 'its run is complete', { runStatus: 'completed' }, 'completed'],
  [14, 'it never ran', {}, 'idle'],
];

describe('the status of a session', () => {
  it.each(table)('by row %i, when %s', (_row, _when, over, status) => {
    expect(deriveStatus(facts(over))).toBe(status);
  });

  it('has a test for every row', () => {
    expect(new Set(table.map(([row]) => row)).size).toBe(14);
  });

  it.each([
    ['plan when a plan message is pending', { planPending: true }, 'plan_approval'],
    ['question otherwise', {}, 'input_required'],
  ] as const)('takes a missing kind of waiting for %s', (_kind, over, status) => {
    expect(deriveStatus(facts({ waiting: true, ...over }))).toBe(status);
  });

  it.each([
    ['the run was cancelled', { runStatus: 'cancelled', waitingType: 'question' }, 'cancelled'],
    ['the run crashed', { runStatus: 'crashed', waitingType: 'plan' }, 'crashed'],
    ['the run is complete and no kind is given', { runStatus: 'completed', planPending: true }, 'completed'],
    ['the run is complete and the kind is not known', { runStatus: 'completed', waitingType: 'unknown' }, 'completed'],
  ] as const)('does not trust the waiting flag when %s', (_when, over, status) => {
    expect(deriveStatus(facts({ waiting: true, ...over }))).toBe(status);
  });

  it.each([
    [10, { reviewing: true }, 'completed'],
    [13, { runStatus: 'completed' }, 'review'],
    [13, { runStatus: 'crashed' }, 'idle'],
    [14, {}, 'review'],
  ] as const)('is what the person pinned in row %i', (_row, over, override) => {
    expect(deriveStatus(facts({ ...over, override }))).toBe(override);
  });

  it.each([
    [8, { sending: true }, 'vibing'],
    [9, { name: 'Code Review', reviewing: true }, 'reviewing'],
    [11, { runStatus: 'running' }, 'vibing'],
    [12, { wakeup: true }, 'scheduled'],
    [6, { waiting: true, waitingType: 'plan' }, 'plan_approval'],
  ] as const)('is not what the person pinned in row %i', (_row, over, status) => {
    expect(deriveStatus(facts({ ...over, override: 'cancelled' }))).toBe(status);
  });

  it.each([
    ['nothing yet', 'running'],
    ['cancelled', 'cancelled'],
    ['completed', 'completed'],
  ] as const)('is crashed after a live error, though Jean has stored %s', (_stored, runStatus) => {
    expect(deriveStatus(facts({ failed: true, runStatus, sending: runStatus === 'running' }))).toBe('crashed');
  });
});

const anyFacts: fc.Arbitrary<StatusFacts> = fc.record({
  name: fc.constantFrom('Session 1', 'Code Review: main'),
  pending: fc.record({
    permissionDenials: fc.nat(2),
    codexPermissions: fc.nat(1),
    opencodePermissions: fc.nat(1),
    codexCommands: fc.nat(1),
    codexTools: fc.nat(1),
    codexElicitations: fc.nat(1),
    codexQuestions: fc.nat(1),
    opencodeQuestions: fc.nat(1),
    acpPermissions: fc.nat(1),
  }),
  runStatus: fc.constantFrom('running', 'resumable', 'completed', 'cancelled', 'crashed', null),
  mode: fc.constantFrom('plan', 'build', 'yolo', 'something-new', null),
  waiting: fc.boolean(),
  waitingType: fc.constantFrom('question', 'plan', 'unknown', null),
  planPending: fc.boolean(),
  reviewing: fc.boolean(),
  reviewed: fc.boolean(),
  override: fc.constantFrom('idle', 'review', 'completed', 'cancelled', null),
  wakeup: fc.boolean(),
  sending: fc.boolean(),
  failed: fc.boolean(),
});

const isPending = ({ pending: counts }: StatusFacts): boolean => Object.values(counts).some((count) => count > 0);

describe('whatever the facts', () => {
  it('a session that asks for something needs the person', () => {
    fc.assert(fc.property(anyFacts.filter(isPending), (any) => bucketOf(deriveStatus(any)) === 'needs-you'));
  });

  it('a session that asks for nothing and waits for nothing does not', () => {
    const quiet = anyFacts.map((any) => ({ ...any, pending: nonePending, waiting: false }));
    fc.assert(fc.property(quiet, (any) => bucketOf(deriveStatus(any)) !== 'needs-you'));
  });

  it('what the person pinned never hides that it runs or needs them', () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const without = deriveStatus({ ...any, override: null });
        const bucket = bucketOf(without);
        return !(bucket === 'needs-you' || bucket === 'running') || deriveStatus(any) === without;
      }),
    );
  });

  it('a turn that is under way is never shown as over, unless it failed', () => {
    const underWay = anyFacts.map((any) => ({ ...any, sending: true, failed: false }));
    fc.assert(fc.property(underWay, (any) => ['running', 'needs-you'].includes(bucketOf(deriveStatus(any)))));
  });
});
