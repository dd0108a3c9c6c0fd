import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeUpstream } from './fake-upstream.ts';
import { GatewayFixture, opening } from './gateway-fixture.ts';

let at: GatewayFixture;
let jean: FakeUpstream;
let token: string;
const start = async (options: Parameters<typeof GatewayFixture.start>[0] = {}): Promise<void> => {
  await at?.close();
  at = await GatewayFixture.start({ url: jean.url, ...options });
  token = at.grant({ role: 'owner' }).token;
};
beforeEach(async () => {
  jean = await FakeUpstream.start();
  await start();
});
afterEach(async () => {
  await at.close();
  await jean.stop();
});

const host = (): string => `127.0.0.1:${at.port}`;
/** What reached Jean. */
const reached = (): readonly string[] => jean.requests.map(({ method, url }) => `${method} ${url}`);

describe('a request that two programs could read differently reaches nobody', () => {
  it.each([
    [
      'two lengths',
      'POST /api/commit-jobs HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{}xyz',
    ],
    [
      'a length and chunks',
      'POST /api/commit-jobs HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/init HTTP/1.1\r\nHost: H\r\n\r\n',
    ],
    [
      'chunks coded twice',
      'POST /api/commit-jobs HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    ],
    [
      'an unknown coding',
      'POST /api/commit-jobs HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    ],
    ['two hosts', 'GET /api/init HTTP/1.1\r\nHost: H\r\nHost: evil.example\r\nAuthorization: T\r\n\r\n'],
    ['no host', 'GET /api/init HTTP/1.1\r\nAuthorization: T\r\n\r\n'],
    ['two authorizations', 'GET /api/init HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nAuthorization: T\r\n\r\n'],
    ['two cookie headers', 'GET /api/init HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n'],
    ['an absolute address', 'GET http://127.0.0.1/api/init HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\n\r\n'],
    ['another server’s address', 'GET http://evil.example/api/init HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\n\r\n'],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\n\r\n'],
    ['a tunnel', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\n\r\n'],
    ['TRACE', 'TRACE /api/init HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\n\r\n'],
    [
      'a folded header',
      'GET /api/init HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nX-A: b\r\n c\r\nTransfer-Encoding\r\n : chunked\r\n\r\n',
    ],
    ['a space before the colon', 'GET /api/init HTTP/1.1\r\nHost: H\r\nAuthorization : T\r\n\r\n'],
    ['a bare line feed', 'GET /api/init HTTP/1.1\nHost: H\nAuthorization: T\n\n'],
    ['a null', 'GET /api/init HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nX-A: \0\r\n\r\n'],
    ['HTTP/0.9', 'GET /api/init\r\n\r\n'],
    ['HTTP/2 in clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [
      'a wish for HTTP/2',
      'GET /api/init HTTP/1.1\r\nHost: H\r\nAuthorization: T\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n',
    ],
  ])('%s', async (_, text) => {
    const socketText = text
      .replaceAll(/(?<=Host: )H\b/g, host())
      .replaceAll(': T\r', `: Bearer ${token}\r`)
      .replaceAll(': T\n', `: Bearer ${token}\n`);
    const answer = await at.send(socketText);
    expect(answer.status === 0 || answer.status >= 400, `answered ${answer.status}`).toBe(true);
    expect(answer.body).not.toContain('webBuildId');
    expect(reached()).toEqual([]);
  });

  it.each([
    '//api/init',
    '/\\api/init',
    '/api//init',
    '/api/../api/init',
    '/api/%2e%2e/init',
    '/%61pi/init',
    '/api%2finit',
    '/api/init%00',
    '/api/init;x=1',
    '/api/init#x',
    '/api/files/../../etc/passwd',
    '/api/files/%2e%2e%2fpreferences.json',
    '/api/files/preferences%252ejson',
    '/api/files/..%5cx',
    '/api/init?%74oken=x',
    '/api/init?tOken=x',
    '/api/init?token=a&token=b',
    '/api/init?a=1&a=2',
    '/api/init?x=%zz',
    '/api/%zz',
    '/API/init',
    '/Api/Init',
    '/WS',
    `/api/init?x=${'y'.repeat(5_000)}`,
  ])('the address %s', async (target) => {
    const answer = await at.ask(`GET ${target}`, { authorization: `Bearer ${token}` });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(reached()).toEqual([]);
  });

  it('whatever its headers are made of, it is answered or cut, and what follows is served', async () => {
    const line = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        'Host: x',
        'Content-Length: -1',
        'Content-Length: 1e3',
        'Transfer-Encoding: \tchunked',
        'Expect: 100-continue',
        'Expect: x',
        ':',
        ': x',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const answer = await at.send(
          `GET /api/version HTTP/1.1\r\nHost: ${host()}\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`,
        );
        expect(answer.body).not.toContain('webBuildId');
      }),
      { numRuns: 60 },
    );
    expect(reached()).toEqual([]);
    expect((await at.ask('GET /api/version', { authorization: `Bearer ${token}` })).status).toBe(200);
  }, 20_000);
});

describe('another page', () => {
  it.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1.evil.example:PORT',
    'localhost.:x',
    '',
    '[::1',
    '127.1:PORT',
    '2130706433:PORT',
    '127.0.0.1:PORT@evil.example',
  ])('that leads a browser here as %s is turned away (DNS rebinding)', async (name) => {
    const answer = await at.ask('GET /api/init', {
      host: name.replace('PORT', String(at.port)),
      authorization: `Bearer ${token}`,
    });
    expect([400, 421]).toContain(answer.status);
    expect(reached()).toEqual([]);
  });

  it('opens no WebSocket and changes nothing with a person’s cookie', async () => {
    const cookie = (await at.ask(`GET /?token=${token}`, opening)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', cookie };
    const body = { cookie, 'content-type': 'application/json' };
    for (const wrong of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${at.port + 1}` },
      { origin: `http://${host()}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: at.origin, 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await at.ask('GET /ws', { ...upgrade, ...wrong })).status).toBe(403);
      expect((await at.ask('POST /api/commit-jobs', { ...body, ...wrong }, '{}')).status).toBe(403);
      expect((await at.ask('POST /.jean-ravi/enter', { ...body, ...wrong }, 'token=x')).status).toBe(403);
    }
    expect(at.upgrades).toEqual([]);
    expect(reached()).toEqual([]);
    expect((await at.ask('GET /ws', { ...upgrade, origin: at.origin, 'sec-fetch-site': 'same-origin' })).status).toBe(101);
  });

  it('gets no leave to read by CORS, and is shown in no frame', async () => {
    const preflight = await at.ask('OPTIONS /api/init', {
      origin: 'https://evil.example',
      'access-control-request-method': 'GET',
    });
    expect(preflight.status).toBe(405);
    const answer = await at.ask('GET /', { authorization: `Bearer ${token}`, origin: 'https://evil.example', ...opening });
    for (const [name] of answer.headers) expect(name).not.toMatch(/^access-control-/);
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
    expect(answer.headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const own = await at.ask('GET /', opening);
    expect(own.headers.get('x-frame-options')).toBe('DENY');
    expect(own.headers.get('cache-control')).toBe('no-store');
    expect(own.headers.get('strict-transport-security')).toBeUndefined();
  });

  it('puts no header into an answer', async () => {
    const tricks = [
      '%0d%0aSet-Cookie:%20x=1',
      '%0aX-Evil:%201',
      '%E5%98%8A%E5%98%8DX-Evil:1',
      '"><script>alert(1)</script>',
      "'onmouseover='x",
    ];
    for (const trick of tricks) {
      const answer = await at.ask(`GET /p?to=${trick}&token=${token}`, opening).catch(() => null);
      expect(answer?.headers.get('set-cookie') ?? '').not.toContain('x=1');
      expect(answer?.headers.has('x-evil')).toBe(false);
      expect(answer?.body).not.toContain('<script>');
      expect(answer?.body).not.toMatch(/'onmouseover/);
    }
  });
});

describe('limits', () => {
  it('too many or too long headers are refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`x-${index}`, '1']));
    expect((await at.ask('GET /api/version', { authorization: `Bearer ${token}`, ...many })).status).toBe(431);
    expect((await at.ask('GET /api/version', { authorization: `Bearer ${token}`, 'x-long': 'y'.repeat(20_000) })).status).toBe(
      431,
    );
  });

  it('a body that is too long is refused, told beforehand or not', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    expect((await at.ask('POST /api/commit-jobs', { ...headers, 'content-length': '99999999' })).status).toBe(413);
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
    const chunked = { ...headers, 'transfer-encoding': 'chunked', 'content-length': '' };
    const { 'content-length': _, ...rest } = chunked;
    const lines = Object.entries(rest).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await at.send(
      `POST /api/commit-jobs HTTP/1.1\r\nHost: ${host()}\r\n${lines.join('')}Connection: close\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`,
    );
    expect([0, 413]).toContain(answer.status);
    expect(jean.requests.filter(({ complete }) => complete)).toEqual([]);
  });

  it('who sends nothing, or a byte now and then, is cut while others are served', async () => {
    await start({ limits: { headMs: 300, requestMs: 600 } });
    const began = performance.now();
    const silent = at.send('');
    const slow = connect({ host: '127.0.0.1', port: at.port });
    slow.on('error', () => undefined);
    slow.write('GET / HTTP/1.1\r\n');
    const drip = setInterval(() => slow.write('X'), 50);
    const body = at.send(
      `POST /api/commit-jobs HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 1000\r\n\r\n{`,
    );
    const closed = new Promise<void>((resolve) => slow.once('close', () => resolve()));
    expect((await at.ask('GET /api/version', { authorization: `Bearer ${token}` })).status).toBe(200);
    await Promise.all([silent, closed, body]);
    clearInterval(drip);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('a grant has so many connections and no more, and another grant has its own', async () => {
    await start({ limits: { connectionsPerGrant: 2 } });
    const keep = { authorization: `Bearer ${token}`, connection: 'keep-alive' };
    const sockets = await Promise.all(
      [1, 2].map(async () => {
        const socket = connect({ host: '127.0.0.1', port: at.port });
        socket.write(`GET /api/version HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: ${keep.authorization}\r\n\r\n`);
        await new Promise((resolve) => socket.once('data', resolve));
        return socket;
      }),
    );
    expect((await at.ask('GET /api/version', { authorization: keep.authorization })).status).toBe(429);
    const other = at.grant().token;
    expect((await at.ask('GET /api/version', { authorization: `Bearer ${other}` })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await at.ask('GET /api/version', { authorization: keep.authorization })).status).toBe(200);
  });

  it('strangers of one address can’t take all connections', async () => {
    await start({ limits: { strangersPerAddress: 3 } });
    const sockets = Array.from({ length: 10 }, () => connect({ host: '127.0.0.1', port: at.port }));
    let cut = 0;
    for (const socket of sockets) socket.on('error', () => undefined).on('close', () => (cut += 1));
    await expect.poll(() => cut).toBe(7);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await at.ask('GET /api/version', { authorization: `Bearer ${token}` })).status).toBe(200);
  });
});

describe('wrong attempts', () => {
  const tryWrong = () => at.ask('GET /api/auth', { authorization: 'Bearer nonsense' });

  it('lock an address out after a while, and a right token is let in from there all the same', async () => {
    const statuses: number[] = [];
    const began = performance.now();
    await Promise.all(Array.from({ length: 12 }, async () => statuses.push((await tryWrong()).status)));
    expect(statuses.filter((status) => status === 429).length).toBe(3);
    // The ninth waited for its answer: 4 s is the longest.
    expect(performance.now() - began).toBeGreaterThan(2_000);
    expect((await at.ask('GET /', opening)).status).toBe(429);
    expect((await at.ask('GET /api/version', { authorization: `Bearer ${token}` })).status).toBe(200);
    expect(at.audit.filter(({ kind }) => kind === 'remote.locked-out')).toHaveLength(1);
    at.fixture.pass(61_000);
    expect((await at.ask('GET /', opening)).status).toBe(401);
  }, 20_000);

  it('by the thousand make a handful of entries in the log', async () => {
    await Promise.all(Array.from({ length: 300 }, tryWrong));
    at.fixture.pass(61_000);
    await tryWrong();
    await at.gateway.stop();
    expect(at.audit.length).toBeLessThan(8);
    expect(at.audit.some(({ facts }) => Number(facts?.times) > 200)).toBe(true);
  }, 20_000);
});

it('a revoked grant’s open answer is cut at once, and another’s goes on', async () => {
  const chunks: Buffer[] = [];
  await jean.stop();
  jean = await FakeUpstream.start((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const timer = setInterval(() => response.write('tick\n'), 20);
    response.on('close', () => clearInterval(timer));
  });
  await start();
  const one = at.grant({ person: 'one' });
  const two = at.grant({ person: 'two' });
  const open = (which: string) => {
    const socket = connect({ host: '127.0.0.1', port: at.port });
    socket.on('error', () => undefined);
    socket.write(`GET /stream.txt HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${which}\r\n\r\n`);
    return socket;
  };
  const [first, second] = [open(one.token), open(two.token)];
  second.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => first.once('data', resolve));
  const began = performance.now();
  const closed = new Promise<void>((resolve) => first.once('close', () => resolve()));
  at.fixture.grants.revoke(one.grant.id);
  await closed;
  expect(performance.now() - began).toBeLessThan(500);
  const before = chunks.length;
  await expect.poll(() => chunks.length).toBeGreaterThan(before + 3);
  expect(second.destroyed).toBe(false);
  second.destroy();
});
