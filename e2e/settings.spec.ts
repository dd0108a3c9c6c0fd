import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { defaultNotificationSettings } from '../shared/notifications.ts';
import { configHome } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { violationsOf } from './fixtures/violations.ts';
import { aliveAtGitHub, isActive, provisioned } from './fixtures/worktrees.ts';

const search = (page: Page) => page.getByRole('searchbox', { name: 'Search the settings' });
const done = (page: Page, text: string) => expect(page.getByText(text)).toBeVisible();

test('a choice has its effect at once, outlives a restart, and can be put back', async ({ launch, userData }) => {
  const companion = await launch();
  await companion.request('setup.done', undefined);
  const page = await companion.open('Settings');
  // What drives the page pretends that it is light otherwise.
  await page.emulateMedia({ colorScheme: null });
  const dark = () => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);

  await page.getByLabel('Colours').selectOption('dark');
  await soon(dark).toBe(true);
  await page.getByLabel('Open at login').click();
  await expect(page.getByLabel('Open at login')).toBeChecked();
  const entry = join(configHome(userData), 'autostart', 'jean-ravi-companion.desktop');
  await soon(() => readFile(entry, 'utf8').catch(() => '')).toContain('"--hidden"\n');
  await page.getByLabel('Show the window when the app is started').click();
  await companion.until(({ preferences }) => preferences.preferences?.windowAtStart === false, 'the app starts without a window');
  await companion.quit();

  const again = await launch();
  expect(again.app.windows()).toEqual([]);
  await again.app.evaluate(({ app }) => app.emit('activate'));
  const next = await again.open('Settings');
  await next.emulateMedia({ colorScheme: null });
  await expect(next.getByLabel('Colours')).toHaveValue('dark');
  expect(await next.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(true);

  await next.getByRole('button', { name: 'Put General back to the defaults' }).click();
  await next.getByRole('dialog').getByRole('button', { name: 'Put back' }).click();
  await done(next, 'General is as it was at first.');
  await expect(next.getByLabel('Colours')).toHaveValue('system');
  await expect(next.getByLabel('Open at login')).not.toBeChecked();
  await soon(() => readFile(entry, 'utf8').catch(() => 'gone')).toBe('gone');
});

test('keys that are pressed open the window from everywhere from then on; plain letters are refused', async ({ launch }) => {
  const companion = await launch();
  await companion.request('setup.done', undefined);
  const page = await companion.open('Settings');
  const button = page.getByRole('button', { name: 'Open the window from everywhere' });
  await button.press('Enter');
  await page.keyboard.press('j');
  await expect(page.getByText('A shortcut is one key together with')).toBeVisible();
  await page.keyboard.press('Control+Alt+j');
  await expect(button).toHaveText('Ctrl + Alt + J');
  const taken = () => companion.app.evaluate(({ globalShortcut }) => globalShortcut.isRegistered('Control+Alt+J'));
  await soon(taken).toBe(true);
  await page.getByRole('button', { name: 'Remove the shortcut' }).click();
  await expect(button).toHaveText('Choose keys');
  await soon(taken).toBe(false);
});

test('a search finds what a person would call it, and says so where there is nothing', async ({ launch }) => {
  const companion = await launch();
  await companion.request('setup.done', undefined);
  const page = await companion.open('Settings');
  await search(page).fill('phone');
  await expect(page.getByText('SMS and e-mail')).toBeVisible();
  await expect(page.getByLabel('Colours')).toBeHidden();
  await search(page).fill('weather');
  await expect(page.getByRole('heading', { name: 'No setting has that name' })).toBeVisible();
  await page.getByRole('button', { name: 'Show all settings' }).click();
  await expect(page.getByLabel('Colours')).toBeVisible();
  await page.getByRole('button', { name: 'Open Away and quiet' }).click();
  await expect(page.getByRole('tab', { name: 'Away and quiet' })).toHaveAttribute('aria-selected', 'true');
});

test('settings go to another computer without a secret, are shown before they are taken, and are taken whole', async ({
  connected,
  sandbox,
  folder,
}) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const projectId = sandbox.repositories.shop.projectId;
  const file = join(folder, 'settings-of-mine.json');
  const read = { enabled: true, source: 'app', profile: 'read', custom: {}, extraRepositories: [] } as const;
  await connected.request('projects.policy', { projectId, policy: read });
  await connected.request('credentials.settings', {
    mintAt: 'first-use',
    lapseHours: 8,
    vaultKeyTemplate: 'JEAN_GH_TOKEN_<SLUG>',
  });
  const page = await connected.open('Settings');
  await connected.willChoose(file);
  await page.getByRole('button', { name: 'Export…' }).click();
  await done(page, `Exported to ${file}.`);
  const text = await readFile(file, 'utf8');
  expect(text).not.toMatch(/ghs_|ravi_|BEGIN|127\.0\.0\.1/);

  await page.getByRole('button', { name: 'Put credentials and projects back to the defaults' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put back' }).click();
  await done(page, 'Credentials are as they were at first.');
  await connected.until(({ policies }) => policies[projectId]?.profile === 'contribute', 'the default holds again');

  await page.getByRole('button', { name: 'Import…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import settings' });
  await expect(dialog.getByRole('row', { name: /mintAt creation first-use/ })).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);
  const before = await connected.state();
  expect(before.settings.credentials?.lapseHours).toBeNull();
  await dialog.getByRole('button', { name: 'Import' }).click();
  await done(page, 'The settings were imported.');
  const { settings } = await connected.until(
    ({ policies }) => policies[projectId]?.profile === 'read',
    'the project has what was imported',
  );
  expect(settings.credentials).toMatchObject({ mintAt: 'first-use', lapseHours: 8 });
  await connected.until(isActive(worktree.id), 'the worktree has a credential');
  expect(aliveAtGitHub(sandbox)).toHaveLength(1);

  await page.getByRole('button', { name: 'Import…' }).click();
  await expect(dialog).toContainText('There is nothing to import.');
  await dialog.getByRole('button', { name: 'Close' }).click();

  await writeFile(file, '{"app": "gitify"}');
  await page.getByRole('button', { name: 'Import…' }).click();
  await expect(page.getByText('it was not exported by Jean Ravi Companion. Nothing was changed.')).toBeVisible();
});

test('what an organization sets can be read and not changed, and what is wrong in its file is said', async ({
  launch,
  folder,
}) => {
  const file = join(folder, 'managed.json');
  const settings = {
    preferences: { theme: 'dark' },
    credentials: { lapseHours: 8 },
    notifications: { rules: { finished: { sms: 'never' } }, quiet: { on: true } },
    channels: { sms: { recipients: [{ address: '+15551234567', verifiedAt: null }] } },
    remoteAccess: { enabled: false, bind: 'loopback' },
    keepIn: 'local',
    github: { appId: '1' },
  };
  await writeFile(file, JSON.stringify({ settings }));
  const companion = await launch(`--managed-settings=${file}`);
  await companion.request('setup.done', undefined);
  const page = await companion.open('Settings');
  await expect(page.getByLabel('Colours')).toHaveValue('dark');
  await expect(page.getByLabel('Colours')).toBeDisabled();
  await expect(page.getByText('Set by your organization.')).toBeVisible();
  await expect(page.getByText('github: there is no such part')).toBeVisible();
  const life = { mintAt: 'creation', lapseHours: null, vaultKeyTemplate: 'JEAN_GH_TOKEN_<SLUG>' } as const;
  await expect(companion.request('credentials.settings', life)).rejects.toThrow('is set by your organization');
  expect((await companion.state()).settings.credentials?.lapseHours).toBe(8);
  await companion.request('credentials.settings', { ...life, lapseHours: 8, mintAt: 'first-use' });
  expect((await companion.state()).settings.credentials).toMatchObject({ lapseHours: 8, mintAt: 'first-use' });

  // It is said where it is used as well, and what an organization has not set stays the person's.
  const said = page.getByText('What can’t be changed here is set by your organization.');
  await companion.open('Projects');
  await expect(said).toBeVisible();
  await expect(page.getByLabel('It goes to sleep')).toBeDisabled();
  await expect(page.getByLabel('Its name in the vault')).toBeEnabled();
  await page.screenshot({ path: test.info().outputPath('managed-projects.png') });
  await companion.open('Notifications');
  await page.getByRole('tab', { name: 'Rules' }).click();
  await expect(page.getByLabel('Text message: A session finished')).toBeDisabled();
  await expect(page.getByLabel('E-mail: A session finished')).toBeEnabled();
  await page.screenshot({ path: test.info().outputPath('managed-rules.png') });
  await page.getByRole('tab', { name: 'Away and quiet' }).click();
  await expect(page.getByLabel('Tell me nothing but what is urgent in these hours')).toBeDisabled();
  await expect(page.getByLabel('Quiet from')).toBeEnabled();
  await page.getByRole('tab', { name: 'Channels' }).click();
  await expect(page.getByText('Who is on this list is set by your organization.')).toBeVisible();
  await expect(page.getByText('+15551234567')).toBeVisible();
  await expect(page.getByRole('button', { name: /^(Remove|Send a code to) \+15551234567$/ })).toHaveCount(0);
  await expect(page.getByLabel('Add a number')).toHaveCount(0);
  await expect(page.getByLabel('Add an address')).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('managed-channels.png') });
  await page.keyboard.press('Control+K');
  await page.keyboard.type('remote access');
  await expect(page.getByRole('option', { name: 'off, set by your organization' })).toBeVisible();
  await expect(page.getByRole('option', { name: 'Turn on remote access' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await companion.open('Remote access');
  await expect(said).toBeVisible();
  await expect(page.getByRole('button', { name: 'Turn on remote access' })).toBeHidden();
  await page.screenshot({ path: test.info().outputPath('managed-remote.png') });

  // Putting a part back leaves what is set alone.
  await companion.request('settings.reset', { part: 'credentials' });
  expect((await companion.state()).settings.credentials).toMatchObject({ lapseHours: 8, mintAt: 'creation' });

  // A file from elsewhere changes what is the person's, and nothing else.
  const elsewhere = join(folder, 'from-elsewhere.json');
  const told = defaultNotificationSettings;
  const brought = {
    preferences: { theme: 'light', windowAtStart: false },
    credentials: { ...life, mintAt: 'first-use' },
    // As an export has them: whole.
    notifications: {
      ...told,
      rules: { ...told.rules, finished: { ...told.rules.finished, sms: 'always' } },
      quiet: { ...told.quiet, on: false },
    },
    keepIn: 'ravi',
  };
  await writeFile(elsewhere, JSON.stringify({ app: 'jean-ravi-companion', version: 3, settings: brought }));
  await companion.open('Settings');
  await companion.willChoose(elsewhere);
  await page.getByRole('button', { name: 'Import…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import settings' });
  await expect(dialog).toContainText('What your organization has set stays as it is.');
  await expect(dialog.getByRole('row', { name: /theme|lapseHours|sms|quiet|kept/ })).toHaveCount(0);
  await expect(dialog.getByRole('row', { name: /mintAt creation first-use/ })).toBeVisible();
  await dialog.getByRole('button', { name: 'Import' }).click();
  await done(page, 'The settings were imported.');
  await expect(page.getByLabel('Colours')).toHaveValue('dark');
  const { preferences: now, notifying, ravi, settings: then } = await companion.state();
  expect(now.preferences).toMatchObject({ theme: 'dark', windowAtStart: false });
  expect(then.credentials).toMatchObject({ lapseHours: 8, mintAt: 'first-use' });
  expect(notifying.notifying?.settings).toMatchObject({ rules: { finished: { sms: 'never' } }, quiet: { on: true } });
  expect(ravi.ravi?.keepIn).toBe('local');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the settings can be used by everybody, ${colorScheme}`, async ({ connected }) => {
    const page = await connected.open('Settings');
    await page.emulateMedia({ colorScheme });
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: test.info().outputPath(`settings-${colorScheme}.png`) });
    await page.getByRole('link', { name: 'Shortcuts' }).press('Enter');
    await expect(page.getByRole('heading', { name: 'Shortcuts' })).toBeFocused();
    await page.screenshot({ path: test.info().outputPath(`settings-end-${colorScheme}.png`) });
    await page.setViewportSize({ width: 640, height: 700 });
    expect(await violationsOf(page)).toEqual([]);
    await page.screenshot({ path: test.info().outputPath(`settings-narrow-${colorScheme}.png`) });
  });
}
