import type { AuditEntry } from '../shared/audit.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { provisioned, sessionIn } from './fixtures/worktrees.ts';

/** What the audit log says of notifications that were held back. */
const heldBack = async (companion: Companion): Promise<readonly string[]> =>
  (await companion.audit()).filter(({ kind }: AuditEntry) => kind === 'notification.held').map(({ message }) => message);

test('a session that finishes, fails or needs the person is told on the desktop', async ({ connected, desktop, sandbox }) => {
  const { jean } = sandbox;
  const { notifications } = desktop;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await connected.closeWindow();

  await jean.startTurn(session);
  await jean.askPermission(session, 'npm ci --ignore-scripts');
  const asks = await notifications.waitFor(({ summary }) => summary === 'Mend the flake wants to run a command');
  expect(asks.body).toBe('npm ci --ignore-scripts · shop · checkout-flake');

  await jean.startTurn(session, { steps: [] });
  await jean.turnEnded(session);
  const finished = await notifications.waitFor(({ summary }) => summary === 'Mend the flake finished');
  expect(finished.body).toBe('shop · checkout-flake');

  await jean.startTurn(session);
  await jean.failTurn(session, 'context limit reached');
  const failed = await notifications.waitFor(({ summary }) => summary === 'Mend the flake failed');
  expect(failed.body).toBe('context limit reached · shop · checkout-flake');
  expect(notifications.shown).toHaveLength(3);
});

test('a click on a notification opens the window on that session’s row', async ({ connected, desktop, sandbox }) => {
  const { jean } = sandbox;
  for (const name of ['one', 'two', 'three']) await jean.createWorktree(sandbox.repositories.api.projectId, { name });
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await connected.open('Audit');
  await connected.closeWindow();
  await jean.startTurn(session, { steps: [] });
  const finished = await desktop.notifications.waitFor(({ summary }) => summary === 'Mend the flake finished');
  desktop.notifications.invoke(finished.id);

  const row = (await connected.page()).getByRole('listitem', { name: 'Mend the flake' }).getByRole('button').first();
  await expect(row).toHaveAttribute('aria-expanded', 'true');
  await expect(row).toBeFocused();
});

test('no notification is shown for a row that is being looked at', async ({ connected, desktop, sandbox }) => {
  const { jean } = sandbox;
  const { session: seen } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  const { session: other } = await sessionIn(connected, sandbox, 'apple-pay', 'Add Apple Pay');
  await jean.startTurn(seen);
  await jean.startTurn(other);
  await connected.until(({ sessions }) => sessions[other]?.status === 'vibing', 'both run');
  const page = await connected.open('Sessions');
  await page.getByRole('listitem', { name: 'Mend the flake' }).getByRole('button').first().click();

  await jean.finishTurn(seen);
  await soon(() => heldBack(connected)).toEqual(['Not shown: Mend the flake finished. You were looking at it.']);
  await jean.finishTurn(other);
  await desktop.notifications.waitFor(({ summary }) => summary === 'Add Apple Pay finished');
  expect(desktop.notifications.shown.map(({ summary }) => summary)).toEqual(['Add Apple Pay finished']);
});

test('no notification is shown while they are muted, and the log says why', async ({ connected, desktop, sandbox }) => {
  const { jean } = sandbox;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  const item = await desktop.tray.waitForItem();
  await item.clickLabel('For 1 hour');
  await connected.until(({ notifying }) => notifying.notifying?.mutedUntil != null, 'notifications are muted');
  await jean.startTurn(session, { steps: [] });
  await soon(() => heldBack(connected)).toEqual(['Not shown: Mend the flake finished. Notifications were muted.']);

  const { children } = await item.menu();
  await item.clickLabel(children.find(({ label }) => label.startsWith('Unmute'))?.label ?? '');
  await connected.until(({ notifying }) => notifying.notifying?.mutedUntil === null, 'notifications are on');
  await jean.startTurn(session);
  await jean.failTurn(session, 'context limit reached');
  await desktop.notifications.waitFor(({ summary }) => summary === 'Mend the flake failed');
  expect(desktop.notifications.shown).toHaveLength(1);
});

test('nothing is told of what the person did in Jean', async ({ connected, desktop, sandbox }) => {
  const { jean } = sandbox;
  const { session } = await sessionIn(connected, sandbox, 'checkout-flake', 'Mend the flake');
  await connected.closeWindow();
  await jean.startTurn(session);
  const item = await desktop.tray.waitForItem();
  await soon(() => item.toolTip()).toBe('1 running');
  await jean.cancelTurn(session);
  await soon(() => item.toolTip()).toBe('nothing is running');
  await connected.app.evaluate(({ app }) => app.emit('activate'));
  await soon(() => heldBack(connected)).toEqual(['Not shown: Mend the flake was cancelled. You did it yourself.']);
  expect(desktop.notifications.shown).toEqual([]);
});

test('a credential that can’t be made or killed is told, and a click leads to it', async ({ connected, desktop, sandbox }) => {
  const { notifications } = desktop;
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const refused = { status: 403, body: { message: 'This installation has been suspended' } };
  sandbox.github.control.faults.next({ match: { method: 'POST', path: '*/access_tokens' }, times: 99, answer: refused });
  await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'apple-pay' });
  const none = await notifications.waitFor(({ summary }) => summary === 'apple-pay has no credential');
  expect(none.body).toContain('suspended');

  sandbox.github.control.faults.clear();
  sandbox.github.control.faults.next({ match: { method: 'DELETE' }, times: 99, answer: { status: 503 } });
  sandbox.jean.archiveWorktree(worktree.id);
  const alive = await notifications.waitFor(({ summary }) => summary === 'The credential of checkout-flake may still be alive');
  notifications.invoke(alive.id);
  const page = await connected.page();
  await expect(page.getByRole('article', { name: 'Credential of checkout-flake' })).toBeVisible();
});
