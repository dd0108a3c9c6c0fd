import { describe, expect, it } from 'vitest';
import { addressRange, grantLife, grantWish } from './remote-access.ts';

const wish = { person: 'Ada', role: 'viewer', instanceIds: ['local'] };

describe('a wish for a grant', () => {
  it('is three fields, and the rest has defaults', () => {
    expect(grantWish.parse(wish)).toEqual({
      ...wish,
      mail: null,
      phone: null,
      lifeMs: grantLife.usualMs,
      addresses: [],
      oneTime: false,
    });
    expect(grantLife.usualMs).toBe(7 * 24 * 3_600_000);
  });

  it('takes an address and a number as people write them, and keeps them as machines do', () => {
    const made = grantWish.parse({
      ...wish,
      mail: ' ada@example.com ',
      phone: '+1 (555) 123-4567',
      instanceIds: ['a', 'a', 'b'],
    });
    expect(made).toMatchObject({ mail: 'ada@example.com', phone: '+15551234567', instanceIds: ['a', 'b'] });
  });

  it.each([
    ['no name', { person: '  ' }, 'Say who it is for.'],
    ['a name that turns text around', { person: 'a\u202eb' }, 'A name has no invisible characters.'],
    ['no Jean', { instanceIds: [] }, 'Choose at least one Jean.'],
    ['59 minutes', { lifeMs: 3_540_000 }, 'A grant lives for an hour at least.'],
    ['91 days', { lifeMs: 91 * 86_400_000 }, 'A grant lives for 90 days at most.'],
    ['a life without end', { lifeMs: Number.POSITIVE_INFINITY }, null],
    ['no mail address', { mail: 'ada' }, 'Type one e-mail address, as in you@example.com.'],
    ['two mail addresses', { mail: 'a@b.c,d@e.f' }, null],
    [
      'a number without its country',
      { phone: '555 1234567' },
      'Type the number with + and its country code, as in +15551234567.',
    ],
    ['a role that there is not', { role: 'admin' }, null],
    ['no range', { addresses: ['10.0.0.0/33'] }, 'Type an address or a range, as in 203.0.113.7, 192.168.1.0/24 or fd00::/8.'],
  ])('with %s is refused', (_, facts, why) => {
    const read = grantWish.safeParse({ ...wish, ...facts });
    expect(read.success).toBe(false);
    if (why !== null) expect(read.error?.issues.map((issue) => issue.message)).toContain(why);
  });

  it('has ranges of one for single addresses', () => {
    expect(addressRange.parse(' 10.0.0.7 ')).toBe('10.0.0.7/32');
    expect(addressRange.parse('fd00::1')).toBe('fd00::1/128');
    expect(addressRange.parse('fd00::/8')).toBe('fd00::/8');
    expect(addressRange.safeParse('010.0.0.1').success).toBe(false);
  });
});
