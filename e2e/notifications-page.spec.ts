import { join } from 'node:path';
import type { Page } from '@playwright/test';
import Database from 'libsql';
import { codeOf, send, verify, verifyBoth } from './fixtures/channels.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { violationsOf } from './fixtures/violations.ts';

/** Where screenshots go when somebody wants to look at the page; nowhere otherwise. */
const album = process.env.JEAN_RAVI_ALBUM;

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of album ? (['light', 'dark'] as const) : []) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(album ?? '', `${name}-${colorScheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: null });
}

const narrow = (companion: Companion, on: boolean): Promise<void> =>
  companion.app.evaluate(({ BrowserWindow }, small) => {
    for (const window of BrowserWindow.getAllWindows()) {
      window.setMinimumSize(320, 400);
      window.setSize(small ? 640 : 1180, 760);
    }
  }, on);

/** As narrow as on a small screen with larger letters: nothing of the page is out of sight to the side. */
const fits = (page: Page): Promise<boolean> =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('.rules-frame, .told-part')].every(
      ({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth,
    ),
  );

/** Each reason for which somebody was not told, or may not have been. */
const reasons = [
  ['held', 'You were looking at it.'],
  ['held', 'You did it yourself.'],
  ['held', 'Your rules say not to tell of it.'],
  ['held', 'Notifications were muted.'],
  ['held', 'It was in your quiet hours.'],
  ['held', 'You were at the desk.'],
  ['held', 'This desktop does not tell whether you are away.'],
  ['held', 'It was over before you could be told.'],
  ['dropped', 'You saw it on the desk.'],
  ['dropped', 'It was older than it is worth telling.'],
  ['held', 'Today’s budget of 20 for SMS is used up.'],
  ['held', 'SMS needs Ravi, and you are not signed in there.'],
] as const;
const hostile = 'Fix <b>it</b> 修复 🎉 '.repeat(8);

/** Hundreds of notices, as months of work leave them. */
function fill(userData: string, count: number): void {
  const db = new Database(join(userData, 'companion.db'));
  const notice = db.prepare(
    `INSERT INTO notice (id, cause, topic, kind, title, body, project_id, worktree_id, page, target_id, at, urgent)
     VALUES (?, ?, 'session:none', ?, ?, 'shop · checkout-flake', NULL, NULL, 'sessions', NULL, ?, 0)`,
  );
  const outcome = db.prepare('INSERT INTO notice_outcome VALUES (?, ?, ?, ?, ?, ?)');
  db.exec('BEGIN');
  for (let n = 0; n < count; n += 1) {
    const id = `filled:${n}`;
    const at = Date.now() - (count - n) * 3_600_000;
    const [type, why] = reasons[n % reasons.length] ?? reasons[0];
    notice.run([id, id, n % 2 ? 'finished' : 'failed', n === count - 1 ? hostile : `Work ${n} ended`, at]);
    outcome.run([id, n % 3 ? 'native' : 'sms', id, n % 5 ? type : 'sent', n % 5 ? why : '', at]);
  }
  db.exec('COMMIT');
  db.close();
}

test('the history has hundreds of rows by the portion, each with why the person was not told, also in a narrow window', async ({
  connected,
  launch,
  userData,
}) => {
  test.setTimeout(180_000);
  await connected.quit();
  fill(userData, 640);
  const again = await launch();
  const page = await again.open('Notifications');
  const rows = page.getByRole('region', { name: 'History' }).getByRole('listitem');
  await expect(rows).toHaveCount(50);
  await expect(rows.first()).toContainText('Fix');
  await shoot(page, 'history-hundreds');
  await narrow(again, true);
  await shoot(page, 'history-narrow');
  expect(await fits(page)).toBe(true);
  expect(await violationsOf(page)).toEqual([]);
  await narrow(again, false);

  await page.getByText('Why was I not told?', { exact: true }).click();
  for (const [, why] of reasons) await expect(rows.getByText(why).first()).toBeVisible();
  await shoot(page, 'why-not');

  await page.getByText('All', { exact: true }).click();
  for (let shown = 100; shown <= 500; shown += 50) {
    await page.getByRole('button', { name: /^Show older ones/ }).click();
    await expect(rows).toHaveCount(shown);
  }
  await expect(page.getByText('140 older ones are kept.')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Show older ones/ })).toHaveCount(0);

  // By keyboard alone: along the rows, one unfolded, and from part to part.
  await rows.first().getByRole('button').first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(rows.nth(1).getByRole('button').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(rows.nth(1).getByRole('button').first()).toHaveAttribute('aria-expanded', 'true');
  await expect(page.getByRole('button', { name: 'Open what it is about' })).toBeVisible();
  await page.getByRole('tab', { name: 'History' }).focus();
  for (const part of ['Rules', 'Away and quiet', 'Channels', 'Try it']) {
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('tab', { name: part })).toBeFocused();
    await narrow(again, true);
    expect(await fits(page), part).toBe(true);
    await shoot(page, `narrow-${part.replaceAll(' ', '-')}`);
    await narrow(again, false);
  }
});

test('a history that is being read, or can’t be, says so and can be asked again', async ({ connected }) => {
  const page = await connected.open('Sessions');
  const answer = (how: 'never' | 'broken' | 'well'): Promise<void> =>
    connected.app.evaluate(({ ipcMain }, wanted) => {
      const kept = globalThis as unknown as {
        handlers?: Map<string, (...given: unknown[]) => unknown>;
        was?: ((...given: unknown[]) => unknown) | undefined;
      };
      const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, (...given: unknown[]) => unknown> })._invokeHandlers;
      const channel = 'companion:request';
      kept.was ??= handlers.get(channel);
      handlers.set(channel, (...given) => {
        if (given[1] !== 'notifications.page' || wanted === 'well') return kept.was?.(...given);
        if (wanted === 'never') return new Promise(() => undefined);
        return { ok: false, error: { code: 'internal', message: 'The disk does not answer.', retryable: true } };
      });
    }, how);
  await answer('never');
  await connected.open('Notifications');
  await expect(page.getByText('Opening the history')).toBeVisible();
  await shoot(page, 'loading');
  await connected.open('Sessions');
  await answer('broken');
  await connected.open('Notifications');
  await expect(page.getByRole('heading', { name: 'The history could not be read' })).toBeVisible();
  await expect(page.getByText('The disk does not answer.')).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);
  await shoot(page, 'error');
  await answer('well');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing to tell yet' })).toBeVisible();
});

test('a person sets up SMS and mail: senders, several recipients, codes, tests of each kind, and what a Ravi that is away means', async ({
  connected,
  sandbox,
}) => {
  test.setTimeout(180_000);
  const page = await connected.open('Notifications');
  await page.getByRole('tab', { name: 'Channels' }).click();
  await shoot(page, 'channels-empty');
  const part = page.getByRole('region', { name: 'SMS', exact: true });
  await part.getByLabel('Add a number').fill('555 1234');
  await part.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(part.getByText('Type the number with + and its country code')).toBeVisible();
  await verifyBoth(connected, sandbox);
  await verify(connected, sandbox, 'SMS', '+15557654322');
  await expect(part.getByRole('status')).toContainText('It goes to 2 recipients.');
  await expect(part.getByLabel('Sent by').locator('option')).not.toHaveCount(1);
  await shoot(page, 'channels-set-up');
  expect(await violationsOf(page)).toEqual([]);

  const before = sandbox.ravi.sent().length;
  sandbox.ravi.faults.next({
    match: { method: 'POST', path: send.sms },
    answer: { status: 400, body: { to_number: ['Not a mobile.'] } },
  });
  await part.getByRole('button', { name: 'Send a test by SMS' }).click();
  await soon(() => sandbox.ravi.sent().length).toBe(before + 1);
  await expect(part.getByText('Not a mobile.')).toBeVisible();
  await shoot(page, 'channels-one-fails');

  await page.getByRole('tab', { name: 'Try it' }).click();
  for (const kind of ['A session failed', 'A pull request was merged', 'Somebody uses or is refused remote access']) {
    await page.getByLabel('As if').selectOption({ label: kind });
    await page.getByRole('button', { name: 'Try Text message' }).click();
    await soon(() => sandbox.ravi.sent().filter((one) => one.kind === 'sms' && one.body.startsWith(`Test: ${kind}`)).length).toBe(
      2,
    );
    await page.getByRole('button', { name: 'Try E-mail' }).click();
    await soon(() => sandbox.ravi.sent().filter((one) => one.kind === 'mail' && one.subject === `Test: ${kind}`).length).toBe(1);
  }
  await shoot(page, 'try-sent');
  expect(codeOf(sandbox)).toMatch(/^\d{6}$/);

  await page.getByRole('tab', { name: 'Channels' }).click();
  const last = page.getByRole('region', { name: 'E-mail', exact: true });
  await part.getByRole('button', { name: 'Remove +15557654322' }).click();
  const asked = page.getByRole('dialog', { name: 'Remove +15557654322?' });
  await expect(asked).toContainText('you verify it anew');
  await asked.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(asked).toBeHidden();
  await expect(part.getByRole('status')).toContainText('It goes to one recipient.');
  sandbox.ravi.faults.down();
  await last.getByRole('button', { name: 'Send a test by E-mail' }).click();
  await expect(last.getByRole('status')).toContainText('Waits.', { timeout: 45_000 });
  await shoot(page, 'channels-offline');
  sandbox.ravi.faults.up();
});

test('each kind has its sound, heard as loud as the person wants, and silence where they want that', async ({ connected }) => {
  const page = await connected.open('Notifications');
  await page.getByRole('tab', { name: 'Channels' }).click();
  const part = page.getByRole('region', { name: 'Sounds on this desk' });
  await part.scrollIntoViewIfNeeded();
  await expect(part.getByRole('combobox')).toHaveCount(14);
  await part.getByLabel('A session has a question').selectOption('knock');
  await part.getByLabel('Volume of chime, knock and alert').focus();
  await page.keyboard.press('Home');
  await connected.until(({ notifying }) => {
    const sounds = notifying.notifying?.settings.sounds;
    return sounds?.kinds['needs-answer'] === 'knock' && sounds.volume === 0;
  }, 'they are kept');
  await shoot(page, 'sounds');
});
