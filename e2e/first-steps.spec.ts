import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultMatch } from '../sandbox/faults.ts';
import type { CheckStep } from '../shared/first-check.ts';
import type { AppState } from '../shared/model.ts';
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

/** Where a check is killed: at the request that is held back, or before any. What is lost while it is made ends by itself within the hour. */
const killedAt: readonly (readonly [CheckStep, FaultMatch | null])[] = [
  ['fill', null],
  ['ask', { method: 'GET', path: '*/info/refs' }],
  ['revoke', { method: 'DELETE', path: '/installation/token' }],
];

test('first steps: a check that is killed leaves nothing behind: at GitHub, in the vault, in the project, on the disk', async ({
  connected,
  launch,
  sandbox,
  userData,
}) => {
  test.setTimeout(150_000);
  const { faults } = sandbox.github.control;
  const { projectId } = sandbox.repositories.shop;
  let companion = connected;
  for (const [step, held] of killedAt) {
    if (held) faults.next({ match: held, answer: { delayMs: 60_000 } });
    await companion.until(({ projects }) => projects[projectId]?.repository != null, 'the project is known');
    const { path } = (await companion.state()).projects[projectId] ?? { path: '' };
    await companion.request('check.run', { projectId });
    const reached = ({ check }: AppState) => check.check?.steps.some((one) => one.step === step && one.state !== 'todo') ?? false;
    await companion.until(reached, `it has come to ${step}`);
    if (held) await soon(() => faults.held(), `${step} is under way`).toBeGreaterThan(0);
    await companion.kill();
    companion = await launch();
    await soon(() => aliveAtGitHub(sandbox), `killed at ${step}: it is dead`).toEqual([]);
    await companion.until(({ credentials }) => Object.keys(credentials).length === 0, 'its row is gone');
    expect(keptAtRavi(sandbox)).toEqual([]);
    await soon(() => existsSync(join(userData, 'checks')), 'its folder is gone').toBe(false);
    const entries = join(path, '.git', 'worktrees');
    expect(existsSync(entries) ? readdirSync(entries) : []).toEqual([]);
  }
});
