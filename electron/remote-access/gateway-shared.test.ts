import type { RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeUpstream } from './fake-upstream.ts';
import { type Answer, GatewayFixture, opening } from './gateway-fixture.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A gateway before a Jean that answers when it is told to; the gateway's own clock stands still. */
async function standing(answer?: RequestListener, options: Parameters<typeof GatewayFixture.start>[0] = {}) {
  const waiting: ServerResponse[] = [];
  const jean = await FakeUpstream.start(answer ?? ((_request, response) => void waiting.push(response)));
  stops.push(() => jean.stop());
  const clock = { now: 1_000 };
  const at = await GatewayFixture.start({ url: jean.url, monotonic: () => clock.now, ...options });
  stops.push(() => at.close());
  const bearer = (role: 'viewer' | 'operator' | 'owner' = 'viewer') => {
    const { grant, token } = at.grant({ role });
    return { grant, headers: { authorization: `Bearer ${token}` } };
  };
  const seen = (): number => at.gateway.connections().reduce((sum, { commands }) => sum + commands, 0);
  const answerAll = (body = '{"ok":true,"webBuildId":"one","http_server_token":"x"}'): void => {
    for (const response of waiting.splice(0)) response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  };
  /** Asks and, once the gateway has seen it, goes on. */
  const ask = async (line: string, headers: Readonly<Record<string, string>>): Promise<{ readonly answer: Promise<Answer> }> => {
    const before = seen();
    const asked = at.ask(line, headers);
    await expect.poll(seen).toBe(before + 1);
    return { answer: asked };
  };
  return { jean, at, clock, bearer, waiting, answerAll, ask };
}

describe('who asks the same while Jean is being asked', () => {
  it('waits for the one answer, and each gets what they may see of it', async () => {
    const { jean, at, bearer, answerAll, ask } = await standing();
    const { token } = at.grant({ role: 'operator' });
    const cookie = (await at.ask(`GET /?token=${token}`, opening)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const asked = [
      await ask('GET /api/auth', { ...bearer().headers, accept: 'text/plain', 'if-none-match': '"x"' }),
      await ask('GET /api/auth', { cookie }),
      await ask('GET /api/auth', bearer('owner').headers),
      await ask(`GET /api/auth?token=${bearer().headers.authorization.slice(7)}`, {}),
    ];
    await expect.poll(() => jean.requests.length).toBe(1);
    answerAll();
    const answers = await Promise.all(asked.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const plain = { ok: true, webBuildId: 'one', http_server_token: null };
    expect(answers.map(({ body }) => JSON.parse(body))).toEqual([plain, { ...plain, token_required: false }, plain, plain]);
    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(Array(4).fill('no-store'));
    expect(jean.requests.length).toBe(1);
    // Nothing in it is of the one who happened to be the first.
    expect(jean.requests[0]?.headers).toEqual({
      host: jean.url.slice(7),
      connection: 'keep-alive',
      authorization: 'Bearer jean-token-of-a-fake-server',
    });
  });

  it('is admitted and counted by itself', async () => {
    const { jean, at, bearer, answerAll, ask } = await standing();
    const first = await ask('GET /api/version', bearer().headers);
    const { grant, headers } = bearer();
    const second = await ask('GET /api/version', headers);
    const gone = bearer();
    at.fixture.grants.revoke(gone.grant.id);
    expect((await at.ask('GET /api/version', gone.headers)).status).toBe(401);
    expect((await at.ask('GET /api/version', { authorization: 'Bearer wrong' })).status).toBe(401);
    answerAll('{"appVersion":"1"}');
    const answers = [await first.answer, await second.answer];
    expect(answers.map(({ body }) => body)).toEqual(['{"appVersion":"1"}', '{"appVersion":"1"}']);
    expect(jean.requests.length).toBe(1);
    const row = at.gateway.connections().find(({ grantId }) => grantId === grant.id);
    expect(row).toMatchObject({ commands: 1, bytesOut: '{"appVersion":"1"}'.length });
    await at.gateway.stop();
    expect(at.audit.filter(({ kind }) => kind === 'remote.disconnected').map(({ facts }) => facts?.requests)).toEqual([
      '/api/version 1',
      '/api/version 1',
    ]);
  });

  it('is cut by itself when the grant ends, and the others get their answer', async () => {
    const { at, bearer, answerAll, ask, jean } = await standing();
    const first = bearer();
    const asked = [await ask('GET /api/auth', first.headers), await ask('GET /api/auth', bearer().headers)];
    await expect.poll(() => jean.requests.length).toBe(1);
    at.fixture.grants.revoke(first.grant.id);
    expect((await asked[0]?.answer)?.status).toBe(0);
    answerAll();
    expect((await asked[1]?.answer)?.status).toBe(200);
    expect(jean.requests.length).toBe(1);
  });

  it('hears of its failure as all of them do', async () => {
    const { bearer, ask, waiting, jean } = await standing();
    const asked = [await ask('GET /api/auth', bearer().headers), await ask('GET /api/auth', bearer().headers)];
    await expect.poll(() => waiting.length).toBe(1);
    waiting[0]?.destroy();
    for (const { answer } of asked)
      expect([(await answer).status, (await answer).body]).toEqual([502, expect.stringMatching(/broke/)]);
    expect(jean.requests.length).toBe(1);
  });

  it('waits no longer than alone', async () => {
    const { bearer, ask, clock, waiting } = await standing(undefined, { limits: { stuckMs: 1_000, upstreamAnswerMs: 5_000 } });
    const asked = [await ask('GET /api/auth', bearer().headers), await ask('GET /api/auth', bearer().headers)];
    await expect.poll(() => waiting.length).toBe(1);
    clock.now += 5_001;
    for (const { answer } of asked) expect((await answer).status).toBe(504);
    await expect.poll(() => waiting[0]?.destroyed).toBe(true);
  });
});

it('when nobody waits any more, Jean’s answer is not waited for', async () => {
  const { at, bearer, waiting } = await standing();
  const { headers } = bearer();
  const socket = connect({ host: '127.0.0.1', port: at.port });
  socket.write(`GET /api/auth HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${headers.authorization}\r\n\r\n`);
  await expect.poll(() => waiting.length).toBe(1);
  socket.destroy();
  await expect.poll(() => waiting[0]?.destroyed).toBe(true);
});

describe('Jean is asked anew', () => {
  it('as soon as it has answered', async () => {
    const { jean, at, bearer } = await standing((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(`{"n":${jean.requests.length}}`),
    );
    const { headers } = bearer();
    const bodies = [];
    for (let n = 0; n < 3; n += 1) bodies.push((await at.ask('GET /api/auth', headers)).body);
    expect(bodies).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it('when it was asked more than 20 ms before and has not answered', async () => {
    const { jean, bearer, answerAll, ask, clock } = await standing();
    const asked = [await ask('GET /api/auth', bearer().headers)];
    clock.now += 20;
    asked.push(await ask('GET /api/auth', bearer().headers));
    clock.now += 1;
    asked.push(await ask('GET /api/auth', bearer().headers));
    await expect.poll(() => jean.requests.length).toBe(2);
    answerAll();
    for (const { answer } of asked) expect((await answer).status).toBe(200);
    expect(jean.requests.length).toBe(2);
  });

  it('for another address, another method, and with a query', async () => {
    const { jean, bearer, answerAll, ask } = await standing();
    const lines = ['GET /api/auth', 'GET /api/version', 'HEAD /api/auth', 'GET /api/auth?a=1', 'GET /api/init'];
    const asked = [];
    for (const line of lines) asked.push(await ask(line, bearer().headers));
    await expect.poll(() => jean.requests.length).toBe(lines.length);
    answerAll();
    for (const { answer } of asked) expect((await answer).status).toBe(200);
  });

  it('when its address has changed meanwhile', async () => {
    const other = await FakeUpstream.start();
    stops.push(() => other.stop());
    const first = await FakeUpstream.start(() => undefined);
    stops.push(() => first.stop());
    let address = { url: first.url, token: null };
    const { bearer, ask, at } = await standing(undefined, { jean: () => address });
    const { answer } = await ask('GET /api/auth', bearer().headers);
    await expect.poll(() => first.requests.length).toBe(1);
    address = { url: other.url, token: null };
    expect((await at.ask('GET /api/auth', bearer().headers)).body).toBe('{"ok":true,"webBuildId":"fake"}');
    await first.stop();
    expect((await answer).status).toBe(502);
  });
});

describe('an answer for all', () => {
  it('comes from a Jean that takes its token in the query alone', async () => {
    const { jean, at, bearer } = await standing((request, response) => {
      const known = request.url?.includes('token=jean-token-of-a-fake-server') === true;
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(known ? '{"ok":true}' : 'Invalid token');
    });
    expect((await at.ask('GET /api/auth', bearer().headers)).body).toBe('{"ok":true}');
    expect(jean.requests.at(-1)?.url).toBe('/api/auth?token=jean-token-of-a-fake-server');
  });

  it('of a Jean that refuses our token tells nobody that theirs is wrong', async () => {
    const { at, bearer } = await standing((_request, response) => response.writeHead(401).end('Invalid token'));
    const answer = await at.ask('GET /api/auth', bearer().headers);
    expect([answer.status, answer.body]).toEqual([502, expect.not.stringContaining('Invalid token')]);
  });

  it('is not passed on when it can’t be read', async () => {
    const { at, bearer } = await standing((_request, response) => response.writeHead(200).end('no JSON'));
    expect((await at.ask('GET /api/auth', bearer().headers)).status).toBe(502);
  });

  it('never holds Jean’s own token, whatever its status', async () => {
    const { at, bearer } = await standing((_request, response) =>
      response.writeHead(500, { 'content-type': 'text/plain' }).end('It was jean-token-of-a-fake-server.'),
    );
    const answer = await at.ask('GET /api/auth', bearer('owner').headers);
    expect([answer.status, answer.body]).toEqual([500, `It was ${'*'.repeat(27)}.`]);
  });

  it('of a Jean that is away says what to do', async () => {
    const { at, bearer, jean } = await standing();
    await jean.stop();
    const answer = await at.ask('GET /api/auth', bearer().headers);
    expect([answer.status, answer.body]).toEqual([502, expect.stringMatching(/not running/)]);
  });
});
