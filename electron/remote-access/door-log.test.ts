import { expect, it } from 'vitest';
import type { AuditInput } from '../audit/log.ts';
import { DoorLog } from './door-log.ts';
import type { Admitted, Grant } from './grant.ts';
import { Visits } from './visits.ts';

const minute = 60_000;

function logging() {
  const entries: AuditInput[] = [];
  const clock = { ms: 1_800_000_000_000 };
  const now = (): number => clock.ms;
  const log = new DoorLog('local', (entry) => entries.push(entry), now);
  return { entries, clock, log, visits: new Visits('local', now, log) };
}

const refusal = (address: string, what: string | null = null) => ({ reason: 'malformed' as const, address, grant: null, what });

it('writes the first refusal of a kind at once, and how many followed a minute later', () => {
  const { entries, clock, log } = logging();
  for (let time = 0; time < 500; time += 1) log.turned(refusal('203.0.113.7'));
  log.turned(refusal('203.0.113.8'));
  expect(entries.map(({ facts }) => facts?.address)).toEqual(['203.0.113.7', '203.0.113.8']);
  clock.ms += minute;
  log.flush();
  expect(entries).toHaveLength(3);
  expect(entries[2]).toMatchObject({ kind: 'remote.refused', facts: { address: '203.0.113.7', times: '499' } });
  log.flush();
  expect(entries).toHaveLength(3);
});

it('is not filled by an attacker with ever other addresses', () => {
  const { entries, clock, log } = logging();
  for (let index = 0; index < 50_000; index += 1) log.turned(refusal(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`));
  expect(entries).toHaveLength(30);
  clock.ms += minute;
  log.flush();
  expect(entries).toHaveLength(30 + 170 + 1);
  expect(entries.at(-1)?.facts?.times).toBe(String(50_000 - 200));
});

it('takes an IPv6 network for one', () => {
  const { entries, log } = logging();
  for (let index = 1; index < 99; index += 1) log.turned(refusal(`2001:db8:0:1::${index}`));
  expect(entries).toHaveLength(1);
});

const admitted = (facts: Partial<Admitted> = {}): Admitted => ({
  grant: { id: 'g1', person: 'Ada', role: 'viewer' } as Grant,
  deviceId: null,
  by: 'bearer',
  address: '203.0.113.7',
  userAgent: 'probe/1',
  ...facts,
});

it('a visit ends when it has been quiet for a minute with nothing open, and its entry says what was done', () => {
  const { entries, clock, visits } = logging();
  const { visit, isNew } = visits.enter(admitted());
  expect(isNew).toBe(true);
  visit.count('/api/init');
  visit.count('/api/files/preferences.json');
  visit.bytesOut = 1_234;
  clock.ms += 30_000;
  expect(visits.enter(admitted()).isNew).toBe(false);
  visit.open = 1;
  clock.ms += 10 * minute;
  visits.sweep();
  expect(visits.list()).toHaveLength(1);
  visit.open = 0;
  visits.sweep();
  expect(visits.list()).toEqual([]);
  expect(entries.map(({ kind }) => kind)).toEqual(['remote.connected', 'remote.disconnected']);
  expect(entries[1]?.facts).toMatchObject({
    requests: '/api/init 1, /api/files 1',
    bytesOut: '1234',
    seconds: '630',
    grant: 'g1',
  });
  expect(JSON.stringify(entries)).not.toContain('preferences');
});

it('visits are told apart by device and address, and who changes the user agent with each request makes no more than there is room for', () => {
  const { visits } = logging();
  visits.enter(admitted({ deviceId: 'd1' }));
  visits.enter(admitted({ deviceId: 'd1', userAgent: 'updated/2' }));
  visits.enter(admitted({ deviceId: 'd2' }));
  visits.enter(admitted({ deviceId: 'd2', address: '203.0.113.8' }));
  expect(visits.list()).toHaveLength(3);
  for (let index = 0; index < 6_000; index += 1) visits.enter(admitted({ userAgent: `x/${index}` }));
  expect(visits.list()).toHaveLength(4_096);
  visits.endGrant('g1');
  expect(visits.list()).toEqual([]);
});
