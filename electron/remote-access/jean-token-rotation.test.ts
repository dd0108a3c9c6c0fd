import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { id, World, way } from './jean-token-fixture.ts';
import { neverTaken } from './jean-token-words.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('a restart for a new token', () => {
  it('by the person’s way brings it into effect', async () => {
    world.way = way;
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    const fresh = await world.preferred();
    await world.tokens.restart(id);
    expect(world.states).toContain('rotating');
    expect(world.states).toContain('restarting');
    expect(world.tokens.view(id)).toMatchObject({ state: 'in-step', restart: 'unit', trouble: null });
    expect(world.tokens.working(id)?.reveal()).toBe(fresh);
  });

  it('ends no more sessions than the person was told of', async () => {
    world.way = way;
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    world.sessions = 2;
    await expect(world.tokens.restart(id, 1)).rejects.toThrow('2 sessions run in Jean by now');
    expect(world.states).not.toContain('restarting');
    await world.tokens.restart(id, 2);
    expect(world.tokens.view(id)?.state).toBe('in-step');
  });

  it('is not there without a way', async () => {
    await world.tokens.look(id);
    await expect(world.tokens.restart(id)).rejects.toThrow('no way set');
  });

  it('that fails is told, and the old one goes on', async () => {
    world.way = way;
    world.restart = async () => ({ ok: false, why: 'systemctl ended with 5: Unit jean.service not found.' });
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    await expect(world.tokens.restart(id)).rejects.toThrow('Jean was not restarted. systemctl ended with 5');
    expect(world.tokens.view(id)).toMatchObject({ state: 'waiting', trouble: expect.stringContaining('jean.service not found') });
    expect(world.tokens.working(id)?.reveal()).toBe(world.test.jean.token);
  });

  it('after which Jean still takes the old one says why that may be', async () => {
    world.way = way;
    world.restart = async () => ({ ok: true });
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    await expect(world.tokens.restart(id)).rejects.toThrow(neverTaken);
    world.restart = async () => {
      await world.test.jean.stop();
      return { ok: true };
    };
    await expect(world.tokens.restart(id)).rejects.toThrow('did not come back');
  });
});

describe('a scheduled rotation', () => {
  it('comes by itself in the quiet hour, and restarts Jean there', async () => {
    world.rotation = { every: 'daily', hour: 4 };
    world.way = way;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], now: 0 });
    try {
      await world.tokens.look(id);
      expect(world.tokens.view(id).nextAt).toBe(new Date('2026-05-11T04:00').getTime());
      const old = world.test.jean.token;
      const wait = new Date('2026-05-11T04:00').getTime() - world.now;
      world.now += wait - 1;
      vi.advanceTimersByTime(wait - 1);
      expect(world.regenerated()).toBe(0);
      world.now += 1;
      vi.advanceTimersByTime(1);
      await vi.waitFor(() => expect(world.tokens.view(id)).toMatchObject({ state: 'in-step', rotatedAt: world.now }), 5_000);
      expect(world.regenerated()).toBe(1);
      expect(world.test.jean.token).not.toBe(old);
      expect(world.tokens.working(id)?.reveal()).toBe(world.test.jean.token);
      expect(world.tokens.view(id).nextAt).toBe(new Date('2026-05-12T04:00').getTime());
      expect(world.audited()).toContain('jean-token.rotated companion');
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts from when the schedule was set', async () => {
    await world.tokens.look(id);
    world.now = new Date('2026-07-01T12:00').getTime();
    world.rotation = { every: 'weekly', hour: 4 };
    world.tokens.reschedule();
    expect(world.tokens.view(id).nextAt).toBe(new Date('2026-07-08T04:00').getTime());
    expect(world.regenerated()).toBe(0);
  });

  it('of a Jean that is away wakes nobody again and again', async () => {
    world.rotation = { every: 'daily', hour: 4 };
    await world.tokens.look(id);
    world.connected = false;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], now: 0 });
    try {
      world.tokens.reschedule();
      world.now = new Date('2026-05-11T04:10').getTime();
      world.states.length = 0;
      for (let minute = 0; minute < 24 * 60; minute += 1) {
        world.now += 60_000;
        vi.advanceTimersByTime(60_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(world.states.length).toBeLessThan(24);
      expect(world.regenerated()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('restarts nothing while sessions run, or outside of the quiet hour, and tries it once', async () => {
    let restarts = 0;
    world.restart = async () => {
      restarts += 1;
      return { ok: false, why: 'It is broken.' };
    };
    world.rotation = { every: 'daily', hour: 4 };
    world.way = way;
    world.sessions = 2;
    await world.tokens.look(id);
    world.now = new Date('2026-05-11T04:05').getTime();
    await world.tokens.rotate(id, 'companion');
    await world.tokens.look(id);
    expect(restarts).toBe(0);
    expect(world.tokens.view(id).message).toContain('2 sessions run in it now.');
    world.sessions = 0;
    world.now = new Date('2026-05-11T09:00').getTime();
    await world.tokens.look(id);
    await world.tokens.look(id);
    expect(restarts).toBe(0);
    world.now = new Date('2026-05-12T04:05').getTime();
    for (let look = 0; look < 4; look += 1) await world.tokens.look(id);
    await vi.waitFor(() => expect(restarts).toBe(1));
    for (let look = 0; look < 4; look += 1) await world.tokens.look(id);
    expect(restarts).toBe(1);
    expect(world.regenerated()).toBe(1);
  });
});

describe('what is wrong with how Jean listens', () => {
  it('is told, and mended when the person says so', async () => {
    const client = await world.test.connect();
    await client.invoke('patch_preferences', { patch: { http_server_token_required: false, http_server_localhost_only: false } });
    await world.tokens.look(id);
    expect(world.tokens.warnings(id)).toMatchObject([
      { id: 'beyond-loopback', mendable: true },
      { id: 'no-token', mendable: true },
    ]);
    await world.tokens.mend(id, 'beyond-loopback');
    expect(world.tokens.warnings(id).map((warning) => warning.id)).toEqual(['no-token']);
    await world.test.jean.restart();
    await world.tokens.look(id);
    expect(world.tokens.warnings(id)[0]?.message).toContain('lets in anybody without a token');
    await world.tokens.mend(id, 'no-token');
    expect(world.tokens.warnings(id)).toMatchObject([{ id: 'no-token', mendable: false }]);
    await world.test.jean.restart();
    await world.tokens.look(id);
    expect(world.tokens.warnings(id)).toEqual([]);
  });

  it('is not known of a Jean that is away, and it can’t be mended then', async () => {
    world.connected = false;
    await world.tokens.look(id);
    expect(world.tokens.warnings(id)).toEqual([]);
    await expect(world.tokens.mend(id, 'no-token')).rejects.toThrow('not connected');
  });
});
