import { describe, expect, it } from 'vitest';
import type { InstanceView } from '../shared/model.ts';
import { defaultRemoteSettings, type RemoteSettings } from '../shared/remote-settings.ts';
import { Listeners, type ListenWish } from './remote-listeners.ts';

const jean = (id: string): InstanceView => ({
  id,
  name: `Jean ${id}`,
  colour: 'none',
  place: 'here',
  health: 'online',
  message: '',
  road: 'socket',
  limits: null,
  url: null,
  version: null,
  since: 0,
});

/** Listeners over gateways that are only written down. */
class Ground {
  settings: RemoteSettings = { ...defaultRemoteSettings, enabled: true };
  jeans = ['one', 'two'];
  known = new Set(['one', 'two']);
  fails: string | null = null;
  /** Nothing can be written down now. */
  full = false;
  readonly logged: string[] = [];
  about: Partial<InstanceView> = {};
  readonly done: string[] = [];
  readonly wishes: ListenWish[] = [];
  #port = 5000;
  readonly listeners = new Listeners({
    open: async (wish) => {
      this.wishes.push(wish);
      if (this.fails !== null) throw new Error(this.fails);
      const port = wish.port === 0 ? ++this.#port : wish.port;
      this.done.push(`open ${wish.instanceId} ${wish.bind} ${port}`);
      return {
        listening: () => ({ port, url: `http://127.0.0.1:${port}`, lack: null, tls: null }),
        connections: () => [],
        pause: (paused) => void this.done.push(`${paused ? 'pause' : 'resume'} ${wish.instanceId}`),
        disconnect: () => false,
        stop: async () => void this.done.push(`stop ${wish.instanceId}`),
      };
    },
    settings: () => this.settings,
    instances: () => this.jeans.map((id) => ({ ...jean(id), ...this.about })),
    reachable: (id) => this.known.has(id),
    keepPort: (id, port) => {
      const before = this.settings.instances[id] ?? { shared: true, port: null, restart: null };
      this.settings = { ...this.settings, instances: { ...this.settings.instances, [id]: { ...before, port } } };
    },
    jeanToken: () => null,
    warnings: () => [],
    onListening: (id, address) => this.#write(`listening ${id} ${address}`),
    onStopped: (id) => this.#write(`stopped ${id}`),
    onChange: () => undefined,
    log: (message) => void this.logged.push(message),
  });

  #write(line: string): void {
    if (this.full) throw new Error('The disk is full.');
    this.done.push(line);
  }

  async settle(change: Partial<RemoteSettings> = {}): Promise<readonly string[]> {
    this.settings = { ...this.settings, ...change };
    this.done.length = 0;
    await this.listeners.settle();
    return this.done;
  }
}

describe('the gateways that are open', () => {
  it('are one for each Jean that is shared and known, and the ports that were found stay', async () => {
    const ground = new Ground();
    ground.known.delete('two');
    expect(await ground.settle()).toEqual(['open one loopback 5001', 'listening one http://127.0.0.1:5001']);
    expect(ground.listeners.views().map(({ state, trouble }) => [state, trouble !== null])).toEqual([
      ['listening', false],
      ['off', true],
    ]);
    ground.known.add('two');
    expect(await ground.settle()).toEqual(['open two loopback 5002', 'listening two http://127.0.0.1:5002']);
    expect(await ground.settle()).toEqual([]);
    expect(await ground.settle({ enabled: false })).toEqual(['stop one', 'stopped one', 'stop two', 'stopped two']);
    expect(await ground.settle({ enabled: true })).toEqual(
      expect.arrayContaining(['open one loopback 5001', 'open two loopback 5002']),
    );
  });

  it('are opened anew when where to listen has changed, and closed when a Jean is shared no more; others notice nothing', async () => {
    const ground = new Ground();
    await ground.settle();
    const { instances } = ground.settings;
    const alone = { ...instances, one: { shared: false, port: 5001, restart: null } };
    expect(await ground.settle({ instances: alone })).toEqual(['stop one', 'stopped one']);
    expect(await ground.settle({ bind: 'lan' })).toEqual([
      'stop two',
      'open two lan 5002',
      'listening two http://127.0.0.1:5002',
    ]);
  });

  it('are encrypted beyond this computer, whatever the settings say', async () => {
    const ground = new Ground();
    await ground.settle({ bind: 'all', tls: { kind: 'none' } });
    expect(ground.wishes.map(({ tls }) => tls.kind)).toEqual(['self-signed', 'self-signed']);
  });

  it('that can’t listen say why, and are tried again when the person asks or changes something', async () => {
    const ground = new Ground();
    ground.jeans = ['one'];
    ground.fails = 'Port 5001 is taken by another program.';
    await ground.settle();
    expect(ground.listeners.views()[0]).toMatchObject({ state: 'failed', trouble: ground.fails, address: null });
    expect(await ground.settle()).toEqual([]);
    ground.fails = null;
    await ground.listeners.retry();
    expect(ground.listeners.views()[0]).toMatchObject({ state: 'listening', trouble: null });
  });

  it('that were left open are closed at the end, and none is opened after it', async () => {
    const ground = new Ground();
    await ground.settle();
    await ground.listeners.stop();
    expect(ground.done.slice(-4)).toEqual(['stop one', 'stopped one', 'stop two', 'stopped two']);
    expect(await ground.settle()).toEqual([]);
  });

  it('close when nothing can be written down, all of them, and open none before it can', async () => {
    const ground = new Ground();
    await ground.settle();
    ground.full = true;
    expect(await ground.settle({ enabled: false })).toEqual(['stop one', 'stop two']);
    expect(ground.logged).toEqual([
      expect.stringContaining('one does not listen'),
      expect.stringContaining('two does not listen'),
    ]);
    expect(await ground.settle({ enabled: true })).toEqual([
      'open one loopback 5001',
      'stop one',
      'open two loopback 5002',
      'stop two',
    ]);
    expect(ground.listeners.views().map(({ state, trouble, address }) => [state, trouble, address])).toEqual([
      ['failed', 'The disk is full.', null],
      ['failed', 'The disk is full.', null],
    ]);
    ground.full = false;
    await ground.listeners.retry();
    expect(ground.listeners.views().map(({ state }) => state)).toEqual(['listening', 'listening']);
  });

  it('say what who comes in meets while no Jean answers behind them', async () => {
    const ground = new Ground();
    ground.jeans = ['one'];
    const said = (about: Partial<InstanceView>): string | null => {
      ground.about = about;
      return ground.listeners.views()[0]?.trouble ?? null;
    };
    const away = { health: 'offline', road: 'files', message: 'Jean is not running.' } as const;
    ground.known.clear();
    await ground.settle();
    expect(said({ health: 'absent', road: null, message: 'Jean was not found on this computer.' })).toBe(
      'There is nothing to lead to yet. Jean was not found on this computer.',
    );
    expect(said({ road: 'mcp' })).toMatch(/web access is off.* Turn on Settings → Web Access in Jean/);
    ground.known.add('one');
    await ground.settle();
    expect(said({})).toBeNull();
    for (const road of ['mcp', 'files'] as const) expect(said({ road })).toMatch(/web access is off, so who comes in only reads/);
    expect(said(away)).toBe(
      'Jean is not running. Who comes in meanwhile only reads that Jean can’t be reached; grants stay good.',
    );
  });
});
