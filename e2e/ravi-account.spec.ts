import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Sandbox } from '../sandbox/world.ts';
import { Companion } from './fixtures/companion.ts';
import { leaksBelow, leaksIn, secretsOf } from './fixtures/secrets.ts';
import { test as base, expect, soon } from './fixtures/test.ts';
import { isActive, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

/** The app with a home of its own, at the card of Ravi, which is asked at the sandbox's address. */
const test = base.extend<{ readonly home: string; readonly atRavi: Companion }>({
  home: async ({ folder }, use) => {
    const home = join(folder, 'home');
    await mkdir(home);
    await use(home);
  },
  atRavi: async ({ desktop: _desktop, sandbox, userData, temporary, home }, use) => {
    const companion = await Companion.launch({ userData, dataHome: sandbox.jean.dataHome, temporary, home });
    await companion.willConfirm();
    await companion.request('ravi.address', { address: sandbox.ravi.url });
    await companion.request('setup.done', undefined);
    await use(companion);
    await companion.quit().catch(() => undefined);
  },
});

const cardIn = (page: Page) => page.getByRole('region', { name: 'Ravi', exact: true });
const settings = async (companion: Companion) => {
  const page = await companion.open('Settings');
  return { page, card: cardIn(page) };
};
const copy = (companion: Companion, text: string): Promise<void> =>
  companion.app.evaluate(({ clipboard }, copied) => clipboard.writeText(copied), text);

/** No key of Ravi's, and no other secret, is in the page, its state, the audit log, what was printed, or a file. */
async function expectNoKey(companion: Companion, sandbox: Sandbox, userData: string): Promise<void> {
  const secrets = await secretsOf(sandbox);
  const page = await companion.page();
  const leaks = [
    ...leaksIn('the page', await page.content(), secrets),
    ...leaksIn('the state', JSON.stringify(await companion.state()), secrets),
    ...leaksIn('the audit log', JSON.stringify(await companion.audit()), secrets),
    ...leaksIn('what was printed', companion.printed.join(''), secrets),
    ...(await leaksBelow(userData, secrets)).leaks,
  ];
  expect(leaks).toEqual([]);
}

test('the code of a sign-in can be cancelled, turned down and run out, each in a sentence, and is approved at last', async ({
  atRavi,
  sandbox,
  userData,
}) => {
  const { ravi, raviAccount } = sandbox;
  const { card } = await settings(atRavi);
  const code = card.getByRole('status', { name: 'Code' });
  const begin = async (): Promise<string> => {
    await card.getByRole('button', { name: 'Sign in to Ravi' }).click();
    await expect(code).toHaveText(/^[A-Z]{4}-\d{4}$/);
    return (await code.textContent()) ?? '';
  };
  await begin();
  await card.getByRole('button', { name: 'Cancel' }).click();
  await expect(code).toBeHidden();

  ravi.denyDevice(await begin());
  await expect(card.getByRole('alert')).toContainText('The login at Ravi was turned down.');
  ravi.expireDevice(await begin());
  await expect(card.getByRole('alert')).toContainText('was not approved in time');

  ravi.slowDown();
  ravi.approveDevice(await begin());
  await expect(card).toContainText('Acme Agents <acme.agents@raviapp.com>', { timeout: 20_000 });
  await expect(card).toContainText('the identity’s own key for its vault, and a management key for all else');
  await expect(card).toContainText('dana@acme.test');
  const labels = ravi.keyLabels(raviAccount.identityUuid).filter((label) => label.startsWith('Jean Ravi Companion on '));
  expect(labels).toHaveLength(1);
  await expectNoKey(atRavi, sandbox, userData);
});

test('of several identities the person picks one, which outlives a restart; the first of an account they make themselves', async ({
  atRavi,
  sandbox,
  userData,
  temporary,
  home,
}) => {
  const { ravi, raviAccount } = sandbox;
  ravi.createIdentity(raviAccount.id, { name: 'Kim' });
  const { card } = await settings(atRavi);
  ravi.autoApprove(true);
  await card.getByRole('button', { name: 'Sign in to Ravi' }).click();
  await expect(card.getByRole('radio')).toHaveCount(2);
  await atRavi.quit();

  const again = await Companion.launch({ userData, dataHome: sandbox.jean.dataHome, temporary, home });
  const { card: after } = await settings(again);
  await after.getByLabel('Kim').check();
  await after.getByRole('button', { name: 'Use this identity' }).click();
  await expect(after).toContainText('Kim <');
  await after.getByRole('button', { name: 'Sign out of Ravi' }).click();
  await (await again.page()).getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(after.getByRole('button', { name: 'Sign in to Ravi' })).toBeVisible();

  ravi.autoApprove(false);
  const fresh = ravi.createAccount({ email: 'new@example.test' });
  await after.getByRole('button', { name: 'Sign in to Ravi' }).click();
  await soon(() => ravi.pendingDevices().length).toBe(1);
  ravi.approveDevice(ravi.pendingDevices()[0] ?? '', fresh.id);
  await expect(after).toContainText('This account has no identity yet', { timeout: 20_000 });
  const create = after.getByRole('button', { name: 'Create the identity' });
  await expect(create).toBeDisabled();
  await after.getByLabel('Address before the @').fill('acme.companion');
  await after.getByLabel('it may be billed').check();
  await create.click();
  await expect(after).toContainText('acme.companion@raviapp.com');
  expect(ravi.identities(fresh.id)).toHaveLength(1);
  await again.quit();
});

test('the keys of an installed CLI are taken over after asking, and its file stays as it was', async ({
  atRavi,
  sandbox,
  userData,
  home,
}) => {
  const { page, card } = await settings(atRavi);
  const ask = card.getByRole('button', { name: 'Use the keys of Ravi’s CLI…' });
  const said = page.getByRole('alert');
  await ask.click();
  await expect(said).toContainText('Ravi’s CLI is not installed here');
  await said.getByRole('button', { name: 'Dismiss' }).click();

  const folder = join(home, '.ravi');
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, '.env'), 'RAVI_API_URL=https://elsewhere.example\n');
  await ask.click();
  await expect(said).toContainText('belongs to another program that is called ravi too');
  await said.getByRole('button', { name: 'Dismiss' }).click();

  const file = join(folder, 'config.json');
  const kept = `${JSON.stringify({ management_key: sandbox.raviAccount.managementKey, user_email: 'dana@acme.test' }, null, 2)}\n`;
  await writeFile(file, kept, { mode: 0o644 });
  const { mtimeMs } = await stat(file);
  await ask.click();
  const dialog = page.getByRole('dialog', { name: 'Use the keys of Ravi’s CLI' });
  await expect(dialog).toContainText('dana@acme.test');
  await expect(dialog).toContainText('Others on this computer may read that file (mode 0644)');
  await dialog.getByRole('button', { name: 'Use these keys' }).click();
  await expect(card).toContainText('Acme Agents <acme.agents@raviapp.com>');
  expect([await readFile(file, 'utf8'), (await stat(file)).mtimeMs]).toEqual([kept, mtimeMs]);
  await expectNoKey(atRavi, sandbox, userData);
});

test('a key is taken from the clipboard, told by its beginning and by a call', async ({ atRavi, sandbox, userData }) => {
  const { page, card } = await settings(atRavi);
  const take = card.getByRole('button', { name: 'Use a key from the clipboard' });
  const said = page.getByRole('alert');
  for (const [text, words] of [
    ['no key at all', 'is no key of Ravi’s'],
    ['rctx_another', 'a key of another program called ravi'],
    ['ravi_mgmt_unknown', 'does not know the key'],
  ] as const) {
    await copy(atRavi, text);
    await take.click();
    await expect(said).toContainText(words);
    await said.getByRole('button', { name: 'Dismiss' }).click();
  }
  await copy(atRavi, sandbox.raviAccount.managementKey);
  await take.click();
  await expect(card).toContainText('Acme Agents <acme.agents@raviapp.com>');
  expect(await atRavi.app.evaluate(({ clipboard }) => clipboard.readText())).toBe('');

  // Another account takes its place without a way over signing out.
  const other = sandbox.ravi.createAccount({ email: 'lee@other.test' });
  sandbox.ravi.createIdentity(other.id, { name: 'Lee Agents', address: 'lee.agents@raviapp.com' });
  await card.getByRole('button', { name: 'Another account…' }).click();
  await expect(page.getByRole('dialog', { name: 'Use another account at Ravi' })).toContainText('Nothing changes before');
  await page.screenshot({ path: test.info().outputPath('another-account.png') });
  await page.getByRole('button', { name: 'Choose how to sign in' }).click();
  await expect(card.getByRole('button', { name: 'Sign in with another account' })).toBeVisible();
  await copy(atRavi, other.managementKey);
  await take.click();
  await expect(card).toContainText('Lee Agents <lee.agents@raviapp.com>');
  await expect(card.getByRole('button', { name: 'Sign in with another account' })).toBeHidden();
  await expectNoKey(atRavi, sandbox, userData);
});

test('Ravi’s own troubles each have their words, and none but Ravi’s hosts are asked', async ({ atRavi, sandbox }) => {
  const { ravi } = sandbox;
  await atRavi.connectRavi(sandbox);
  const { page, card } = await settings(atRavi);
  const check = card.getByRole('button', { name: 'Check Ravi again' });
  const state = card.getByRole('status').first();
  for (const [begin, words] of [
    [() => ravi.faults.down(), 'not reachable'],
    [() => ravi.badGateway(20), 'has a problem of its own'],
    [() => ravi.throttle(30, 20), 'slowed down by Ravi'],
    [
      () => ravi.faults.next({ times: 20, answer: { status: 402, body: { detail: 'Active subscription required.' } } }),
      'the plan has a limit',
    ],
    [() => ravi.faults.next({ times: 20, answer: { status: 401, body: { detail: 'Unknown.' } } }), 'a key is not known any more'],
  ] as const) {
    begin();
    await check.click();
    await expect(state).toHaveText(words);
    ravi.faults.up();
    ravi.faults.clear();
    await check.click();
    await expect(state).toHaveText('connected');
  }
  await expect(card.getByRole('heading', { name: 'Limits of the plan met so far' })).toBeVisible();
  await expect(card).toContainText('Active subscription required.');
  await expect(atRavi.request('ravi.address', { address: 'https://evil.example' })).rejects.toThrow(
    'must be https:// and one of',
  );
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('20 credentials move to this machine through a kill in the middle, and back; git goes on, and signing out leaves nothing at Ravi', async ({
  connected,
  launch,
  sandbox,
  userData,
}) => {
  test.setTimeout(240_000);
  const { jean, ravi, repositories } = sandbox;
  const { worktree } = await provisioned(connected, sandbox, 'first');
  for (let i = 2; i <= 20; i += 1) await jean.createWorktree(repositories.shop.projectId, { name: `work-${i}` });
  const all = ({ credentials }: Awaited<ReturnType<Companion['state']>>) => Object.values(credentials);
  await connected.until(
    (state) => all(state).length === 20 && all(state).every(({ state: is }) => is === 'active'),
    'twenty credentials are active',
    90_000,
  );
  await soon(() => keptAtRavi(sandbox).length).toBe(20);
  const values = (): string => JSON.stringify(ravi.secrets(sandbox.raviAccount.identityUuid));
  const before = values();

  // Each deletion takes its time, so that the kill comes in the middle.
  ravi.faults.next({ match: { method: 'DELETE' }, times: 40, answer: { delayMs: 400 } });
  const { card } = await settings(connected);
  await card.getByLabel('this machine').check();
  await expect(card).toContainText('20 credentials to the encrypted vault on this machine');
  await soon(() => keptAtRavi(sandbox).length).toBeLessThan(17);
  await connected.kill();
  expect(keptAtRavi(sandbox).length).toBeGreaterThan(0);
  ravi.faults.clear();

  const again = await launch();
  await soon(() => keptAtRavi(sandbox).length).toBe(0);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  const kept = async (): Promise<number> =>
    Object.keys(JSON.parse(await readFile(join(userData, 'secrets.json'), 'utf8')) as object).filter((name) =>
      name.startsWith('vault:'),
    ).length;
  await soon(kept).toBe(20);
  const { page, card: after } = await settings(again);
  await after.getByLabel('Ravi’s vault').check();
  await soon(() => keptAtRavi(sandbox).length).toBe(20);
  await soon(kept).toBe(0);
  expect(JSON.parse(values())).toEqual(expect.arrayContaining(JSON.parse(before) as unknown[]));
  expect((await again.audit()).filter(({ kind }) => kind === 'vault.moved').map(({ message }) => message)).toContain(
    '20 credentials are to be moved to Ravi’s vault.',
  );

  const out = after.getByRole('button', { name: 'Sign out of Ravi' });
  await out.click();
  const dialog = page.getByRole('dialog', { name: 'Sign out of Ravi' });
  await expect(dialog).toContainText('20 credentials are moved from Ravi’s vault to this computer first');
  await expect(dialog).toContainText('Ravi has no way for an app to revoke a key');
  ravi.faults.down();
  await dialog.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByText(/entries are still in Ravi’s vault/)).toBeVisible({ timeout: 30_000 });
  ravi.faults.up();
  await dialog.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(after.getByRole('button', { name: 'Sign in to Ravi' })).toBeVisible({ timeout: 30_000 });
  expect([keptAtRavi(sandbox), await kept()]).toEqual([[], 20]);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  await again.until(isActive(worktree.id), 'it goes on');
  await expectNoKey(again, sandbox, userData);
});
