import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { call, HttpFailure, isLoopback, retryAfterMs, safeBaseUrl } from './http-call.ts';

const open: Server[] = [];

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const plain = { method: 'GET', headers: {}, timeoutMs: 2_000, maxBytes: 1_000 };

describe('an HTTP call', () => {
  it('hands back status, headers and body, also of a redirect, which it does not follow', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end('x'));
    const answer = await call(fetch, { ...plain, url });
    expect([answer.status, answer.headers.get('location'), answer.text]).toEqual([302, 'https://elsewhere.example/', 'x']);
  });

  it('never asks a cache, which would keep what was revoked alive', async () => {
    const url = await serve((_request, response) => response.end('x'));
    const asked: (RequestInit | undefined)[] = [];
    const watched: typeof fetch = async (input, init) => {
      asked.push(init);
      return await fetch(input, init);
    };
    await call(watched, { ...plain, url });
    expect(asked).toMatchObject([{ cache: 'no-store' }]);
  });

  it('refuses a body that is longer than allowed', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(1_001)));
    await expect(call(fetch, { ...plain, url })).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('gives up on an answer that does not come, and on one that never ends', async () => {
    const silent = await serve(() => undefined);
    await expect(call(fetch, { ...plain, url: silent, timeoutMs: 50 })).rejects.toMatchObject({ kind: 'timeout' });
    const endless = await serve((_request, response) => response.write('x'));
    await expect(call(fetch, { ...plain, url: endless, timeoutMs: 100 })).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('knows that a request to a closed port never arrived, and that one that was cut off may have', async () => {
    const url = await serve((request) => request.socket.destroy());
    await expect(call(fetch, { ...plain, url })).rejects.toMatchObject({ kind: 'unreachable', mayHaveArrived: true });
    for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(call(fetch, { ...plain, url })).rejects.toMatchObject({ kind: 'unreachable', mayHaveArrived: false });
  });

  it('ends with the reason of the caller who aborts, not with a failure of the network', async () => {
    const url = await serve(() => undefined);
    const control = new AbortController();
    const under = call(fetch, { ...plain, url, signal: control.signal });
    control.abort(new Error('quitting'));
    await expect(under).rejects.toThrow('quitting');
    await expect(under).rejects.not.toBeInstanceOf(HttpFailure);
  });
});

describe('a base URL for secrets', () => {
  it.each([
    ['https://api.github.com', true],
    ['https://ghe.example.com/api/v3', true],
    ['http://127.0.0.1:8080', true],
    ['http://[::1]:8080/', true],
    ['http://localhost:1', true],
    ['http://api.github.com', false],
    ['http://127.0.0.1.evil.example', false],
    ['http://localhost.evil.example', false],
    ['https://user@api.github.com', false],
    ['https://api.github.com/?x=1', false],
    ['file:///etc/passwd', false],
    ['nonsense', false],
  ])('%s: %s', (text, fine) => {
    expect(safeBaseUrl(text) !== null).toBe(fine);
  });

  it('counts only this machine as loopback', () => {
    expect(['127.0.0.1', 'localhost', '[::1]', '10.0.0.1', 'github.com'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('Retry-After', () => {
  it.each([
    [null, null],
    ['37', 37_000],
    ['Sun, 22 Nov 2026 14:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 13:00:00 GMT', 0],
    ['soon', null],
  ])('%s means %s ms', (header, ms) => {
    expect(retryAfterMs(header, Date.parse('2026-11-22T14:00:00Z'))).toBe(ms);
  });
});
