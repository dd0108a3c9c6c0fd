import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import Database from 'libsql';
import { Companion } from './fixtures/companion.ts';
import { inboxOf, makeIdentity, nextIs, shopCard } from './fixtures/identities.ts';
import { grantFor, knock, linkOf, turnedOn, visit } from './fixtures/remote.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { inBothThemes } from './fixtures/violations.ts';
import { provisioned } from './fixtures/worktrees.ts';

const main = (page: Page): Locator => page.getByRole('main');
const headingOf = (page: Page, section: string) => page.getByRole('heading', { level: 2, name: section, exact: true });
const firstSteps = async (companion: Companion): Promise<Page> => {
  const page = await companion.open('Settings');
  await page.getByRole('button', { name: 'First steps' }).click();
  return page;
};

test('with nothing set up, and files that can’t be read, each page says what happened and leads on', async ({
  desktop: _desktop,
  userData,
  temporary,
  folder,
}) => {
  test.setTimeout(150_000);
  const home = join(folder, 'home');
  for (const made of [userData, home]) await mkdir(made);
  const broken = { 'settings.json': '{"firstRunDone": tr', 'secrets.json': '[1]', 'companion.db': 'no database at all' };
  for (const [name, text] of Object.entries(broken)) await writeFile(join(userData, name), text);
  // No Jean has ever run here.
  const companion = await Companion.launch({ userData, dataHome: join(folder, 'nothing'), temporary, home });
  try {
    const page = await companion.page();
    await expect(page.getByRole('heading', { level: 1, name: 'First steps' })).toBeVisible();
    for (const said of [
      'The settings could not be read',
      'The keys and tokens on this computer could not be read',
      'database could not be read',
    ])
      await expect(main(page).getByText(said)).toBeVisible();
    for (const [name, text] of Object.entries(broken)) {
      const aside = (await readdir(userData)).filter((one) => one.startsWith(`${name}.broken-`));
      expect(aside).toHaveLength(1);
      expect(await readFile(join(userData, aside[0] ?? ''), 'utf8')).toBe(text);
    }
    const jean = page.getByRole('region', { name: 'Jean', exact: true });
    await expect(jean).toContainText('not found');
    await expect(jean).toContainText('Install and start it, or choose its data folder.');
    await inBothThemes(page, 'fresh-first-steps');

    await companion.open('Identities');
    await expect(page.getByRole('heading', { name: 'No projects yet' })).toBeVisible();
    await inBothThemes(page, 'fresh-identities');
    await main(page).getByRole('button', { name: 'Sign in to Ravi' }).click();
    await expect(headingOf(page, 'Ravi').first()).toBeFocused();
    await inBothThemes(page, 'fresh-settings');
    await page.getByRole('button', { name: 'Quit for good…' }).click();
    await expect(page.getByRole('dialog')).toContainText('No worktree has anything of it now.');
    await expect(page.getByRole('dialog')).not.toContainText('those worktrees');
    await inBothThemes(page, 'fresh-leave');
    await page.keyboard.press('Escape');

    await companion.open('Remote access');
    await page.getByRole('button', { name: 'Turn on remote access' }).click();
    await expect(main(page)).toContainText('There is nothing to lead to yet. Jean was not found on this computer.');
    await inBothThemes(page, 'fresh-remote-on');
  } finally {
    await companion.quit().catch(() => undefined);
  }
});

test('with everything set up, each page says what is away, what goes on, and where to mend it', async ({
  connected,
  sandbox,
  userData,
}) => {
  test.setTimeout(240_000);
  const { jean, ravi, github } = sandbox;
  const again = (service: 'ravi' | 'github') => connected.request('setup.retry', { service }).catch(() => undefined);
  await provisioned(connected, sandbox, 'checkout-flake');
  const page = await connected.open('Identities');
  await makeIdentity(page);
  await nextIs(connected, sandbox, 'password');
  const address = await turnedOn(connected);
  const kim = await grantFor(connected, { person: 'Kim' });
  const { cookie } = await visit(linkOf(await grantFor(connected, { person: 'Ana' })));
  const door = async () => {
    const answer = await fetch(address, { headers: { cookie, accept: 'text/html', connection: 'close' } });
    return `${answer.status} ${await answer.text()}`;
  };

  await test.step('loading, and a request that fails', async () => {
    ravi.faults.next({ match: { path: '/api/identities/' }, answer: { delayMs: 2_000 } });
    await page.getByRole('button', { name: 'Give api an identity' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByText('Asking Ravi for those that there are')).toBeVisible();
    await expect(dialog.getByText('In use by shop')).toBeVisible();
    await page.keyboard.press('Escape');
    ravi.faults.next({ match: { path: '/api/identities/' }, times: 9, answer: { status: 503, body: { detail: 'busy' } } });
    await page.getByRole('button', { name: 'Give api an identity' }).click();
    await expect(dialog.getByText('Listing the identities failed')).toBeVisible();
    await inBothThemes(page, 'failed-list');
    ravi.faults.clear();
    await dialog.getByRole('button', { name: /^Try again/ }).click();
    await expect(dialog.getByText('In use by shop')).toBeVisible();
    await page.keyboard.press('Escape');
  });

  await test.step('Ravi', async () => {
    const notice = main(page).getByRole('status');
    const mended = async () => {
      ravi.faults.clear();
      await again('ravi');
      await connected.until(({ services }) => services.ravi?.health === 'ok', 'Ravi is well again');
    };
    ravi.faults.next({ times: 999, answer: { status: 401, body: { detail: 'Invalid API key.' } } });
    await again('ravi');
    await expect(notice.filter({ hasText: 'No identity is lost' })).toBeVisible();
    await inBothThemes(page, 'ravi-refuses');
    await main(page).getByRole('button', { name: 'Mend it in Settings' }).click();
    await expect(headingOf(page, 'Ravi').first()).toBeFocused();
    await expect(page.getByRole('region', { name: 'Ravi', exact: true })).toContainText('Nothing in the vault was changed.');
    await expect(page.getByRole('button', { name: 'Sign in again' })).toBeVisible();
    await inBothThemes(page, 'ravi-refuses-settings');

    await mended();
    ravi.faults.next({ times: 999, answer: { status: 402, body: { detail: 'Your plan does not include this.' } } });
    await again('ravi');
    await connected.open('Identities');
    await expect(notice.filter({ hasText: 'The plan is changed in Ravi’s dashboard' })).toBeVisible();
    await inBothThemes(page, 'ravi-plan');

    await mended();
    ravi.faults.down();
    await again('ravi');
    await expect(notice.filter({ hasText: 'What is shown is what was last known' })).toBeVisible();
    await expect(inboxOf(page)).toContainText('It is looked at again by itself.', { timeout: 20_000 });
    await inBothThemes(page, 'ravi-away');
    await firstSteps(connected);
    await expect(main(page)).toContainText('nothing is missing, but Ravi needs a look');
    ravi.faults.up();
    await again('ravi');
    await expect(main(page)).not.toContainText('needs a look');
  });

  await test.step('GitHub', async () => {
    const card = page.getByRole('region', { name: 'GitHub App' });
    const busy = { status: 502, body: { message: 'Bad gateway' } };
    github.control.faults.next({ times: 999, answer: busy });
    await again('github');
    await expect(card).toContainText('The live credential works to its end.');
    await expect(card).toContainText('what was last known');
    await inBothThemes(page, 'github-502');
    github.control.faults.clear();
    github.control.faults.down();
    await again('github');
    await connected.open('Identities');
    await expect(main(page)).toContainText('Account, token and access can’t be checked meanwhile.');
    github.control.faults.up();
    await main(page).getByRole('button', { name: 'Try GitHub again' }).click();
    await expect(main(page)).not.toContainText('can’t be checked meanwhile');
  });

  await test.step('Jean', async () => {
    await connected.open('Remote access');
    const part = main(page).getByRole('region', { name: 'Jean, this computer' });
    await jean.mcp(true);
    await jean.webAccess(false);
    await expect(part).toContainText('Jean’s web access is off, so who comes in only reads', { timeout: 40_000 });
    // Who comes in reads it, too, and what to do.
    expect(await door()).toMatch(/^502 [\s\S]*Jean is not running on that computer, or its web access is off\./);
    await inBothThemes(page, 'remote-web-access-off');
    await jean.mcp(false);
    await jean.stop();
    // The Companion reads its files then, which tell nothing of whether it runs.
    await expect(part).toContainText('Jean does not run, or its web access is off, so who comes in only reads', {
      timeout: 40_000,
    });
    await inBothThemes(page, 'remote-jean-away');
    await connected.open('Identities');
    await expect(shopCard(page)).toBeVisible();
  });

  await test.step('the database is held by another program', async () => {
    expect(await knock(address, kim.token)).not.toBe(0);
    const other = new Database(join(userData, 'companion.db'));
    other.exec('BEGIN EXCLUSIVE');
    await connected.open('Remote access');
    await page.getByRole('button', { name: 'Turn off remote access…' }).click();
    await page.getByRole('button', { name: 'Turn it off' }).click();
    await expect(page.getByRole('heading', { name: 'Remote access is off' })).toBeVisible();
    // A door that is said to be closed is closed, also when that can't be written down.
    await soon(() => knock(address, kim.token)).toBe(0);
    await expect(main(page)).toContainText('Nothing can be written down just now.');
    await inBothThemes(page, 'held-remote');
    await connected.open('Settings');
    await page.getByRole('button', { name: 'Mark commits' }).click();
    await expect(page.getByText(/Another program holds .* Close the file there\./).last()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Mark commits' })).toBeVisible();
    await inBothThemes(page, 'held-settings');
    await page.getByRole('button', { name: 'Quit for good…' }).click();
    await expect(page.getByRole('dialog')).toContainText('The identity at Ravi and its GitHub account stay');
    await inBothThemes(page, 'held-leave');
    await page.keyboard.press('Escape');
    other.exec('ROLLBACK');
    other.close();
    await expect(main(page)).not.toContainText('Nothing can be written down just now.', { timeout: 20_000 });
  });
});
