import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import { Secret } from '../base/secret.ts';
import { type InstanceWatch, type JeanHealth, watchInstance } from './connection.ts';
import { watchJean } from './discover.ts';

let test: TestJean;
let control: AbortController;
let watch: InstanceWatch;
let told: JeanHealth[];
const waiting = new Set<() => void>();

beforeEach(async () => {
  test = await testJean();
  control = new AbortController();
  told = [];
});
afterEach(async () => {
  control.abort();
  await watch.stopped;
  await test.close();
});

function start(others: readonly Secret[] = []): void {
  watch = watchInstance(
    {
      find: watchJean([test.jean.dataDir], control.signal),
      now: Date.now,
      random: () => 0.5,
      log: () => {},
      others: () => Promise.resolve(others),
      timing: { retryFirstMs: 40, retryMaxMs: 200, refusedMs: 60_000, steadyMs: 0, debounceMs: 20 },
    },
    control.signal,
  );
  void (async () => {
    for await (const change of watch) {
      if (change.type === 'health') told.push(change);
      for (const look of waiting) look();
    }
  })();
}

/** The next time that it is online by its WebSocket. */
function online(after: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`It was: ${told.map(({ message }) => message).join(' / ')}`)), 5_000);
    const look = (): void => {
      if (!told.slice(after).some(({ health, road }) => health === 'online' && road === 'socket')) return;
      clearTimeout(timer);
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
    look();
  });
}

describe('while a token was made anew and Jean was not restarted', () => {
  it('the watch goes on with the one that works, also over a lost connection, and takes the new one after the restart', async () => {
    start();
    await online(0);
    const old = test.jean.token;
    const fresh = await watch.invoke('regenerate_http_token', {});
    expect(watch.endpoint?.token?.reveal()).toBe(old);

    let seen = told.length;
    test.jean.dropConnections();
    await online(seen);
    expect(watch.endpoint?.token?.reveal()).toBe(old);
    expect(
      told
        .slice(seen)
        .map(({ health, message }) => `${health}: ${message}`)
        .filter((said) => said.startsWith('refused')),
    ).toEqual([]);
    expect(await watch.invoke('has_running_sessions', {})).toBe(false);

    seen = told.length;
    await test.jean.restart();
    await online(seen);
    expect(watch.endpoint?.token?.reveal()).toBe(fresh);
  });

  it('a companion that is started in between knows the old one from what was kept', async () => {
    const old = test.jean.token;
    const client = await test.connect();
    await client.invoke('regenerate_http_token');
    start([Secret.of('of no use'), Secret.of(old)]);
    await online(0);
    expect(watch.endpoint?.token?.reveal()).toBe(old);
  });

  it('one that knows neither is refused, as before', async () => {
    const client = await test.connect();
    await client.invoke('regenerate_http_token');
    start();
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (told.some(({ limits, health }) => health === 'refused' || /refused/i.test(limits ?? ''))) resolve();
      };
      waiting.add(look);
      look();
    });
    expect(watch.endpoint).toBeNull();
  });
});
