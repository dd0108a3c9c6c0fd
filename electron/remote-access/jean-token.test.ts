import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import type { RestartWay, TokenRotation } from '../../shared/remote-settings.ts';
import { AuditLog } from '../audit/log.ts';
import { auditMigrations } from '../audit/schema.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import { knock, regenerateToken, setWebAccess, webAccessPreferences, webAccessStatus } from '../jean/web-access.ts';
import { memoryDatabase } from '../storage/database.ts';
import { JeanTokens } from './jean-token.ts';
import { JeanTokenRecords, jeanTokenMigrations } from './jean-token-records.ts';
import type { JeanDoor, TokenVault } from './jean-token-steps.ts';
import { neverTaken } from './jean-token-words.ts';
import type { Restarted } from './restart.ts';

const id = 'local';
const way: RestartWay = { kind: 'systemd', unit: 'jean.service' };
const never = new AbortController().signal;

/** A Jean of the sandbox, and a companion that can be killed before any of its deeds. */
class World {
  readonly db = memoryDatabase([...auditMigrations, ...jeanTokenMigrations]);
  readonly box = new Map<string, Secret>();
  readonly vaulted = new Map<string, Secret>();
  readonly deeds: string[] = [];
  readonly adopted: string[] = [];
  readonly logged: string[] = [];
  now = new Date('2026-05-10T12:00').getTime();
  rotation: TokenRotation = { every: 'never', hour: 4 };
  way: RestartWay | null = null;
  sessions = 0;
  connected = true;
  /** Dies when it is about to do this deed, counted from 1. */
  dieAt = Number.POSITIVE_INFINITY;
  vaultTrouble: string | null = null;
  /** No vault is connected. */
  signedOut = false;
  removeTrouble: string | null = null;
  restart: () => Promise<Restarted> = async () => {
    await this.test.jean.restart();
    return { ok: true };
  };
  vault: TokenVault = this.#vault('ravi', 'me');
  tokens: JeanTokens;

  readonly states: string[] = [];
  readonly #url: string;

  constructor(readonly test: TestJean) {
    this.#url = test.jean.url;
    this.tokens = this.#make();
  }

  async reborn(): Promise<void> {
    this.dieAt = Number.POSITIVE_INFINITY;
    await this.tokens.stop();
    this.tokens = this.#make();
    await this.tokens.start();
  }

  audited(): readonly string[] {
    return this.#log()
      .after(0, 100)
      .map(({ kind, actor }) => `${kind} ${actor}`);
  }

  inVault(key = 'JEAN_REMOTE_ACCESS_TOKEN'): string | undefined {
    return this.vaulted.get(`${this.vault.kind} ${key}`)?.reveal();
  }

  moveVault(): void {
    this.vault = this.#vault('local', '');
  }

  #deed(what: string): void {
    if (this.deeds.length + 1 >= this.dieAt) throw new Error(`killed before ${what}`);
    this.deeds.push(what);
  }

  #vault(kind: TokenVault['kind'], identity: string): TokenVault {
    return {
      kind,
      identity,
      label: `the ${kind} vault`,
      put: async (key, value) => {
        this.#deed('vault');
        if (this.vaultTrouble !== null) throw new Error(this.vaultTrouble);
        this.vaulted.set(`${kind} ${key}`, value);
      },
      remove: async (key) => {
        if (this.removeTrouble !== null) throw new Error(this.removeTrouble);
        this.vaulted.delete(`${kind} ${key}`);
      },
    };
  }

  #log(): AuditLog {
    return new AuditLog({ db: this.db, now: () => this.now, redact: (text) => text });
  }

  #door(): JeanDoor | null {
    if (!this.connected) return null;
    const invoke = async (command: string, args: Readonly<Record<string, unknown>>): Promise<unknown> => {
      const client = await this.test.connect();
      const answer = await client.invoke(command, { ...args });
      client.close();
      return answer;
    };
    return {
      status: () => webAccessStatus(invoke),
      preferences: () => webAccessPreferences(invoke),
      regenerate: async () => {
        this.#deed('regenerate');
        return regenerateToken(invoke);
      },
      set: (patch) => setWebAccess(invoke, patch),
      knock: (token) => knock({ url: this.#url }, token, fetch, never),
      running: () => this.sessions,
    };
  }

  #make(): JeanTokens {
    const records = new JeanTokenRecords(this.db);
    const written = records.put.bind(records);
    records.put = (...given) => {
      this.#deed('write');
      written(...given);
    };
    const log = this.#log();
    const gone: TokenVault = this.#vault('ravi', 'me');
    return new JeanTokens({
      records,
      box: {
        put: async (name, value) => {
          this.#deed('box');
          this.box.set(name, value);
        },
        get: async (name) => this.box.get(name) ?? null,
        delete: async (name) => {
          this.#deed('unbox');
          this.box.delete(name);
        },
      },
      vaults: {
        current: () => this.vault,
        find: (kind) => (this.signedOut ? null : kind === this.vault.kind ? this.vault : gone),
      },
      note: (name) => `ours: ${name}`,
      door: () => this.#door(),
      nameOf: () => 'Jean, this computer',
      rotation: () => this.rotation,
      restartWay: () => this.way,
      runRestart: () => this.restart(),
      adopt: async (_, token) => {
        this.#deed('adopt');
        this.adopted.push(token.reveal());
      },
      audit: (entry) => void log.append(entry),
      log: (message) => this.logged.push(message),
      onChange: (instanceId) => this.states.push(this.tokens.view(instanceId).state),
      now: () => this.now,
      random: () => 0,
      backEveryMs: 5,
      backWithinMs: 100,
    });
  }
}

let test: TestJean;
let world: World;
beforeEach(async () => {
  test = await testJean();
  world = new World(test);
});
afterEach(async () => {
  await world.tokens.stop();
  await test.close();
});

const regenerated = (): number => world.deeds.filter((deed) => deed === 'regenerate').length;
const preferred = async (): Promise<string> => {
  const client = await test.connect();
  const preferences = (await client.invoke('load_preferences')) as { http_server_token: string };
  client.close();
  return preferences.http_server_token;
};

describe("Jean's own token", () => {
  it('is kept in the vault under its key, once', async () => {
    expect(world.tokens.view(id)).toMatchObject({ state: 'unknown', vault: null, vaultKey: 'JEAN_REMOTE_ACCESS_TOKEN' });
    await world.tokens.look(id);
    await world.tokens.look(id);
    expect(world.inVault()).toBe(test.jean.token);
    expect(world.tokens.working(id)?.reveal()).toBe(test.jean.token);
    expect(world.tokens.view(id)).toMatchObject({ state: 'in-step', vault: 'the ravi vault', trouble: null });
    expect(world.audited()).toEqual(['jean-token.stored companion']);
    expect(world.deeds.filter((deed) => deed === 'vault')).toHaveLength(1);
  });

  it('made anew is kept at once, and counts when Jean restarts; until then the old one is what works', async () => {
    await world.tokens.look(id);
    const old = test.jean.token;
    await world.tokens.rotate(id);
    const fresh = await preferred();
    expect(fresh).not.toBe(old);
    expect(world.inVault()).toBe(fresh);
    expect(world.tokens.working(id)?.reveal()).toBe(old);
    expect((await world.tokens.others(id)).map((token) => token.reveal())).toEqual([old, fresh]);
    expect(world.tokens.known(id).map((token) => token.reveal())).toContain(fresh);
    expect(world.tokens.view(id)).toMatchObject({ state: 'waiting', rotatedAt: world.now });
    expect(world.tokens.view(id).message).toMatch(/takes effect when Jean restarts.*MCP socket takes the new one already/);
    await world.tokens.look(id);
    expect(world.tokens.view(id).state).toBe('waiting');

    await test.jean.restart();
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
    const old = test.jean.token;
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
      const own = await testJean();
      const it = new World(own);
      world = it;
      await it.tokens.look(id);
      const old = own.jean.token;
      it.deeds.length = 0;
      it.dieAt = deed;
      const outcome = await it.tokens.rotate(id).then(
        () => 'done',
        (error: unknown) => String(error),
      );
      test = await test.close().then(() => own);
      if (outcome === 'done') break;
      died += 1;
      expect(outcome).toContain('killed');
      await it.reborn();
      await it.tokens.look(id);
      const begun = it.deeds.includes('write');
      const fresh = await preferred();
      expect(regenerated(), `killed at deed ${deed}`).toBe(begun ? 1 : 0);
      expect(it.inVault()).toBe(fresh);
      expect(fresh === old).toBe(!begun);
      expect(it.tokens.working(id)?.reveal()).toBe(old);
      await own.jean.restart();
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
    expect(regenerated()).toBe(1);
    const fresh = await preferred();
    await world.reborn();
    await world.tokens.look(id);
    expect(regenerated()).toBe(1);
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
    await vi.waitFor(() => expect(world.inVault()).toBe(test.jean.token));
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
    const old = test.jean.token;
    const client = await test.connect();
    const fresh = await client.invoke('regenerate_http_token');
    await world.tokens.look(id);
    expect(world.tokens.view(id)).toMatchObject({ state: 'waiting' });
    expect(world.tokens.view(id).message).toContain('made anew in Jean');
    expect(world.inVault()).toBe(old);
    await test.jean.restart();
    await world.tokens.look(id);
    expect(world.inVault()).toBe(fresh);
    expect(world.tokens.view(id).state).toBe('in-step');
  });

  it('that was overtaken by another one before Jean’s restart waits no more', async () => {
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    const client = await test.connect();
    const later = await client.invoke('regenerate_http_token');
    await test.jean.restart();
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

describe('a restart for a new token', () => {
  it('by the person’s way brings it into effect', async () => {
    world.way = way;
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    const fresh = await preferred();
    await world.tokens.restart(id);
    expect(world.states).toContain('rotating');
    expect(world.states).toContain('restarting');
    expect(world.tokens.view(id)).toMatchObject({ state: 'in-step', restart: 'unit', trouble: null });
    expect(world.tokens.working(id)?.reveal()).toBe(fresh);
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
    expect(world.tokens.working(id)?.reveal()).toBe(test.jean.token);
  });

  it('after which Jean still takes the old one says why that may be', async () => {
    world.way = way;
    world.restart = async () => ({ ok: true });
    await world.tokens.look(id);
    await world.tokens.rotate(id);
    await expect(world.tokens.restart(id)).rejects.toThrow(neverTaken);
    world.restart = async () => {
      await test.jean.stop();
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
      const old = test.jean.token;
      const wait = new Date('2026-05-11T04:00').getTime() - world.now;
      world.now += wait - 1;
      vi.advanceTimersByTime(wait - 1);
      expect(regenerated()).toBe(0);
      world.now += 1;
      vi.advanceTimersByTime(1);
      await vi.waitFor(() => expect(world.tokens.view(id)).toMatchObject({ state: 'in-step', rotatedAt: world.now }), 5_000);
      expect(regenerated()).toBe(1);
      expect(test.jean.token).not.toBe(old);
      expect(world.tokens.working(id)?.reveal()).toBe(test.jean.token);
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
    expect(regenerated()).toBe(0);
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
      expect(regenerated()).toBe(0);
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
    expect(regenerated()).toBe(1);
  });
});

describe('what is wrong with how Jean listens', () => {
  it('is told, and mended when the person says so', async () => {
    const client = await test.connect();
    await client.invoke('patch_preferences', { patch: { http_server_token_required: false, http_server_localhost_only: false } });
    await world.tokens.look(id);
    expect(world.tokens.warnings(id)).toMatchObject([
      { id: 'beyond-loopback', mendable: true },
      { id: 'no-token', mendable: true },
    ]);
    await world.tokens.mend(id, 'beyond-loopback');
    expect(world.tokens.warnings(id).map((warning) => warning.id)).toEqual(['no-token']);
    await test.jean.restart();
    await world.tokens.look(id);
    expect(world.tokens.warnings(id)[0]?.message).toContain('lets in anybody without a token');
    await world.tokens.mend(id, 'no-token');
    expect(world.tokens.warnings(id)).toMatchObject([{ id: 'no-token', mendable: false }]);
    await test.jean.restart();
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
