import { describe, expect, it } from 'vitest';
import { readAnswer, readRows, sessionRow, worktreeRow } from './protocol.ts';

describe('what Jean lists', () => {
  it('may have fields that we do not know, and lack those that it leaves out', () => {
    const row = sessionRow.parse({ id: 's', name: 'Session 1', brand_new: { deep: true } });
    expect(row).toMatchObject({
      backend: 'claude',
      runStatus: null,
      waiting: false,
      waitingType: null,
      reviewed: false,
      updatedAt: null,
    });
    expect(row).not.toHaveProperty('brand_new');
  });

  it('counts null as not given', () => {
    const nulls = { pending_permission_denials: null, waiting_for_input_type: null, review_results: null, archived_at: null };
    expect(sessionRow.parse({ id: 's', name: 'n', order: null, ...nulls })).toMatchObject({
      pending: { permissionDenials: [] },
      waitingType: null,
      reviewed: false,
      archivedAt: null,
    });
  });

  it('may use words of a later version', () => {
    const row = sessionRow.parse({
      id: 's',
      name: 'n',
      last_run_status: 'paused',
      waiting_for_input_type: 'vote',
      status_override: 'x',
    });
    expect(row).toMatchObject({ runStatus: null, waitingType: 'unknown', override: null });
  });

  it('has its seconds turned into ms', () => {
    expect(sessionRow.parse({ id: 's', name: 'n', updated_at: 1_700_000_000 }).updatedAt).toBe(1_700_000_000_000);
    expect(sessionRow.safeParse({ id: 's', name: 'n', updated_at: 1e300 }).success).toBe(false);
  });

  it('loses a row that cannot be read, says which field, and keeps the others', () => {
    const said: string[] = [];
    const good = { id: 'w', project_id: 'p', name: 'n', path: '/w', branch: 'b', created_at: 1 };
    const { rows, dropped } = readRows(worktreeRow, [good, { ...good, path: ['/secret-value'] }], 'worktree', (it) =>
      said.push(it),
    );
    expect(rows.map(({ id }) => id)).toEqual(['w']);
    expect(dropped).toBe(1);
    expect(said).toEqual([expect.stringMatching(/^Jean sent a worktree that could not be read: path: /)]);
    expect(said.join()).not.toContain('secret-value');
  });

  it('is refused as a whole where the whole is wrong', () => {
    expect(() => readAnswer(worktreeRow, 'ghs_token', 'list_worktrees')).toThrow(
      /^Jean's answer to list_worktrees could not be read/,
    );
    expect(() => readAnswer(worktreeRow, 'ghs_token', 'list_worktrees')).not.toThrow(/ghs_token/);
  });
});
