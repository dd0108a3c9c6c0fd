import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { processesOf } from './fixtures/processes.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { aliveAtGitHub, isActive } from './fixtures/worktrees.ts';

const card = (page: Page, name: 'Jean' | 'GitHub App' | 'Ravi') => page.getByRole('region', { name, exact: true });

/** Types GitHub's fields as they are for the sandbox. */
async function fillGitHub(page: Page, appId: string, apiUrl: string, webUrl: string): Promise<void> {
  const github = card(page, 'GitHub App');
  if (!(await github.getByLabel('App id or client id').isVisible())) await github.getByText('Use an App that you have').click();
  await github.getByLabel('App id or client id').fill(appId);
  if (!(await github.getByLabel('API address').isVisible())) await github.getByText('Advanced').click();
  await github.getByLabel('API address').fill(apiUrl);
  await github.getByLabel('Web address').fill(webUrl);
}

test('the first start opens the first steps, with what was found and what is missing', async ({ launch }) => {
  const companion = await launch();
  const page = await companion.page();
  await expect(page.getByRole('heading', { level: 1, name: 'First steps' })).toBeVisible();
  await expect(card(page, 'Jean')).toContainText('Connected to Jean 0.1.72');
  await expect(card(page, 'GitHub App')).toContainText('not set up');
  await expect(card(page, 'Ravi')).toContainText('not set up');
  await expect(card(page, 'Ravi')).toContainText('credentials stay on this machine');
});

test('everything is connected from the first steps by keyboard, and stays so', async ({ launch, sandbox }) => {
  const { id } = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  const companion = await launch();
  const page = await companion.page();
  await expect(card(page, 'Jean')).toContainText('Connected to Jean');

  const ravi = card(page, 'Ravi');
  await ravi.getByText('Advanced').press('Enter');
  await ravi.getByLabel('Base URL').press('Control+A');
  await page.keyboard.insertText(sandbox.ravi.url);
  await companion.willConfirm();
  await ravi.getByRole('button', { name: 'Sign in to Ravi' }).press('Enter');
  const code = ravi.getByRole('status', { name: 'Code' });
  await expect(code).toHaveText(/^[A-Z]{4}-\d{4}$/);
  expect(sandbox.ravi.pendingDevices()).toEqual([await code.textContent()]);
  sandbox.ravi.approveDevice((await code.textContent()) ?? '');
  await expect(ravi).toContainText('Acme Agents');
  await expect(ravi).toContainText('connected');

  await companion.willChoose(sandbox.app.pemPath);
  await fillGitHub(page, String(sandbox.app.id), sandbox.github.apiUrl, sandbox.github.webUrl);
  await card(page, 'GitHub App').getByRole('button', { name: 'Choose the private key…' }).press('Enter');
  await expect(page.getByText('Connected as acme-agents.')).toBeVisible();
  const hosts = [new URL(sandbox.ravi.url).host, new URL(sandbox.github.apiUrl).host];
  expect(await companion.questions()).toEqual([
    `Sign in to Ravi at ${hosts[0]}?`,
    `Use the private key of a GitHub App at ${hosts[1]}?`,
  ]);
  await companion.until(isActive(id), 'the worktree that was there before has a credential');

  await page.getByRole('button', { name: 'Done' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible();
  await companion.quit();

  const again = await launch();
  await expect((await again.page()).getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible();
  await again.until(isActive(id), 'the credential is in force again');
  const { services } = await again.until(
    ({ services }) => services.ravi?.health === 'ok' && services.github?.health === 'ok',
    'both are connected',
  );
  expect(services.github?.facts).toMatchObject({ App: 'acme-agents' });
});

test('a server that the page names gets neither key nor vault before the person says so in a dialog of the system', async ({
  launch,
  sandbox,
}) => {
  const { app, github, ravi } = sandbox;
  const companion = await launch();
  await companion.willChoose(app.pemPath);
  await companion.willConfirm(false);
  const at = { apiUrl: github.apiUrl, webUrl: github.webUrl };
  expect(await companion.request('setup.github', { appId: String(app.id), ...at })).toBeNull();
  expect(await companion.request('setup.github.create', { organization: null, workflows: false, ...at })).toBeNull();
  await companion.request('setup.ravi', { baseUrl: ravi.url });
  expect(await companion.questions()).toHaveLength(3);
  expect([github.control.calls(), ravi.pendingDevices()]).toEqual([[], []]);
});

test('an App id or a key that is wrong is said in a sentence, and nothing that was typed is lost', async ({
  folder,
  launch,
  sandbox,
}) => {
  const { apiUrl, webUrl } = sandbox.github;
  const companion = await launch();
  const page = await companion.page();
  const github = card(page, 'GitHub App');
  const choose = github.getByRole('button', { name: 'Choose the private key…' });
  const said = page.getByRole('alert');
  await companion.willConfirm();

  await fillGitHub(page, 'not an id', apiUrl, webUrl);
  await choose.click();
  await expect(github).toContainText('It is a number such as 1234567');

  const noKey = join(folder, 'no-key.pem');
  await writeFile(noKey, 'this is no key\n');
  await fillGitHub(page, String(sandbox.app.id), apiUrl, webUrl);
  await companion.willChoose(noKey);
  await choose.click();
  await expect(said).toContainText('This is not the private key of a GitHub App: it can’t be read as a PEM file.');
  await said.getByRole('button', { name: 'Dismiss' }).click();

  await fillGitHub(page, '424242', apiUrl, webUrl);
  await companion.willChoose(sandbox.app.pemPath);
  await choose.click();
  await expect(said).toContainText('GitHub knows no App 424242.');
  await said.getByRole('button', { name: 'Dismiss' }).click();

  const stranger = await sandbox.github.control.createApp({ slug: 'stranger', name: 'Stranger', owner: 'acme', permissions: {} });
  const othersKey = join(folder, 'stranger.pem');
  await writeFile(othersKey, stranger.privateKey);
  await fillGitHub(page, String(sandbox.app.id), apiUrl, webUrl);
  await companion.willChoose(othersKey);
  await choose.click();
  await expect(said).toContainText(`GitHub does not accept this private key for the App ${sandbox.app.id}.`);
  await said.getByRole('button', { name: 'Dismiss' }).click();

  await expect(github.getByLabel('App id or client id')).toHaveValue(String(sandbox.app.id));
  await expect(github.getByLabel('API address')).toHaveValue(apiUrl);
  await expect(github).toContainText('not set up');
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  await companion.willChoose(sandbox.app.pemPath);
  await choose.click();
  await expect(github).toContainText('Credentials are issued by the App acme-agents.');
  await expect(said).toBeHidden();
});

/** What lies in the person's data folder, file by file; Chromium's own and the database's scratch files come and go. */
async function dataIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files[path.slice(folder.length + 1)] = (await readFile(path)).toString('latin1');
  }
  return files;
}

test('the sandbox can be explored and left, and nothing of it stays', async ({ launch, temporary, userData }) => {
  const companion = await launch();
  const page = await companion.page();
  await expect(card(page, 'Jean')).toContainText('Connected to Jean');
  const processes = (await processesOf(companion.pid)).length;
  const files = await readdir(temporary);
  const before = await dataIn(userData);

  await page.getByRole('button', { name: 'Explore with the sandbox' }).click();
  const strip = page.getByRole('complementary', { name: 'Sandbox' });
  await expect(strip).toBeVisible();
  const { credentials } = await companion.until(
    ({ credentials }) => Object.values(credentials).some(({ state }) => state === 'active'),
    'the sandbox’s worktrees have credentials',
  );
  expect(Object.values(credentials).every(({ holder }) => holder === null || holder === 'acme-agents[bot]')).toBe(true);
  await companion.open('Sessions');
  await expect(page.getByRole('listitem', { name: 'Add Apple Pay to checkout' })).toBeVisible();
  const { projects } = await companion.state();
  const projectId = Object.values(projects).find(({ name }) => name === 'shop')?.id ?? '';
  await companion.request('identities.create', { projectId, name: 'Fleeting Agent', localPart: 'fleeting-agent' });
  await companion.request('identities.keepPassword', { projectId });
  await companion.request('identities.copyPassword', { projectId });
  await companion.request('identities.watch', { projectId, on: true });
  await companion.request('setup.skip', { step: 'ravi', skipped: true });
  const inside = await companion.state();
  const names = [
    'Fleeting Agent',
    'fleeting-agent',
    'Add Apple Pay',
    inside.identities[projectId]?.identity?.uuid ?? '',
    ...Object.keys(inside.worktrees),
    await companion.app.evaluate(({ clipboard }) => clipboard.readText()),
  ];
  expect(names.filter((name) => name.length < 10)).toEqual([]);
  // Left in the middle of it.
  void companion.request('check.run', { projectId }).catch(() => undefined);
  await companion.until(({ check }) => Object.keys(check).length > 0, 'the check runs');

  await strip.getByRole('button', { name: 'Leave the sandbox' }).click();
  await expect(page.getByRole('dialog', { name: 'Leave the sandbox' })).toContainText(
    /All of the sandbox is deleted.*\d+ sessions/,
  );
  await page.getByRole('button', { name: 'Leave and delete it' }).click();
  await expect(strip).toBeHidden();
  const state = await companion.until(({ services }) => services.ravi?.health === 'absent', 'Ravi is not signed in');
  expect([state.credentials, state.sessions, state.identities, state.check]).toEqual([{}, {}, {}, {}]);
  expect(state.app.app?.skipped).toEqual([]);
  expect(await companion.app.evaluate(({ clipboard }) => clipboard.readText())).toBe('');
  await soon(async () => (await processesOf(companion.pid)).length).toBe(processes);
  expect(await readdir(temporary)).toEqual(files);
  const kinds = (await companion.audit()).map(({ kind }) => kind);
  expect(kinds.filter((kind) => /^(?:credential|identity|ravi|github)\./.test(kind))).toEqual([]);
  const after = await dataIn(userData);
  for (const file of ['settings.json', 'secrets.json']) expect([file, after[file]]).toEqual([file, before[file]]);
  const found = Object.entries(after).flatMap(([file, text]) => (names.some((name) => text.includes(name)) ? [file] : []));
  expect(found).toEqual([]);
});

test('a sandbox that a crash has left is gone with the next start', async ({ launch, temporary }) => {
  const companion = await launch();
  const files = await readdir(temporary);
  await companion.request('sandbox.enter', undefined);
  const ours = async () => (await readdir(temporary)).filter((name) => !files.includes(name) && !name.startsWith('scoped_dir'));
  expect(await ours()).toHaveLength(2);
  const started = await processesOf(companion.pid);
  await companion.kill();
  await soon(async () => (await Promise.all(started.map((one) => processesOf(one.pid)))).flat()).toEqual([]);
  const again = await launch();
  await again.until(({ app }) => app.app?.mode === 'live', 'it starts as usual');
  expect(await ours()).toEqual([]);
});

test('quitting in the sandbox leaves nothing of it either', async ({ launch, temporary }) => {
  const companion = await launch();
  const page = await companion.page();
  await expect(card(page, 'Jean')).toContainText('Connected to Jean');
  const files = await readdir(temporary);
  await page.getByRole('button', { name: 'Explore with the sandbox' }).click();
  await expect(page.getByRole('complementary', { name: 'Sandbox' })).toBeVisible();
  const { pid } = companion;
  const started = await processesOf(pid);
  await companion.quit();
  expect((await readdir(temporary)).filter((name) => files.includes(name) === false)).toEqual([]);
  const left = await Promise.all(started.map((one) => processesOf(one.pid)));
  expect(left.flat()).toEqual([]);
});
