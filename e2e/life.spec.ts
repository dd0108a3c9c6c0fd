import { expect, test } from './fixtures/test.ts';

test('a new worktree gets its own credential, and git in it pushes as the bot', async ({ connected, sandbox }) => {
  const { shop } = sandbox.repositories;
  const worktree = await sandbox.jean.createWorktree(shop.projectId, { name: 'checkout-flake' });
  const state = await connected.until(
    ({ credentials }) => credentials[worktree.id]?.state === 'active',
    'the credential is active',
  );
  expect(state.credentials[worktree.id]).toMatchObject({ holder: 'acme-agents[bot]', repository: 'acme/shop', vault: 'ravi' });

  const pushed = await sandbox.jean.run(
    worktree.id,
    'echo 1 > a && git add a && git commit -qm "Mend the flake" && git push -q origin HEAD',
  );
  expect(pushed).toMatchObject({ code: 0 });
  expect(sandbox.github.control.pushes()).toMatchObject([{ repo: 'acme/shop', login: 'acme-agents[bot]' }]);
});
