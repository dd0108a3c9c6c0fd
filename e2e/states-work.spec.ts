import { join } from 'node:path';
import type { Page } from '@playwright/test';
import Database from 'libsql';
import { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { inBothThemes } from './fixtures/violations.ts';
import { activeCredential, push, sessionIn } from './fixtures/worktrees.ts';

// Many pages in one run of the app, each looked at in both themes.
test.describe.configure({ timeout: 120_000 });

const settingsOpen = (page: Page) => expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name });

test('with nothing set up, each page says what comes next and leads there', async ({ folder, userData, temporary, desktop }) => {
  // No Jean has ever run here.
  const companion = await Companion.launch({ userData, dataHome: join(folder, 'nothing'), temporary });
  try {
    const page = await companion.open('Sessions');
    await expect(page.getByRole('heading', { name: 'Jean was not found' })).toBeVisible();
    await expect(page.getByText('Install and start it, or choose its data folder.')).toBeVisible();
    await inBothThemes(page, 'fresh-sessions');
    await button(page, 'Open Settings').click();
    await settingsOpen(page);

    await companion.open('Credentials');
    await expect(page.getByText('Connect a GitHub App, and every new worktree gets a credential')).toBeVisible();
    await button(page, 'Open Settings').click();
    await settingsOpen(page);

    await companion.open('Projects');
    await expect(page.getByText('Start Jean, or say under Settings where it is.')).toBeVisible();
    await button(page, 'Open Settings').click();
    await settingsOpen(page);

    await companion.open('Notifications');
    await expect(page.getByRole('heading', { name: 'Nothing to tell yet' })).toBeVisible();
    await page.getByRole('tab', { name: 'Channels' }).click();
    await inBothThemes(page, 'fresh-channels');
    await button(page, 'Sign in to Ravi for SMS').click();
    await settingsOpen(page);

    await page.keyboard.press('Control+K');
    await page.keyboard.type('apple pay');
    await expect(page.getByText('No Jean is connected now, so what is new in it is not found here.')).toBeVisible();
    await page.keyboard.press('Escape');

    const item = await desktop.tray.waitForItem();
    await item.clickLabel('See what to do…');
    await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible();
    await item.clickLabel('Go on with the first steps…');
    await expect(page.getByRole('heading', { level: 1, name: 'First steps' })).toBeVisible();
  } finally {
    await companion.quit().catch(() => undefined);
  }
});

test('while Jean, GitHub and Ravi are away, each page says what is kept and what can be done, and shows nothing old as new', async ({
  connected,
  desktop,
  sandbox,
}) => {
  const { jean, github, ravi } = sandbox;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await jean.startTurn(session);
  await connected.until(({ sessions }) => sessions[session]?.status === 'vibing', 'the session runs');
  await jean.stop();
  github.control.faults.next({ times: 1_000, answer: { status: 503, body: 'unavailable' } });
  ravi.faults.down();
  await connected.request('setup.retry', { service: 'github' }).catch(() => undefined);
  await connected.request('setup.retry', { service: 'ravi' }).catch(() => undefined);
  await connected.until(
    ({ instances, services }) =>
      instances.local?.health === 'offline' && services.github?.health === 'down' && services.ravi?.health === 'down',
    'all three are away',
  );

  const page = await connected.open('Sessions');
  const says = (text: string) => expect(page.getByText(text).first()).toBeVisible();
  await says('What is shown is what was last seen of it.');
  await says('Making and revoking wait, and are tried again by themselves.');
  await expect(button(page, 'Look again')).toBeVisible();
  await expect(button(page, 'Try GitHub again')).toBeVisible();
  await inBothThemes(page, 'away-sessions');
  await expect(page.getByRole('region', { name: 'Connections' })).not.toContainText('calls left');

  await connected.open('Credentials');
  await says('is caught up with when it is back.');
  await says('What is new goes into its vault when it is back');
  await inBothThemes(page, 'away-credentials');
  await connected.open('Projects');
  await says('Its projects are shown as they were last seen.');
  await says('takes effect when GitHub answers again.');
  await inBothThemes(page, 'away-projects');
  await connected.open('Notifications');
  await says('SMS and e-mail wait, and are tried again by themselves.');
  await inBothThemes(page, 'away-notifications');

  await page.keyboard.press('Control+K');
  await page.keyboard.type('mend');
  await expect(page.getByRole('option', { name: 'Mend the flake' })).toContainText('last seen: running');
  await page.keyboard.press('Escape');
  const item = await desktop.tray.waitForItem();
  await item.clickLabel('GitHub can’t be used now…');
  await settingsOpen(page);

  github.control.faults.clear();
  ravi.faults.up();
  await jean.start(0);
  await connected.open('Credentials');
  await button(page, 'Try GitHub again').click();
  // It may be back already: it is asked again by itself too.
  await connected.request('setup.retry', { service: 'ravi' });
  await expect(page.getByText('is caught up with when it is back.')).toBeHidden();
  await expect(page.getByText('Making and revoking wait')).toBeHidden();
  await expect(page.getByText('goes into its vault when it is back')).toBeHidden();
});

test('while nothing can be written down, every page says so and shows what goes on; what was missed is made up for', async ({
  connected,
  sandbox,
  userData,
}) => {
  const { worktree: before } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  const holder = new Database(join(userData, 'companion.db'), { timeout: 5_000 });
  try {
    holder.exec('BEGIN IMMEDIATE');
    const missed = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'apple-pay' });
    const page = await connected.open('Sessions');
    const line = page.getByText('Nothing can be written down just now.');
    await expect(line).toBeVisible();
    await expect(page.getByText('Close the file there.').first()).toBeVisible();
    // Jean is watched on: its rows are how they are now.
    const later = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'rails-8' });
    await connected.until(({ worktrees }) => worktrees[later.id]?.name === 'rails-8', 'Jean is watched on');
    await inBothThemes(page, 'locked-sessions');
    await connected.open('Audit');
    await expect(line).toBeVisible();
    await expect(page.getByRole('region', { name: 'Entries' })).toBeVisible();
    await connected.open('Credentials');
    await button(page, 'Rotate').first().click();
    await expect(page.getByRole('alert').getByText('Another program holds')).toBeVisible();

    // No use of a credential goes unrecorded.
    expect(await push(sandbox, before.id)).toMatchObject({ code: 128, stderr: expect.stringContaining('Another program holds') });
    holder.exec('ROLLBACK');
    await expect(line).toBeHidden({ timeout: 20_000 });
    await activeCredential(connected, missed);
    await activeCredential(connected, later);
    expect(await push(sandbox, before.id)).toMatchObject({ code: 0 });

    holder.exec('ALTER TABLE audit_entry RENAME TO elsewhere');
    await connected.open('Audit');
    await expect(page.getByRole('heading', { name: 'The log could not be read' })).toBeVisible();
    await expect(page.getByText('Quit the Companion and start it again.').first()).toBeVisible();
    await inBothThemes(page, 'unreadable-audit');
    holder.exec('ALTER TABLE elsewhere RENAME TO audit_entry');
    await button(page, 'Try again').click();
    await expect(page.getByRole('region', { name: 'Entries' })).toBeVisible();
    await button(page, 'Check again').click();
    await soon(() => page.getByRole('main').textContent()).toContain('chain verified');
  } finally {
    holder.close();
  }
});

test('what never answers is said to take long, and can be asked for again', async ({ launch }) => {
  const companion = await launch();
  await companion.request('setup.done', undefined);
  const page = await companion.open('Sessions');
  await companion.app.evaluate(({ ipcMain }) => {
    // The first question for the log is lost; all others are answered as ever.
    const channel = 'companion:request';
    type Handler = (event: unknown, name: string, payload: unknown) => unknown;
    const answer = (ipcMain as unknown as { _invokeHandlers: Map<string, Handler> })._invokeHandlers.get(channel);
    let lost = false;
    ipcMain.removeHandler(channel);
    ipcMain.handle(channel, (event, name: string, payload: unknown) => {
      if (name !== 'audit.page' || lost) return answer?.(event, name, payload);
      lost = true;
      // Electron answers by itself what is collected as rubbish.
      return new Promise((resolve) => Object.assign(globalThis, { kept: [event, resolve] }));
    });
  });
  await page.clock.install();
  await companion.open('Audit');
  await expect(page.getByText('Opening the log')).toBeVisible();
  await expect(button(page, 'Ask again')).toBeHidden();
  await page.clock.fastForward(11_000);
  await expect(page.getByText('It takes longer than usual.')).toBeVisible();
  await inBothThemes(page, 'slow-audit');
  await button(page, 'Ask again').click();
  await expect(page.getByRole('region', { name: 'Entries' })).toBeVisible();
});
