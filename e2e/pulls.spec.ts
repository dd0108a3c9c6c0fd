import type { Sandbox } from '../sandbox/world.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { aliveAtGitHub, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

/** The computer wakes: what is asked by the minute is asked now. */
const wake = (companion: Companion): Promise<void> =>
  companion.app.evaluate(({ powerMonitor }) => void powerMonitor.emit('resume'));

/** A worktree that pushed, and the pull request that somebody opened for it at GitHub; Jean says nothing of it. */
async function withPull(companion: Companion, sandbox: Sandbox, name: string) {
  const { worktree } = await provisioned(companion, sandbox, name);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  await soon(async () => (await companion.audit()).filter(({ kind }) => kind === 'git.pushed').length).toBeGreaterThan(0);
  const { number } = await sandbox.github.control.openPull('acme/shop', { head: worktree.branch, title: 'Mend the checkout' });
  await wake(companion);
  await companion.until(({ worktrees }) => worktrees[worktree.id]?.pull?.number === number, 'the pull request is seen');
  return { worktree, number };
}

test('a pull request that is merged while Jean says nothing ends the credential, verified, and is told', async ({
  connected,
  desktop,
  sandbox,
}) => {
  test.setTimeout(120_000);
  const { worktree, number } = await withPull(connected, sandbox, 'checkout-flake');
  const page = await connected.open('Sessions');
  await expect(page.getByText(`PR #${number}`).first()).toBeVisible();
  await sandbox.github.control.mergePull('acme/shop', number);
  await wake(connected);

  await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'revoked', 'the credential is revoked');
  expect([aliveAtGitHub(sandbox), keptAtRavi(sandbox)]).toEqual([[], []]);
  await expect(page.getByText(`PR #${number} merged`).first()).toBeVisible();
  const notice = await desktop.notifications.waitFor(
    ({ summary }) => summary === `Pull request #${number} of checkout-flake was merged`,
  );
  expect(notice.body).toBe('shop · checkout-flake');
  const merged = (await connected.audit()).filter(({ kind }) => kind === 'pull.merged');
  expect(merged).toMatchObject([{ actor: 'github', subject: 'shop · checkout-flake' }]);

  // Jean comes to know it too: without its window it leaves the worktree where it is.
  sandbox.jean.attachUi(false);
  const url = `${sandbox.github.webUrl}/acme/shop/pull/${number}`;
  await sandbox.jean.prStatus(worktree.id, { number, url, state: 'merged' });
  expect((await push(sandbox, worktree.id)).stderr).toContain('Its pull request was merged.');
  expect((await connected.audit()).filter(({ kind }) => kind === 'pull.merged')).toHaveLength(1);
  expect(desktop.notifications.shown.filter(({ summary }) => summary.includes('was merged'))).toHaveLength(1);
});

test('failing checks and wanted changes are told and shown; what stays as it is costs GitHub nothing', async ({
  connected,
  desktop,
  sandbox,
}) => {
  test.setTimeout(120_000);
  const { control } = sandbox.github;
  const { worktree, number } = await withPull(connected, sandbox, 'checkout-flake');
  const pull = async () => (await connected.state()).worktrees[worktree.id]?.pull;
  const page = await connected.open('Sessions');
  control.check('acme/shop', number, 'test', 'failure');
  await wake(connected);
  await desktop.notifications.waitFor(({ summary }) => summary === `Pull request #${number} of checkout-flake fails its checks`);
  await expect(page.getByText(`PR #${number} checks fail`).first()).toBeVisible();

  control.clock.move(2_000);
  control.review('acme/shop', number, 'ada', 'CHANGES_REQUESTED');
  await wake(connected);
  await desktop.notifications.waitFor(
    ({ summary }) => summary === `Pull request #${number} of checkout-flake is asked for changes`,
  );
  const row = page.getByRole('listitem').filter({ hasText: `PR #${number} checks fail` });
  await row.getByRole('button').first().click();
  await expect(row.getByText(`#${number}, open; checks fail; changes requested`)).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('pulls.png') });

  const before = control.calls().length;
  await wake(connected);
  await soon(
    () =>
      control
        .calls()
        .slice(before)
        .filter(({ path }) => path.endsWith('/pulls')).length,
  ).toBe(1);
  const asked = control
    .calls()
    .slice(before)
    .filter(({ path }) => path.startsWith('/repos/acme/shop/'));
  expect(asked.filter(({ status, path }) => status !== 304 && !path.endsWith('/installation'))).toEqual([]);
  expect(await pull()).toMatchObject({ number, state: 'open', checks: 'failing', review: 'changes-requested' });
});

test('a pull request that is opened again at GitHub gives the worktree its credential back', async ({ connected, sandbox }) => {
  test.setTimeout(120_000);
  const { control } = sandbox.github;
  const { worktree, number } = await withPull(connected, sandbox, 'checkout-flake');
  // Somebody's credential has to be alive to ask with.
  await provisioned(connected, sandbox, 'apple-pay');
  control.closePull('acme/shop', number);
  await wake(connected);
  await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'revoked', 'the credential is revoked');
  control.clock.move(2_000);
  await control.reopenPull('acme/shop', number);
  await wake(connected);
  await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'active', 'there is a new credential');
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  expect((await connected.audit()).filter(({ kind }) => kind.startsWith('pull.')).map(({ kind }) => kind)).toEqual([
    'pull.closed',
    'pull.reopened',
  ]);
});
