import { afterEach, describe, expect, it } from 'vitest';
import { SandboxClock } from './clock.ts';
import { Faults } from './faults.ts';
import { bodyFields, jsonBody, Router, type RunningServer, startServer } from './http.ts';

const running: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start() {
  const faults = new Faults();
  const clock = new SandboxClock();
  const handled: string[] = [];
  const control = { faults, clock, add: (a: number, b: number) => a + b, fail: () => Promise.reject(new Error('no such thing')) };
  const router = new Router()
    .on('GET', '/repos/:owner/:repo', ({ params }) => {
      handled.push(`${params.owner}/${params.repo}`);
      return { status: 200, body: params };
    })
    .on('POST', '/echo', (request) => ({ status: 201, body: jsonBody(request) ?? null }))
    .on('POST', '/form', (request) => ({ status: 200, body: bodyFields(request) }))
    .on('GET', '/files/*path', ({ params }) => ({ status: 200, body: params.path }))
    .on('GET', '/none', () => ({ status: 204 }));
  const server = await startServer({
    router,
    faults,
    control,
    fallback: () => ({ status: 404, body: { message: 'Not Found' } }),
  });
  running.push(server);
  const controlCall = async (name: string, args: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(args), headers });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  return { url: server.url, faults, clock, handled, controlCall };
}

describe('a server of the sandbox', () => {
  it('finds the route, decodes its parameters and answers in JSON', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/repos/acme/slug%5Bbot%5D?x=1`);
    expect(await response.json()).toEqual({ owner: 'acme', repo: 'slug[bot]' });
    expect(await (await fetch(`${url}/files/a/b%20c`)).text()).toBe('a/b c');
    expect((await fetch(`${url}/none`)).status).toBe(204);
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    expect((await fetch(`${url}/echo`, { method: 'POST', body: '{' })).status).toBe(400);
    const form = await fetch(`${url}/form`, { method: 'POST', body: new URLSearchParams({ a: '1' }) });
    expect(await form.json()).toEqual({ a: '1' });
  });

  it('answers the next matching requests with a fault, and then goes on as before', async () => {
    const { url, faults, handled } = await start();
    faults.next({
      match: { method: 'get', path: '/repos/*' },
      times: 2,
      answer: { status: 503, headers: { 'retry-after': '1' } },
    });
    expect((await fetch(`${url}/none`)).status).toBe(204);
    const first = await fetch(`${url}/repos/a/b`);
    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${url}/repos/a/b`)).status).toBe(503);
    expect(handled).toEqual([]);
    expect((await fetch(`${url}/repos/a/b`)).status).toBe(200);
    expect(faults.left()).toBe(0);
  });

  it('tells a request that never arrived from one whose answer was lost', async () => {
    const { url, faults, handled } = await start();
    faults.next({ answer: 'drop' });
    await expect(fetch(`${url}/repos/a/dropped`)).rejects.toThrow();
    faults.next({ answer: 'lose' });
    await expect(fetch(`${url}/repos/a/lost`)).rejects.toThrow();
    faults.next({ answer: 'garble' });
    expect(await (await fetch(`${url}/repos/a/garbled`)).text()).toContain('<html>');
    expect(handled).toEqual(['a/lost', 'a/garbled']);
  });

  it('cuts, halves, withholds and replaces the answer of a request that it carried out', async () => {
    const { url, faults, handled } = await start();
    const whole = await (await fetch(`${url}/repos/a/whole`)).text();
    faults.next({ answer: 'cut' });
    await expect(fetch(`${url}/repos/a/cut`).then((answer) => answer.text())).rejects.toThrow();
    faults.next({ answer: 'half' });
    expect((await (await fetch(`${url}/repos/a/whole`)).text()).length).toBe(Math.floor(whole.length / 2));
    faults.next({ answer: 'mute' });
    await expect(fetch(`${url}/repos/a/mute`, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
    faults.next({ answer: { instead: { status: 201, body: { uuid: 5 } } } });
    expect(await (await fetch(`${url}/repos/a/other`)).json()).toEqual({ uuid: 5 });
    expect(handled).toEqual(['a/whole', 'a/cut', 'a/whole', 'a/mute', 'a/other']);
  });

  it('tells how many requests are held back, also those that nobody waits for any more', async () => {
    const { url, faults, handled } = await start();
    faults.next({ answer: { delayMs: 100 } });
    await expect(fetch(`${url}/repos/a/held`, { signal: AbortSignal.timeout(30) })).rejects.toThrow();
    expect(faults.held()).toBe(1);
    await expect.poll(() => handled).toEqual(['a/held']);
    expect(faults.held()).toBe(0);
  });

  it('is gone while down and back when up, and its control endpoint stays', async () => {
    const { url, faults, handled, controlCall } = await start();
    faults.next({ answer: { delayMs: 10_000 } });
    const waiting = fetch(`${url}/repos/a/waiting`);
    const failed = expect(waiting).rejects.toThrow();
    await expect.poll(() => faults.left()).toBe(0);
    expect((await controlCall('faults.down', [])).status).toBe(200);
    await failed;
    await expect(fetch(`${url}/repos/a/b`)).rejects.toThrow();
    expect((await controlCall('faults.up', [])).status).toBe(200);
    expect((await fetch(`${url}/repos/a/b`)).status).toBe(200);
    expect(handled).toEqual(['a/b']);
  });

  it('lets programs call the control object, and pages not', async () => {
    const { clock, controlCall } = await start();
    expect(await controlCall('add', [1, 2])).toEqual({ status: 200, body: { result: 3 } });
    const before = clock.now();
    await controlCall('clock.move', [3_600_000]);
    expect(clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
    expect((await controlCall('nothing', [])).status).toBe(404);
    expect((await controlCall('constructor', [])).status).toBe(404);
    expect((await controlCall('add', {})).status).toBe(400);
    expect(await controlCall('fail', [])).toEqual({ status: 400, body: { message: 'no such thing' } });
    expect((await controlCall('add', [1, 2], { origin: 'http://evil.example' })).status).toBe(403);
  });
});
