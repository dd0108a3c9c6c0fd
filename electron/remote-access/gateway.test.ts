import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, GatewayFixture, opening } from './gateway-fixture.ts';

let at: GatewayFixture;
beforeEach(async () => {
  at = await GatewayFixture.start();
});
afterEach(() => at.close());

const cookieOf = (answer: Answer): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';

describe('somebody with a right credential', () => {
  it('gets Jean’s answers by bearer, and Jean gets its own token and not theirs', async () => {
    const { token } = at.grant();
    const answer = await at.ask('GET /api/version', { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ webBuildId: 'sandbox' });
    expect(at.newAddresses).toEqual(['127.0.0.1']);
  });

  it('gets them by ?token= without a cookie where it is no page', async () => {
    const { token } = at.grant();
    const answer = await at.ask(`GET /api/auth?token=${token}`);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).not.toHaveProperty('token_required');
    expect(answer.headers.has('set-cookie')).toBe(false);
  });

  it('opens the link as a page: gets a cookie, goes on to an address without the token, and needs none any more', async () => {
    const { token } = at.grant();
    const first = await at.ask(`GET /some/where?a=1&token=${token}&b=2`, opening);
    expect(first.status).toBe(200);
    expect(first.body).toContain('content="0;url=/some/where?a=1&#38;b=2"');
    expect(first.body).not.toContain(token);
    expect(first.headers.get('set-cookie')).toMatch(
      /^jrc-[0-9a-f]{8}=jrd_\w.*; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(first);
    const page = await at.ask('GET /some/where?a=1&b=2', { ...opening, cookie });
    expect(page.status).toBe(200);
    expect(page.body).toContain('<div id="root">');
    const auth = await at.ask('GET /api/auth', { cookie });
    expect(JSON.parse(auth.body)).toMatchObject({ ok: true, token_required: false });
    const again = await at.ask(`GET /?token=${token}`, { ...opening, cookie });
    expect(again.status).toBe(200);
    expect(again.headers.has('set-cookie')).toBe(false);
  });

  it('of each role gets /api/init without Jean’s token in it', async () => {
    for (const role of ['viewer', 'operator', 'owner'] as const) {
      const { token } = at.grant({ role });
      for (const target of ['/api/init', '/api/files/preferences.json', '/api/auth']) {
        const answer = await at.ask(`GET ${target}`, { authorization: `Bearer ${token}`, 'accept-encoding': 'br, gzip' });
        expect(answer.status, target).toBe(200);
        expect(answer.body, target).not.toContain(at.made?.jean.token);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    }
  });

  it('is refused with a sentence where the role does not reach, and that is audited', async () => {
    const { token } = at.grant({ person: 'Ada', role: 'viewer' });
    const answer = await at.ask(
      'POST /api/commit-jobs',
      { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      '{}',
    );
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toEqual({ ok: false, error: expect.stringMatching(/owner alone/) });
    expect(at.audit.find(({ kind }) => kind === 'remote.refused')).toMatchObject({ subject: 'Ada', facts: { reason: 'policy' } });
  });

  it('opens a WebSocket', async () => {
    const { token, grant } = at.grant();
    const answer = await at.ask(`GET /ws?token=${token}`, { connection: 'Upgrade', upgrade: 'websocket' });
    expect(answer.status).toBe(101);
    expect(at.upgrades).toMatchObject([{ grant: { id: grant.id }, by: 'token', address: '127.0.0.1' }]);
  });

  it('comes and goes in the log, with what was asked for', async () => {
    const { token } = at.grant({ person: 'Ada' });
    for (let time = 0; time < 3; time += 1)
      await at.ask('GET /api/version', { authorization: `Bearer ${token}`, 'user-agent': 'probe/1' });
    expect(at.gateway.connections()).toMatchObject([{ person: 'Ada', commands: 3, userAgent: 'probe/1', address: '127.0.0.1' }]);
    await at.gateway.stop();
    expect(at.audit.map(({ kind }) => kind)).toEqual(['remote.connected', 'remote.disconnected']);
    expect(at.audit[1]).toMatchObject({
      subject: 'Ada',
      facts: { requests: '/api/version 3', role: 'viewer', userAgent: 'probe/1' },
    });
  });
});

describe('what works once', () => {
  it('is not spent by a preview, but by a person who presses the button, without a script', async () => {
    const { token } = at.grant({ oneTime: true });
    for (const look of ['HEAD', 'GET', 'GET']) {
      const preview = await at.ask(`${look} /p?token=${token}`, { 'user-agent': 'Slackbot-LinkExpanding 1.0', accept: '*/*' });
      expect(preview.status).toBe(200);
      expect(preview.headers.has('set-cookie')).toBe(false);
    }
    const asked = await at.ask(`GET /p?token=${token}`, opening);
    expect(asked.body).toContain('<form method="post" action="/.jean-ravi/enter">');
    const form = `token=${token}&to=%2Fp`;
    const type = { 'content-type': 'application/x-www-form-urlencoded', origin: at.origin, ...opening };
    const entered = await at.ask('POST /.jean-ravi/enter', type, form);
    expect(entered.status).toBe(200);
    expect(entered.body).toContain('url=/p"');
    const page = await at.ask('GET /p', { ...opening, cookie: cookieOf(entered) });
    expect(page.status).toBe(200);
    // The second who comes with it.
    expect((await at.ask('POST /.jean-ravi/enter', type, form)).status).toBe(401);
    expect((await at.ask(`GET /?token=${token}`, opening)).status).toBe(401);
    expect((await at.ask('GET /api/auth', { authorization: `Bearer ${token}` })).status).toBe(401);
    expect(at.audit.find(({ kind, facts }) => kind === 'remote.refused' && facts?.reason === 'used')).toBeDefined();
  });

  it('as a code from a mail lets in one browser, within a quarter of an hour', async () => {
    const { grant } = at.grant();
    const first = at.fixture.grants.claim(grant.id).code.reveal();
    const late = at.fixture.grants.claim(grant.id).code.reveal();
    const type = { 'content-type': 'application/x-www-form-urlencoded', origin: at.origin, ...opening };
    expect((await at.ask(`GET /?token=${first}`, opening)).body).toContain('Open Jean in this browser');
    expect((await at.ask('POST /.jean-ravi/enter', type, `token=${first}&to=/`)).headers.has('set-cookie')).toBe(true);
    expect((await at.ask('POST /.jean-ravi/enter', type, `token=${first}&to=/`)).status).toBe(401);
    at.fixture.pass(15 * 60_000);
    expect((await at.ask('POST /.jean-ravi/enter', type, `token=${late}&to=/`)).status).toBe(401);
  });

  it('by a script’s bearer works for one request', async () => {
    const { token } = at.grant({ oneTime: true });
    const headers = { authorization: `Bearer ${token}` };
    expect((await at.ask('GET /api/version', headers)).status).toBe(200);
    expect((await at.ask('GET /api/version', headers)).status).toBe(401);
  });

  it('goes on to nowhere but here', async () => {
    const { token } = at.grant({ oneTime: true });
    const type = { 'content-type': 'application/x-www-form-urlencoded', ...opening };
    for (const to of ['https://evil.example/', '//evil.example/', '/\\evil.example', '/a\r\nSet-Cookie: x=1']) {
      const answer = await at.ask('POST /.jean-ravi/enter', type, `token=${token}&to=${encodeURIComponent(to)}`);
      expect(answer.status, to).toBe(400);
    }
  });
});

describe('somebody without a right credential', () => {
  it.each([
    ['nothing', {}],
    ['a token that nobody made', { authorization: `Bearer jrg_${'A'.repeat(43)}AAAAAA` }],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['a cookie of nobody', { cookie: 'jrc-00000000=jrd_x' }],
  ])('with %s gets Jean’s own words', async (_, headers: Record<string, string>) => {
    const api = await at.ask('GET /api/init', headers);
    expect([api.status, api.body]).toEqual([401, 'Invalid token']);
    const auth = await at.ask('GET /api/auth', headers);
    expect([auth.status, JSON.parse(auth.body)]).toEqual([401, { ok: false, error: 'Invalid token' }]);
    expect((await at.ask('GET /ws', { ...headers, connection: 'Upgrade', upgrade: 'websocket' })).status).toBe(401);
    expect((await at.ask('GET /assets/x.js', headers)).status).toBe(401);
    expect(at.upgrades).toEqual([]);
  });

  it('is not saved by a right cookie beside a wrong token', async () => {
    const { token } = at.grant();
    const cookie = cookieOf(await at.ask(`GET /?token=${token}`, opening));
    expect((await at.ask('GET /api/version', { cookie })).status).toBe(200);
    expect((await at.ask('GET /api/version?token=wrong', { cookie })).status).toBe(401);
    expect((await at.ask('GET /api/version', { cookie, authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await at.ask(`GET /api/version?token=${token}&token=${token}`, { cookie })).status).toBe(400);
    expect((await at.ask(`GET /api/version?%74oken=${token}`, { cookie })).status).toBe(400);
    expect((await at.ask(`GET /api/version?TOKEN=${token}`, { cookie })).status).toBe(400);
    expect((await at.ask('GET /api/version', { cookie: `${cookie}; ${cookie}x` })).status).toBe(401);
  });

  it('is told the same whatever is wrong, and a browser forgets a dead cookie', async () => {
    const { token, grant } = at.grant();
    const cookie = cookieOf(await at.ask(`GET /?token=${token}`, opening));
    const elsewhere = at.grant({ instanceIds: ['other'] }).token;
    const outside = at.grant({ addresses: ['203.0.113.0/24'] }).token;
    at.fixture.grants.revoke(grant.id);
    const dead = await at.ask('GET /', { ...opening, cookie });
    expect(dead.status).toBe(401);
    expect(dead.headers.get('set-cookie')).toMatch(/^jrc-[0-9a-f]{8}=; Path=\/; Max-Age=0;/);
    const pages = await Promise.all([token, elsewhere, outside].map((each) => at.ask(`GET /?token=${each}`, opening)));
    expect(pages.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(new Set(pages.map(({ body }) => body)).size).toBe(1);
    const reasons = at.audit.filter(({ kind }) => kind === 'remote.refused').map(({ facts }) => facts?.reason);
    expect(reasons).toEqual(expect.arrayContaining(['revoked', 'instance', 'address']));
  });
});

it('while paused nobody is let in, and who was goes on when it is resumed', async () => {
  const { token } = at.grant();
  const headers = { authorization: `Bearer ${token}` };
  at.gateway.pause();
  const page = await at.ask('GET /', { ...headers, ...opening });
  expect([page.status, page.body]).toEqual([503, expect.stringContaining('Remote access is paused')]);
  at.gateway.resume();
  expect((await at.ask('GET /api/version', headers)).status).toBe(200);
});

it('while paused nothing that works once is used up, and the log has who came', async () => {
  const [script, person] = [at.grant({ oneTime: true }), at.grant()];
  const bearer = { authorization: `Bearer ${script.token}` };
  at.gateway.pause();
  expect((await at.ask('GET /api/version', bearer)).status).toBe(503);
  expect((await at.ask(`GET /api/version?token=${script.token}`)).status).toBe(503);
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const shaken = await at.ask('GET /ws', { ...bearer, ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' });
  expect([shaken.status, at.upgrades]).toEqual([503, []]);
  const page = await at.ask(`GET /?token=${person.token}`, opening);
  expect([page.status, page.headers.get('set-cookie')]).toEqual([503, undefined]);
  expect(at.fixture.grants.views().flatMap(({ devices }) => devices)).toEqual([]);
  expect(at.audit).toContainEqual(expect.objectContaining({ facts: expect.objectContaining({ reason: 'paused' }) }));
  // What is wrong stays wrong: nobody learns from a pause whether a token is good.
  at.fixture.grants.revoke(person.grant.id);
  expect((await at.ask(`GET /api/version?token=${person.token}`)).status).toBe(401);
  at.gateway.resume();
  expect((await at.ask('GET /api/version', bearer)).status).toBe(200);
  expect((await at.ask('GET /api/version', bearer)).status).toBe(401);
});

it('no token, code or cookie is in the log, whatever happens', async () => {
  const { token, grant } = at.grant();
  const claim = at.fixture.grants.claim(grant.id).code.reveal();
  const settled = await at.ask(`GET /?token=${token}`, opening);
  const cookie = cookieOf(settled);
  await at.ask('GET /api/init', { cookie });
  await at.ask(`POST /api/commit-jobs?token=${token}`, { 'content-type': 'application/json' }, '{}');
  await at.ask(`GET /api/files/${token}.json?token=${token}`);
  await at.ask(`GET /${claim}?token=${claim}x`, { 'user-agent': token.slice(4) });
  at.fixture.grants.revoke(grant.id);
  await at.ask('GET /', { ...opening, cookie });
  await at.ask(`GET /api/auth?token=${token}`);
  await at.gateway.stop();
  const secrets = [token, claim, cookie.split('=')[1] ?? '', at.made?.jean.token ?? ''];
  expect(at.audit.length).toBeGreaterThan(4);
  for (const secret of secrets) expect(at.told).not.toContain(secret);
});
