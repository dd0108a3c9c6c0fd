import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import { RaviClient } from './client.ts';
import { failure, startScripted, startWithAccount } from './fixture.ts';
import { listIdentities } from './identities.ts';

describe('the address of Ravi', () => {
  it.each([
    ['https://api.ravi.id', 'https://api.ravi.id'],
    ['https://api.ravi.app/', 'https://api.ravi.app'],
    ['https://ravi.id//', 'https://ravi.id'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['http://localhost:1', 'http://localhost:1'],
  ])('%s is one', (baseUrl, base) => {
    expect(new RaviClient({ baseUrl, key: null, fetch, now: Date.now }).baseUrl).toBe(base);
  });

  it.each([
    'http://api.ravi.id',
    'https://ravi.app',
    'https://api.ravi.id.evil.example',
    'https://evil.example/api.ravi.id',
    'https://api.ravi.id:8443',
    'https://key@api.ravi.id',
    'https://api.ravi.id/api/',
    'nothing',
  ])('%s is none, and no key goes there', (baseUrl) => {
    expect(() => new RaviClient({ baseUrl, key: null, fetch, now: Date.now })).toThrow('Ravi’s address must be https://');
  });
});

describe('Ravi’s client', () => {
  it('lists the identities, in one piece or in pages', async () => {
    const { client, ravi, account, robin } = await startWithAccount();
    for (let i = 0; i < 118; i += 1) ravi.createIdentity(account.id, { name: `n${i}` });
    const all = await listIdentities(client);
    expect(all).toHaveLength(120);
    expect(all[0]).toEqual({ uuid: robin.uuid, name: 'Robin', inbox: robin.inbox, phone: robin.phone });
    expect(all[1]).toMatchObject({ name: 'Kim', phone: null });
    ravi.setPaging('all');
    expect(await listIdentities(client)).toEqual(all);
  });

  it('never follows a page to another host, and ends where pages don’t', async () => {
    const asked: string[] = [];
    const client = await startScripted((request, response) => {
      asked.push(request.url ?? '');
      const first = !request.url?.includes('offset');
      response.end(
        JSON.stringify({
          results: [{ uuid: 'u', name: 'n', inbox: 'i' }],
          next: first ? 'http://evil.example/x?offset=1' : null,
        }),
      );
    });
    expect(await listIdentities(client)).toHaveLength(2);
    expect(asked).toEqual(['/api/identities/', '/api/identities/?offset=1']);
    const endless = await startScripted((_request, response) => {
      response.end(JSON.stringify({ results: [], next: '/api/identities/?offset=1' }));
    });
    expect(await failure(listIdentities(endless))).toMatchObject({ kind: 'malformed' });
  });

  it('shows what an identity is called as one plain line, whatever was put into it', async () => {
    const row = { uuid: 'u', name: 'Shop\u202e tnegA\n\u200b', inbox: 'shop@raviapp.com\u0000', phone: '+1\u2066555' };
    const client = await startScripted((_request, response) => response.end(JSON.stringify([{ ...row }])));
    expect(await listIdentities(client)).toEqual([{ uuid: 'u', name: 'Shop tnegA', inbox: 'shop@raviapp.com', phone: '+1555' }]);
  });

  it.each([
    ['a 401', 401, '{"detail":"Authentication credentials were not provided."}', 'unauthorized', /Log in again/],
    ['a 402', 402, '{"detail":"Active subscription required.","code":"subscription_required"}', 'subscription', /paid plan/],
    ['a 403', 403, '{"detail":"Identity-scoped key required."}', 'forbidden', /Identity-scoped key required/],
    ['a 404', 404, '{"detail":"Not found."}', 'not-found', /Not found/],
    ['a 409', 409, '{"detail":"Taken."}', 'conflict', /Taken/],
    ['a 400 of one field', 400, '{"key":["Must be unique.","Really."]}', 'invalid', /key: Must be unique. Really./],
    ['a 503', 503, '{"detail":"No numbers."}', 'unavailable', /No numbers/],
    ['a proxy’s page', 502, '<html>Bad Gateway</html>', 'unavailable', /status 502/],
    ['a redirect', 302, '', 'malformed', /status 302/],
    ['a page where JSON should be', 200, '<html>Hello</html>', 'malformed', /no JSON/],
    ['another shape', 200, '[{"uuid":7}]', 'malformed', /not understood/],
  ])('makes %s an error of its own kind', async (_what, status, body, kind, message) => {
    const client = await startScripted((_request, response) =>
      response.writeHead(status, { location: 'http://evil.example/' }).end(body),
    );
    const error = await failure(listIdentities(client));
    expect(error).toMatchObject({ kind, status, message: expect.stringMatching(message) });
  });

  it.each(['body', 'header', 'both'] as const)('waits as long as Ravi asks, told by %s', async (told) => {
    const { client, ravi } = await startWithAccount();
    ravi.throttle(37, 1, told);
    expect(await failure(listIdentities(client))).toMatchObject({ kind: 'throttled', retryAfterMs: 37_000 });
  });

  it('knows when Ravi is away', async () => {
    const { client, ravi } = await startWithAccount();
    ravi.faults.next({ answer: 'drop' });
    expect(await failure(listIdentities(client))).toMatchObject({ kind: 'unreachable' });
    await ravi.stop();
    expect(await failure(listIdentities(client))).toMatchObject({ kind: 'unreachable' });
  });

  it('shows no key and no hidden value in an error, also when Ravi quotes them', async () => {
    const value = Secret.of('correct horse battery');
    const client = await startScripted((request, response) => {
      response.writeHead(400).end(JSON.stringify({ detail: `bad: ${value.reveal()} ${request.headers.authorization}` }));
    });
    const error = await failure(
      client.json({ method: 'POST', path: '/x/', body: {}, hide: [value], what: 'Trying' }, z.unknown()),
    );
    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toMatch(/horse|ravi_mgmt_test/);
  });
});
