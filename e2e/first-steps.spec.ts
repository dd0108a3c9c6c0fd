import { execFileSync } from 'node:child_process';
import { expect, soon, test } from './fixtures/test.ts';
import { aliveAtGitHub, keptAtRavi } from './fixtures/worktrees.ts';

test('first steps: what is not wanted is skipped, stays so, and can be taken up again', async ({ launch }) => {
  const companion = await launch();
  const page = await companion.page();
  await expect(page.getByRole('heading', { level: 1, name: 'First steps' })).toBeVisible();
  await expect(page.getByText('2 things are to do, or to skip')).toBeVisible();
  await page.getByRole('button', { name: 'Skip Ravi for now' }).press('Enter');
  await expect(page.getByRole('region', { name: 'Ravi' })).toContainText('skipped. Credentials stay on this computer');
  await expect(page.getByText('one thing is to do, or to skip')).toBeVisible();
  await companion.quit();
  const again = await (await launch()).page();
  await again.getByRole('button', { name: 'Connect Ravi after all' }).press('Enter');
  await expect(again.getByRole('button', { name: 'Sign in to Ravi' })).toBeVisible();
});

test('first steps: the check makes a credential, has git use it, revokes it and sees it dead, step by step', async ({
  connected,
  sandbox,
}) => {
  const { path } = sandbox.repositories.shop;
  const trees = () => execFileSync('git', ['worktree', 'list'], { cwd: path, encoding: 'utf8' }).trim().split('\n').length;
  const before = trees();
  const page = await connected.open('Settings');
  await page.getByRole('button', { name: 'First steps' }).click();
  const card = page.getByRole('region', { name: 'Check', exact: true });
  const projects = card.getByLabel('Project to check with');
  await projects.selectOption({ label: 'shop (acme/shop)' });
  await card.getByRole('button', { name: 'Check it' }).press('Enter');
  await expect(card).toContainText('everything works', { timeout: 20_000 });
  for (const sentence of ['Good for acme/shop alone', 'git got this credential and no other', 'HEAD is at', 'it is dead'])
    await expect(card).toContainText(sentence);
  await expect(card.getByRole('listitem').filter({ hasText: ': done' })).toHaveCount(6);
  await page.screenshot({ path: test.info().outputPath('check.png') });
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  expect(keptAtRavi(sandbox)).toEqual([]);
  expect(trees()).toBe(before);
  expect(Object.keys((await connected.state()).credentials)).toEqual([]);
  const kinds = (await connected.audit()).map(({ kind }) => kind);
  for (const kind of ['credential.minted', 'credential.used', 'credential.verified-dead', 'app.checked'])
    expect(kinds).toContain(kind);
});

test('first steps: a check that does not pass says at which step and why, and leaves nothing alive', async ({
  connected,
  sandbox,
}) => {
  sandbox.github.control.faults.next({
    match: { method: 'POST', path: '*/access_tokens' },
    times: 20,
    answer: { status: 403, body: { message: 'This installation has been suspended' } },
  });
  const page = await connected.open('Settings');
  await page.getByRole('button', { name: 'First steps' }).click();
  const card = page.getByRole('region', { name: 'Check', exact: true });
  await card.getByRole('button', { name: 'Check it' }).press('Enter');
  await expect(card).toContainText('did not pass', { timeout: 40_000 });
  await expect(card.getByRole('listitem').filter({ hasText: ': failed' })).toContainText('suspended');
  await soon(() => aliveAtGitHub(sandbox)).toEqual([]);
});

test('first steps: a check that a crash cut short leaves nothing behind', async ({ connected, launch, sandbox }) => {
  const page = await connected.open('Settings');
  await page.getByRole('button', { name: 'First steps' }).click();
  const card = page.getByRole('region', { name: 'Check', exact: true });
  await card.getByRole('button', { name: 'Check it' }).press('Enter');
  await soon(() => aliveAtGitHub(sandbox).length, 'it is made').toBe(1);
  // What is lost on its way from GitHub ends by itself within the hour; here the answer has come.
  const made = (step: { step: string; state: string }) => step.step === 'mint' && step.state === 'done';
  await connected.until(({ check }) => check.check?.steps.some(made) ?? false, 'its value has arrived');
  await connected.kill();
  const again = await launch();
  await soon(() => aliveAtGitHub(sandbox), 'it is dead').toEqual([]);
  await again.until(({ credentials }) => Object.keys(credentials).length === 0, 'its row is gone');
  expect(keptAtRavi(sandbox)).toEqual([]);
});
