import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startEmpty, startWithApp } from './fixture.ts';

const TOKENS = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() });
const DEVICE = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  interval: z.number(),
  expires_in: z.number(),
});
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

async function startWithDevice() {
  const started = await startWithApp();
  const { github, app, control } = started;
  const post = async (path: string, fields: Record<string, string>) => {
    const headers = { accept: 'application/json' };
    const response = await fetch(`${github.webUrl}${path}`, { method: 'POST', headers, body: new URLSearchParams(fields) });
    return (await response.json()) as unknown;
  };
  const begin = async () => DEVICE.parse(await post('/login/device/code', { client_id: app.clientId }));
  const poll = (device: string, more: Record<string, string> = {}) =>
    post('/login/oauth/access_token', { client_id: app.clientId, device_code: device, grant_type: GRANT, ...more });
  const refresh = (token: string) =>
    post('/login/oauth/access_token', { client_id: app.clientId, grant_type: 'refresh_token', refresh_token: token });
  control.addCollaborator('acme/web', 'octo-dev');
  control.addCollaborator('acme/api', 'octo-dev');
  return { ...started, post, begin, poll, refresh };
}

describe('the device flow', () => {
  it('waits for the person, slows an eager client down, and gives a token of that person for one repository', async () => {
    const { begin, poll, control, clock, withToken, web } = await startWithDevice();
    const device = await begin();
    expect(device).toMatchObject({ user_code: expect.stringMatching(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/), interval: 5, expires_in: 900 });
    expect(await poll(device.device_code)).toMatchObject({ error: 'authorization_pending' });
    expect(await poll(device.device_code)).toMatchObject({ error: 'slow_down', interval: 10 });
    clock.move(10_000);
    expect(control.pendingDevices()).toEqual([device.user_code]);
    control.approveDevice(device.user_code);
    const tokens = TOKENS.parse(await poll(device.device_code, { repository_id: String(web.id) }));
    expect(tokens).toMatchObject({ access_token: expect.stringMatching(/^ghu_/), expires_in: 28_800 });
    const as = withToken(tokens.access_token);
    expect((await as('GET /user')).data).toMatchObject({ login: 'octo-dev', type: 'User' });
    await expect(as('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'web' })).resolves.toMatchObject({ status: 200 });
    await expect(as('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'api' })).rejects.toMatchObject({ status: 404 });
    const installations = await as('GET /user/installations');
    expect(installations.data).toMatchObject({ total_count: 1, installations: [{ account: { login: 'acme' } }] });
    clock.move(10_000);
    expect(await poll(device.device_code)).toMatchObject({ error: 'incorrect_device_code' });
  });

  it('ends when the person declines, when its time is over, and where the app does not allow it', async () => {
    const { begin, poll, post, control, clock, app } = await startWithDevice();
    const declined = await begin();
    control.denyDevice(declined.user_code);
    expect(await poll(declined.device_code)).toMatchObject({ error: 'access_denied' });
    const late = await begin();
    clock.move(900_000);
    expect(await poll(late.device_code)).toMatchObject({ error: 'expired_token' });
    control.setDeviceFlow(app.id, false);
    expect(await post('/login/device/code', { client_id: app.clientId })).toMatchObject({ error: 'device_flow_disabled' });
    expect(await post('/login/oauth/access_token', { client_id: 'Iv23wrong', grant_type: GRANT })).toMatchObject({
      error: 'incorrect_client_credentials',
    });
  });

  it('is answered on its page by whoever is signed in', async () => {
    const { begin, poll, control } = await startWithDevice();
    const device = await begin();
    control.signInAs('ana');
    const page = await fetch(device.verification_uri);
    expect(await page.text()).toContain('ana');
    const form = new URLSearchParams({ user_code: device.user_code.toLowerCase(), answer: 'authorize' });
    expect((await fetch(device.verification_uri, { method: 'POST', body: form })).status).toBe(200);
    TOKENS.parse(await poll(device.device_code));
    expect(control.liveTokens()).toMatchObject([{ login: 'ana' }, { login: 'ana', kind: 'refresh' }]);
  });

  it('renews a token once: the old pair is dead', async () => {
    const { begin, poll, refresh, control, withToken } = await startWithDevice();
    const device = await begin();
    control.approveDevice(device.user_code);
    const first = TOKENS.parse(await poll(device.device_code));
    const second = TOKENS.parse(await refresh(first.refresh_token));
    await expect(withToken(first.access_token)('GET /user')).rejects.toMatchObject({ status: 401 });
    await expect(withToken(second.access_token)('GET /user')).resolves.toMatchObject({ status: 200 });
    await expect(withToken(second.refresh_token)('GET /user')).rejects.toMatchObject({ status: 401 });
    expect(await refresh(first.refresh_token)).toMatchObject({ error: 'bad_refresh_token' });
  });
});

describe('POST /credentials/revoke', () => {
  it('kills the tokens of people, leaves those of installations, and refuses whoever is authenticated', async () => {
    const { control, request, mint, withToken } = await startWithApp();
    const personal = control.createPersonalToken('octo-dev');
    const { token } = await mint();
    const credentials = [personal, token];
    const authenticated = withToken(personal)('POST /credentials/revoke', { credentials });
    await expect(authenticated).rejects.toMatchObject({ status: 403 });
    await expect(withToken(personal)('GET /user')).resolves.toMatchObject({ status: 200 });
    await expect(request('POST /credentials/revoke', { credentials })).resolves.toMatchObject({ status: 202, data: {} });
    await expect(withToken(personal)('GET /user')).rejects.toMatchObject({ status: 401 });
    await expect(withToken(token)('GET /installation/repositories')).resolves.toMatchObject({ status: 200 });
    await expect(request('POST /credentials/revoke', { credentials: [] })).rejects.toMatchObject({ status: 422 });
  });
});

describe('an app from a manifest', () => {
  const MANIFEST = {
    name: 'Jean Ravi (acme)',
    url: 'https://example.com',
    redirect_url: 'http://127.0.0.1:9/callback',
    public: false,
  };

  async function submit(url: string, manifest: unknown, more: Record<string, string> = {}) {
    const body = new URLSearchParams({ manifest: JSON.stringify(manifest), ...more });
    return fetch(`${url}/settings/apps/new?state=s1`, { method: 'POST', body, redirect: 'manual' });
  }

  it('is confirmed by a person, comes back with the state, and gives its key once', async () => {
    const { github, request, control } = await startEmpty();
    const manifest = { ...MANIFEST, default_permissions: { contents: 'write' } };
    const asked = await submit(github.webUrl, manifest);
    expect([asked.status, await asked.text()]).toEqual([200, expect.stringContaining('contents: write')]);
    const approved = await submit(github.webUrl, manifest, { approved: 'yes' });
    const back = new URL(approved.headers.get('location') ?? '');
    expect([approved.status, back.origin, back.searchParams.get('state')]).toEqual([302, 'http://127.0.0.1:9', 's1']);
    const code = back.searchParams.get('code') ?? '';
    const { data, status } = await request('POST /app-manifests/{code}/conversions', { code });
    expect(status).toBe(201);
    expect(data).toMatchObject({
      slug: 'jean-ravi-acme',
      owner: { login: 'octo-dev' },
      permissions: { contents: 'write', metadata: 'read' },
      client_secret: expect.any(String),
      pem: expect.stringMatching(/^-----BEGIN RSA PRIVATE KEY-----/),
    });
    await expect(request('POST /app-manifests/{code}/conversions', { code })).rejects.toMatchObject({ status: 404 });
    expect(JSON.stringify(control.calls())).not.toContain(code);
    expect((await submit(github.webUrl, manifest, { approved: 'yes' })).status).toBe(422);
  });

  it('is approved without a click where the test wants that, and its code lasts an hour', async () => {
    const { github, request, control, clock } = await startEmpty();
    control.autoApproveManifests(true);
    const approved = await submit(github.webUrl, MANIFEST);
    const code = new URL(approved.headers.get('location') ?? '').searchParams.get('code') ?? '';
    clock.move(3_600_000);
    await expect(request('POST /app-manifests/{code}/conversions', { code })).rejects.toMatchObject({ status: 404 });
  });

  it('is refused with the misleading words that GitHub has for a hook without url', async () => {
    const { github } = await startEmpty();
    const refused = await submit(github.webUrl, { ...MANIFEST, hook_attributes: { active: false } });
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("&quot;url&quot; wasn't supplied")]);
  });

  it('is installed on its page, on the chosen repositories', async () => {
    const { github, control } = await startEmpty();
    await control.createRepo('octo-dev', 'web');
    await control.createRepo('octo-dev', 'api');
    const app = await control.createApp({ slug: 'mine', permissions: { contents: 'write' }, public: false });
    const url = `${github.webUrl}/apps/mine/installations/new`;
    expect(await (await fetch(url)).text()).toContain('octo-dev/web');
    const body = new URLSearchParams({ account: 'octo-dev', repository: 'octo-dev/web' });
    expect(await (await fetch(url, { method: 'POST', body })).text()).toContain('may use: octo-dev/web.');
    const stranger = new URLSearchParams({ account: 'acme' });
    expect((await fetch(url, { method: 'POST', body: stranger })).status).toBe(422);
    expect(app.slug).toBe('mine');
  });
});
