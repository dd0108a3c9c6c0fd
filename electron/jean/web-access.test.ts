import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import { Secret } from '../base/secret.ts';
import type { Invoke } from './banners.ts';
import { knock, regenerateToken, setWebAccess, webAccessPreferences, webAccessStatus } from './web-access.ts';

const never = new AbortController().signal;

describe("Jean's web access", () => {
  let test: TestJean;
  let invoke: Invoke;
  beforeEach(async () => {
    test = await testJean();
    const client = await test.connect();
    invoke = (command, args) => client.invoke(command, args as Record<string, unknown>);
  });
  afterEach(() => test.close());

  const ask = (token: Secret | null) => knock({ url: test.jean.url }, token, fetch, never);

  it('says which token works now, and which one after its next start', async () => {
    const before = (await webAccessStatus(invoke)).token;
    expect(before?.reveal()).toBe(test.jean.token);
    const fresh = await regenerateToken(invoke);
    expect((await webAccessStatus(invoke)).token?.reveal()).toBe(before?.reveal());
    expect((await webAccessPreferences(invoke)).token?.reveal()).toBe(fresh.reveal());
    expect(await Promise.all([ask(before), ask(fresh), ask(null)])).toEqual(['taken', 'refused', 'refused']);
    await test.jean.restart();
    expect(await Promise.all([ask(before), ask(fresh)])).toEqual(['refused', 'taken']);
    expect(inspect(fresh)).toBe('[secret]');
  });

  it('says that it takes anybody', async () => {
    await setWebAccess(invoke, { http_server_token_required: false });
    expect((await webAccessPreferences(invoke)).tokenRequired).toBe(false);
    expect(await ask(null)).toBe('refused');
    await test.jean.restart();
    expect(await ask(null)).toBe('open');
  });

  it.each([
    [{}, '0.0.0.0'],
    [{ http_server_localhost_only: false }, '0.0.0.0'],
    [{ http_server_localhost_only: true }, '127.0.0.1'],
    [{ http_server_localhost_only: true, http_server_bind_host: '192.168.1.2' }, '192.168.1.2'],
    [{ http_server_localhost_only: true, http_server_bind_host: '' }, '127.0.0.1'],
  ])('with %o in its preferences is bound to %s by its next start', async (said, host) => {
    expect((await webAccessPreferences(() => Promise.resolve(said))).bindHost).toBe(host);
  });

  it('that is away, or is something else, is told apart from one that refuses', async () => {
    expect(await knock({ url: 'http://127.0.0.1:1' }, Secret.of('x'), fetch, never)).toBe('away');
    const page = () => Promise.resolve(new Response('<html>', { status: 200 }));
    expect(await knock({ url: 'http://127.0.0.1:1' }, null, page, never)).toBe('away');
    const failing = () => Promise.resolve(new Response('no', { status: 500 }));
    expect(await knock({ url: 'http://127.0.0.1:1' }, null, failing, never)).toBe('away');
  });
});
