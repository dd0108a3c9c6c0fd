import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxClock } from '../clock.ts';
import { type RaviSandbox, startRavi } from './ravi.ts';

let ravi: RaviSandbox;
let clock: SandboxClock;
let key: string;
let accountId: number;
let robin: { uuid: string; inbox: string; phone: string; apiKey: string };
beforeEach(async () => {
  clock = new SandboxClock();
  ravi = await startRavi({ clock, longPollMs: 2000 });
  const account = ravi.createAccount({ plan: 'paid', domains: ['acme.test'] });
  key = account.managementKey;
  accountId = account.id;
  robin = ravi.createIdentity(account.id, { name: 'Robin Agent', phone: true });
});
afterEach(async () => {
  await ravi.stop();
});

async function call(method: string, path: string, body?: unknown, bearer = key) {
  const answer = await fetch(`${ravi.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  return { status: answer.status, body: json, headers: answer.headers };
}
const mine = () => `?identity=${robin.uuid}`;

describe('Ravi', () => {
  it('wants a known bearer and the slash at the end', async () => {
    expect(await call('GET', '/api/identities/', undefined, 'ravi_mgmt_nobody')).toMatchObject({
      status: 401,
      body: { detail: 'Authentication credentials were not provided.' },
    });
    expect((await call('GET', '/api/identities')).status).toBe(404);
    expect((await call('GET', '/api/identities/')).status).toBe(200);
  });

  it('makes identities with a key that is shown once, within the plan and with addresses that are free', async () => {
    const made = await call('POST', '/api/identities/', { name: 'shop', email_identifier: 'shop.bot', domain: 'acme.test' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'shop',
      inbox: 'shop.bot@acme.test',
      phone: '',
      api_key: expect.stringMatching(/^ravi_id_/),
    });
    expect((await call('POST', '/api/identities/', { email_identifier: 'shop.bot', domain: 'acme.test' })).status).toBe(409);
    expect((await call('POST', '/api/identities/', { email_identifier: 'a..b' })).status).toBe(400);
    expect(JSON.stringify((await call('GET', '/api/identities/')).body)).not.toContain('api_key');
    ravi.setPlan(accountId, 'free');
    expect(await call('POST', '/api/identities/', {})).toMatchObject({ status: 402, body: { code: 'subscription_required' } });
    expect((await call('POST', '/api/identities/', {}, robin.apiKey)).status).toBe(403);
  });

  it('provisions a phone once', async () => {
    const made = (await call('POST', '/api/identities/', {})).body as { uuid: string };
    expect((await call('POST', `/api/identities/${made.uuid}/provision-phone/`, { country_code: 'XX' })).status).toBe(503);
    expect(await call('POST', `/api/identities/${made.uuid}/provision-phone/`)).toMatchObject({
      status: 201,
      body: { phone: expect.stringMatching(/^\+1555\d{7}$/) },
    });
    expect((await call('POST', `/api/identities/${made.uuid}/provision-phone/`)).status).toBe(409);
  });

  it('mints identity keys that see their own identity and nothing, silently, of another', async () => {
    const other = ravi.createIdentity(accountId, { name: 'Other' });
    await call('POST', `/api/secrets/?identity=${other.uuid}`, { key: 'A', value: 'other' });
    const minted = await call('POST', '/api/auth/keys/identity/', { identity_uuid: robin.uuid, label: 'tray:shop' });
    expect(minted.body).toMatchObject({ key: expect.stringMatching(/^ravi_id_/), identity_uuid: robin.uuid, label: 'tray:shop' });
    const { key: fenced } = minted.body as { key: string };
    expect((await call('POST', '/api/secrets/', { key: 'B', value: 'mine' }, fenced)).status).toBe(201);
    expect((await call('GET', '/api/secrets/', undefined, fenced)).body).toMatchObject([{ key: 'B' }]);
    expect((await call('GET', `/api/secrets/?identity=${other.uuid}`, undefined, fenced)).body).toEqual([]);
    // Without a name a management key spans the account.
    expect((await call('GET', '/api/secrets/')).body).toHaveLength(2);
  });

  it('fails with what the network and the plan have in store', async () => {
    ravi.throttle(37);
    expect(await call('GET', '/api/secrets/')).toMatchObject({ status: 429, body: { retry_after_seconds: 37 } });
    ravi.throttle(5, 1, 'header');
    const throttled = await call('GET', '/api/secrets/');
    expect([throttled.status, throttled.headers.get('retry-after'), throttled.body]).toEqual([429, '5', 'Too Many Requests']);
    ravi.badGateway();
    expect((await call('GET', '/api/secrets/')).body).toContain('502 Bad Gateway');
    expect((await call('GET', '/api/secrets/')).status).toBe(200);
    expect(ravi.calls().map(({ status }) => status)).toEqual([429, 429, 502, 200]);
  });
});

describe("Ravi's vault", () => {
  it('takes a secret in capitals, once per identity, and only well formed', async () => {
    const extra = { uuid: '', notes: '', created_dt: '', updated_dt: '' };
    const made = await call('POST', `/api/secrets/${mine()}`, { ...extra, key: 'jean_gh_token_shop', value: 'ghs_1' });
    expect(made).toMatchObject({ status: 201, body: { key: 'JEAN_GH_TOKEN_SHOP', value: 'ghs_1', identity: 1 } });
    expect(await call('POST', `/api/secrets/${mine()}`, { key: 'JEAN_GH_TOKEN_SHOP', value: 'x' })).toMatchObject({
      status: 400,
      body: { key: [expect.stringContaining('already exists')] },
    });
    expect((await call('POST', `/api/secrets/${mine()}`, { key: '1-bad', value: 'x' })).status).toBe(400);
    expect(await call('POST', '/api/secrets/', { key: 'K', value: 'x' })).toMatchObject({
      status: 400,
      body: { detail: 'Identity is required.' },
    });
    expect(ravi.secrets(robin.uuid)).toEqual([{ key: 'JEAN_GH_TOKEN_SHOP', value: 'ghs_1', notes: '' }]);
  });

  it('finds by key, changes and deletes by uuid', async () => {
    const { uuid } = (await call('POST', `/api/secrets/${mine()}`, { key: 'TOKEN', value: 'one' })).body as { uuid: string };
    await call('POST', `/api/secrets/${mine()}`, { key: 'OTHER', value: 'two' });
    expect((await call('GET', `/api/secrets/${mine()}&key=TOKEN`)).body).toMatchObject([{ uuid, value: 'one' }]);
    expect((await call('GET', `/api/secrets/${mine()}&key=token`)).body).toEqual([]);
    expect(await call('PATCH', `/api/secrets/${uuid}/`, { value: 'three' })).toMatchObject({
      status: 200,
      body: { value: 'three' },
    });
    expect((await call('DELETE', `/api/secrets/${uuid}/`)).status).toBe(204);
    expect(await call('GET', `/api/secrets/${uuid}/`)).toMatchObject({
      status: 404,
      body: { detail: 'No SecretEntry matches the given query.' },
    });
  });

  it('keeps logins under their registrable domain and generates what it is asked for', async () => {
    const made = await call('POST', `/api/passwords/${mine()}`, { domain: 'https://gist.github.com/x', username: 'robin' });
    expect(made).toMatchObject({ status: 201, body: { domain: 'github.com', password: expect.stringMatching(/^.{16}$/) } });
    const { uuid } = made.body as { uuid: string };
    await call('PATCH', `/api/passwords/${uuid}/`, { password: 'new' });
    expect(ravi.passwords(robin.uuid)).toEqual([{ domain: 'github.com', username: 'robin', password: 'new' }]);
    expect((await call('DELETE', `/api/passwords/${uuid}/`)).status).toBe(204);
    const generated = await call('GET', '/api/passwords/generate-password/?length=24&special=false&uppercase=false&digits=false');
    expect((generated.body as { password: string }).password).toMatch(/^[a-z]{24}$/);
  });
});

describe("Ravi's messages", () => {
  it('sends a mail from the inbox with that number, not from its address', async () => {
    const [inbox] = (await call('GET', `/api/email/${mine()}`)).body as { id: number }[];
    const mail = { to_email: 'owner@acme.test', subject: 'Needs you', content: '<p>Please look</p>', cc: ['a@x.com', 'b@x.com'] };
    expect((await call('POST', `/api/email-messages/compose/?inbox=${robin.inbox}`, mail)).status).toBe(400);
    const sent = await call('POST', `/api/email-messages/compose/?inbox=${inbox?.id}`, mail);
    expect(sent).toMatchObject({
      status: 201,
      body: { direction: 'outgoing', cc: 'a@x.com, b@x.com', text_content: 'Please look' },
    });
    expect(ravi.sent()).toMatchObject([{ kind: 'mail', from: robin.inbox, to: 'owner@acme.test', subject: 'Needs you' }]);
  });

  it('takes mails in threads whose ids want to be encoded', async () => {
    const id = ravi.incomingMail(robin.uuid, { from: 'owner@acme.test', subject: 'Code', text: '123456', thread: '<abc@mail>' });
    expect((await call('GET', `/api/email-inbox/${mine()}&has_unread=true`)).body).toMatchObject([
      { thread_id: '<abc@mail>', unread_count: 1 },
    ]);
    expect((await call('GET', '/api/email-inbox/%3Cabc%40mail%3E/')).body).toMatchObject({
      message_count: 1,
      messages: [{ id }],
    });
    const reply = await call('POST', `/api/email-messages/${id}/reply/`, { content: 'Thanks' });
    expect(reply.body).toMatchObject({ subject: 'Re: Code', to_email: 'owner@acme.test', thread_id: '<abc@mail>' });
  });

  it("stops at the day's limit of an inbox and says how long", async () => {
    ravi.setPlan(accountId, 'free');
    const [inbox] = (await call('GET', `/api/email/${mine()}`)).body as { id: number }[];
    const send = () =>
      call('POST', `/api/email-messages/compose/?inbox=${inbox?.id}`, { to_email: 'o@x.com', subject: 's', content: 'c' });
    for (let count = 0; count < 100; count += 1) await send();
    expect(await send()).toMatchObject({ status: 429, body: { retry_after_seconds: expect.any(Number) } });
    clock.move(25 * 60 * 60_000);
    expect((await send()).status).toBe(201);
  });

  it('sends text messages from the identity that is named', async () => {
    const message = { to_number: '+15559876543', body: 'Your session needs you' };
    expect((await call('POST', '/api/messages/send/', message)).body).toEqual({ detail: 'Identity is required.' });
    expect((await call('POST', `/api/messages/send/${mine()}`, message)).status).toBe(201);
    expect(ravi.sent()).toMatchObject([{ kind: 'sms', from: robin.phone, to: '+15559876543' }]);
    ravi.incomingSms(robin.uuid, { from: '+15559876543', body: 'ok' });
    for (const id of ['1_+15559876543', '1_%2B15559876543']) {
      expect((await call('GET', `/api/sms-inbox/${id}/`)).body).toMatchObject({
        message_count: 2,
        messages: [{ direction: 'outgoing' }, { body: 'ok' }],
      });
    }
    const silent = ravi.createIdentity(accountId, { name: 'Silent' });
    expect((await call('POST', `/api/messages/send/?identity=${silent.uuid}`, message)).status).toBe(400);
  });

  it('lists messages bare and newest first, or in pages and oldest first', async () => {
    for (const body of ['one', 'two', 'three']) ravi.incomingSms(robin.uuid, { from: '+15550000001', body });
    expect((await call('GET', `/api/messages/${mine()}`)).body).toMatchObject([
      { body: 'three' },
      { body: 'two' },
      { body: 'one' },
    ]);
    ravi.setPaging('messages');
    const page = await call('GET', `/api/messages/${mine()}&limit=2`);
    expect(page.body).toMatchObject({ count: 3, previous: null, results: [{ body: 'one' }, { body: 'two' }] });
    const { next } = page.body as { next: string };
    expect((await call('GET', next.slice(ravi.url.length))).body).toMatchObject({ next: null, results: [{ body: 'three' }] });
  });
});

describe("Ravi's device login", () => {
  const start = async () => (await call('POST', '/api/auth/device/')).body as { device_code: string; user_code: string };
  const poll = (code: string, wait = false) => call('POST', '/api/auth/device/token/', { device_code: code, wait });

  it('waits for its person and then gives a management key and the identities', async () => {
    const login = await start();
    expect(await poll(login.device_code)).toMatchObject({ status: 400, body: { error: 'authorization_pending' } });
    const waiting = poll(login.device_code, true);
    await expect.poll(() => ravi.pendingDevices()).toEqual([login.user_code]);
    ravi.approveDevice(login.user_code);
    const { status, body } = await waiting;
    expect(status).toBe(200);
    expect(body).toMatchObject({ identities: [{ uuid: robin.uuid }], user: { email: 'owner1@acme.test' } });
    const { management_key: fresh } = body as { management_key: string };
    expect((await call('GET', '/api/identities/', undefined, fresh)).status).toBe(200);
    expect((await poll(login.device_code)).body).toMatchObject({ error: 'expired_token' });
  });

  it('may come with the keys of one identity', async () => {
    ravi.setLoginShape('identity');
    ravi.autoApprove(true);
    const { body } = await poll((await start()).device_code);
    expect(body).toMatchObject({ identity: { uuid: robin.uuid }, identity_key: expect.stringMatching(/^ravi_id_/) });
  });

  it('is denied on the page, or expires', async () => {
    const denied = await start();
    expect(await (await fetch(`${ravi.url}/device?user_code=${denied.user_code}`)).text()).toContain(denied.user_code);
    await fetch(`${ravi.url}/device`, {
      method: 'POST',
      body: new URLSearchParams({ user_code: denied.user_code, answer: 'deny' }),
    });
    expect((await poll(denied.device_code)).body).toMatchObject({ error: 'access_denied' });
    const late = await start();
    clock.move(16 * 60_000);
    expect((await poll(late.device_code)).body).toMatchObject({ error: 'expired_token' });
  });
});
