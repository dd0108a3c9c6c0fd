import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fingerprintOf } from '../base/fingerprint.ts';
import { id, World } from './jean-token-fixture.ts';
import { JeanTokenRecords } from './jean-token-records.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe("Jean's own token", () => {
  it('is kept in the vault under its key, once', async () => {
    expect(world.tokens.view(id)).toMatchObject({ state: 'unknown', vault: null, vaultKey: 'JEAN_REMOTE_ACCESS_TOKEN' });
    await world.tokens.look(id);
    await world.tokens.look(id);
    expect(world.inVault()).toBe(world.test.jean.token);
    expect(world.tokens.working(id)?.reveal()).toBe(world.test.jean.token);
    expect(world.tokens.view(id)).toMatchObject({ state: 'in-step', vault: 'the ravi vault', trouble: null });
    expect(world.audited()).toEqual(['jean-token.stored companion']);
    expect(world.deeds.filter((deed) => deed === 'vault')).toHaveLength(1);
  });

  it('made anew is kept at once, and counts when Jean restarts; until then the old one is what works', async () => {
    await world.tokens.look(id);
    const old = world.test.jean.token;
    await world.tokens.rotate(id);
    const fresh = await world.preferred();
    expect(fresh).not.toBe(old);
    expect(world.inVault()).toBe(fresh);
    expect(world.tokens.working(id)?.reveal()).toBe(old);
    expect((await world.tokens.others(id)).map((token) => token.reveal())).toEqual([old, fresh]);
    expect(world.tokens.known(id).map((token) => token.reveal())).toContain(fresh);
    expect(world.tokens.view(id)).toMatchObject({ state: 'waiting', rotatedAt: world.now });
    expect(world.tokens.view(id).message).toMatch(/takes effect when Jean restarts.*MCP socket takes the new one already/);
    await world.tokens.look(id);
    expect(world.tokens.view(id).state).toBe('waiting');

    await world.test.jean.restart();
    await world.tokens.look(id);
    expect(world.tokens.working(id)?.reveal()).toBe(fresh);
    expect(world.tokens.view(id).state).toBe('in-step');
    expect(world.adopted.at(-1)).toBe(fresh);
    expect((await world.tokens.others(id)).map((token) => token.reveal())).toEqual([fresh]);
    expect(world.audited()).toEqual([
      'jean-token.stored companion',
      'jean-token.stored companion',
      'jean-token.rotated person',
      'jean-token.rotated jean',
    ]);
  });

  it('is known again after the companion was started anew, with Jean away', async () => {
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    const old = world.test.jean.token;
    world.connected = false;
    await world.reborn();
    expect(world.tokens.working(id)?.reveal()).toBe(old);
    expect(world.tokens.view(id).state).toBe('waiting');
    await world.tokens.look(id);
    expect(world.tokens.view(id).trouble).toBeNull();
    await expect(world.tokens.rotate(id)).rejects.toThrow('not connected');
  });

  it('is made once and kept, wherever the companion is killed on the way', async () => {
    let died = 0;
    for (let deed = 1; ; deed += 1) {
      await world.close();
      const it = await World.open();
      world = it;
      await it.tokens.look(id);
      const old = it.test.jean.token;
      it.deeds.length = 0;
      it.dieAt = deed;
      const outcome = await it.tokens.rotate(id).then(
        () => 'done',
        (error: unknown) => String(error),
      );
      if (outcome === 'done') break;
      died += 1;
      expect(outcome).toContain('killed');
      await it.reborn();
      await it.tokens.look(id);
      const begun = it.deeds.includes('write');
      const fresh = await world.preferred();
      expect(world.regenerated(), `killed at deed ${deed}`).toBe(begun ? 1 : 0);
      expect(it.inVault()).toBe(fresh);
      expect(fresh === old).toBe(!begun);
      expect(it.tokens.working(id)?.reveal()).toBe(old);
      await it.test.jean.restart();
      await it.tokens.look(id);
      expect(it.tokens.working(id)?.reveal()).toBe(fresh);
      expect(it.tokens.view(id).state).toBe('in-step');
      expect(it.audited().filter((entry) => entry === 'jean-token.rotated person')).toHaveLength(begun ? 1 : 0);
      await it.tokens.stop();
    }
    expect(died).toBeGreaterThanOrEqual(5);
  }, 60_000);

  it('that the answer was lost of is not made twice: Jean’s preferences have it', async () => {
    await world.tokens.look(id);
    // The question arrives, and the companion dies before it has written the answer anywhere.
    world.deeds.length = 0;
    world.dieAt = 3;
    await expect(world.tokens.rotate(id)).rejects.toThrow('killed before box');
    expect(world.regenerated()).toBe(1);
    const fresh = await world.preferred();
    await world.reborn();
    await world.tokens.look(id);
    expect(world.regenerated()).toBe(1);
    expect(world.inVault()).toBe(fresh);
  });

  it('is kept later when the vault refuses it, and the person hears why', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], now: 0 });
    try {
      world.vaultTrouble = 'Ravi’s vault is full.';
      await world.tokens.look(id);
      expect(world.tokens.view(id)).toMatchObject({ state: 'unknown', trouble: 'Ravi’s vault is full.' });
      world.vaultTrouble = null;
      world.now += 60_000;
      vi.advanceTimersByTime(60_000);
    } finally {
      vi.useRealTimers();
    }
    await vi.waitFor(() => expect(world.inVault()).toBe(world.test.jean.token));
    await vi.waitFor(() => expect(world.tokens.view(id)).toMatchObject({ state: 'in-step', trouble: null }));
  });

  it('goes along when the vault becomes another one', async () => {
    await world.tokens.look(id);
    world.moveVault();
    await world.tokens.look(id);
    expect([...world.vaulted.keys()]).toEqual(['local JEAN_REMOTE_ACCESS_TOKEN']);
  });

  const inRavi = ({ kind }: { readonly kind: string }): boolean => kind === 'ravi';

  it('goes along while Jean is away, too, so that no entry stays in the vault of before', async () => {
    await world.tokens.look(id);
    const token = world.inVault();
    world.connected = false;
    world.moveVault();
    expect(await world.tokens.follow(inRavi)).toEqual([]);
    expect([...world.vaulted.keys()]).toEqual(['local JEAN_REMOTE_ACCESS_TOKEN']);
    expect(world.inVault()).toBe(token);
  });

  it('is still known to lie in a vault that does not let go of it, until it does', async () => {
    await world.tokens.look(id);
    world.moveVault();
    world.removeTrouble = 'Ravi can’t be reached.';
    const key = 'JEAN_REMOTE_ACCESS_TOKEN';
    expect(await world.tokens.follow(inRavi)).toEqual([{ instanceId: id, key, why: 'Ravi can’t be reached.' }]);
    expect(await world.tokens.forgetAll()).toEqual([{ instanceId: id, key, why: 'Ravi can’t be reached.' }]);
    world.removeTrouble = null;
    expect(await world.tokens.follow(inRavi)).toEqual([]);
    expect([...world.vaulted.keys()]).toEqual([`local ${key}`]);
    expect(await world.tokens.forgetAll()).toEqual([]);
    expect([world.vaulted.size, world.box.size, world.tokens.any]).toEqual([0, 0, false]);
  });

  it('that is not on this machine any more is taken out of the vault of before, and comes back with Jean', async () => {
    await world.tokens.look(id);
    world.box.clear();
    world.moveVault();
    expect(await world.tokens.follow(inRavi)).toEqual([]);
    expect(world.vaulted.size).toBe(0);
  });

  it('leaves the vault and this machine when it is forgotten; Jean keeps it', async () => {
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    await world.tokens.forget(id);
    expect([world.vaulted.size, world.box.size]).toEqual([0, 0]);
    expect(world.tokens.view(id).state).toBe('unknown');
    expect(world.tokens.working(id)).toBeNull();
  });

  it('is not said to be gone while the vault that has it is away', async () => {
    await world.tokens.look(id);
    world.signedOut = true;
    await expect(world.tokens.forget(id)).rejects.toThrow('The vault that has it is not connected now.');
    expect([world.tokens.ids(), world.vaulted.size]).toEqual([[id], 1]);
    world.signedOut = false;
    await world.tokens.forget(id);
    expect([world.tokens.ids(), world.vaulted.size]).toEqual([[], 0]);
  });

  it('made anew in Jean’s own window is told, and taken over when Jean restarts', async () => {
    await world.tokens.look(id);
    const old = world.test.jean.token;
    const client = await world.test.connect();
    const fresh = await client.invoke('regenerate_http_token');
    await world.tokens.look(id);
    expect(world.tokens.view(id)).toMatchObject({ state: 'waiting' });
    expect(world.tokens.view(id).message).toContain('made anew in Jean');
    expect(world.inVault()).toBe(old);
    await world.test.jean.restart();
    await world.tokens.look(id);
    expect(world.inVault()).toBe(fresh);
    expect(world.tokens.view(id).state).toBe('in-step');
  });

  it('that was overtaken by another one before Jean’s restart waits no more', async () => {
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    const client = await world.test.connect();
    const later = await client.invoke('regenerate_http_token');
    await world.test.jean.restart();
    await world.tokens.look(id);
    expect(world.tokens.view(id).state).toBe('in-step');
    expect(world.inVault()).toBe(later);
  });

  it('is in no record and no log', async () => {
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    const rows = JSON.stringify([new JeanTokenRecords(world.db).get(id), world.audited(), world.tokens.view(id), world.logged]);
    for (const token of await world.tokens.others(id)) {
      expect(rows).not.toContain(token.reveal());
      expect(JSON.stringify(new JeanTokenRecords(world.db).get(id))).toContain(fingerprintOf(token));
    }
  });
});
