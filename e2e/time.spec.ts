import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { activeCredential, aliveAtGitHub, isActive, keptAtRavi, provisioned, push } from './fixtures/worktrees.ts';

const hourMs = 3_600_000;
const awake = (companion: Companion): Promise<unknown> =>
  companion.app.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'));

/** Sets the clock by which the app goes, as a person or a time server would. */
const setClock = (companion: Companion, byMs: number): Promise<void> =>
  companion.app.evaluate((_electron, by) => {
    const before = Date.now;
    Date.now = () => before() + by;
  }, byMs);

test('a worktree that nobody uses lets its credential lapse; the tray counts it, and git’s next question wakes it', async ({
  connected,
  desktop,
  sandbox,
}) => {
  await connected.request('credentials.settings', {
    mintAt: 'creation',
    lapseHours: 1,
    vaultKeyTemplate: 'JEAN_GH_TOKEN_<SLUG>',
  });
  const { worktree, credential: old } = await provisioned(connected, sandbox, 'checkout-flake');

  // The computer sleeps for two hours.
  sandbox.clock.move(2 * hourMs);
  await setClock(connected, 2 * hourMs);
  await awake(connected);
  await connected.until(({ credentials }) => credentials[worktree.id]?.state === 'sleeping', 'the credential sleeps');
  await soon(() => keptAtRavi(sandbox)).toEqual([]);
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  const item = await desktop.tray.waitForItem();
  await soon(async () => JSON.stringify(await item.menu())).toContain('1 credential sleeping');

  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  const now = await activeCredential(connected, worktree);
  expect(now.fingerprint).not.toBe(old.fingerprint);
  expect(sandbox.github.control.pushes()).toMatchObject([{ tokenHash: now.fingerprint }]);
  await soon(async () => JSON.stringify(await item.menu())).not.toContain('sleeping');
});

for (const [how, by] of [
  ['behind', -hourMs],
  ['ahead', hourMs],
] as const) {
  test(`a clock that is an hour ${how} keeps git from nothing, and when it is set right no token is buried alive`, async ({
    launch,
    sandbox,
  }) => {
    // Against GitHub's clock; git itself goes by the computer's.
    sandbox.clock.move(-by);
    const companion = await launch();
    await companion.connectRavi(sandbox);
    await companion.connectGitHub(sandbox);
    const { worktree, credential } = await provisioned(companion, sandbox, 'checkout-flake');
    expect(Math.abs((credential.expiresAt ?? 0) - Date.now() - hourMs)).toBeLessThan(30_000);
    expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });

    await setClock(companion, -by);
    await awake(companion);
    await soon(async () => (await companion.audit()).map(({ message }) => message)).toContain(
      'The clock of this computer was set. The times of credentials were set by GitHub’s clock.',
    );
    const { credentials } = await companion.until(isActive(worktree.id), 'the credential is active');
    expect(Math.abs((credentials[worktree.id]?.expiresAt ?? 0) - (Date.now() - by) - hourMs)).toBeLessThan(60_000);
    // A token that looked old may have been renewed before GitHub told the time; the one before it is revoked then, never counted as expired.
    expect(aliveAtGitHub(sandbox)).toContain(credentials[worktree.id]?.fingerprint);
    expect((await companion.audit()).map(({ kind }) => kind)).not.toContain('credential.expired');
    await companion.request('credentials.revoke', { worktreeId: worktree.id });
    await soon(() => aliveAtGitHub(sandbox)).toEqual([]);
  });
}
