import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { heapOf } from './fixtures/heap.ts';
import { agent, copied, copy, inboxOf, makeIdentity, nextIs, shopCard, stepOf } from './fixtures/identities.ts';
import { turnedOn } from './fixtures/remote.ts';
import { expect, soon, test } from './fixtures/test.ts';

/** Which of them the page's script can still reach. */
const held = async (page: Page, secrets: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const heap = await heapOf(page);
  return Object.entries(secrets).flatMap(([name, value]) => (heap.some((text) => text.includes(value)) ? [name] : []));
};

// No secret is handed to the page to compare with, and none is matched there by an expression: it would be found.
test('codes, passwords and tokens leave the page’s memory with the field that showed them', async ({
  launch,
  sandbox,
  userData,
}) => {
  test.setTimeout(180_000);
  const { ravi, github, raviAccount, repositories } = sandbox;
  const { projectId } = repositories.shop;
  const companion = await launch();
  const page = await companion.page();
  await companion.willConfirm();
  await companion.request('setup.ravi', { baseUrl: ravi.url });
  await expect(page.getByRole('status', { name: 'Code' })).not.toHaveText('');
  const signIn = { 'code of the sign-in': ravi.pendingDevices()[0] ?? '' };
  expect(await held(page, signIn), 'the scan finds what is shown').toEqual(['code of the sign-in']);
  ravi.approveDevice(signIn['code of the sign-in']);
  await companion.until(({ services }) => services.ravi?.health === 'ok', 'Ravi is connected');
  await companion.connectGitHub(sandbox);
  await companion.request('setup.done', undefined);
  expect(await held(page, signIn)).toEqual([]);

  await companion.open('Identities');
  await makeIdentity(page);
  await nextIs(companion, sandbox, 'password');
  await stepOf(page, 'A user name and a password').getByRole('button', { name: 'Make a password' }).press('Enter');
  await nextIs(companion, sandbox, 'sign-up');
  const uuid = ravi.identities(raviAccount.id).find(({ inbox }) => inbox === agent.address)?.uuid ?? '';
  const password = { password: ravi.passwords(uuid)[0]?.password ?? '' };
  const shown = shopCard(page).getByRole('status', { name: 'Password' });
  await shopCard(page).getByRole('button', { name: 'Show the password of shop' }).press('Enter');
  await expect(shown).not.toHaveText('');
  expect(await shown.textContent()).toBe(password.password);
  await shopCard(page).getByRole('button', { name: 'Hide the password of shop' }).press('Enter');
  await expect(shown).toHaveText('');
  await shopCard(page).getByRole('button', { name: 'Copy the password of shop' }).press('Enter');
  await soon(() => copied(companion)).toBe(password.password);
  expect(await held(page, password)).toEqual([]);

  const token = github.control.createFineGrainedToken(agent.login, {
    repositories: [repositories.shop.fullName],
    permissions: { contents: 'write', pull_requests: 'write' },
    expiresAt: null,
  });
  await companion.request('identities.login', { projectId, login: agent.login });
  await copy(companion, token);
  await stepOf(page, 'Its token').getByRole('button', { name: 'Take the token from the clipboard' }).press('Enter');
  await nextIs(companion, sandbox, 'invitation');
  expect(await held(page, { token })).toEqual([]);

  const code = '77031294';
  ravi.incomingMail(uuid, {
    from: 'GitHub <noreply@github.com>',
    subject: 'Your launch code',
    text: `Your code is ${code}. Or open https://github.com/account_verifications/confirm/deep-link-of-mail`,
  });
  // It is spoken digit by digit.
  const mail = { code, 'spoken code': code.split('').join(' '), link: 'deep-link-of-mail' };
  await expect(inboxOf(page)).toContainText('Your launch code', { timeout: 20_000 });
  await expect(inboxOf(page).getByRole('status', { name: 'New in the inbox' })).not.toHaveText('');
  await inboxOf(page).getByRole('button', { name: 'Copy the code' }).first().press('Enter');
  await soon(() => copied(companion)).toBe(code);
  expect(await held(page, mail), 'the scan finds what is shown').toEqual(['code', 'link']);
  // As when the window is hidden: the page stays, and nobody looks.
  await companion.request('identities.watch', { projectId, on: false });
  await expect(inboxOf(page).getByRole('list', { name: 'Mails and SMS' })).toBeHidden();
  expect(await held(page, mail)).toEqual([]);
  await expect(inboxOf(page)).toContainText('Your launch code', { timeout: 20_000 });
  await companion.open('Audit');
  await soon(async () => (await companion.state()).identities[projectId]?.inbox).toBe(null);
  expect(await held(page, mail)).toEqual([]);

  await turnedOn(companion);
  await companion.open('Remote access');
  await page.getByRole('button', { name: 'New grant…' }).press('Enter');
  await page.getByRole('textbox', { name: 'Who' }).fill('Ana');
  await page.getByRole('textbox', { name: 'Who' }).press('Enter');
  await expect(page.getByRole('status', { name: 'Link' })).toContainText('token=');
  const grant = /jrg_[\w-]+/.exec((await page.getByRole('status', { name: 'Link' }).textContent()) ?? '')?.[0] ?? '';
  expect(await held(page, { grant }), 'the scan finds what is shown').toEqual(['grant']);
  await page.getByRole('button', { name: 'I have handed it on' }).press('Enter');
  await expect(page.getByRole('dialog')).toBeHidden();
  expect(await held(page, { grant })).toEqual([]);

  // What is lent to the clipboard is taken off when the app is ended before its minute is over, and nothing of it is kept.
  const kept = (): Promise<string> => readFile(join(userData, 'secrets.json'), 'utf8');
  await companion.request('identities.copyPassword', { projectId });
  expect(await kept()).toContain('clipboard:lent');
  const ended = new Promise((resolve) => companion.app.process().once('exit', resolve));
  companion.app.process().kill('SIGTERM');
  await ended;
  expect(await kept()).not.toContain('clipboard:lent');
});
