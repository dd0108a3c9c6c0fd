import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, type Grant, isWithin, plainAddress, standingOf } from './grant.ts';

const grant: Grant = {
  id: 'g1',
  person: 'Ada',
  mail: null,
  phone: null,
  role: 'viewer',
  instanceIds: ['local'],
  addresses: [],
  oneTime: false,
  createdAt: 1_000,
  expiresAt: 10_000,
  suspendedAt: null,
  revokedAt: null,
  expiredAt: null,
  firstUsedAt: null,
  lastUsedAt: null,
};
const here = { now: 5_000, address: '127.0.0.1', instanceId: 'local' };

describe('a grant lets in', () => {
  it.each<[string, Partial<Grant>, Partial<typeof here>, ReturnType<typeof admit>]>([
    ['who has it', {}, {}, { ok: true }],
    ['nobody for another Jean', {}, { instanceId: 'remote-1' }, { ok: false, reason: 'instance' }],
    ['nobody once it was revoked', { revokedAt: 4_000 }, {}, { ok: false, reason: 'revoked' }],
    ['nobody while it is suspended', { suspendedAt: 4_000 }, {}, { ok: false, reason: 'suspended' }],
    ['somebody up to its last millisecond', {}, { now: 9_999 }, { ok: true }],
    ['nobody at its end', {}, { now: 10_000 }, { ok: false, reason: 'expired' }],
    ['nobody after its end was noticed, with the clock set back', { expiredAt: 10_000 }, {}, { ok: false, reason: 'expired' }],
    [
      'nobody revoked, with the clock set back to before that',
      { revokedAt: 4_000 },
      { now: 0 },
      { ok: false, reason: 'revoked' },
    ],
    ['somebody from a range of its own', { addresses: ['10.0.0.0/8', '127.0.0.0/8'] }, {}, { ok: true }],
    ['nobody from outside of its ranges', { addresses: ['10.0.0.0/8'] }, {}, { ok: false, reason: 'address' }],
    [
      'nobody without an address where ranges count',
      { addresses: ['0.0.0.0/0'] },
      { address: '' },
      { ok: false, reason: 'address' },
    ],
    ['IPv4 that comes mapped', { addresses: ['127.0.0.1/32'] }, { address: '::ffff:127.0.0.1' }, { ok: true }],
  ])('%s', (_, facts, at, expected) => {
    expect(admit({ ...grant, ...facts }, { ...here, ...at })).toEqual(expected);
  });

  it('nobody, at whatever time, once it has ended', () => {
    const ended = fc.oneof(
      fc.record({ revokedAt: fc.nat() }),
      fc.record({ expiredAt: fc.nat() }),
      fc.record({ revokedAt: fc.nat(), expiredAt: fc.nat(), suspendedAt: fc.option(fc.nat()) }),
    );
    fc.assert(
      fc.property(ended, fc.integer(), fc.integer(), (facts, now, expiresAt) => {
        expect(admit({ ...grant, ...facts, expiresAt }, { ...here, now }).ok).toBe(false);
      }),
    );
  });

  it('says first what is final: a suspended one that was revoked is revoked', () => {
    expect(standingOf({ ...grant, suspendedAt: 1, expiredAt: 2, revokedAt: 3 }, 0)).toBe('revoked');
    expect(standingOf({ ...grant, suspendedAt: 1, expiredAt: 2 }, 0)).toBe('expired');
  });
});

describe('an address', () => {
  it.each([
    ['192.168.1.7', '192.168.1.0/24', true],
    ['192.168.2.7', '192.168.1.0/24', false],
    ['192.168.1.7', '192.168.1.99/24', true],
    ['8.8.8.8', '0.0.0.0/0', true],
    ['::1', '0.0.0.0/0', false],
    ['8.8.8.8', '::/0', false],
    ['fd00::1%eth0', 'fd00::/8', true],
    ['[fd00::1]', 'fd00::/8', true],
    ['fe00::1', 'fd00::/8', false],
    ['10.1.2.3', '::ffff:10.0.0.0/104', true],
    ['11.1.2.3', '::ffff:10.0.0.0/104', false],
    ['10.1.2.3', '::ffff:10.0.0.0/8', false],
    ['10.1.2.3', '10.0.0.0/33', false],
    ['10.1.2.3', '10.0.0.0/-1', false],
    ['10.1.2.3', '10.0.0.0/', false],
    ['10.1.2.3', '10.0.0.0', false],
    ['010.1.2.3', '10.0.0.0/8', false],
    ['010.1.2.3', '8.0.0.0/8', false],
    ['167838211', '10.0.0.0/8', false],
    ['0x0a.1.2.3', '10.0.0.0/8', false],
    ['not an address', '0.0.0.0/0', false],
    ['', '::/0', false],
  ])('%s within %s: %s', (address, range, within) => expect(isWithin(address, range)).toBe(within));

  it('is within a range when its first bits are, and only then', () => {
    const octets = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (one, other, bits) => {
        const number = (four: number[]) => four.reduce((sum, octet) => sum * 256 + octet, 0);
        const cut = (value: number) => Math.floor(value / 2 ** (32 - bits));
        expect(isWithin(one.join('.'), `${other.join('.')}/${bits}`)).toBe(cut(number(one)) === cut(number(other)));
      }),
    );
  });

  it('never throws, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (address, range) => {
        isWithin(address, range);
      }),
    );
  });

  it('has one spelling', () => {
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(plainAddress('FD00:0:0:0::1%wlan0')).toBe('fd00::1');
    expect(plainAddress('nowhere')).toBeNull();
  });
});
