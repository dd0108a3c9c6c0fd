import { describe, expect, it } from 'vitest';
import { entry } from '../../../shared/fixture.ts';
import type { Answer, ResponseOf } from '../../../shared/ipc.ts';
import { AuditLog, pageSize } from './audit-log.ts';

/** Main's log with entries 1 to `head`, and a reader of it. */
function reading(first: number) {
  const main = { head: first, asked: 0, fails: false };
  const log = new AuditLog(async (before, limit): Promise<Answer<ResponseOf<'audit.page'>>> => {
    main.asked += 1;
    if (main.fails) return { ok: false, error: { code: 'x', message: 'locked', retryable: true } };
    const from = Math.min(main.head, (before ?? Number.POSITIVE_INFINITY) - 1);
    const count = Math.min(limit, from);
    const entries = Array.from({ length: count }, (_, at) => entry(from - at));
    return { ok: true, value: { entries, next: from > count ? from - count + 1 : null, total: main.head } };
  });
  const seqs = (): number[] => log.store.getState().entries.map((one) => one.seq);
  return { main, log, seqs };
}

const down = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, at) => from - at);

describe('the audit log', () => {
  it('pages backwards to the first entry and then asks no more', async () => {
    const { main, log, seqs } = reading(250);
    await log.load();
    await log.more();
    await log.more();
    expect(seqs()).toEqual(down(250, 1));
    await log.more();
    expect(main.asked).toBe(3);
  });

  it('asks once for a page that is on its way', async () => {
    const { main, log } = reading(250);
    await log.load();
    await Promise.all([log.more(), log.more()]);
    expect(main.asked).toBe(2);
  });

  it('says what of it could not be read, and reads that when asked again', async () => {
    const { main, log, seqs } = reading(150);
    await log.load();
    main.fails = true;
    await log.more();
    main.head = 151;
    await log.reach(151);
    expect(log.store.getState()).toMatchObject({ phase: 'ready', message: 'locked' });
    main.fails = false;
    await log.again();
    expect(log.store.getState().message).toBe('');
    expect(seqs()).toEqual(down(151, 1));
  });

  it('takes in new entries while the reader is at the top', async () => {
    const { main, log, seqs } = reading(5);
    await log.load();
    main.head = 7;
    await log.reach(7);
    expect(seqs()).toEqual(down(7, 1));
  });

  it('holds new entries back while the reader is away from the top, and lets them in on return', async () => {
    const { main, log, seqs } = reading(5);
    await log.load();
    log.hold(true);
    main.head = 6;
    await log.reach(6);
    main.head = 8;
    await log.reach(8);
    expect(seqs()).toEqual(down(5, 1));
    expect(log.store.getState().held.map((one) => one.seq)).toEqual([8, 7, 6]);
    log.hold(false);
    expect(seqs()).toEqual(down(8, 1));
  });

  it('begins again when more came than one page holds', async () => {
    const { main, log, seqs } = reading(150);
    await log.load();
    main.head = 400;
    await log.reach(400);
    expect(seqs()).toEqual(down(400, 400 - pageSize + 1));
    await log.more();
    expect(seqs()).toEqual(down(400, 400 - 2 * pageSize + 1));
  });

  it('does not ask again for a head that it has', async () => {
    const { main, log } = reading(5);
    await log.reach(5);
    await log.load();
    await log.reach(5);
    expect(main.asked).toBe(1);
  });

  it('says why it could not be read, and can be loaded again', async () => {
    const { main, log, seqs } = reading(3);
    main.fails = true;
    await log.load();
    expect(log.store.getState()).toMatchObject({ phase: 'failed', message: 'locked' });
    main.fails = false;
    await log.load();
    expect(seqs()).toEqual([3, 2, 1]);
  });
});
