import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLoopbackHost, nextRotation, vaultKeyOf, warningsOf } from './jean-token-plan.ts';

const at = (text: string): number => new Date(text).getTime();
const hour = 60 * 60_000;

describe('the next rotation', () => {
  it.each([
    ['daily', '2026-05-10T09:00', '2026-05-10T10:00', '2026-05-11T04:00'],
    ['daily', '2026-05-10T03:00', '2026-05-10T03:30', '2026-05-11T04:00'],
    ['weekly', '2026-05-10T09:00', '2026-05-10T10:00', '2026-05-17T04:00'],
    ['monthly', '2026-05-10T09:00', '2026-05-10T10:00', '2026-06-10T04:00'],
    ['monthly', '2026-01-31T09:00', '2026-02-01T10:00', '2026-02-28T04:00'],
    ['monthly', '2026-12-31T09:00', '2027-01-01T10:00', '2027-01-31T04:00'],
    // In the quiet hour of its day: now.
    ['daily', '2026-05-10T09:00', '2026-05-11T04:30', '2026-05-11T04:30'],
    // The computer slept through it: the next quiet hour, not the middle of the day.
    ['daily', '2026-05-10T09:00', '2026-05-11T12:00', '2026-05-12T04:00'],
    ['weekly', '2026-05-10T09:00', '2026-05-18T03:00', '2026-05-18T04:00'],
    // It always sleeps at that hour: two days late it is made all the same.
    ['weekly', '2026-05-10T09:00', '2026-05-19T12:00', '2026-05-19T12:00'],
  ] as const)('%s since %s is due, asked at %s, at %s', (every, since, now, due) => {
    expect(nextRotation({ every, hour: 4 }, at(since), at(now))).toBe(at(due));
  });

  it('never comes when it is never', () => expect(nextRotation({ every: 'never', hour: 4 }, 0, at('2026-05-10'))).toBeNull());

  it('is never in the past, never twice within a day, and in the quiet hour unless it is two days late', () => {
    const every = fc.constantFrom('daily', 'weekly', 'monthly');
    const moment = fc.integer({ min: at('2026-01-01'), max: at('2030-01-01') });
    fc.assert(
      fc.property(every, fc.nat(23), moment, fc.nat(90 * 24 * hour), (often, quiet, since, later) => {
        const now = since + later;
        const due = nextRotation({ every: often, hour: quiet }, since, now) ?? 0;
        expect(due).toBeGreaterThanOrEqual(now);
        if (due > now) expect(new Date(due).getHours()).toBe(quiet);
        // A rotation now is the end of it for today.
        expect(nextRotation({ every: often, hour: quiet }, now, now)).toBeGreaterThan(now);
      }),
    );
  });
});

describe("a vault's name for Jean's token", () => {
  it('is the plain one for the Jean on this computer, and another for each other one', () => {
    expect(vaultKeyOf('local')).toBe('JEAN_REMOTE_ACCESS_TOKEN');
    expect(vaultKeyOf('local-dev')).toBe('JEAN_REMOTE_ACCESS_TOKEN_LOCAL_DEV');
    expect(vaultKeyOf('7c9e6679-7425-40de-944b-e07fc1f90ae7')).toBe('JEAN_REMOTE_ACCESS_TOKEN_7C9E6679');
  });
});

describe('a warning', () => {
  const well = { bindHost: '127.0.0.1', open: false, preferred: { bindHost: '127.0.0.1', tokenRequired: true } };

  it('is not there where all is well, or where nothing is known', () => {
    expect(warningsOf(well)).toEqual([]);
    expect(warningsOf({ bindHost: null, open: null, preferred: null })).toEqual([]);
  });

  it.each([
    [
      'it listens beyond this computer',
      { bindHost: '0.0.0.0', preferred: { bindHost: '0.0.0.0', tokenRequired: true } },
      'beyond-loopback',
      true,
    ],
    ['it will from its next start on', { preferred: { bindHost: '192.168.1.2', tokenRequired: true } }, 'beyond-loopback', true],
    ['it does, though its preferences are right', { bindHost: '0.0.0.0' }, 'beyond-loopback', false],
    ['it does, and its preferences are not known', { bindHost: '::', preferred: null }, 'beyond-loopback', false],
    ['it takes anybody', { open: true, preferred: { bindHost: '127.0.0.1', tokenRequired: false } }, 'no-token', true],
    ['it will from its next start on', { preferred: { bindHost: '127.0.0.1', tokenRequired: false } }, 'no-token', true],
    ['it does by a switch of its command line', { open: true }, 'no-token', false],
  ] as const)('says that %s', (_, facts, id, mendable) => {
    const [warning, ...others] = warningsOf({ ...well, ...facts });
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ id, mendable });
    expect(warning?.remedy).toMatch(mendable ? /Settings → Web Access/ : /preferences are right already|Restart/);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.example.com', false],
    ['', false],
  ])('takes %s for this computer alone: %s', (host, alone) => expect(isLoopbackHost(host)).toBe(alone));
});
