import type { Page } from '@playwright/test';
import type { Sandbox } from '../sandbox/world.ts';
import { Browser } from './fixtures/browser.ts';
import type { Companion } from './fixtures/companion.ts';
import {
  agent,
  copied,
  copy,
  inboxOf,
  makeIdentity,
  nextIs,
  shopCard,
  shopIdentity,
  signUp,
  stepOf,
  tokenOf,
} from './fixtures/identities.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { violationsOf } from './fixtures/violations.ts';
import { provisioned, push } from './fixtures/worktrees.ts';

const uuidOf = ({ ravi, raviAccount }: Sandbox): string =>
  ravi.identities(raviAccount.id).find(({ inbox }) => inbox === agent.address)?.uuid ?? '';

/** An identity with its account, up to the step `token`. */
async function untilToken(companion: Companion, sandbox: Sandbox): Promise<Page> {
  const page = await companion.open('Identities');
  await makeIdentity(page);
  await nextIs(companion, sandbox, 'password');
  await stepOf(page, 'A user name and a password').getByRole('button', { name: 'Make a password' }).press('Enter');
  await nextIs(companion, sandbox, 'sign-up');
  sandbox.github.control.signUp(agent.login, agent.address);
  await stepOf(page, 'Sign up at GitHub').getByRole('button', { name: 'Open GitHub’s sign-up' }).press('Enter');
  const code = inboxOf(page).getByRole('status', { name: 'Code', exact: true }).first();
  await expect(code).toHaveText(/^\d{8}$/);
  sandbox.github.control.confirm(agent.login, (await code.textContent()) ?? '');
  await stepOf(page, 'The account is there').getByRole('button', { name: 'Check the account' }).press('Enter');
  await nextIs(companion, sandbox, 'token');
  return page;
}

const takeToken = (page: Page): Promise<void> =>
  stepOf(page, 'Its token').getByRole('button', { name: 'Take the token from the clipboard' }).press('Enter');

test('a project gets an account of its own by its checklist and keyboard alone, and its worktrees commit as it', async ({
  connected,
  sandbox,
}) => {
  test.setTimeout(120_000);
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const browser = await Browser.of(connected);
  const page = await connected.open('Identities');
  await makeIdentity(page);
  await nextIs(connected, sandbox, 'password');
  await stepOf(page, 'A user name and a password').getByRole('button', { name: 'Make a password' }).press('Enter');
  await nextIs(connected, sandbox, 'sign-up');

  const [kept] = sandbox.ravi.passwords(uuidOf(sandbox));
  expect(kept).toMatchObject({ domain: 'github.com', username: agent.login });
  const password = kept?.password ?? '';
  const card = shopCard(page);
  await expect(card.getByRole('status', { name: 'Password' })).not.toContainText(password);
  await card.getByRole('button', { name: 'Show the password of shop' }).press('Enter');
  await expect(card.getByRole('status', { name: 'Password' })).toHaveText(password);
  await card.getByRole('button', { name: 'Hide the password of shop' }).press('Enter');
  await expect(card).not.toContainText(password);
  await card.getByRole('button', { name: 'Copy the password of shop' }).press('Enter');
  await soon(() => copied(connected)).toBe(password);

  await stepOf(page, 'Sign up at GitHub').getByRole('button', { name: 'Open GitHub’s sign-up' }).press('Enter');
  expect((await signUp(browser, password)).status).toBe(200);
  const code = inboxOf(page).getByRole('status', { name: 'Code', exact: true });
  await expect(code).toHaveText(/^\d{8}$/);
  const typed = (await code.textContent()) ?? '';
  await expect(page.getByRole('status', { name: 'New in the inbox' })).toContainText(typed.split('').join(' '));

  await stepOf(page, 'The account is there').getByRole('button', { name: 'Check the account' }).press('Enter');
  await expect(stepOf(page, 'The account is there')).toContainText(`GitHub has no account ${agent.login} yet`);
  await inboxOf(page)
    .getByRole('button', { name: `Copy the code ${typed}` })
    .press('Enter');
  await soon(() => copied(connected)).toBe(typed);
  sandbox.github.control.confirm(agent.login, typed);
  await stepOf(page, 'The account is there').getByRole('button', { name: 'Check the account' }).press('Enter');
  await nextIs(connected, sandbox, 'token');

  await card.getByRole('button', { name: 'Open GitHub’s form for the token of shop' }).press('Enter');
  await soon(() => browser.opened()).toContain('/settings/personal-access-tokens/new');
  const token = tokenOf(sandbox, agent.login, await browser.opened());
  await copy(connected, token);
  await takeToken(page);
  await nextIs(connected, sandbox, 'invitation');
  expect(await copied(connected)).toBe('');

  sandbox.github.control.invite('acme/shop', agent.login);
  sandbox.github.control.acceptInvitation('acme/shop', agent.login);
  await stepOf(page, 'Access to the repository').getByRole('button', { name: 'Check the access' }).press('Enter');
  await nextIs(connected, sandbox, 'done');

  await stepOf(page, 'In use').getByRole('button', { name: 'Use it for shop…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Its worktree commits and pushes as shop-agent from now on.');
  await dialog.getByRole('button', { name: 'Switch shop' }).press('Enter');
  await nextIs(connected, sandbox, null);
  await connected.until(
    ({ credentials }) => credentials[worktree.id]?.holder === agent.login && credentials[worktree.id]?.state === 'active',
    'the worktree has the account’s token',
  );
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  const [pushed] = sandbox.github.control.pushes().slice(-1);
  expect(pushed?.login).toBe(agent.login);
  expect(pushed?.commits.at(-1)?.author).toMatchObject({
    name: expect.stringContaining(agent.login),
    email: expect.stringMatching(/^\d+\+shop-agent@users\.noreply\./),
  });
  await page.screenshot({ path: test.info().outputPath('in-use.png') });

  const traces = [JSON.stringify(await connected.state()), JSON.stringify(await connected.audit()), ...connected.printed];
  expect(traces.filter((trace) => [password, token].some((secret) => trace.includes(secret)))).toEqual([]);
  expect(await page.content()).not.toContain(password);
  const kinds = (await connected.audit()).map(({ kind }) => kind);
  for (const kind of ['identity.created', 'identity.key', 'identity.password', 'identity.checked', 'identity.used'])
    expect(kinds).toContain(kind);
});

test('a token of somebody else is refused in a sentence, and the clipboard is left alone', async ({ connected, sandbox }) => {
  test.setTimeout(120_000);
  const page = await untilToken(connected, sandbox);
  const other = sandbox.github.control.createFineGrainedToken('dana', {
    repositories: ['acme/shop'],
    permissions: { contents: 'write' },
    expiresAt: null,
  });
  await copy(connected, other);
  await takeToken(page);
  await expect(stepOf(page, 'Its token')).toContainText('That is a token of dana');
  expect(await copied(connected)).toBe(other);
  expect((await shopIdentity(connected, sandbox))?.next).toBe('token');
});

test('a restart in the middle goes on at the same step, with what was there', async ({ connected, launch, sandbox }) => {
  test.setTimeout(120_000);
  await untilToken(connected, sandbox);
  const before = await shopIdentity(connected, sandbox);
  await connected.kill();
  const again = await launch();
  await again.until(({ services }) => services.ravi?.health === 'ok', 'Ravi is connected again');
  const page = await again.open('Identities');
  await nextIs(again, sandbox, 'token');
  expect(await shopIdentity(again, sandbox)).toMatchObject({
    login: before?.login,
    identity: before?.identity,
    passwordKept: true,
  });
  await page.getByRole('button', { name: 'Open the identity of shop' }).press('Enter');
  await expect(stepOf(page, 'The account is there')).toContainText('shop-agent is there at GitHub');
  expect(sandbox.ravi.identities(sandbox.raviAccount.id)).toHaveLength(2);
  expect(sandbox.ravi.passwords(uuidOf(sandbox))).toHaveLength(1);
});

test('what Ravi refuses is said where it was asked for: the plan, a taken address, a number that is not to be had; each is asked for once', async ({
  connected,
  sandbox,
}) => {
  test.setTimeout(120_000);
  const { ravi, raviAccount } = sandbox;
  const page = await connected.open('Identities');
  await page.getByRole('button', { name: 'Give shop an identity' }).press('Enter');
  const dialog = page.getByRole('dialog');
  const make = dialog.getByRole('button', { name: 'Make it' });
  await dialog.getByLabel('Address, before the @').fill('acme.agents');
  await make.press('Enter');
  await expect(dialog).toContainText('Tick this to make one');
  await dialog.getByRole('checkbox').press('Space');
  ravi.setPlan(raviAccount.id, 'free');
  await make.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('free plan has one identity');
  ravi.setPlan(raviAccount.id, 'paid');
  await make.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('Choose another address');
  expect(ravi.identities(raviAccount.id)).toHaveLength(1);
  await dialog.getByLabel('Address, before the @').fill(agent.local);
  await make.press('Enter');
  await expect(dialog).toBeHidden();
  await nextIs(connected, sandbox, 'password');
  expect(ravi.identities(raviAccount.id)).toHaveLength(2);

  const asked = () => ravi.calls().filter(({ path }) => path.endsWith('/provision-phone/')).length;
  await page.getByRole('button', { name: 'Get a phone number for shop' }).press('Enter');
  const get = dialog.getByRole('button', { name: 'Get a number' });
  const refused = async (words: string) => {
    const before = asked();
    await get.press('Enter');
    await soon(asked).toBe(before + 1);
    await expect(dialog.getByRole('alert')).toContainText(words);
    expect((await shopIdentity(connected, sandbox))?.identity?.phone).toBeNull();
  };
  await get.press('Enter');
  await expect(dialog).toContainText('Tick this to get one');
  await dialog.getByLabel('Country').selectOption('Another');
  await dialog.getByLabel('Its two letters').fill('d');
  await dialog.getByRole('checkbox').press('Space');
  await get.press('Enter');
  await expect(dialog).toContainText('A country has two letters');
  expect(asked()).toBe(0);
  await dialog.getByLabel('Its two letters').fill('de');
  await refused('No numbers are available in DE');
  await expect(dialog.getByRole('alert')).toContainText('Choose another country');
  await page.screenshot({ path: test.info().outputPath('no-number.png') });
  await dialog.getByLabel('Country').selectOption('Canada');
  ravi.setPlan(raviAccount.id, 'free');
  await refused('Change the plan in Ravi’s dashboard');
  ravi.setPlan(raviAccount.id, 'paid');
  ravi.faults.next({
    match: { method: 'POST', path: '*/provision-phone/' },
    answer: { status: 409, body: { detail: 'This identity already has a phone number.' } },
  });
  await refused('already has a phone number');
  ravi.faults.next({ match: { method: 'POST', path: '*/provision-phone/' }, answer: { delayMs: 3_000 } });
  await get.press('Enter');
  await expect(dialog.getByRole('status')).toContainText('This takes up to a minute; you may close this and go on');
  await expect(get).toBeDisabled();
  await expect(dialog).toBeHidden({ timeout: 15_000 });
  await expect(shopCard(page)).toContainText('+1555');
  expect(asked()).toBe(4);
});

test('killed while Ravi makes the identity, the next start finds it, and makes no second one', async ({
  connected,
  launch,
  sandbox,
}) => {
  test.setTimeout(120_000);
  const { ravi, raviAccount } = sandbox;
  const made = () => ravi.identities(raviAccount.id).filter(({ inbox }) => inbox === agent.address).length;
  const page = await connected.open('Identities');
  await page.getByRole('button', { name: 'Give shop an identity' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address, before the @').fill(agent.local);
  await dialog.getByRole('checkbox').press('Space');
  ravi.faults.next({ match: { method: 'POST', path: '/api/identities/' }, answer: { delayMs: 2_000 } });
  await dialog.getByRole('button', { name: 'Make it' }).press('Enter');
  await soon(() => ravi.faults.held()).toBe(1);
  await connected.kill();
  expect(made()).toBe(0);
  await soon(made, 'it is carried out all the same').toBe(1);
  const again = await launch();
  await again.open('Identities');
  await again.until(({ identities }) => identities[sandbox.repositories.shop.projectId]?.identity != null, 'it is found');
  const next = await again.page();
  await next.getByRole('button', { name: 'Open the identity of shop' }).press('Enter');
  await stepOf(next, 'An identity at Ravi').getByRole('button', { name: 'Make its key' }).press('Enter');
  await nextIs(again, sandbox, 'password');
  expect([made(), ravi.keyLabels(uuidOf(sandbox)).filter((label) => label.startsWith('jean-ravi:')).length]).toEqual([1, 1]);
});

test('what comes to the inbox is harmless: text alone, hosts named, and nothing opened without a word', async ({
  connected,
  sandbox,
}) => {
  test.setTimeout(120_000);
  const page = await untilToken(connected, sandbox);
  sandbox.ravi.incomingMail(uuidOf(sandbox), {
    from: 'GitHub <support@github.com.evil.test>',
    subject: 'Your account \u202e is locked',
    text: 'Sign in at https://github.com.evil.test/login now.',
    html: '<img src="https://evil.test/seen.png"><script>document.title="hacked"</script><a href="https://github.com.evil.test/login">Sign in</a>',
  });
  const inbox = inboxOf(page);
  const link = inbox.getByRole('button', { name: 'Open a page at github.com.evil.test…' }).first();
  await expect(link).toBeVisible({ timeout: 15_000 });
  await expect(inbox).toContainText('Anyone can write here');
  expect(await inbox.locator('img, script, iframe').count()).toBe(0);
  expect(await inbox.textContent()).not.toContain('\u202e');
  expect(await page.title()).not.toBe('hacked');
  const browser = await Browser.of(connected);
  await link.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('This host is not the GitHub');
  await dialog.getByRole('button', { name: 'Open github.com.evil.test' }).press('Enter');
  expect(await browser.opened()).toBe('https://github.com.evil.test/login');
});

test('while Ravi is away the page says so, and goes on when it is back', async ({ connected, sandbox }) => {
  test.setTimeout(120_000);
  const page = await connected.open('Identities');
  await makeIdentity(page);
  await nextIs(connected, sandbox, 'password');
  const { port } = new URL(sandbox.ravi.url);
  await sandbox.ravi.stop();
  const step = stepOf(page, 'A user name and a password');
  await step.getByRole('button', { name: 'Make a password' }).press('Enter');
  await expect(step).toContainText('did not work', { timeout: 40_000 });
  await expect(inboxOf(page).getByRole('alert')).toBeVisible({ timeout: 20_000 });
  await sandbox.ravi.start(Number(port));
  await step.getByRole('button', { name: 'Make a password' }).press('Enter');
  await nextIs(connected, sandbox, 'sign-up');
  expect(sandbox.ravi.passwords(uuidOf(sandbox))).toHaveLength(1);
});

test('a retired identity gives back what is ticked, and says what stays', async ({ connected, sandbox }) => {
  test.setTimeout(120_000);
  const page = await untilToken(connected, sandbox);
  sandbox.github.control.addCollaborator('acme/shop', agent.login);
  const token = sandbox.github.control.createFineGrainedToken(agent.login, {
    repositories: ['acme/shop'],
    permissions: { contents: 'write', pull_requests: 'write' },
    expiresAt: null,
  });
  await copy(connected, token);
  await takeToken(page);
  await nextIs(connected, sandbox, 'done');
  const { api } = sandbox.repositories;
  await connected.request('identities.pick', { projectId: api.projectId, uuid: uuidOf(sandbox) });
  await shopCard(page).getByRole('button', { name: 'Retire the identity of shop' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('identities at Ravi are permanent');
  await expect(dialog).toContainText('api acts as Shop Agent too, and goes on with it.');
  await expect(dialog.getByRole('checkbox', { name: /github\.com/ })).toHaveAccessibleName(/api uses it too/);
  await page.screenshot({ path: test.info().outputPath('retire-shared.png') });
  await expect(dialog.getByRole('radio', { name: 'Revoke it at GitHub' })).toBeChecked();
  await dialog.getByRole('checkbox', { name: /github\.com/ }).press('Space');
  await dialog.getByRole('button', { name: 'Retire, and delete 1' }).press('Enter');
  await expect(dialog.getByRole('list', { name: 'What became of it' })).toContainText('Its token is dead at GitHub.');
  await expect(dialog).toContainText('github.com was deleted from its vault.');
  await page.screenshot({ path: test.info().outputPath('retired.png') });
  await dialog.getByRole('button', { name: 'Close' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Give shop an identity' })).toBeVisible();
  expect(sandbox.github.control.liveTokens().map(({ kind }) => kind)).not.toContain('fine-grained');
  expect(sandbox.ravi.passwords(uuidOf(sandbox))).toEqual([]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the identities can be used by everybody, ${colorScheme}`, async ({ connected, sandbox }) => {
    test.setTimeout(120_000);
    const page = await connected.page();
    await page.emulateMedia({ colorScheme });
    await connected.open('Identities');
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Give shop an identity' }).press('Enter');
    await expect(page.getByRole('dialog').getByRole('radio', { name: /Acme Agents/ })).toBeVisible();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await untilToken(connected, sandbox);
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: test.info().outputPath(`checklist-${colorScheme}.png`) });
    for (const question of ['Get a phone number for shop', 'Retire the identity of shop']) {
      await page.getByRole('button', { name: question }).press('Enter');
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press('Escape');
    }
  });
}
