import type { Page } from '@playwright/test';
import { defaultProjectPolicy } from '../shared/policy.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, isActive, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

const dialogOf = (page: Page) => page.getByRole('dialog');
const busy = { status: 503, headers: { 'retry-after': '600' }, body: { message: 'Service unavailable' } };

test('50 worktrees lose their credentials in one go, verified within ten seconds', async ({ connected, sandbox }) => {
  test.setTimeout(180_000);
  const worktrees = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: `task-${at + 1}` }),
    ),
  );
  await connected.until((state) => worktrees.every(({ id }) => isActive(id)(state)), '50 credentials are active', 60_000);
  expect(aliveAtGitHub(sandbox)).toHaveLength(50);

  const page = await connected.open('Credentials');
  await page.getByRole('button', { name: 'Revoke everything…' }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(
    '50 credentials die at GitHub at once; git in these worktrees stops until you make new ones.',
  );
  const asked = Date.now();
  await dialog.getByRole('button', { name: 'Revoke everything' }).click();
  await soon(() => aliveAtGitHub(sandbox)).toEqual([]);
  const deadAfter = Date.now() - asked;
  await expect(dialog).toContainText('50 of 50 verified dead', { timeout: 10_000 });
  const verifiedAfter = Date.now() - asked;
  test
    .info()
    .annotations.push({ type: 'measured', description: `dead after ${deadAfter} ms, verified after ${verifiedAfter} ms` });
  console.log(`50 credentials: dead after ${deadAfter} ms, verified after ${verifiedAfter} ms`);
  expect(verifiedAfter).toBeLessThan(10_000);
  await dialog.getByRole('button', { name: 'Close' }).click();

  await soon(() => keptAtRavi(sandbox)).toEqual([]);
  const refused = await push(sandbox, worktrees[6]?.id ?? '');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('You revoked it.');
  await expect(page.getByRole('button', { name: 'Revoke everything…' })).toBeHidden();
});

test('it asks first, and names what is not verified until it is', async ({ connected, sandbox }) => {
  const { credential: one } = await provisioned(connected, sandbox, 'one');
  const { worktree: other } = await provisioned(connected, sandbox, 'other');
  const page = await connected.open('Credentials');
  await page.getByRole('button', { name: 'Revoke everything…' }).click();
  const dialog = dialogOf(page);
  await dialog.getByRole('button', { name: 'Keep them' }).click();
  await expect(dialog).toBeHidden();
  expect(aliveAtGitHub(sandbox)).toHaveLength(2);

  sandbox.github.control.faults.next({ match: { method: 'DELETE', path: '/installation/token' }, times: 1, answer: busy });
  await page.getByRole('button', { name: 'Revoke everything…' }).click();
  await dialog.getByRole('button', { name: 'Revoke everything' }).click();
  await expect(dialog).toContainText('1 of 2 verified dead');
  const left = dialog.getByRole('list', { name: 'Not through yet' }).getByRole('listitem');
  await expect(left).toHaveCount(1);
  await expect(left).toContainText('revoked, not verified yet');
  await expect(left).toContainText('Tries again in');

  const [alive] = aliveAtGitHub(sandbox);
  const missed = alive === one.fingerprint ? one.worktreeId : other.id;
  await connected.request('credentials.provision', { worktreeId: missed });
  await expect(dialog).toContainText('2 of 2 verified dead');
  expect(aliveAtGitHub(sandbox)).toEqual([]);
});

test('it suspends the App too where that is wished, and nothing is made until that is lifted', async ({ connected, sandbox }) => {
  await provisioned(connected, sandbox, 'one');
  const page = await connected.open('Credentials');
  await page.getByRole('button', { name: 'Revoke everything…' }).click();
  const dialog = dialogOf(page);
  await dialog.getByRole('checkbox', { name: 'Also suspend the GitHub App everywhere' }).check();
  await dialog.getByRole('button', { name: 'Revoke everything' }).click();
  await expect(dialog).toContainText('1 of 1 verified dead');
  await expect(dialog).toContainText('The GitHub App is suspended at 1 account.');
  expect(aliveAtGitHub(sandbox)).toEqual([]);

  const later = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'later' });
  const { credentials } = await connected.until((state) => state.credentials[later.id]?.state === 'failed', 'it is refused');
  expect(credentials[later.id]?.reason).toMatch(/suspended/);
  sandbox.github.control.unsuspend(sandbox.app.installationId);
  await connected.request('credentials.provision', { worktreeId: later.id });
  await activeCredential(connected, later);
});

test('it kills the tokens of people at GitHub too where that is wished, and says whose', async ({ connected, sandbox }) => {
  const { clock, github, raviAccount, ravi, repositories } = sandbox;
  const { worktree } = await provisioned(connected, sandbox, 'one');
  github.control.addCollaborator('acme/shop', 'acme-robot');
  const value = github.control.createFineGrainedToken('acme-robot', {
    repositories: ['acme/shop'],
    permissions: { contents: 'write', pull_requests: 'write' },
    expiresAt: clock.now() + 90 * 24 * 3_600_000,
  });
  ravi.keepSecret(raviAccount.identityUuid, { key: 'ACME_ROBOT_TOKEN', value, notes: '' });
  const { projectId } = repositories.shop;
  await connected.request('projects.policy', { projectId, policy: { ...defaultProjectPolicy, source: 'shared' } });
  await connected.request('sources.take', { projectId, from: { place: 'vault', key: 'ACME_ROBOT_TOKEN' } });
  await connected.until(({ credentials }) => credentials[worktree.id]?.holder === 'acme-robot', 'the robot’s token is in use');

  const page = await connected.open('Credentials');
  await page.getByRole('button', { name: 'Revoke everything…' }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('1 worktree loses a shared token here. The token itself lives on');
  const also = dialog.getByRole('checkbox', { name: 'Also kill the tokens of people that projects share: acme-robot' });
  await expect(also).not.toBeChecked();
  await also.check();
  await dialog.getByRole('button', { name: 'Revoke everything' }).click();
  await expect(dialog).toContainText('Dead at GitHub for everybody: the tokens of acme-robot.');
  expect(github.control.liveTokens()).toEqual([]);
  const refused = await push(sandbox, worktree.id);
  expect(refused.stderr).toContain('You revoked it.');
  expect((await connected.state()).sources[projectId]).toBeUndefined();
});

test('everything can be rotated at once, and what keeps its old token says why and is tried again', async ({
  connected,
  sandbox,
}) => {
  const made = await Promise.all(['one', 'two', 'three'].map((name) => provisioned(connected, sandbox, name)));
  const page = await connected.open('Credentials');
  await page.getByRole('button', { name: 'Rotate everything…' }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('3 credentials are replaced by new ones.');
  const mint = { method: 'POST', path: '/app/installations/*/access_tokens' };
  sandbox.github.control.faults.next({ match: mint, times: 1, answer: busy });
  await dialog.getByRole('button', { name: 'Rotate everything' }).click();
  await expect(dialog).toContainText('2 of 3 rotated');
  const left = dialog.getByRole('list', { name: 'Not through yet' }).getByRole('listitem');
  await expect(left).toContainText('Tries again in');
  await dialog.getByRole('button', { name: 'Try again now' }).click();
  await expect(dialog).toContainText(/(\d) of \1 rotated/);
  await soon(() => aliveAtGitHub(sandbox)).toHaveLength(3);
  const old = new Set(made.map(({ credential }) => credential.fingerprint));
  await soon(() => aliveAtGitHub(sandbox).filter((hash) => old.has(hash))).toEqual([]);
  for (const { worktree } of made) expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
});

test('the tray leads to the question, and nothing is revoked before the answer', async ({ connected, desktop, sandbox }) => {
  await provisioned(connected, sandbox, 'one');
  await connected.closeWindow();
  const item = await desktop.tray.waitForItem();
  await item.clickLabel('Revoke everything…');
  const page = await connected.page();
  await expect(dialogOf(page)).toContainText('1 credential dies at GitHub at once');
  expect(aliveAtGitHub(sandbox)).toHaveLength(1);
  await dialogOf(page).getByRole('button', { name: 'Revoke everything' }).click();
  await expect(dialogOf(page)).toContainText('1 of 1 verified dead');
  expect(aliveAtGitHub(sandbox)).toEqual([]);
});
