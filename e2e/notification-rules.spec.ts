import { join } from 'node:path';
import { defaultNotificationSettings } from '../shared/notifications.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { sessionIn } from './fixtures/worktrees.ts';

/** Where screenshots go when somebody wants to look at the page; nowhere otherwise. */
const album = process.env.JEAN_RAVI_ALBUM;

test('a prompt that was answered takes its notification away', async ({ connected, desktop, sandbox }) => {
  const { notifications } = desktop;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await connected.closeWindow();
  await sandbox.jean.startTurn(session);
  await sandbox.jean.askPermission(session, 'npm ci');
  const asks = await notifications.waitFor(({ summary }) => summary === 'Mend the flake wants to run a command');
  await sandbox.jean.startTurn(session);
  await soon(() => notifications.shown.find(({ id }) => id === asks.id)?.gone).toBe('closed-by-app');
});

test('a burst is one notification, and a rule of one project holds for it alone', async ({ connected, desktop, sandbox }) => {
  const sessions: string[] = [];
  for (const name of ['one', 'two', 'three', 'four'])
    sessions.push((await sessionIn(connected, sandbox, name, `Work ${name}`)).session);
  for (const session of sessions) await sandbox.jean.startTurn(session);
  await connected.until((state) => sessions.every((id) => state.sessions[id]?.status === 'vibing'), 'all run');
  await connected.closeWindow();
  await Promise.all(sessions.map((session) => sandbox.jean.finishTurn(session)));
  await desktop.notifications.waitFor(({ summary }) => summary === '4 sessions finished in shop');
  expect(desktop.notifications.shown).toHaveLength(1);

  await connected.app.evaluate(({ app }) => app.emit('activate'));
  const { projectId } = sandbox.repositories.shop;
  const never = { native: 'never', sms: 'never', email: 'never', urgent: false } as const;
  const projects = { [projectId]: { finished: never } };
  await connected.request('notifications.settings', { ...defaultNotificationSettings, projects });
  for (const session of sessions.slice(0, 1)) await sandbox.jean.startTurn(session, { steps: [] });
  const page = await connected.open('Notifications');
  await page.getByText('Why was I not told?', { exact: true }).click();
  const row = page.getByRole('region', { name: 'History' }).getByRole('button', { name: /Work one finished/ });
  await expect(row).toContainText('Your rules say not to tell of it.');
  expect(desktop.notifications.shown).toHaveLength(1);
});

test('Jean’s own banners are off by consent while the app runs, and on when it has quit', async ({
  connected,
  sandbox,
  launch,
}) => {
  const banners = () => sandbox.jean.preferences().desktop_notifications_enabled;
  const page = await connected.open('Notifications');
  await page.getByRole('tab', { name: 'Away and quiet' }).click();
  expect(banners()).not.toBe(false);
  await page.getByRole('button', { name: 'Turn Jean’s banners off' }).click();
  await soon(banners).toBe(false);
  await expect(page.getByRole('button', { name: 'Give Jean its banners back' })).toBeVisible();
  await connected.quit();
  expect(banners()).toBe(true);
  const again = await launch();
  await soon(banners).toBe(false);
  const opened = await again.open('Notifications');
  await opened.getByRole('tab', { name: 'Away and quiet' }).click();
  await opened.getByRole('button', { name: 'Give Jean its banners back' }).click();
  await soon(banners).toBe(true);
});

test('the page Notifications has what was told, the rules, and a try', async ({ connected, desktop, sandbox }) => {
  const { jean } = sandbox;
  const page = await connected.open('Notifications');
  await expect(page.getByRole('heading', { name: 'Nothing to tell yet' })).toBeVisible();
  const shoot = async (name: string): Promise<void> => {
    for (const colorScheme of album ? (['light', 'dark'] as const) : []) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(album ?? '', `${name}-${colorScheme}.png`) });
    }
  };
  await shoot('empty');
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await jean.startTurn(session);
  await jean.askPermission(session, 'npm ci --ignore-scripts');
  const history = page.getByRole('region', { name: 'History' });
  await expect(history.getByRole('button', { name: /Mend the flake wants to run a command/ })).toContainText('Desktop');
  await jean.startTurn(session);
  await jean.failTurn(session, 'context limit reached');
  await connected.request('notifications.mute', { until: 'tomorrow' });
  await jean.startTurn(session, { steps: [] });
  const held = history.getByRole('button', { name: /Mend the flake finished/ });
  await expect(held).toContainText('Notifications were muted.');
  await held.click();
  await shoot('history');

  await page.getByRole('tab', { name: 'History' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Rules' })).toBeFocused();
  await page.getByLabel('Text message: A session failed').selectOption({ label: 'always' });
  await connected.until(({ notifying }) => notifying.notifying?.settings.rules.failed.sms === 'always', 'the rule is kept');
  await shoot('rules');
  await page.getByLabel('Rules of').selectOption({ label: 'shop' });
  await page.getByLabel('Desktop: A session finished').selectOption('away');
  await expect(page.getByRole('button', { name: 'As for all projects: A session finished' })).toBeVisible();
  await shoot('rules-project');
  await page.getByRole('tab', { name: 'Away and quiet' }).click();
  await page.getByLabel('Tell me nothing but what is urgent in these hours').check();
  await expect(page.getByLabel('Quiet from')).toHaveValue('22:00');
  await shoot('hours');
  await page.getByRole('tab', { name: 'Try it' }).click();
  await page.getByRole('button', { name: 'Try Desktop' }).click();
  await desktop.notifications.waitFor(({ summary }) => summary === 'Test: A session wants a permission');
  await expect(page.getByText(/^Told at/)).toBeVisible();
  await shoot('try');
});
