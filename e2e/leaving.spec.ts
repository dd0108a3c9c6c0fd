import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Worktree } from '../sandbox/jean/model.ts';
import type { Sandbox } from '../sandbox/world.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, keptAtRavi, push } from './fixtures/worktrees.ts';

/** The bytes of every config file that git in a worktree reads of its repository; null where there is no such file. */
async function configFiles({ jean }: Sandbox, worktreeId: string): Promise<readonly (Buffer | null)[]> {
  const { stdout } = await jean.run(worktreeId, 'git rev-parse --path-format=absolute --git-common-dir --git-dir');
  const [common = '', own = ''] = stdout.split('\n');
  const files = [join(common, 'config'), join(common, 'config.worktree'), join(own, 'config.worktree')];
  return Promise.all(files.map((file) => readFile(file).catch(() => null)));
}

/** Worktrees that were there before the app, with their git as it was then. */
async function worktreesBefore(sandbox: Sandbox, ...names: readonly string[]) {
  const made: Worktree[] = [];
  for (const name of names) made.push(await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name }));
  const configs = () => Promise.all(made.map(({ id }) => configFiles(sandbox, id)));
  return { made, configs, before: await configs() };
}

const dialogOf = (page: Page) => page.getByRole('dialog');
const busy = { status: 503, headers: { 'retry-after': '600' }, body: { message: 'Service unavailable' } };

test('all worktrees are released in one go: git as it was, credentials dead, the vault empty', async ({ launch, sandbox }) => {
  const { made, configs, before } = await worktreesBefore(sandbox, 'one', 'two', 'three');
  const companion = await launch();
  await companion.connectRavi(sandbox);
  await companion.connectGitHub(sandbox);
  await companion.request('setup.done', undefined);
  for (const worktree of made) await activeCredential(companion, worktree);
  await companion.request('credentials.revoke', { worktreeId: made[2]?.id ?? '' });
  expect(await configs()).not.toEqual(before);

  const page = await companion.open('Settings');
  await page.getByRole('button', { name: 'Release all worktrees…' }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('git in 3 worktrees is yours again');
  expect(aliveAtGitHub(sandbox)).toHaveLength(2);
  await dialog.getByRole('button', { name: 'Release all' }).click();
  await expect(dialog).toContainText('3 of 3 worktrees released');
  expect(await configs()).toEqual(before);
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  expect(keptAtRavi(sandbox)).toEqual([]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('button', { name: 'Release all worktrees…' })).toBeDisabled();

  await companion.request('setup.retry', { service: 'jean' });
  expect(await configs()).toEqual(before);
  const fresh = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'fresh' });
  await activeCredential(companion, fresh);
});

test('quitting for good leaves nothing of ours outside, and says so before it goes', async ({
  launch,
  sandbox,
  userData,
  desktop,
}) => {
  const { made, configs, before } = await worktreesBefore(sandbox, 'one', 'two');
  const companion = await launch();
  await companion.connectRavi(sandbox);
  await companion.connectGitHub(sandbox);
  await companion.request('setup.done', undefined);
  for (const worktree of made) await activeCredential(companion, worktree);
  const bin = join(sandbox.dir, 'person-bin');
  await mkdir(bin);
  await companion.willChoose(bin);
  await companion.request('programs.install', { name: 'jean-ravi', choose: true });
  await companion.request('programs.install', { name: 'gh', choose: false });
  const orphan = {
    key: 'JEAN_GH_TOKEN_SHOP_LONG_GONE',
    value: 'sesame',
    notes: 'Jean Ravi Companion · acme/shop · worktree long-gone',
  };
  sandbox.ravi.keepSecret(sandbox.raviAccount.identityUuid, orphan);
  sandbox.ravi.keepSecret(sandbox.raviAccount.identityUuid, { key: 'MINE', value: 'sesame', notes: 'My own' });

  const item = await desktop.tray.waitForItem();
  await item.clickLabel('Quit for good…');
  const page = await companion.page();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText('git in 2 worktrees becomes what it was before');
  expect(aliveAtGitHub(sandbox)).toHaveLength(2);
  await dialog.getByRole('button', { name: 'Take everything out' }).click();

  const parts = dialog.getByRole('list', { name: 'What was taken out' });
  await expect(parts.getByRole('listitem')).toHaveText([
    /Worktrees.*2 worktrees are released, and every credential of the App's is verified dead/,
    /Leftovers.*1 leftover was taken out/,
    /Accounts.*no longer on this machine/,
    /Programs.*Deleted: .*jean-ravi, .*gh/,
  ]);
  expect(await configs()).toEqual(before);
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  expect(keptAtRavi(sandbox)).toEqual(['MINE']);
  expect([existsSync(join(bin, 'jean-ravi')), existsSync(join(userData, 'bin', 'gh'))]).toEqual([false, false]);
  expect((await readdir(join(userData, 'git'))).filter((name) => name.endsWith('.sock'))).toEqual([]);
  const late = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'late' });
  await companion.until(({ worktrees }) => worktrees[late.id] !== undefined, 'the late worktree is on the board');

  const closed = companion.app.waitForEvent('close');
  await dialog.getByRole('button', { name: 'Quit' }).click();
  await closed;
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  expect((await configFiles(sandbox, late.id)).at(-1)).toBeNull();

  const again = await launch();
  const { services } = await again.state();
  expect([services.github?.health, services.ravi?.health]).toEqual(['absent', 'absent']);
});

test('nobody is left behind who could still end what is alive: a worktree that is not through keeps the accounts', async ({
  launch,
  sandbox,
}) => {
  const { made } = await worktreesBefore(sandbox, 'one');
  const companion = await launch();
  await companion.connectGitHub(sandbox);
  await companion.request('setup.done', undefined);
  for (const worktree of made) await activeCredential(companion, worktree);
  sandbox.github.control.faults.next({ match: { method: 'DELETE', path: '/installation/token' }, times: 1, answer: busy });

  const page = await companion.open('Settings');
  await page.getByRole('button', { name: 'Quit for good…' }).click();
  const dialog = dialogOf(page);
  await dialog.getByRole('button', { name: 'Take everything out' }).click();
  await expect(dialog).toContainText('Not through yet: shop · one:');
  await expect(dialog).toContainText('The accounts stay connected');
  expect((await companion.state()).services.github?.health).not.toBe('absent');

  await dialog.getByRole('button', { name: 'Try again now' }).click();
  await expect(dialog).toContainText('no longer on this machine');
  expect(aliveAtGitHub(sandbox)).toEqual([]);
});

test('the project’s own work tree is left alone, gets a credential when the person asks, and Release undoes it', async ({
  launch,
  sandbox,
}) => {
  const base = sandbox.jean.createBaseWorktree(sandbox.repositories.shop.projectId);
  const before = await configFiles(sandbox, base.id);
  const companion = await launch();
  await companion.connectGitHub(sandbox);
  await companion.request('setup.done', undefined);
  await companion.until(({ worktrees }) => worktrees[base.id] !== undefined, 'the base session is on the board');
  await companion.request('setup.retry', { service: 'github' });
  expect((await companion.state()).credentials[base.id]).toBeUndefined();
  expect(await configFiles(sandbox, base.id)).toEqual(before);

  const page = await companion.open('Sessions');
  await page.getByRole('button', { name: `Give ${base.name} a credential too` }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(base.path);
  await expect(dialog).toContainText('for you in your terminal and editor');
  await dialog.getByRole('button', { name: 'Give it one' }).click();
  const { fingerprint } = await activeCredential(companion, base);
  const linked = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'linked' });
  const other = await activeCredential(companion, linked);
  expect(await push(sandbox, base.id)).toMatchObject({ code: 0 });
  expect(await push(sandbox, linked.id)).toMatchObject({ code: 0 });
  expect(sandbox.github.control.pushes().map(({ tokenHash }) => tokenHash)).toEqual([fingerprint, other.fingerprint]);
  await soon(async () => ((await companion.request('attribution.pushes', { worktreeId: base.id })) as unknown[]).length).toBe(1);

  // It is one like any other: looked after, kept over a start.
  await sandbox.jean.run(base.id, 'git config --worktree --unset-all user.name');
  await companion.request('credentials.look', { worktreeId: base.id });
  expect((await sandbox.jean.run(base.id, 'git config user.name')).stdout).toContain('acme-agents[bot]');
  await companion.quit();
  const again = await launch();
  await activeCredential(again, base);

  const credentials = await again.open('Credentials');
  await credentials.getByRole('button', { name: base.name }).first().click();
  await credentials.getByRole('button', { name: `Release ${base.name}` }).click();
  await dialogOf(credentials).getByRole('button', { name: 'Release', exact: true }).click();
  await again.until(({ credentials: all }) => all[base.id]?.state === 'revoked', 'its credential is dead');
  await again.request('credentials.release', { worktreeId: linked.id });
  await soon(() => configFiles(sandbox, base.id)).toEqual(before);
});
