import { grantFor, knock, linkOf, listening, turnedOn, visit } from './fixtures/remote.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { violationsOf } from './fixtures/violations.ts';

test('grants hold over a SIGKILL, ends hold too, and Jean is reached at the same address', async ({
  connected,
  launch,
  sandbox,
}) => {
  const address = await turnedOn(connected);
  const [ana, ben] = [await grantFor(connected, { person: 'Ana' }), await grantFor(connected, { person: 'Ben' })];
  const { cookie } = await visit(linkOf(ana));
  expect(cookie).toMatch(/^jrc-/);
  await connected.request('grants.revoke', { grantIds: [ben.grantId] });
  await connected.kill();
  expect(await knock(address, ana.token)).toBe(0);

  const again = await launch();
  expect(await listening(again)).toBe(address);
  expect([await knock(address, ana.token), await knock(address, ben.token)]).toEqual([200, 401]);
  const init = await fetch(`${address}/api/init`, { headers: { cookie } });
  expect(init.status).toBe(200);
  expect(await init.text()).not.toContain(sandbox.jean.token);
  // Quitting closes the door in order, within its time.
  const begun = Date.now();
  await again.quit();
  expect(Date.now() - begun).toBeLessThan(10_000);
  expect(await knock(address, ana.token)).toBe(0);
});

test('paused nobody gets in, and resumed the same link is good again; the tray does it too', async ({ connected, desktop }) => {
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana' });
  expect(await knock(address, ana.token)).toBe(200);
  const item = await desktop.tray.waitForItem();
  await item.clickLabel('Pause remote access');
  await soon(() => knock(address, ana.token), 'paused').toBe(503);
  await connected.until(({ remote }) => remote.remote?.paused === true, 'it is paused');
  await item.clickLabel('Resume remote access');
  await soon(() => knock(address, ana.token), 'resumed').toBe(200);
  await connected.request('remote.turn', { on: false });
  await soon(() => knock(address, ana.token), 'off').toBe(0);
});

test('a grant is made, sent by mail, opened once, extended and revoked on the page by keyboard', async ({
  connected,
  sandbox,
}) => {
  const page = await connected.open('Remote access');
  await expect(page.getByRole('heading', { name: 'Remote access is off' })).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('button', { name: 'Turn on remote access' }).press('Enter');
  await expect(page.getByLabel('Address of Jean, this computer')).toHaveText(/^http:\/\/127\.0\.0\.1:\d+$/);

  await page.getByRole('button', { name: 'New grant…' }).press('Enter');
  await page.getByRole('button', { name: 'Make the grant' }).press('Enter');
  await expect(page.getByText('Say who it is for.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Who' }).fill('Ana');
  await page.getByText('More choices').click();
  await page.getByRole('textbox', { name: 'E-mail' }).fill('ana@example.org');
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('textbox', { name: 'Who' }).press('Enter');
  const link = (await page.getByLabel('Link', { exact: true }).textContent()) ?? '';
  expect(link).toMatch(/\/\?token=jrg_/);
  await expect(page.getByRole('img', { name: 'QR code of the link to Jean, this computer' })).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);
  // Escape closes other dialogs; what can't be shown again goes by its own button alone.
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Its link' })).toBeVisible();
  await page.getByRole('button', { name: 'Send by e-mail' }).press('Enter');
  await expect(page.getByRole('dialog', { name: 'Send Ana a link by e-mail' })).toContainText('It can’t be called back');
  await page.getByRole('button', { name: 'Send it to ana@example.org' }).press('Enter');
  await expect(page.getByText('Ravi has sent the link by E-mail.')).toBeVisible();
  await page.getByRole('button', { name: 'I have handed it on' }).press('Enter');
  expect(await page.content()).not.toContain('jrg_');
  expect(JSON.stringify(await connected.state())).not.toContain('jrg_');

  const mail = sandbox.ravi.sent().at(-1);
  expect(mail).toMatchObject({ to: 'ana@example.org' });
  const sent = /https?:\/\/[\w.:]+\/\?token=jrc_[\w-]+/.exec(JSON.stringify(mail))?.[0] ?? '';
  expect(sent).toMatch(/\/\?token=jrc_/);
  // Whatever opens links to look at them spends nothing: a person presses the button.
  const opened = await visit(sent);
  expect([opened.status, opened.cookie]).toEqual([200, '']);
  expect(opened.text).toContain('<form');

  await page.getByRole('button', { name: /^Ana/ }).press('Enter');
  await page.getByRole('button', { name: 'Set the end…' }).press('Enter');
  await page.getByLabel('It ends').selectOption('30 days from now');
  await page.getByRole('button', { name: 'Set the end', exact: true }).press('Enter');
  await expect(page.getByRole('button', { name: /^Ana.*29 days left/ })).toBeVisible();
  await page.getByRole('button', { name: 'Revoke…' }).press('Enter');
  await expect(page.getByRole('dialog')).toContainText('Ana can’t come in any more.');
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole('button', { name: 'Revoke it' }).press('Enter');
  await expect(page.getByText('Nobody may come in. Make a grant')).toBeVisible();
  expect(await knock(new URL(link).origin, new URL(link).searchParams.get('token') ?? '')).toBe(401);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violationsOf(page)).toEqual([]);
  }
});

test('Jean’s own token is kept in the vault, made anew and taken after a restart; the gateway goes on all the while', async ({
  connected,
  sandbox,
}) => {
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana', role: 'owner' });
  const before = sandbox.jean.token;
  await connected.until(({ listeners }) => listeners.local?.jeanToken?.state === 'in-step', 'the token is in the vault');
  await connected.request('jeanToken.rotate', { instanceId: 'local' });
  await connected.until(({ listeners }) => listeners.local?.jeanToken?.state === 'waiting', 'the new one waits');
  // Jean goes on with the old one, and so does the gateway.
  expect(sandbox.jean.token).toBe(before);
  const init = await fetch(`${address}/api/init`, { headers: { authorization: `Bearer ${ana.token}` } });
  expect(init.status).toBe(200);
  const preferred = String(sandbox.jean.preferences().http_server_token);
  const text = await init.text();
  expect([text.includes(before), text.includes(preferred)]).toEqual([false, false]);
  await sandbox.jean.restart();
  expect(sandbox.jean.token).toBe(preferred);
  await connected.until(({ listeners }) => listeners.local?.jeanToken?.state === 'in-step', 'the new one is taken', 30_000);
  await soon(() => knock(address, ana.token), 'the gateway has the new one').toBe(200);
  // Who signs out of Ravi leaves nothing there; the token is kept here then.
  const atRavi = () =>
    JSON.stringify(sandbox.ravi.secrets(sandbox.raviAccount.identityUuid)).includes('JEAN_REMOTE_ACCESS_TOKEN');
  expect(atRavi()).toBe(true);
  await connected.request('setup.ravi.forget', undefined);
  expect(atRavi()).toBe(false);
  await soon(async () => (await connected.state()).listeners.local?.jeanToken?.vault).not.toBe('Ravi’s vault');
});

test('beyond this computer it goes encrypted, and its fingerprint is shown', async ({ connected }) => {
  await turnedOn(connected);
  const page = await connected.open('Remote access');
  await page.getByRole('radio', { name: /^All networks/ }).check();
  await connected.until(({ listeners }) => listeners.local?.tls?.kind === 'self-signed', 'it is encrypted');
  const state = await connected.state();
  expect(state.listeners.local).toMatchObject({ state: 'listening', bind: 'all', address: expect.stringMatching(/^https:/) });
  await expect(page.getByText(state.listeners.local?.tls?.fingerprint ?? 'none')).toBeVisible();
  await expect(page.getByRole('radio', { name: /^None/ })).toHaveCount(0);
});

test('the person is told of a new address, of a grant that was refused and of a lock-out, where they are not looking at it', async ({
  connected,
  desktop,
}) => {
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana' });
  await connected.open('Audit');
  expect(await knock(address, ana.token)).toBe(200);
  await connected.request('grants.suspend', { grantId: ana.grantId });
  expect(await knock(address, ana.token)).toBe(401);
  for (let tries = 0; tries < 40; tries += 1) if ((await knock(address, `wrong${tries}`)) === 429) break;
  const titles = async (): Promise<readonly string[]> => {
    const filter = { show: 'all', kind: 'remote-access', projectId: null } as const;
    const page = (await connected.request('notifications.page', { filter, before: null, limit: 50 })) as {
      entries: readonly { readonly title: string }[];
    };
    return page.entries.map(({ title }) => title).sort();
  };
  await soon(titles).toEqual([
    'Ana uses Jean from a new address',
    'Ana was refused remote access',
    'Somebody is locked out of remote access',
  ]);
  await soon(() => desktop.notifications.shown.length).toBeGreaterThan(0);
});

test('the sandbox’s Jean can be shared too, and nothing of that is left when the sandbox is', async ({ connected }) => {
  await connected.request('sandbox.enter', undefined);
  await connected.until(
    ({ app, instances }) => app.app?.mode === 'sandbox' && instances.local?.road === 'socket',
    'it is in',
    40_000,
  );
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana' });
  expect(await knock(address, ana.token)).toBe(200);
  await connected.request('sandbox.leave', undefined);
  const state = await connected.until(({ app }) => app.app?.mode === 'live', 'it is out');
  expect(await knock(address, ana.token)).toBe(0);
  expect(state.grants).toEqual({});
  expect(state.remote.remote?.enabled ?? false).toBe(false);
});
