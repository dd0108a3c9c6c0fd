import { describe, expect, it } from 'vitest';
import { KnownSessions } from './known-sessions.ts';
import { RowReading } from './row-reading.ts';

const row = (id: string, more: object = {}) => ({
  id,
  name: id,
  order: 0,
  backend: 'claude',
  created_at: 1,
  updated_at: 1,
  ...more,
});
const entry = (worktree: string, ...sessions: unknown[]) => ({ project_id: 'p', worktree_id: worktree, sessions });

describe('the sessions of a Jean that is read again', () => {
  it('are the same objects where nothing of them changed, and new ones where anything did', async () => {
    const known = new KnownSessions();
    const reading = new RowReading(() => undefined);
    const first = await known.read([entry('w1', row('a'), row('b'), row('c'))], reading);
    const second = await known.read(
      [entry('w1', row('a'), row('b', { waiting_for_input: true })), entry('w2', row('c'))],
      reading,
    );
    expect(second.map(({ id, waiting, worktreeId }) => [id, waiting, worktreeId])).toEqual([
      ['a', false, 'w1'],
      ['b', true, 'w1'],
      ['c', false, 'w2'],
    ]);
    expect(second[0]).toBe(first[0]);
    expect(second[1]).not.toBe(first[1]);
    expect(second[2]).not.toBe(first[2]);
  });

  it('leave out and report one that can not be read, each time', async () => {
    const known = new KnownSessions();
    const told: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const read = await known.read(
        [entry('w1', row('a'), row('b', { name: 7 }), 'nothing')],
        new RowReading((it) => told.push(it)),
      );
      expect(read.map(({ id }) => id)).toEqual(['a']);
    }
    expect(told).toHaveLength(4);
  });

  it('let others have their turn when they are thousands', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => row(`s${n}`));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await new KnownSessions().read([entry('w1', ...rows)], new RowReading(() => undefined));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });
});
