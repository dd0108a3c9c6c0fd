import { menuText } from './desktop/menu.ts';
import type { TrayItem } from './desktop/status-notifier.ts';
import { Companion } from './fixtures/companion.ts';
import { renderersOf } from './fixtures/processes.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, provisioned, sessionIn } from './fixtures/worktrees.ts';

/** The menu without times, as lines. */
const menuOf = async (item: TrayItem): Promise<string> => menuText(await item.menu()).replace(/\d+ (s|min) /g, 'n min ');

test('the tray shows by icon and words what the sessions are doing', async ({ connected, desktop, sandbox }) => {
  const { jean } = sandbox;
  const item = await desktop.tray.waitForItem();
  expect(item.pid).toBe(connected.pid);
  expect(await item.status()).toBe('Active');
  const icons = new Map<string, string>();
  const shows = async (state: string, words: string): Promise<void> => {
    await soon(() => item.toolTip(), state).toBe(words);
    icons.set(state, await item.iconHash());
  };

  await shows('idle', 'nothing is running');
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await jean.startTurn(session);
  await shows('running', '1 running');
  await jean.askPermission(session, 'npm ci');
  await shows('attention', '1 needs you');
  await jean.startTurn(session);
  await jean.failTurn(session, 'context limit reached');
  await shows('error', '1 failed');
  await jean.stop();
  await shows('offline', 'Jean is not reachable');
  expect(new Set(icons.values()).size).toBe(5);
});

test('its menu has the sessions in their groups, and what can be done', async ({ connected, desktop, sandbox }) => {
  const { jean } = sandbox;
  const { session: asking } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await jean.askPermission(asking, 'npm ci');
  const { session: running } = await sessionIn(connected, sandbox, 'apple-pay', 'Add Apple Pay');
  await jean.startTurn(running);
  const { session: done } = await sessionIn(connected, sandbox, 'rails-8', 'Upgrade to Rails 8');
  await jean.startTurn(done, { steps: [] });

  const item = await desktop.tray.waitForItem();
  const credential = ['    Show', '    Rotate credential (n min left)'];
  await soon(() => menuOf(item)).toBe(
    [
      '1 running, 1 needs you  (disabled)',
      '────────',
      'Needs you  (disabled)',
      'Mend the flake — wants to run a command',
      '    Show',
      '    Open in Jean',
      '    Rotate credential (n min left)',
      '────────',
      'Running  (disabled)',
      'Add Apple Pay — running just now',
      ...credential,
      '────────',
      'Lately  (disabled)',
      'Upgrade to Rails 8 — finished just now',
      ...credential,
      '────────',
      'Open',
      'Mute notifications',
      '    For 1 hour',
      '    Until tomorrow',
      'Revoke everything…',
      '────────',
      'Quit',
      'Quit for good…',
    ].join('\n'),
  );
});

test('a credential can be rotated from the tray', async ({ connected, desktop, sandbox }) => {
  const { worktree, credential: old, session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await sandbox.jean.startTurn(session);
  const item = await desktop.tray.waitForItem();
  await soon(() => menuOf(item)).toContain('Rotate credential');
  const { children } = await item.menu();
  const rotate = children.flatMap((row) => row.children).find(({ label }) => label.startsWith('Rotate credential'));
  await item.clickLabel(rotate?.label ?? '');

  await soon(() => aliveAtGitHub(sandbox).includes(old.fingerprint)).toBe(false);
  const now = await activeCredential(connected, worktree);
  await soon(() => aliveAtGitHub(sandbox)).toEqual([now.fingerprint]);
});

test('closing the window leaves no page behind, and a click on the icon or on Open brings it back', async ({
  connected,
  desktop,
}) => {
  const item = await desktop.tray.waitForItem();
  expect(await renderersOf(connected.pid)).toHaveLength(1);
  for (const bringBack of [() => item.activate(30, 10), () => item.clickLabel('Open')]) {
    await connected.closeWindow();
    expect(connected.app.windows()).toEqual([]);
    await soon(() => renderersOf(connected.pid)).toEqual([]);
    await bringBack();
    await expect((await connected.page()).getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible();
  }
});

test('a second start shows the window of the first, and ends', async ({ connected, desktop, sandbox, userData }) => {
  await desktop.tray.waitForItem();
  await connected.closeWindow();
  const ended = await Companion.startAgain({ userData, dataHome: sandbox.jean.dataHome });
  expect(ended).toBe(0);
  await expect((await connected.page()).getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible();
  expect(desktop.tray.items()).toHaveLength(1);
});

test('a session is shown from the tray, with its row open and in focus', async ({ connected, desktop, sandbox }) => {
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await sandbox.jean.startTurn(session);
  const item = await desktop.tray.waitForItem();
  await soon(() => menuOf(item)).toContain('Mend the flake');
  await connected.closeWindow();
  await item.clickLabel('Show');
  const row = (await connected.page()).getByRole('listitem', { name: 'Mend the flake' }).getByRole('button').first();
  await expect(row).toHaveAttribute('aria-expanded', 'true');
  await expect(row).toBeFocused();
});

test('notifications are muted and unmuted from the tray', async ({ connected, desktop }) => {
  const item = await desktop.tray.waitForItem();
  const page = await connected.page();
  await item.clickLabel('For 1 hour');
  await soon(() => menuOf(item)).toMatch(/Unmute notifications \(back in /);
  await expect(page.getByRole('button', { name: /^Muted until/ })).toBeVisible();
  const { children } = await item.menu();
  await item.clickLabel(children.find(({ label }) => label.startsWith('Unmute'))?.label ?? '');
  await soon(() => menuOf(item)).toContain('Mute notifications');
  await expect(page.getByRole('button', { name: /^Muted until/ })).toBeHidden();
});

test('Quit ends the app within five seconds and takes the icon out of the tray', async ({ connected, desktop, sandbox }) => {
  await provisioned(connected, sandbox, 'checkout-flake');
  const item = await desktop.tray.waitForItem();
  const gone = new Promise<number | null>((resolve) => connected.app.process().once('exit', resolve));
  const asked = Date.now();
  await item.clickLabel('Quit');
  expect(await gone).toBe(0);
  expect(Date.now() - asked).toBeLessThan(5_000);
  await desktop.tray.waitForNone();
});
