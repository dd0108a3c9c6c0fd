import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Browser } from './fixtures/browser.ts';
import { agent, inboxOf, nextIs, shopCard, stepOf } from './fixtures/identities.ts';
import { Keyboard } from './fixtures/keyboard.ts';
import { expect, test } from './fixtures/test.ts';
import { Visitor } from './fixtures/visitor.ts';
import { push } from './fixtures/worktrees.ts';

/** Pictures of each step, light and dark, in the order of the steps, beside the test's output. */
function recorder(page: Page): (name: string) => Promise<void> {
  let taken = 0;
  return async (name) => {
    taken += 1;
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      const path = test.info().outputPath(`${String(taken).padStart(2, '0')}-${name}-${colorScheme}.png`);
      await page.screenshot({ path });
      await test.info().attach(`${name}, ${colorScheme}`, { path, contentType: 'image/png' });
    }
  };
}

test('first steps: from an empty profile to a pushed commit by a project’s own account, by keyboard alone', async ({
  folder,
  launch,
  sandbox,
}) => {
  // The five minutes that a person may need.
  test.setTimeout(300_000);
  const { github, jean, ravi, raviAccount, repositories } = sandbox;
  const begun = Date.now();
  const companion = await launch();
  const browser = await Browser.of(companion);
  const visitor = await Visitor.start(join(folder, 'visitor'));
  // The system's own questions, whether another server than the usual one is meant, are not on the page.
  await companion.willConfirm();
  const page = await companion.page();
  await page.context().tracing.start({ screenshots: true, snapshots: true });
  const record = recorder(page);
  const keys = new Keyboard(page);
  const { keyboard } = page;
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const region = (name: string) => page.getByRole('region', { name, exact: true });
  /** The page that the app has sent this person's browser to. */
  const opened = async (person: 'developer' | 'account', address: string | RegExp) => {
    await expect.poll(() => browser.opened()).toMatch(address);
    const there = await visitor.open(person, await browser.opened());
    return {
      there,
      typing: new Keyboard(there, { inBrowser: true }),
      button: (name: string) => there.getByRole('button', { name, exact: true }),
    };
  };

  await expect(page.getByRole('heading', { level: 1, name: 'First steps' })).toBeVisible();
  await expect(region('Jean')).toContainText('Connected to Jean');
  await record('jean-is-found');

  const app = region('GitHub App');
  await keys.reach(app.getByRole('radio', { name: 'my own account' }));
  await keyboard.press('ArrowDown');
  await keys.type(app.getByLabel('Organization', { exact: true }), 'acme');
  await keys.press(app.locator('summary', { hasText: 'Advanced' }));
  await keys.type(app.getByLabel('API address'), github.apiUrl);
  await keys.type(app.getByLabel('Web address'), github.webUrl);
  await keys.back(button('Create a GitHub App'));
  await keyboard.press('Enter');
  await expect(app).toContainText('Go on in your browser');
  await record('github-is-asked-for-an-app');
  const making = await opened('developer', /^http/);
  await making.typing.press(making.button('Create GitHub App'));
  await making.typing.press(making.button('Install'));
  await expect(making.there.getByRole('main')).toContainText('acme/shop');
  await keys.press(button('Check GitHub again'));
  await expect(app).toContainText('acme: all its repositories');
  await record('github-is-connected');

  const vault = region('Ravi');
  await keys.press(vault.locator('summary', { hasText: 'Advanced' }));
  await keys.type(vault.getByLabel('Base URL'), ravi.url);
  await keys.back(button('Sign in to Ravi'));
  await keyboard.press('Enter');
  await expect(vault.getByRole('status', { name: 'Code' })).toHaveText(/^[A-Z]{4}-\d{4}$/);
  await record('a-code-for-ravi');
  await keys.press(button('Copy the code'));
  await keys.press(vault.getByRole('button', { name: 'Open the page' }));
  const approving = await opened('developer', /device/);
  await approving.typing.paste(approving.there.getByLabel('Code'));
  await approving.typing.press(approving.button('Approve'));
  await expect(vault).toContainText('dana@acme.test');
  await record('ravi-is-connected');

  await keys.press(button('Check it'));
  await expect(region('Check')).toContainText('everything works', { timeout: 30_000 });
  await record('the-check-passed');

  await keys.press(button('Open Identities'));
  await expect(page.getByRole('heading', { level: 1, name: 'Identities' })).toBeFocused();
  await keys.press(button('Give shop an identity'));
  const dialog = page.getByRole('dialog');
  await keys.type(dialog.getByLabel('Name'), agent.name);
  await keys.type(dialog.getByLabel('Address, before the @'), agent.local);
  await keys.reach(dialog.getByRole('checkbox'));
  await keyboard.press('Space');
  await record('who-the-shop-is-to-be');
  await keys.press(dialog.getByRole('button', { name: 'Make it' }));
  await nextIs(companion, sandbox, 'password');
  await record('an-identity-is-made');

  await keys.press(button('Make a password'));
  await nextIs(companion, sandbox, 'sign-up');
  await record('a-password-is-kept');
  await keys.press(button('Open GitHub’s sign-up'));
  await keys.press(button('Copy the password of shop'));
  await expect(page.getByText('The password is on the clipboard')).toBeVisible();
  const signing = await opened('account', /\/signup$/);
  await signing.typing.type(signing.there.getByLabel('Email'), agent.address);
  await signing.typing.paste(signing.there.getByLabel('Password'));
  await signing.typing.type(signing.there.getByLabel('Username'), agent.login);
  await signing.there.keyboard.press('Enter');
  const code = inboxOf(page).getByRole('status', { name: 'Code', exact: true });
  await expect(code).toHaveText(/^\d{8}$/, { timeout: 20_000 });
  await record('the-code-is-in-the-inbox');
  await keys.press(inboxOf(page).getByRole('button', { name: 'Copy the code' }));
  await expect(page.getByText('The code is on the clipboard')).toBeVisible();
  await signing.typing.paste(signing.there.getByLabel('Code'));
  await signing.there.keyboard.press('Enter');
  await expect(signing.there.getByRole('main')).toContainText(`You are signed in as ${agent.login}`);
  await keys.press(button('Check the account'));
  await nextIs(companion, sandbox, 'token');
  await record('the-account-is-there');

  await keys.press(button('Open the people of acme'));
  const inviting = await opened('developer', /orgs\/acme\/people$/);
  await inviting.typing.type(inviting.there.getByLabel('Username'), agent.login);
  await inviting.typing.press(inviting.button('Send invitation'));
  await expect(inviting.there.getByRole('status')).toContainText('is invited');
  await keys.press(button('Open the invitation'));
  const accepting = await opened('account', /orgs\/acme\/invitation$/);
  await accepting.typing.press(accepting.button('Join acme'));
  await expect(accepting.there.getByRole('status')).toContainText('You are a member of acme');
  await keys.press(button('Open the repository’s access page'));
  const admitting = await opened('developer', /settings\/access$/);
  await admitting.typing.type(admitting.there.getByLabel('Find people by username'), agent.login);
  await admitting.typing.press(admitting.button('Add to repository'));
  await expect(admitting.there.getByRole('status')).toContainText('may write now');
  await keys.press(button('Open GitHub’s form for the token of shop'));
  const form = await opened('account', /personal-access-tokens\/new/);
  await form.typing.reach(form.there.getByRole('radio', { name: 'Public repositories' }));
  await form.there.keyboard.press('ArrowDown');
  await form.there.keyboard.press('ArrowDown');
  await form.typing.reach(form.there.getByRole('checkbox', { name: 'acme/shop' }));
  await form.there.keyboard.press('Space');
  await form.typing.press(form.button('Generate token'));
  const shown = form.there.getByLabel('Jean: shop');
  await expect(shown).toHaveValue(/^github_pat_/);
  const token = await shown.inputValue();
  await form.typing.reach(shown);
  await form.there.keyboard.press('Control+A');
  await form.there.keyboard.press('Control+C');
  await keys.press(button('Take the token from the clipboard'));
  await nextIs(companion, sandbox, 'done');
  await record('the-token-is-taken');

  await keys.press(button('Use it for shop…'));
  await expect(dialog).toBeVisible();
  await record('the-switch-is-explained');
  await keys.press(dialog.getByRole('button', { name: 'Switch shop' }));
  await nextIs(companion, sandbox, null);
  await keys.isSomewhere();
  await expect(stepOf(page, 'In use')).toContainText('commit and push as shop-agent');
  await record('the-project-is-switched');
  await expect(button('Open Sessions')).toBeFocused();

  const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'first-commit' });
  await companion.until(
    ({ credentials }) => credentials[worktree.id]?.state === 'active' && credentials[worktree.id]?.holder === agent.login,
    'the new worktree has the account’s token',
  );
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeFocused();
  await expect(page.getByRole('main')).toContainText('first-commit');
  await expect(page.getByRole('main').getByText(agent.login, { exact: true }).first()).toBeVisible();
  await record('the-worktree-is-there');
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  const pushed = github.control.pushes().at(-1);
  expect(pushed).toMatchObject({ login: agent.login, repo: 'acme/shop' });
  expect(pushed?.commits.at(-1)?.author).toMatchObject({
    name: expect.stringContaining(agent.login),
    email: expect.stringMatching(/^\d+\+shop-agent@users\.noreply\./),
  });
  const seconds = Math.round((Date.now() - begun) / 1_000);
  const told = `From npm start's window to the pushed commit: ${seconds} s, with ${keys.pressed} times Tab in the app.`;
  console.log(told);
  test.info().annotations.push({ type: 'first steps', description: told });
  await keys.press(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Audit' }));
  await expect(page.getByRole('region', { name: 'Entries' }).getByRole('listitem').first()).toBeVisible();
  await record('the-push-is-in-the-log');
  await page.context().tracing.stop({ path: test.info().outputPath('first-steps.zip') });
  await visitor.close();

  const [kept] = ravi.passwords(ravi.identities(raviAccount.id).find(({ inbox }) => inbox === agent.address)?.uuid ?? '');
  const secrets = [token, kept?.password ?? token];
  const traces = [JSON.stringify(await companion.state()), JSON.stringify(await companion.audit()), ...companion.printed];
  expect(traces.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([]);
  await expect(shopCard(page)).toBeHidden();
});
