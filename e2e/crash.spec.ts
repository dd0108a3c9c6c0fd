import type { Sandbox } from '../sandbox/world.ts';
import type { AppState } from '../shared/model.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, isActive, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

/** Longer than a test: what is asked is still on its way when the app is killed. */
const foreverMs = 120_000;

/** Waits until exactly these worktrees have a credential, and the outside agrees: nothing else lives at GitHub or in the vault. */
async function settles(companion: Companion, sandbox: Sandbox, wanted: readonly string[]): Promise<void> {
  const active = ({ credentials }: AppState) => Object.values(credentials).filter(({ state }) => state === 'active');
  const done = ({ credentials }: AppState): boolean =>
    wanted.every((id) => credentials[id]?.state === 'active') &&
    Object.values(credentials).every(({ state, worktreeId }) => wanted.includes(worktreeId) || state === 'revoked');
  const state = await companion.until(done, `exactly ${wanted.length} worktrees have a credential`, 20_000);
  await soon(() => [...aliveAtGitHub(sandbox)].sort(), 'what lives at GitHub').toEqual(
    active(state)
      .map(({ fingerprint }) => fingerprint)
      .sort(),
  );
  await soon(() => [...keptAtRavi(sandbox)].sort(), 'what Ravi’s vault holds').toEqual(
    active(state)
      .map(({ vaultKey }) => vaultKey)
      .sort(),
  );
  for (const id of wanted) expect(await push(sandbox, id)).toMatchObject({ code: 0 });
}

test('killed while a credential is asked for: the next start makes one', async ({ connected, launch, sandbox }) => {
  const { id } = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'before' });
  await connected.until(isActive(id), 'the first is there');
  const { faults } = sandbox.github.control;
  faults.next({ match: { method: 'POST', path: '*/access_tokens' }, answer: { delayMs: foreverMs } });
  const next = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'next' });
  await soon(() => faults.left(), 'GitHub was asked').toBe(0);
  await connected.kill();

  const again = await launch();
  await settles(again, sandbox, [id, next.id]);
  expect((await again.audit()).filter(({ kind }) => kind === 'app.recovered')).toHaveLength(1);
});

test('killed after GitHub’s answer got lost: that is on record, and it was asked once only', async ({
  connected,
  launch,
  sandbox,
}) => {
  // The connection has been used, so that Chromium would send the request again by itself.
  const { credential } = await provisioned(connected, sandbox, 'before');
  sandbox.github.control.faults.next({ match: { method: 'POST', path: '*/access_tokens' }, answer: 'lose' });
  const { id } = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  await connected.until(({ credentials }) => credentials[id]?.state === 'failed', 'it failed');
  const lost = aliveAtGitHub(sandbox).filter((hash) => hash !== credential.fingerprint);
  expect(lost).toHaveLength(1);
  await connected.kill();

  const again = await launch();
  const { credentials } = await again.until(isActive(id), 'there is a credential');
  expect([...aliveAtGitHub(sandbox)].sort()).toEqual([credential.fingerprint, ...lost, credentials[id]?.fingerprint].sort());
  const unseen = (await again.audit()).filter(({ facts, worktreeId }) => 'ends by' in facts && worktreeId === id);
  expect(unseen).toMatchObject([{ kind: 'credential.failed', message: expect.stringContaining('may have been issued') }]);
});

test('killed while it is stored: the credential that was made is the one that is used', async ({
  connected,
  launch,
  sandbox,
}) => {
  sandbox.ravi.faults.next({ match: { path: '*secrets*' }, answer: { delayMs: foreverMs } });
  const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'checkout-flake' });
  await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'storing', 'it is being stored');
  const [made] = aliveAtGitHub(sandbox);
  await connected.kill();

  const again = await launch();
  await settles(again, sandbox, [worktree.id]);
  expect(aliveAtGitHub(sandbox)).toEqual([made]);
});

test('killed in a rotation, before and after the new one was made: one credential lives', async ({
  connected,
  launch,
  sandbox,
}) => {
  const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
  const { faults } = sandbox.github.control;
  faults.next({ match: { method: 'POST', path: '*/access_tokens' }, answer: { delayMs: foreverMs } });
  const asked = connected.request('credentials.rotate', { worktreeId: worktree.id }).catch(() => undefined);
  await soon(() => faults.left(), 'GitHub was asked for the new one').toBe(0);
  await connected.kill();
  await asked;

  const second = await launch();
  await second.until(
    ({ credentials }) =>
      credentials[worktree.id]?.fingerprint !== credential.fingerprint && credentials[worktree.id]?.state === 'active',
    'the rotation was finished',
  );
  await settles(second, sandbox, [worktree.id]);

  faults.next({ match: { method: 'DELETE', path: '/installation/token' }, answer: { delayMs: foreverMs } });
  const askedAgain = second.request('credentials.rotate', { worktreeId: worktree.id }).catch(() => undefined);
  await soon(() => faults.left(), 'GitHub was asked to kill the old one').toBe(0);
  expect(aliveAtGitHub(sandbox)).toHaveLength(2);
  await second.kill();
  await askedAgain;

  await settles(await launch(), sandbox, [worktree.id]);
});

test('killed while a merged worktree’s credential is revoked, or taken out of the vault: nothing of it stays', async ({
  connected,
  launch,
  sandbox,
}) => {
  const one = await provisioned(connected, sandbox, 'revoked');
  const other = await provisioned(connected, sandbox, 'stored');
  const stays = await provisioned(connected, sandbox, 'stays');
  sandbox.jean.attachUi(false);
  const merged = { url: 'https://example.test/pull/7', state: 'merged' } as const;

  const { faults } = sandbox.github.control;
  faults.next({ match: { method: 'DELETE', path: '/installation/token' }, answer: { delayMs: foreverMs } });
  await sandbox.jean.prStatus(one.worktree.id, { number: 7, ...merged });
  await soon(() => faults.left(), 'GitHub was asked').toBe(0);
  sandbox.ravi.faults.next({ match: { path: '*secrets*' }, times: 9, answer: { delayMs: foreverMs } });
  await sandbox.jean.prStatus(other.worktree.id, { number: 8, ...merged });
  await soon(() => aliveAtGitHub(sandbox).includes(other.credential.fingerprint)).toBe(false);
  expect(keptAtRavi(sandbox)).toContain(other.credential.vaultKey);
  await connected.kill();
  sandbox.ravi.faults.clear();

  await settles(await launch(), sandbox, [stays.worktree.id]);
  for (const { worktree } of [one, other]) expect((await push(sandbox, worktree.id)).code).not.toBe(0);
});

test('what ends or begins in Jean while the app is closed is made good at the next start', async ({
  connected,
  launch,
  sandbox,
}) => {
  const { jean, repositories } = sandbox;
  const archived = await provisioned(connected, sandbox, 'archived');
  const deleted = await provisioned(connected, sandbox, 'deleted');
  const stays = await provisioned(connected, sandbox, 'stays');
  await connected.quit();

  jean.archiveWorktree(archived.worktree.id);
  await jean.deleteWorktree(deleted.worktree.id);
  const appeared = await jean.createWorktree(repositories.shop.projectId, { name: 'appeared' });
  await settles(await launch(), sandbox, [stays.worktree.id, appeared.id]);
});

test('after Quit and after a kill, git in a managed worktree fails with a message that names the app', async ({
  connected,
  launch,
  sandbox,
}) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const words = 'Jean Ravi Companion is not running, so git has no credential for acme/shop.';
  await connected.quit();
  const refused = await push(sandbox, worktree.id);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain(words);

  const again = await launch();
  await activeCredential(again, worktree);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  await again.kill();
  const refusedAgain = await push(sandbox, worktree.id);
  expect(refusedAgain.code).not.toBe(0);
  expect(refusedAgain.stderr).toContain(words);
});
