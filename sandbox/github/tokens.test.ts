import { createAppAuth } from '@octokit/auth-app';
import { describe, expect, it } from 'vitest';
import { startEmpty, startWithApp } from './fixture.ts';
import { tokenHash } from './format.ts';

const HOUR = 3_600_000;
const REPOSITORIES = 'GET /installation/repositories';

describe('an app with its JWT', () => {
  it('finds itself, its bot and where it is installed', async () => {
    const { asApp, request, app, installation } = await startWithApp();
    const { data } = await asApp('GET /app');
    expect(data).toMatchObject({ id: app.id, slug: 'jean-ravi', client_id: app.clientId, installations_count: 1 });
    const bot = await request('GET /users/{username}', { username: 'jean-ravi[bot]' });
    expect(bot.data).toMatchObject({ login: 'jean-ravi[bot]', type: 'Bot', id: app.botId });
    expect(app.botId).not.toBe(app.id);
    const onRepo = await asApp('GET /repos/{owner}/{repo}/installation', { owner: 'acme', repo: 'web' });
    expect(onRepo.data).toMatchObject({ id: installation.id, account: { login: 'acme' }, repository_selection: 'all' });
    const onOrg = await asApp('GET /orgs/{org}/installation', { org: 'acme' });
    expect(onOrg.data.id).toBe(installation.id);
  });

  it('is told 404 where it is not installed', async () => {
    const { asApp, control, app } = await startWithApp();
    await control.createRepo('other', 'site');
    const missing = { status: 404, response: { data: { message: 'Not Found', status: '404' } } };
    await expect(asApp('GET /repos/{owner}/{repo}/installation', { owner: 'other', repo: 'site' })).rejects.toMatchObject(
      missing,
    );
    await expect(asApp('GET /users/{username}/installation', { username: 'other' })).rejects.toMatchObject(missing);
    control.installApp(app.id, 'other', { repositories: [] });
    await expect(asApp('GET /repos/{owner}/{repo}/installation', { owner: 'other', repo: 'site' })).rejects.toMatchObject(
      missing,
    );
    control.installApp(app.id, 'other', { repositories: ['site'] });
    await expect(asApp('GET /repos/{owner}/{repo}/installation', { owner: 'other', repo: 'site' })).resolves.toMatchObject({
      status: 200,
    });
  });

  it('is refused with another key, and with no key', async () => {
    const { request, control, app } = await startWithApp();
    const stranger = await control.createApp({ slug: 'stranger', permissions: {} });
    const wrong = createAppAuth({ appId: app.clientId, privateKey: stranger.privateKey, request });
    const asWrong = request.defaults({ request: { hook: wrong.hook } });
    await expect(asWrong('GET /app')).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('could not be decoded'),
    });
    await expect(request('GET /app')).rejects.toMatchObject({ status: 401 });
    const unknown = createAppAuth({ appId: 'Iv23linobody', privateKey: app.privateKey, request });
    const asUnknown = request.defaults({ request: { hook: unknown.hook } });
    await expect(asUnknown('GET /app')).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('Integration not found'),
    });
  });

  it('gets through with a clock that is wrong in either direction, since the answer carries the right time', async () => {
    const { asApp, clock, control } = await startWithApp();
    for (const drift of [2 * HOUR, -4 * HOUR, 2 * HOUR + 15 * 60_000]) {
      clock.move(drift);
      await expect(asApp('GET /app')).resolves.toMatchObject({ status: 200 });
    }
    expect(control.calls().map(({ status }) => status)).toEqual([401, 200, 401, 200, 401, 200]);
  });

  it('is refused in words that name the claim', async () => {
    const { auth, request, clock } = await startWithApp();
    const { token } = await auth({ type: 'app' });
    const call = () => request('GET /app', { headers: { authorization: `bearer ${token}` } });
    await expect(call()).resolves.toMatchObject({ status: 200 });
    clock.move(10 * 60_000);
    await expect(call()).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining("('exp') must be a numeric value"),
    });
    clock.move(-10 * 60_000 - 40_000);
    await expect(call()).rejects.toMatchObject({ status: 401, message: expect.stringContaining('too far in the future') });
  });
});

describe('an installation token', () => {
  it('reaches what was asked for, and nothing else', async () => {
    const { mint, withToken, web } = await startWithApp();
    const minted = await mint({ repositories: ['web'], permissions: { contents: 'read' } });
    expect(minted).toMatchObject({
      permissions: { contents: 'read', metadata: 'read' },
      repository_selection: 'selected',
      repositories: [{ id: web.id, full_name: 'acme/web' }],
    });
    const seen = await withToken(minted.token)(REPOSITORIES);
    expect(seen.data).toMatchObject({ total_count: 1, repository_selection: 'selected', repositories: [{ name: 'web' }] });
    const all = await mint();
    expect(all).toMatchObject({
      permissions: { contents: 'write', pull_requests: 'write', metadata: 'read' },
      repository_selection: 'all',
    });
    expect(all).not.toHaveProperty('repositories');
    const byId = await mint({ repository_ids: [web.id] });
    expect(byId.repositories).toMatchObject([{ name: 'web' }]);
    const get = withToken(minted.token);
    await expect(get('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'api' })).rejects.toMatchObject({ status: 404 });
    const repo = await get('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'web' });
    expect(repo.data.permissions).toMatchObject({ pull: true, push: false });
  });

  it('is not minted beyond what the installation has', async () => {
    const { mint, control, installation } = await startWithApp();
    await expect(mint({ permissions: { administration: 'write' } })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('The permissions requested are not granted to this installation.'),
    });
    await expect(mint({ repositories: ['web', 'nothing'] })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('at least one repository that does not exist or is not accessible'),
    });
    control.suspend(installation.id);
    await expect(mint()).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('This installation has been suspended'),
    });
    control.unsuspend(installation.id);
    await expect(mint()).resolves.toHaveProperty('token');
    control.uninstallApp(installation.id);
    await expect(mint()).rejects.toMatchObject({ status: 404 });
  });

  it('comes in both shapes, by setting and by header', async () => {
    const { mint, withToken, control, app } = await startWithApp();
    const stateless = await mint();
    expect(stateless.token).toMatch(new RegExp(`^ghs_${app.id}_[\\w-]+\\.[\\w-]+\\.[\\w-]+$`));
    expect(stateless.token.length).toBeGreaterThan(480);
    expect(stateless.token.length).toBeLessThan(560);
    const classic = await mint({ headers: { 'x-github-stateless-s2s-token': 'disabled' } });
    expect(classic.token).toMatch(/^ghs_[A-Za-z0-9]{36}$/);
    control.setTokenFormat('classic');
    expect((await mint()).token).toHaveLength(40);
    expect((await mint({ headers: { 'x-github-stateless-s2s-token': 'perhaps' } })).token).toHaveLength(40);
    expect((await mint({ headers: { 'x-github-stateless-s2s-token': 'enabled' } })).token.length).toBeGreaterThan(480);
    for (const { token } of [stateless, classic]) {
      await expect(withToken(token)(REPOSITORIES)).resolves.toMatchObject({ status: 200 });
    }
  });

  it.each(['classic', 'stateless'] as const)(
    'of the %s shape is dead after it was revoked, and after its hour',
    async (format) => {
      const { mint, withToken, control, clock } = await startWithApp();
      control.setTokenFormat(format);
      const revoked = withToken((await mint()).token);
      await expect(revoked(REPOSITORIES)).resolves.toMatchObject({ status: 200 });
      await expect(revoked('DELETE /installation/token')).resolves.toMatchObject({ status: 204 });
      const dead = { status: 401, response: { data: { message: 'Bad credentials', status: '401' } } };
      await expect(revoked(REPOSITORIES)).rejects.toMatchObject(dead);
      await expect(revoked('DELETE /installation/token')).rejects.toMatchObject(dead);

      const minted = await mint();
      expect(Date.parse(minted.expires_at) - clock.now()).toBeGreaterThan(HOUR - 5_000);
      expect(Date.parse(minted.expires_at) - clock.now()).toBeLessThanOrEqual(HOUR);
      expect(control.liveTokens()).toMatchObject([{ hash: tokenHash(minted.token), expiresAt: Date.parse(minted.expires_at) }]);
      clock.move(HOUR - 10_000);
      await expect(withToken(minted.token)(REPOSITORIES)).resolves.toMatchObject({ status: 200 });
      clock.move(10_000);
      await expect(withToken(minted.token)(REPOSITORIES)).rejects.toMatchObject(dead);
      expect(control.liveTokens()).toEqual([]);
    },
  );

  it('can do nothing while its installation is suspended, and is told so', async () => {
    const { mint, withToken, asApp, installation } = await startWithApp();
    const get = withToken((await mint()).token);
    await asApp('PUT /app/installations/{installation_id}/suspended', { installation_id: installation.id });
    await expect(get(REPOSITORIES)).rejects.toMatchObject({ status: 403, message: expect.stringContaining('suspended') });
    await asApp('DELETE /app/installations/{installation_id}/suspended', { installation_id: installation.id });
    await expect(get(REPOSITORIES)).resolves.toMatchObject({ status: 200 });
  });

  it('is refused where only people or other permissions will do, with the permission that is missing', async () => {
    const { mint, withToken } = await startWithApp();
    const get = withToken((await mint({ permissions: { contents: 'write' } })).token);
    await expect(get('GET /user')).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('Resource not accessible by integration'),
    });
    await expect(get('GET /repos/{owner}/{repo}/pulls', { owner: 'acme', repo: 'web' })).rejects.toMatchObject({
      status: 403,
      response: { headers: { 'x-accepted-github-permissions': 'pull_requests=read' } },
    });
  });

  it('is known to the control by its hash, and can be ended by it', async () => {
    const { mint, withToken, control, installation } = await startWithApp();
    const { token } = await mint({ repositories: ['web'] });
    const other = await mint({ repositories: ['api'] });
    expect(control.liveTokens()[0]).toMatchObject({
      hash: tokenHash(token),
      kind: 'installation',
      login: 'jean-ravi[bot]',
      repositories: ['acme/web'],
      installation: installation.id,
      lastUsedAt: null,
    });
    expect(JSON.stringify([control.liveTokens(), control.calls()])).not.toContain(token);
    control.expireToken(tokenHash(token));
    await expect(withToken(token)(REPOSITORIES)).rejects.toMatchObject({ status: 401 });
    await withToken(other.token)(REPOSITORIES);
    expect(control.liveTokens()).toMatchObject([{ repositories: ['acme/api'], lastUsedAt: expect.any(Number) }]);
    expect(control.issuedTokens()).toEqual([token, other.token]);
  });

  it('stays alive and unknown to its owner when the answer to the mint is lost', async () => {
    const { mint, control } = await startWithApp();
    control.faults.next({ match: { method: 'POST', path: '*/access_tokens' }, answer: 'lose' });
    await expect(mint()).rejects.toThrow();
    expect(control.liveTokens()).toHaveLength(1);
  });
});

describe('the control endpoint', () => {
  it('lets another process set up a GitHub and read it', async () => {
    const { github } = await startEmpty();
    const call = async (name: string, ...args: unknown[]) => {
      const response = await fetch(`${github.apiUrl}/__control/${name}`, { method: 'POST', body: JSON.stringify(args) });
      return (await response.json()) as { result: { id: number } };
    };
    await call('createRepo', 'acme', 'web');
    const app = await call('createApp', { slug: 'far', permissions: { contents: 'read' } });
    await call('installApp', app.result.id, 'acme', { repositories: 'all' });
    expect(await call('liveTokens')).toEqual({ result: [] });
  });
});
