import type { Sandbox } from '../sandbox/world.ts';
import { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';

const banners = ({ jean }: Sandbox) => jean.preferences().desktop_notifications_enabled;

/** The person agrees that Jean shows none, and then the app dies. */
async function offAndCrashed(companion: Companion, sandbox: Sandbox): Promise<void> {
  const page = await companion.open('Notifications');
  await page.getByRole('tab', { name: 'Away and quiet' }).click();
  await page.getByRole('button', { name: 'Turn Jean’s banners off' }).click();
  await soon(() => banners(sandbox)).toBe(false);
  await expect(page.getByText('If it crashes')).toBeVisible();
  await companion.kill();
}

test('Jean’s banners that a crash left off are on again when the person quits for good, and stay on', async ({
  connected,
  launch,
  sandbox,
}) => {
  await offAndCrashed(connected, sandbox);
  expect(banners(sandbox)).toBe(false);
  const again = await launch();
  await again.until(({ instances }) => Object.values(instances)[0]?.health === 'online', 'Jean is connected');
  expect(banners(sandbox)).toBe(false);
  const page = await again.open('Settings');
  await page.getByRole('button', { name: 'Quit for good…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Jean shows its own banners again');
  await dialog.getByRole('button', { name: 'Take everything out' }).click();
  await expect(dialog.getByRole('list', { name: 'What was taken out' })).toContainText('Jean’s own banners They are on again.');
  expect(banners(sandbox)).toBe(true);
  const closed = again.app.waitForEvent('close');
  await dialog.getByRole('button', { name: 'Quit' }).click();
  await closed;
  await (await launch()).until(({ instances }) => Object.values(instances)[0]?.health === 'online', 'Jean is connected');
  expect(banners(sandbox)).toBe(true);
});

test('the uninstallers’ switch turns on what a crash left off, starts no app, and says so where Jean does not run', async ({
  connected,
  sandbox,
  userData,
}) => {
  await offAndCrashed(connected, sandbox);
  const uninstall = () => Companion.startAgain({ userData, dataHome: sandbox.jean.dataHome, args: ['--before-uninstall'] });
  await sandbox.jean.webAccess(false);
  expect(await uninstall()).toBe(1);
  await sandbox.jean.webAccess(true);
  expect(banners(sandbox)).toBe(false);
  expect(await uninstall()).toBe(0);
  expect(banners(sandbox)).toBe(true);
  // There is nothing left to do.
  expect(await uninstall()).toBe(0);
});
