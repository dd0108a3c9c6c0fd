import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../base/fingerprint.ts';
import { GrantsFixture, wish } from './fixture.ts';
import { admit } from './grant.ts';

const minute = 60_000;
const hour = 60 * minute;

const world = () => new GrantsFixture();
const here = (it: GrantsFixture) => ({ now: it.now, address: '127.0.0.1', instanceId: 'local' });

/** Whether a token opens the door now, and why not. */
function knock(it: GrantsFixture, token: string): string {
  const grant = it.grants.byToken(token);
  if (grant === null) return it.grants.refusalOf(token).reason;
  const admission = admit(grant, here(it));
  return admission.ok ? 'in' : admission.reason;
}

describe('a grant', () => {
  it('is made with a token that opens the door, and is on the log', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish({ person: 'Ada', lifeMs: 2 * hour }));
    expect(grant).toMatchObject({ person: 'Ada', role: 'viewer', expiresAt: it.now + 2 * hour });
    expect(knock(it, token.reveal())).toBe('in');
    const entry = it.log().after(0, 1)[0];
    expect(entry).toMatchObject({ kind: 'grant.created', actor: 'person', subject: 'Ada', fingerprint: fingerprintOf(token) });
    expect(JSON.stringify(entry)).not.toContain(token.reveal());
  });

  it('is told apart from what never was a token, and from what nobody gave out', () => {
    const it = world();
    const { token } = it.grants.create(wish());
    const stranger = world().grants.create(wish()).token;
    expect(knock(it, stranger.reveal())).toBe('unknown');
    expect(knock(it, `${token.reveal().slice(0, -1)}!`)).toBe('malformed');
    expect(knock(it, '')).toBe('malformed');
  });

  it('is dead at its end, says so, and tells who has something open', () => {
    const it = world();
    const told: unknown[] = [];
    it.grants.onChange((...change) => told.push(change));
    const { grant, token } = it.grants.create(wish({ lifeMs: hour }));
    it.pass(hour - 1);
    expect(knock(it, token.reveal())).toBe('in');
    it.pass(1);
    expect(knock(it, token.reveal())).toBe('expired');
    expect(told).toEqual([
      [grant.id, 'created', null],
      [grant.id, 'ended', 'expired'],
    ]);
    expect(it.audited()).toEqual(['grant.created', 'grant.expired']);
    expect(() => it.grants.extend(grant.id, it.now + hour)).toThrow('The grant of “Ada” has run out. Make a new one.');
    expect(() => it.grants.rotate(grant.id, 0)).toThrow('has run out');
    expect(() => it.grants.claim(grant.id)).toThrow('has run out');
    expect(() => it.grants.resume(grant.id)).toThrow('has run out');
  });

  it('gets more time, 90 days from now at most and never less than it has', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish({ lifeMs: hour }));
    expect(() => it.grants.extend(grant.id, it.now + hour)).toThrow('Choose a later end');
    expect(() => it.grants.extend(grant.id, it.now + 91 * 24 * hour)).toThrow('90 days at most');
    expect(() => it.grants.extend(grant.id, Number.NaN)).toThrow('Choose a later end');
    it.grants.extend(grant.id, it.now + 3 * hour);
    it.pass(2 * hour);
    expect(knock(it, token.reveal())).toBe('in');
    it.pass(hour);
    expect(knock(it, token.reveal())).toBe('expired');
    expect(it.audited()).toEqual(['grant.created', 'grant.extended', 'grant.expired']);
  });

  it('rests while it is suspended, and comes back', () => {
    const it = world();
    const told: unknown[] = [];
    const { grant, token } = it.grants.create(wish());
    it.grants.onChange((_, what, why) => told.push([what, why]));
    it.grants.suspend(grant.id);
    it.grants.suspend(grant.id);
    expect(knock(it, token.reveal())).toBe('suspended');
    expect(() => it.grants.claim(grant.id)).toThrow('is suspended');
    it.grants.resume(grant.id);
    it.grants.resume(grant.id);
    expect(knock(it, token.reveal())).toBe('in');
    expect(told).toEqual([
      ['ended', 'suspended'],
      ['changed', null],
    ]);
    expect(it.audited()).toEqual(['grant.created', 'grant.suspended', 'grant.resumed']);
  });

  it('is revoked, alone or with others, once, while the others notice nothing', () => {
    const it = world();
    const [one, two, three] = [1, 2, 3].map((number) => it.grants.create(wish({ person: `Nr. ${number}` })));
    if (!one || !two || !three) throw new Error('three were made');
    const device = it.grants.bindDevice(one.grant.id, 'Firefox');
    const told: string[] = [];
    it.grants.onChange((id, what, why) => told.push(`${id} ${what} ${why}`));
    it.grants.revoke([one.grant.id, two.grant.id, one.grant.id, 'nobody']);
    it.grants.revoke(one.grant.id);
    expect(told).toEqual([`${one.grant.id} ended revoked`, `${two.grant.id} ended revoked`]);
    expect([one, two, three].map(({ token }) => knock(it, token.reveal()))).toEqual(['revoked', 'revoked', 'in']);
    expect(it.grants.byDevice(device.cookie.reveal())).toBeNull();
    expect(() => it.grants.bindDevice(one.grant.id, null)).toThrow('was revoked');
    expect(it.audited().filter((kind) => kind === 'grant.revoked')).toHaveLength(2);
  });

  it('tells of its end before the call that ended it returns', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish());
    let seen = '';
    it.grants.onChange((_, what) => {
      if (what === 'ended') seen = knock(it, token.reveal());
    });
    it.grants.revoke(grant.id);
    expect(seen).toBe('revoked');
  });

  it('is forgotten 90 days after its end, and not before', () => {
    const it = world();
    const { grant } = it.grants.create(wish({ lifeMs: hour }));
    it.pass(hour);
    it.grants.look();
    it.pass(89 * 24 * hour);
    it.restart();
    it.grants.start();
    expect(it.grants.list().map(({ id }) => id)).toEqual([grant.id]);
    it.pass(2 * 24 * hour);
    it.restart();
    it.grants.start();
    expect(it.grants.list()).toEqual([]);
    it.restart();
    expect(it.grants.list()).toEqual([]);
    it.grants.stop();
  });
});

describe('a rotated grant', () => {
  it('has a new token at once, and the old one and its devices for the grace', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish());
    const before = it.grants.bindDevice(grant.id, null).cookie.reveal();
    const claim = it.grants.claim(grant.id).code.reveal();
    const told: unknown[] = [];
    it.grants.onChange((_, what, why) => told.push([what, why]));
    const renewed = it.grants.rotate(grant.id, 10 * minute).token.reveal();
    const after = it.grants.bindDevice(grant.id, null).cookie.reveal();
    expect([knock(it, token.reveal()), knock(it, renewed)]).toEqual(['in', 'in']);
    expect(it.grants.byDevice(before)).not.toBeNull();
    expect(it.grants.redeem(claim)).toBeNull();
    expect(it.grants.views()[0]?.graceUntil).toBe(it.now + 10 * minute);
    it.pass(10 * minute);
    expect([knock(it, token.reveal()), knock(it, renewed)]).toEqual(['revoked', 'in']);
    expect(it.grants.byDevice(before)).toBeNull();
    expect(it.grants.byDevice(after)).toMatchObject({ grant: { id: grant.id } });
    expect(told).toContainEqual(['ended', 'rotated']);
    expect(it.grants.views()[0]?.graceUntil).toBeNull();
  });

  it('without a grace lets nobody in by the old token', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish());
    const device = it.grants.bindDevice(grant.id, null).cookie.reveal();
    const told: unknown[] = [];
    it.grants.onChange((_, what, why) => told.push([what, why]));
    const renewed = it.grants.rotate(grant.id, 0).token.reveal();
    expect(told).toEqual([['ended', 'rotated']]);
    expect([knock(it, token.reveal()), knock(it, renewed)]).toEqual(['revoked', 'in']);
    expect(it.grants.byDevice(device)).toBeNull();
  });

  it('twice within the grace gives no old token more time than it had', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish());
    const second = it.grants.rotate(grant.id, 5 * minute).token.reveal();
    it.pass(4 * minute);
    it.grants.rotate(grant.id, 60 * minute);
    it.pass(minute);
    expect([knock(it, token.reveal()), knock(it, second)]).toEqual(['revoked', 'in']);
    it.pass(59 * minute);
    expect(knock(it, second)).toBe('revoked');
  });

  it.each([-1, 60 * minute + 1, Number.NaN])('has no grace of %s ms', (grace) => {
    const it = world();
    const { grant } = it.grants.create(wish());
    expect(() => it.grants.rotate(grant.id, grace)).toThrow('60 minutes at most');
  });
});

describe('a one-time grant', () => {
  it('is dead for others once a device has come in, which goes on', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish({ oneTime: true }));
    expect(knock(it, token.reveal())).toBe('in');
    const { cookie, deviceId } = it.grants.bindDevice(grant.id, 'Safari');
    expect(knock(it, token.reveal())).toBe('used');
    expect(it.grants.byDevice(cookie.reveal())).toMatchObject({ deviceId });
    expect(() => it.grants.claim(grant.id)).toThrow('in use already');
    it.restart();
    expect(knock(it, token.reveal())).toBe('used');
    expect(it.grants.byDevice(cookie.reveal())).toMatchObject({ deviceId });
  });

  it('is dead after a script has used it once', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish({ oneTime: true }));
    it.grants.spend(grant.id);
    expect(knock(it, token.reveal())).toBe('used');
  });

  it('lets in another device after it was rotated', () => {
    const it = world();
    const { grant } = it.grants.create(wish({ oneTime: true }));
    const first = it.grants.bindDevice(grant.id, null).cookie.reveal();
    const { token } = it.grants.rotate(grant.id, 0);
    expect(knock(it, token.reveal())).toBe('in');
    expect(it.grants.byDevice(first)).toBeNull();
  });

  it('of the other sort is used as often as one likes', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish());
    it.grants.spend(grant.id);
    it.grants.bindDevice(grant.id, null);
    expect(knock(it, token.reveal())).toBe('in');
  });
});

describe('a link that was sent', () => {
  it('works once', () => {
    const it = world();
    const { grant } = it.grants.create(wish());
    const { code } = it.grants.claim(grant.id);
    expect(it.grants.views()[0]?.claimUntil).toBe(it.now + 15 * minute);
    expect(it.grants.redeem(code.reveal())?.id).toBe(grant.id);
    expect(it.grants.redeem(code.reveal())).toBeNull();
    expect(it.grants.refusalOf(code.reveal())).toMatchObject({ reason: 'used', grant: { id: grant.id } });
    it.restart();
    expect(it.grants.redeem(code.reveal())).toBeNull();
    expect(it.grants.views()[0]?.claimUntil).toBeNull();
  });

  it('dies unused after 15 minutes, also over a restart', () => {
    const it = world();
    const { grant } = it.grants.create(wish());
    const early = it.grants.claim(grant.id).code.reveal();
    const late = it.grants.claim(grant.id).code.reveal();
    it.pass(15 * minute - 1);
    it.restart();
    expect(it.grants.redeem(early)?.id).toBe(grant.id);
    it.pass(1);
    expect(it.grants.redeem(late)).toBeNull();
    expect(it.grants.refusalOf(late).reason).toBe('expired');
  });

  it('to a one-time grant is dead with the others once one was used', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish({ oneTime: true }));
    const [one, other] = [it.grants.claim(grant.id), it.grants.claim(grant.id)];
    expect(it.grants.redeem(one.code.reveal())).not.toBeNull();
    it.grants.bindDevice(grant.id, null);
    expect(it.grants.redeem(other.code.reveal())).toBeNull();
    expect(knock(it, token.reveal())).toBe('used');
  });

  it('is no token and no cookie', () => {
    const it = world();
    const { grant, token } = it.grants.create(wish());
    const code = it.grants.claim(grant.id).code.reveal();
    expect(it.grants.byToken(code)).toBeNull();
    expect(it.grants.byDevice(code)).toBeNull();
    expect(it.grants.redeem(token.reveal())).toBeNull();
    expect(it.grants.byDevice(token.reveal())).toBeNull();
  });

  it('never outlives its grant', () => {
    const it = world();
    const { grant } = it.grants.create(wish({ lifeMs: hour }));
    it.pass(hour - minute);
    expect(it.grants.claim(grant.id).expiresAt).toBe(it.now + minute);
  });
});

describe('the use of a grant', () => {
  it('says when an address is a new one, the first among them', () => {
    const it = world();
    const { grant } = it.grants.create(wish());
    expect(it.grants.touch(grant.id, '10.0.0.1')).toEqual({ newAddress: true });
    expect(it.grants.touch(grant.id, '10.0.0.1')).toEqual({ newAddress: false });
    expect(it.grants.touch(grant.id, '10.0.0.2')).toEqual({ newAddress: true });
    it.restart();
    expect(it.grants.touch(grant.id, '10.0.0.1')).toEqual({ newAddress: false });
    expect(it.grants.touch('nobody', '10.0.0.1')).toEqual({ newAddress: false });
  });

  it('is written down once a minute', () => {
    const it = world();
    const { grant } = it.grants.create(wish());
    const { deviceId } = it.grants.bindDevice(grant.id, 'Firefox\u202e 120');
    const first = it.now;
    let writes = 0;
    it.grants.onChange(() => {
      writes += 1;
    });
    for (let second = 0; second < 90; second += 1) {
      it.grants.touch(grant.id, '10.0.0.1', deviceId);
      it.pass(1_000);
    }
    expect(writes).toBe(2);
    expect(it.grants.views()[0]).toMatchObject({
      firstUsedAt: first,
      lastUsedAt: first + minute,
      devices: [{ id: deviceId, userAgent: 'Firefox 120', since: first, lastUsedAt: first + minute }],
    });
  });

  it('keeps 50 devices of a grant, those in use', () => {
    const it = world();
    const { grant } = it.grants.create(wish());
    const first = it.grants.bindDevice(grant.id, null);
    const cookies = Array.from({ length: 50 }, (_, index) => {
      it.pass(minute);
      it.grants.touch(grant.id, `10.0.0.${index}`, first.deviceId);
      it.pass(1);
      return it.grants.bindDevice(grant.id, null).cookie.reveal();
    });
    expect(it.grants.byDevice(first.cookie.reveal())).not.toBeNull();
    expect(it.grants.byDevice(cookies[0] ?? '')).toBeNull();
    expect(it.grants.byDevice(cookies[49] ?? '')).not.toBeNull();
    expect(it.grants.views()[0]?.devices).toHaveLength(50);
  });
});
