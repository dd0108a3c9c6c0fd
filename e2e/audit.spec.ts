import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { verifyExport } from '../electron/audit/export.ts';
import { dayOf } from '../renderer/features/audit/days.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { provisioned, push } from './fixtures/worktrees.ts';

const dayMs = 24 * 60 * 60_000;

test('the log tells the story newest first, and each filter narrows it', async ({ connected, sandbox }) => {
  const one = await provisioned(connected, sandbox, 'checkout-flake');
  await provisioned(connected, sandbox, 'apple-pay');
  await push(sandbox, one.worktree.id);
  const page = await connected.open('Audit');
  const entries = page.getByRole('region', { name: 'Entries' });
  const messages = entries.locator('.entry-message');
  await expect(entries.getByText('GitHub accepted the credential from git.')).toBeVisible();
  const newestFirst = [...(await connected.audit())].reverse().map(({ message }) => message);
  await expect(messages).toHaveText(newestFirst);
  await expect(page.getByText(`chain verified, ${newestFirst.length} entries`)).toBeVisible();

  await page.getByLabel('Worktree').selectOption({ label: 'shop · checkout-flake' });
  await expect(entries.locator('.entry-subject').filter({ hasText: 'apple-pay' })).toHaveCount(0);
  await expect(entries.getByText('GitHub issued a credential for acme/shop')).toHaveCount(1);

  await page.getByLabel('Kind').selectOption({ label: 'Accepted by GitHub' });
  await expect(messages).toHaveText(['GitHub accepted the credential from git.']);
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(messages).toHaveCount(newestFirst.length);

  await page.getByLabel('Filter by text').fill('deleted from the vault');
  await expect(page.getByText('Nothing matches this filter')).toBeVisible();
  await page.getByLabel('Filter by text').fill('issued a credential');
  await expect(messages).toHaveCount(2);
  await page.getByRole('button', { name: 'Clear' }).click();

  await page.getByLabel('Day').fill(dayOf(Date.now() - dayMs));
  await expect(page.getByText('Nothing matches this filter')).toBeVisible();
  await page.getByLabel('Day').fill(dayOf(Date.now()));
  await expect(messages).toHaveCount(newestFirst.length);

  const minted = entries.getByRole('listitem').filter({ hasText: 'GitHub issued a credential' }).last();
  await minted.getByRole('button').click();
  await expect(minted).toContainText(one.credential.fingerprint);
  await expect(minted).toContainText('contents: write');
});

test('what happens while the log is open appears at its top', async ({ connected, sandbox }) => {
  const page = await connected.open('Audit');
  const newest = page.getByRole('region', { name: 'Entries' }).locator('.entry-message').first();
  await provisioned(connected, sandbox, 'checkout-flake');
  await expect(newest).toHaveText('git in this worktree now asks the companion for its credential.');
});

test('an export is whole by its own hashes and holds no secret', async ({ connected, folder, sandbox }) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  await push(sandbox, worktree.id);
  await connected.request('credentials.rotate', { worktreeId: worktree.id });
  const page = await connected.open('Audit');
  const path = join(folder, 'audit.jsonl');
  await connected.willChoose(path);
  const count = (await connected.audit()).length;
  await page.getByRole('button', { name: 'Export JSONL' }).click();
  await expect(page.getByText(`${count} entries written to ${path}`)).toBeVisible();

  expect(await verifyExport(path)).toEqual({ ok: true, count });
  const text = await readFile(path, 'utf8');
  expect(text.trim().split('\n')).toHaveLength(count + 1);
  expect(sandbox.github.control.issuedTokens().length).toBeGreaterThan(1);
  for (const secret of [...sandbox.github.control.issuedTokens(), ...sandbox.ravi.issuedKeys(), sandbox.jean.token])
    expect(text.includes(secret)).toBe(false);
  await soon(async () => (await connected.audit()).at(-1)?.message).toBe(`${count} entries were exported.`);
});

test('a log that was changed while the app was closed is shown loudly', async ({ connected, launch, sandbox, userData }) => {
  await provisioned(connected, sandbox, 'checkout-flake');
  const minted = (await connected.audit()).find(({ kind }) => kind === 'credential.minted')?.seq ?? 0;
  await connected.quit();
  const db = new Database(join(userData, 'companion.db'));
  db.exec('DROP TRIGGER audit_entry_never_changes');
  expect(db.prepare("UPDATE audit_entry SET actor = 'person' WHERE seq = ?").run(minted).changes).toBe(1);
  db.close();

  const again = await launch();
  const page = await again.open('Audit');
  const alarm = page.getByRole('alert').filter({ hasText: 'This log was changed outside of the Companion' });
  await expect(alarm).toContainText(`Entry ${minted} was changed after it was written.`);
  await expect(page.getByText('chain broken')).toBeVisible();
});
