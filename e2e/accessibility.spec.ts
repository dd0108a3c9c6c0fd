import type { Page } from '@playwright/test';
import { expect, soon, test } from './fixtures/test.ts';
import { violationsOf } from './fixtures/violations.ts';
import { activeCredential, aliveAtGitHub, provisioned, sessionIn } from './fixtures/worktrees.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page can be used by everybody, ${colorScheme}`, async ({ connected, sandbox }) => {
    const { jean } = sandbox;
    const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
    await jean.askPermission(session, 'npm ci');
    const failing = await sessionIn(connected, sandbox, 'rails-8', 'Upgrade to Rails 8');
    await jean.startTurn(failing.session);
    await jean.failTurn(failing.session, 'context limit reached');
    const ended = await provisioned(connected, sandbox, 'apple-pay');
    await connected.request('credentials.revoke', { worktreeId: ended.worktree.id });
    const page = await connected.page();
    await page.emulateMedia({ colorScheme });

    await connected.open('Sessions');
    await page.getByRole('listitem', { name: 'Mend the flake' }).getByRole('button').first().click();
    expect(await violationsOf(page)).toEqual([]);
    await connected.open('Credentials');
    expect(await violationsOf(page)).toEqual([]);
    for (const question of ['Revoke everything…', 'Revoke checkout-flake', 'Release checkout-flake']) {
      await page.getByRole('button', { name: question }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press('Escape');
    }
    await connected.open('Projects');
    expect(await violationsOf(page)).toEqual([]);
    await connected.open('Identities');
    expect(await violationsOf(page)).toEqual([]);
    await connected.open('Notifications');
    await page.getByRole('region', { name: 'History' }).getByRole('button').first().click();
    for (const part of ['History', 'Rules', 'Away and quiet', 'Channels', 'Try it']) {
      await page.getByRole('tab', { name: part }).click();
      expect(await violationsOf(page)).toEqual([]);
    }
    await connected.open('Audit');
    await expect(page.getByRole('region', { name: 'Entries' }).getByRole('listitem').first()).toBeVisible();
    await page.getByRole('region', { name: 'Entries' }).getByRole('button').first().click();
    expect(await violationsOf(page)).toEqual([]);
    await connected.open('Settings');
    expect(await violationsOf(page)).toEqual([]);
    for (const question of ['Release all worktrees…', 'Quit for good…']) {
      await page.getByRole('button', { name: question }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press('Escape');
    }
    await page.keyboard.press('Control+K');
    await expect(page.getByRole('combobox', { name: 'Search or jump to' })).toBeFocused();
    expect(await violationsOf(page)).toEqual([]);
  });

  test(`the first run can be used by everybody, ${colorScheme}`, async ({ launch, sandbox }) => {
    const companion = await launch();
    const page = await companion.page();
    await page.emulateMedia({ colorScheme });
    await expect(page.getByRole('heading', { level: 1, name: 'First steps' })).toBeVisible();
    for (const summary of await page.getByText('Advanced').all()) await summary.click();
    await companion.willConfirm();
    await companion.request('setup.ravi', { baseUrl: sandbox.ravi.url });
    await expect(page.getByRole('status', { name: 'Code' })).toBeVisible();
    expect(await violationsOf(page)).toEqual([]);
    await companion.open('Sessions');
    expect(await violationsOf(page)).toEqual([]);
  });
}

test('the check of the pages would find a button without a name', async ({ launch }) => {
  const page = await (await launch()).page();
  await page.evaluate(() => document.querySelector('main')?.append(document.createElement('button')));
  expect(await violationsOf(page)).toEqual([expect.stringContaining('button-name')]);
});

/** Presses Tab until an element with that name has the focus; throws when the focus comes round without it. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
    });
    if (focused.startsWith(name)) return;
    passed.push(focused);
  }
  throw new Error(`Tab does not reach “${name}”, only: ${passed.join(' | ')}`);
}

test('Tab reaches the pages, a row and its Rotate, and Enter uses them', async ({ connected, sandbox }) => {
  const { worktree, credential } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  const page = await connected.open('Credentials');
  await tabTo(page, 'Sessions');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible();
  await tabTo(page, 'Mend the flake');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listitem', { name: 'Mend the flake' }).getByText(worktree.path)).toBeVisible();
  await tabTo(page, 'Rotate checkout-flake');
  await page.keyboard.press('Enter');
  await soon(() => aliveAtGitHub(sandbox).includes(credential.fingerprint)).toBe(false);
});

test('Ctrl+K rotates a credential by keyboard alone', async ({ connected, sandbox }) => {
  const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
  const other = await provisioned(connected, sandbox, 'apple-pay');
  const page = await connected.open('Audit');
  await page.keyboard.press('Control+K');
  await page.keyboard.type('rotate check');
  await expect(page.getByRole('listbox').getByRole('option', { selected: true })).toContainText('Rotate checkout-flake');
  await page.keyboard.press('Enter');
  await soon(() => aliveAtGitHub(sandbox).includes(credential.fingerprint)).toBe(false);
  const now = await activeCredential(connected, worktree);
  await soon(() => [...aliveAtGitHub(sandbox)].sort()).toEqual([now.fingerprint, other.credential.fingerprint].sort());
});
