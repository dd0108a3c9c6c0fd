import type { Page } from '@playwright/test';
import { agent, makeIdentity, nextIs, shopCard, stepOf } from './fixtures/identities.ts';
import { grantFor, turnedOn } from './fixtures/remote.ts';
import { expect, test } from './fixtures/test.ts';
import { wrongByKeyboard, wrongWithDialog } from './fixtures/walk.ts';
import { provisioned, sessionIn } from './fixtures/worktrees.ts';

/** Goes to a page by its link as a keyboard does; its heading has the focus then. */
async function visit(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name })).toBeFocused();
}

test('every page is walked through by Tab and back, and every question gives the focus back', async ({ connected, sandbox }) => {
  test.setTimeout(240_000);
  const { jean } = sandbox;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await jean.askPermission(session, 'npm ci');
  await provisioned(connected, sandbox, 'apple-pay');
  const page = await connected.page();
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).first();
  const wrong: Record<string, readonly string[]> = {};
  const walked = async (place: string): Promise<void> => {
    const found = await wrongByKeyboard(page);
    if (found.length > 0) wrong[place] = found;
  };
  const asked = async (name: string | RegExp): Promise<void> => {
    await expect(button(name)).toBeVisible();
    const found = await wrongWithDialog(page, button(name));
    if (found.length > 0) wrong[`the question of “${name}”`] = found;
  };

  await visit(page, 'Credentials');
  const credentials = page.getByRole('navigation', { name: 'Credentials' });
  await credentials.getByRole('button', { name: /checkout-flake/ }).press('Enter');
  await walked('Credentials');
  await asked('Revoke everything…');
  await asked('Rotate everything…');
  await asked('Revoke checkout-flake');
  await asked('Release checkout-flake');

  await visit(page, 'Sessions');
  await page.getByRole('listitem', { name: 'Mend the flake' }).getByRole('button').first().press('Enter');
  await walked('Sessions, a row open');
  await asked(/^Archive session/);

  await visit(page, 'Projects');
  await walked('Projects');
  await turnedOn(connected);
  await visit(page, 'Remote access');
  await asked('New grant…');
  await grantFor(connected, { person: 'Ana' });
  await page.getByRole('main').locator('[data-row]').first().press('Enter');
  await walked('Remote access, a grant open');
  for (const question of ['New token…', 'Set the end…', 'Revoke…']) await asked(question);
  await visit(page, 'Notifications');
  for (const part of ['History', 'Rules', 'Away and quiet', 'Channels', 'Try it']) {
    await page.getByRole('tab', { name: part }).press('Enter');
    await walked(`Notifications, ${part}`);
  }
  await visit(page, 'Audit');
  await page.getByRole('region', { name: 'Entries' }).getByRole('button').first().press('Enter');
  await walked('Audit');
  await visit(page, 'Settings');
  await walked('Settings');
  for (const question of ['Sign out of Ravi', 'Disconnect GitHub', 'Remove Jean, this computer']) await asked(question);
  for (const question of ['Put General back to the defaults', 'Release all worktrees…', 'Quit for good…']) await asked(question);

  await page.keyboard.press('Control+K');
  await expect(page.getByRole('combobox', { name: 'Search or jump to' })).toBeFocused();
  await walked('the palette');
  await page.keyboard.type('audit');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Audit' })).toBeFocused();
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { level: 1, name: 'Audit' })).toBeFocused();
  await visit(page, 'Settings');
  await button('First steps').press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'First steps' })).toBeFocused();
  await walked('First steps');
  expect(wrong).toEqual({});
});

test('an identity’s checklist is walked through at each step; what is done is said, and the focus goes on to what is next', async ({
  connected,
  sandbox,
}) => {
  test.setTimeout(240_000);
  const { github } = sandbox;
  const page = await connected.page();
  const button = (name: string) => page.getByRole('button', { name, exact: true }).first();
  const wrong: Record<string, readonly string[]> = {};
  const walked = async (place: string): Promise<void> => {
    const found = await wrongByKeyboard(page);
    if (found.length > 0) wrong[place] = found;
  };
  const asked = async (name: string): Promise<void> => {
    const found = await wrongWithDialog(page, button(name));
    if (found.length > 0) wrong[`the question of “${name}”`] = found;
  };
  const said = page.getByRole('status').filter({ hasText: 'steps are done' });
  const focusIn = (step: string) => stepOf(page, step).locator(':focus');

  await visit(page, 'Identities');
  await asked('Give shop an identity');
  await makeIdentity(page);
  await nextIs(connected, sandbox, 'password');
  await expect(said).toContainText('2 of 9 steps are done. Next: a user name and a password.');
  await expect(shopCard(page).locator(':focus')).toHaveCount(1);
  await walked('the step of the password');
  await button('Make a password').press('Enter');
  await nextIs(connected, sandbox, 'sign-up');
  await expect(focusIn('A user name and a password')).toHaveCount(1);
  await expect(said).toContainText('3 of 9 steps are done');
  await walked('the step of the sign-up');
  await asked('Get a phone number for shop');
  await asked('Retire the identity of shop');

  github.control.signUp(agent.login, agent.address);
  await button('Open GitHub’s sign-up').press('Enter');
  const code = page.getByRole('status', { name: 'Code', exact: true });
  await expect(code).toHaveText(/^\d{8}$/, { timeout: 20_000 });
  await expect(page.getByRole('status', { name: 'New in the inbox' })).toContainText('arrived, with the code');
  await walked('the step of the account');
  await asked(`Open a page at ${new URL(github.webUrl).host}…`);
  await button('Check the account').press('Enter');
  await expect(stepOf(page, 'The account is there')).toContainText('GitHub has no account');
  await expect(button('Check the account')).toBeFocused();
  github.control.confirm(agent.login, (await code.textContent()) ?? '');
  await page.keyboard.press('Enter');
  await nextIs(connected, sandbox, 'token');
  await expect(focusIn('Its token')).toHaveCount(1);
  await walked('the step of the token');

  await button('Take the token from the clipboard').press('Enter');
  await expect(page.getByRole('alert').first()).toBeVisible();
  await expect(button('Take the token from the clipboard')).toBeFocused();
  await walked('the step of the token, with trouble');
  expect(wrong).toEqual({});
});

test('what has the focus and goes away leaves it to what is next to it', async ({ connected, sandbox }) => {
  const { jean } = sandbox;
  const made = [];
  for (const name of ['first-one', 'second-one', 'third-one']) made.push((await provisioned(connected, sandbox, name)).worktree);
  const page = await connected.page();
  await visit(page, 'Sessions');
  const rows = page.getByRole('main').locator('[data-row]');
  await expect(rows).toHaveCount(3);
  await rows.nth(1).focus();
  const names = await rows.allTextContents();
  const middle = made.find(({ name }) => names[1]?.includes(name));
  await jean.deleteWorktree(middle?.id ?? '');
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toBeFocused();

  // The walk would find what is wrong: a control that shows no ring, and one that is not met where it stands.
  expect(await wrongByKeyboard(page)).toEqual([]);
  await page.evaluate(() => {
    document.querySelector<HTMLElement>('main .jump')?.style.setProperty('outline', 'none', 'important');
    document.querySelectorAll<HTMLElement>('main [data-row]')[1]?.setAttribute('tabindex', '1');
  });
  await page.getByRole('heading', { level: 1 }).focus();
  const found = (await wrongByKeyboard(page)).join('\n');
  expect(found).toContain('No ring at button “Search or jump to');
  expect(found).toContain('Tab leads to');
});
