import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { GatewayFixture, opening } from './gateway-fixture.ts';
import { SelfSignedCertificate } from './self-signed.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function standing(answer?: RequestListener, options: Parameters<typeof GatewayFixture.start>[0] = {}, path = '') {
  const jean = await FakeUpstream.start(answer);
  stops.push(() => jean.stop());
  const at = await GatewayFixture.start({ url: `${jean.url}${path}`, ...options });
  stops.push(() => at.close());
  const { token } = at.grant({ role: 'owner' });
  return { jean, at, auth: { authorization: `Bearer ${token}` }, token };
}

describe('what goes to Jean', () => {
  it('holds Jean’s token and nothing of ours or of the way', async () => {
    const { jean, at, token } = await standing();
    const cookie = (await at.ask(`GET /?token=${token}`, opening)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const headers = {
      cookie: `theme=dark; ${cookie}`,
      connection: 'close, X-Secret',
      'x-secret': '1',
      'x-forwarded-for': '1.2.3.4',
      'x-original-url': '/api/files/preferences.json',
      'x-http-method-override': 'DELETE',
      origin: at.origin,
      referer: `${at.origin}/?token=${token}`,
      te: 'trailers',
      'proxy-authorization': 'Basic x',
      'accept-language': 'de',
      'if-none-match': '"x"',
    };
    const answer = await at.ask('GET /api/files/avatars/a.png?x=%41&selected=1', headers);
    expect(answer.status).toBe(200);
    const [request] = jean.requests;
    expect(request?.url).toBe('/api/files/avatars/a.png?x=%41&selected=1');
    expect(request?.headers).toEqual({
      host: jean.url.slice(7),
      connection: 'keep-alive',
      authorization: 'Bearer jean-token-of-a-fake-server',
      'accept-language': 'de',
      'if-none-match': '"x"',
    });
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(answer.headers.has('server')).toBe(false);
    await at.ask(`GET /api/version?a=1&token=${token}&b=2`);
    expect(jean.requests[1]?.url).toBe('/api/version?a=1&b=2');
  });

  it('goes below the path of a Jean behind a path, and a redirect comes back without it', async () => {
    const { jean, at, auth } = await standing(
      (_request, response) => response.writeHead(302, { location: '/team/jean/next?token=abc&x=1' }).end(),
      {},
      '/team/jean',
    );
    const answer = await at.ask('GET /somewhere', auth);
    expect(jean.requests[0]?.url).toBe('/team/jean/somewhere');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/next?x=1']);
  });

  it('a redirect to elsewhere is not passed on', async () => {
    const { at, auth } = await standing((_request, response) =>
      response.writeHead(302, { location: 'https://evil.example/' }).end(),
    );
    const answer = await at.ask('GET /somewhere', auth);
    expect([answer.status, answer.headers.has('location')]).toEqual([502, false]);
  });

  it('has the token in the query for a Jean that takes it there alone', async () => {
    const { jean, at, auth } = await standing((request, response) => {
      const known = request.url?.includes('token=jean-token-of-a-fake-server') === true;
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(known ? '{"ok":true}' : 'Invalid token');
    });
    expect((await at.ask('GET /api/version?a=1', auth)).body).toBe('{"ok":true}');
    expect(jean.requests.at(-1)?.url).toBe('/api/version?a=1&token=jean-token-of-a-fake-server');
    const asked = jean.requests.length;
    await at.ask('GET /api/version', auth);
    expect(jean.requests.length).toBe(asked + 1);
  });

  it('goes by https to the one certificate that is trusted, and to no other', async () => {
    const box = new Map<string, Secret>();
    const secrets = {
      get: async (name: string) => box.get(name) ?? null,
      put: async (name: string, value: Secret) => void box.set(name, value),
    };
    const own = (await SelfSignedCertificate.open({ secrets, now: Date.now, names: () => ['127.0.0.1'] })).current();
    let asked = 0;
    const server = createServer({ cert: own.certificate, key: own.key.reveal() }, (_request, response) => {
      asked += 1;
      response.end('{"ok":true}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => server.close(resolve)));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    let certificate: string | undefined = own.fingerprint;
    const token = Secret.of('jean-token-of-a-fake-server');
    const { at, auth } = await standing(undefined, { jean: () => ({ url, token, certificate }) });
    expect((await at.ask('GET /api/version', auth)).body).toBe('{"ok":true}');
    certificate = own.fingerprint.replace(/^../, '00');
    expect((await at.ask('GET /api/version', auth)).status).toBe(502);
    certificate = undefined;
    expect((await at.ask('GET /api/version', auth)).status).toBe(502);
    expect(asked).toBe(1);
  });
});

describe('what comes from Jean', () => {
  it('is passed on compressed as it is', async () => {
    const packed = gzipSync('body{}'.repeat(100));
    const { at, auth } = await standing((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/css', 'content-encoding': 'gzip', etag: '"1"' }).end(packed),
    );
    const answer = await at.ask('GET /assets/a.css', { ...auth, 'accept-encoding': 'gzip' });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(answer.headers.get('etag')).toBe('"1"');
  });

  it.each([
    ['br', brotliCompressSync],
    ['gzip', gzipSync],
  ])('is read, stripped and packed anew where secrets may be in it (%s)', async (encoding, pack) => {
    const body = {
      preferences: { http_server_token: 'jean-token-of-a-fake-server', theme: 'x'.repeat(6_000) },
      note: 'has jean-token-of-a-fake-server in it',
    };
    const { at, auth } = await standing((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding, etag: '"1"' })
        .end(pack(JSON.stringify(body))),
    );
    const plain = await at.ask('GET /api/init', auth);
    expect(plain.headers.has('content-encoding')).toBe(false);
    expect(plain.headers.has('etag')).toBe(false);
    expect(plain.body).not.toContain('jean-token');
    expect(JSON.parse(plain.body)).toMatchObject({ preferences: { theme: body.preferences.theme } });
    const packed = await at.ask('GET /api/init', { ...auth, 'accept-encoding': 'gzip, br' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(Number(packed.headers.get('content-length'))).toBeLessThan(1_000);
  });

  it('is refused where it can’t be read: no JSON, a bomb, an unknown coding', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    let turn = 0;
    const { at, auth } = await standing(
      (_request, response) => {
        turn += 1;
        if (turn === 1) response.end('<html>');
        else if (turn === 2) response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
        else response.writeHead(200, { 'content-encoding': 'zstd' }).end('{}');
      },
      { limits: { wholeBytes: 1_000_000 } },
    );
    for (let time = 0; time < 3; time += 1) {
      const answer = await at.ask('GET /api/init', auth);
      expect(answer.status).toBe(502);
      expect(JSON.parse(answer.body)).toMatchObject({ ok: false, error: expect.stringMatching(/safely/) });
    }
  });

  it('has the token filled over in files, wherever it is cut', async () => {
    const secret = 'jean-token-of-a-fake-server';
    const { at, auth } = await standing((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 2 * secret.length + 2 });
      response.write(`a${secret.slice(0, 7)}`);
      setTimeout(() => response.write(secret.slice(7, 20)), 20);
      setTimeout(() => response.end(`${secret.slice(20)}${secret}b`), 40);
    });
    const answer = await at.ask('GET /api/files/notes.txt', auth);
    expect(answer.body).toBe(`a${'*'.repeat(2 * secret.length)}b`);
    expect(answer.headers.get('content-security-policy')).toMatch(/^sandbox;/);
  });

  it('may run the scripts that stand in Jean’s page and no others', async () => {
    const script = 'document.documentElement.dataset.theme="dark"';
    const { at, auth } = await standing((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-encoding': 'gzip', 'set-cookie': 'a=b' })
        .end(gzipSync(`<!doctype html><script>${script}</script><script type="module" src="/assets/x.js"></script>`)),
    );
    const page = await at.ask('GET /', { ...auth, ...opening, 'accept-encoding': 'gzip' });
    const hash = createHash('sha256').update(script).digest('base64');
    expect(page.headers.get('content-security-policy')).toContain(`script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}';`);
    expect(page.headers.get('content-security-policy')).not.toContain("script-src 'self' 'unsafe-inline'");
    expect(page.body).toContain(script);
  });

  it('comes as it is made, for as long as it takes', async () => {
    const { at, auth } = await standing(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        let count = 0;
        const timer = setInterval(() => {
          count += 1;
          response.write(`${count}\n`);
          if (count === 20) {
            clearInterval(timer);
            response.end();
          }
        }, 50);
      },
      { limits: { upstreamAnswerMs: 300, upstreamPauseMs: 300, idleMs: 200, requestMs: 400, headMs: 300 } },
    );
    const answer = await at.ask('GET /stream.txt', auth);
    expect(answer.body).toContain('20\n');
  });
});

it('who takes nothing of an answer is cut, and what waits for them stays small', async () => {
  let sent = 0;
  const { at, token } = await standing(
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const chunk = Buffer.alloc(65_536, 'x');
      const pour = (): void => {
        while (!response.destroyed && sent < 200_000_000) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', pour);
        }
      };
      pour();
    },
    { limits: { stuckMs: 300 } },
  );
  const socket = connect({ host: '127.0.0.1', port: at.port });
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`GET /big.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  await expect.poll(() => sent).toBeGreaterThan(100_000);
  await expect.poll(() => at.gateway.connections()[0]?.bytesOut ?? 0).toBeGreaterThan(0);
  const before = sent;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(sent).toBeLessThan(30_000_000);
  expect(sent - before).toBeLessThan(10_000_000);
  socket.resume();
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  expect(sent).toBeLessThan(60_000_000);
});

describe('when Jean', () => {
  it('is away, a page says so and what to do, and a program is told in JSON', async () => {
    const { jean, at, auth } = await standing();
    await jean.stop();
    const page = await at.ask('GET /', { ...auth, ...opening });
    expect(page.status).toBe(502);
    expect(page.body).toContain('Jean can’t be reached');
    expect(page.body).toContain('Settings → Web Access');
    expect(page.body).toContain('prefers-color-scheme: dark');
    expect(page.body).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
    const json = await at.ask('GET /api/init', auth);
    expect(json.headers.get('content-type')).toContain('application/json');
    expect(JSON.parse(json.body)).toMatchObject({ ok: false });
  });

  it('dies in the middle of an answer, it does not look whole', async () => {
    for (const length of [{ 'content-length': '1000' }, {}]) {
      const { at, auth, jean } = await standing((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/plain', ...length });
        response.write('half');
        setTimeout(() => response.destroy(), 50);
      });
      const answer = await at.ask('GET /stream.txt', auth);
      expect(answer.status).toBe(200);
      expect(answer.body).not.toMatch(/\r\n0\r\n\r\n$/);
      expect((await at.ask('GET /api/init', auth)).status).toBe(502);
      expect(jean.requests.length).toBeGreaterThan(0);
    }
  });

  it('does not answer, the wait ends', async () => {
    const { at, auth } = await standing(() => undefined, { limits: { upstreamAnswerMs: 150 } });
    const answer = await at.ask('GET /api/init', auth);
    expect([answer.status, JSON.parse(answer.body).error]).toEqual([504, expect.stringMatching(/did not answer in time/)]);
  });

  it('refuses our token, the person is not told that theirs is wrong', async () => {
    const { at, auth } = await standing((_request, response) => response.writeHead(401).end('Invalid token'));
    const answer = await at.ask('GET /api/init', auth);
    expect(answer.status).toBe(502);
    expect(answer.body).not.toContain('Invalid token');
  });

  it('closes a kept connection just as it is used again, nobody notices', async () => {
    const kept = { cut: false, seen: new WeakSet(), done: new WeakSet() };
    const { jean, at, auth } = await standing((request, response) => {
      if (kept.cut && !kept.done.has(request.socket)) {
        kept.done.add(request.socket);
        if (kept.seen.has(request.socket)) return void request.socket.destroy();
      }
      kept.seen.add(request.socket);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    });
    expect((await at.ask('GET /api/version', auth)).status).toBe(200);
    kept.cut = true;
    expect((await at.ask('GET /api/version', auth)).status).toBe(200);
    expect(jean.requests.length).toBe(3);
  });

  it('sends a header that is none, it does not come through', async () => {
    const { at, auth } = await standing((request) => {
      request.socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nX-A: b\x01c\r\nContent-Length: 2\r\n\r\nok');
    });
    const answer = await at.ask('GET /assets/a.css', auth);
    expect([answer.status, answer.headers.has('x-a')]).toEqual([502, false]);
  });
});

it('a packed answer can be unpacked', async () => {
  const { at, auth } = await standing((_request, response) => response.end(JSON.stringify({ list: 'y'.repeat(10_000) })));
  const answer = await fetch(`${at.origin}/api/init`, { headers: auth });
  expect(answer.headers.get('content-encoding')).toBe('gzip');
  expect(await answer.json()).toEqual({ list: 'y'.repeat(10_000) });
});
