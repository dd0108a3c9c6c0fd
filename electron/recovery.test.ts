import { expect, it } from 'vitest';
import type { AuditInput } from './audit/log.ts';
import { Recovery } from './recovery.ts';

function recovery() {
  const did: string[] = [];
  const audited: AuditInput[] = [];
  let known: number | null = null;
  const made = new Recovery({
    now: Date.now,
    records: () => ({
      setSkew: (skewMs) => {
        const moved = known !== null && known !== skewMs;
        known = skewMs;
        return moved;
      },
    }),
    world: () => ({
      github: { connected: true, check: async () => void did.push('check') },
      lifecycle: { kick: () => did.push('kick') },
      publishAll: () => did.push('moved'),
    }),
    audit: (entry) => audited.push(entry),
  });
  return { recovery: made, did, audited };
}

it('nothing is hurried before what an earlier run left was taken up', () => {
  const { recovery: made, did } = recovery();
  made.clock.observe(0);
  expect(did).toEqual([]);
});

it('a clock that was set is on record, and every plan is looked at again', () => {
  const { recovery: made, did, audited } = recovery();
  made.begin();
  made.clock.observe(0);
  expect(did).toEqual(['kick']);
  made.clock.observe(-3_600_000);
  expect(did).toEqual(['kick', 'kick', 'moved']);
  expect(audited).toMatchObject([{ kind: 'credential.reconciled', message: expect.stringContaining('clock') }]);
});
