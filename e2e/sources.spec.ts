import type { Page } from '@playwright/test';
import type { Sandbox } from '../sandbox/world.ts';
import { defaultProjectPolicy, type SourceKind } from '../shared/policy.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { provisioned, push } from './fixtures/worktrees.ts';

const minute = 60_000;
const hour = 60 * minute;

/** A fine-grained token of the machine user for the shop, which ends in `lifeMs`. */
function robotToken({ github, clock }: Sandbox, lifeMs: number): string {
  github.control.addCollaborator('acme/shop', 'acme-robot');
  return github.control.createFineGrainedToken('acme-robot', {
    repositories: ['acme/shop'],
    permissions: { contents: 'write', pull_requests: 'write' },
    expiresAt: clock.now() + lifeMs,
  });
}

const copy = (companion: Companion, text: string): Promise<void> =>
  companion.app.evaluate(({ clipboard }, copied) => clipboard.writeText(copied), text);
const copied = (companion: Companion): Promise<string> => companion.app.evaluate(({ clipboard }) => clipboard.readText());

/** Chooses the source of the shop's credentials on its card, as a person does. */
async function choose(companion: Companion, source: string): Promise<Page> {
  const page = await companion.open('Projects');
  const card = page.getByRole('article', { name: 'Project shop' });
  await card.getByRole('button', { name: 'Change what shop gets' }).press('Enter');
  await card.getByRole('radio', { name: source }).check();
  await card.getByRole('button', { name: 'Save' }).press('Enter');
  await expect(card.getByRole('radio', { name: source })).toBeHidden();
  return page;
}

const decide = (companion: Companion, sandbox: Sandbox, source: SourceKind): Promise<unknown> =>
  companion.request('projects.policy', {
    projectId: sandbox.repositories.shop.projectId,
    policy: { ...defaultProjectPolicy, source },
  });

const shares = (companion: Companion, holder: string, worktrees: readonly string[]) =>
  companion.until(
    ({ credentials }) =>
      worktrees.every(
        (id) => credentials[id]?.state === 'active' && credentials[id]?.holder === holder && credentials[id]?.shared,
      ),
    `${worktrees.length} worktrees share the token of ${holder}`,
  );

const pushers = ({ github }: Sandbox): readonly string[] => github.control.pushes().map(({ login }) => login);
const lastAuthor = async ({ jean }: Sandbox, worktreeId: string): Promise<string> =>
  (await jean.run(worktreeId, 'git log -1 --format="%an <%ae>"')).stdout.trim();

test('a machine user’s token goes from the clipboard to every worktree of its project, and is taken away again', async ({
  connected,
  sandbox,
}) => {
  const { worktree: one } = await provisioned(connected, sandbox, 'checkout-flake');
  const { worktree: two } = await provisioned(connected, sandbox, 'apple-pay');
  const page = await choose(connected, 'A machine user’s token');
  const source = page.getByRole('region', { name: 'A machine user’s token, shop' });
  const take = source.getByRole('button', { name: 'Take the token from the clipboard' });
  const said = page.getByRole('alert');

  const classic = sandbox.github.control.createPersonalToken('acme-robot');
  await copy(connected, classic);
  await take.press('Enter');
  await expect(said).toContainText('This is a classic token');
  await said.getByRole('button', { name: 'Dismiss' }).click();
  expect(await copied(connected)).toBe(classic);
  expect(await push(sandbox, one.id)).toMatchObject({ code: 0 });
  expect(pushers(sandbox)).toEqual(['acme-agents[bot]']);

  const token = robotToken(sandbox, 90 * 24 * hour);
  await copy(connected, `${token}\n`);
  await take.press('Enter');
  await expect(page.getByText('shop: its worktrees share the token of acme-robot.')).toBeVisible();
  expect(await copied(connected)).toBe('');
  await shares(connected, 'acme-robot', [one.id, two.id]);
  await expect(source).toContainText('shared by 2 worktrees');
  await expect(source).toContainText('in 89 days');

  for (const { id } of [one, two]) expect(await push(sandbox, id)).toMatchObject({ code: 0 });
  expect(pushers(sandbox)).toEqual(['acme-agents[bot]', 'acme-robot', 'acme-robot']);
  expect(await lastAuthor(sandbox, one.id)).toMatch(/^acme-robot.* <\d+\+acme-robot@users\.noreply\..+>$/);

  sandbox.jean.archiveWorktree(one.id);
  await connected.until(({ credentials }) => credentials[one.id]?.state === 'revoked', 'the archived one has given it back');
  await connected.open('Credentials');
  await expect(page.getByRole('button', { name: 'checkout-flake' })).toContainText('taken away here');
  expect(sandbox.github.control.liveTokens().map(({ kind }) => kind)).toContain('fine-grained');
  expect(await push(sandbox, two.id)).toMatchObject({ code: 0 });

  await connected.open('Projects');
  await source.getByRole('button', { name: 'Revoke at GitHub' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('GitHub sends an e-mail to acme-robot');
  await dialog.getByRole('button', { name: 'Revoke at GitHub' }).press('Enter');
  await expect(dialog).toBeHidden();
  expect(sandbox.github.control.liveTokens().map(({ kind }) => kind)).not.toContain('fine-grained');
  const refused = await push(sandbox, two.id);
  expect(refused.stderr).toContain('This project has no shared token yet');

  const traces = [JSON.stringify(await connected.state()), JSON.stringify(await connected.audit()), ...connected.printed];
  expect(traces.filter((trace) => trace.includes(token) || trace.includes(classic))).toEqual([]);
});

test('a shared token comes from the vault too, and its end is told in time, once', async ({ connected, desktop, sandbox }) => {
  const { raviAccount, ravi } = sandbox;
  ravi.keepSecret(raviAccount.identityUuid, { key: 'ACME_ROBOT_TOKEN', value: robotToken(sandbox, 40 * minute), notes: '' });
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  await decide(connected, sandbox, 'shared');
  await connected.open('Audit');
  const { projectId } = sandbox.repositories.shop;
  await connected.request('sources.take', { projectId, from: { place: 'vault', key: 'ACME_ROBOT_TOKEN' } });
  await shares(connected, 'acme-robot', [worktree.id]);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });

  const { body } = await desktop.notifications.waitFor(({ summary }) =>
    /^The shared token of shop ends in \d+ min$/.test(summary),
  );
  expect(body).toBe('Make a new one at GitHub as acme-robot, and replace it under Projects.');
  expect((await connected.audit()).filter(({ kind }) => kind === 'source.expiring')).toHaveLength(1);
});

test('a developer signs in, pushes under their own name, and is renewed when GitHub says that the token is over', async ({
  connected,
  sandbox,
}) => {
  const { github } = sandbox;
  github.control.addCollaborator('acme/shop', 'dana');
  const { worktree: one } = await provisioned(connected, sandbox, 'checkout-flake');
  const { worktree: two } = await provisioned(connected, sandbox, 'apple-pay');
  const page = await choose(connected, 'Your own name');
  const source = page.getByRole('region', { name: 'Your own name, shop' });
  await source.getByRole('button', { name: 'Sign in at GitHub' }).press('Enter');
  const code = source.getByRole('status', { name: 'Code' });
  await expect(code).toHaveText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  github.control.approveDevice((await code.textContent()) ?? '', 'dana');
  await expect(source).toContainText('shared by 2 worktrees', { timeout: 20_000 });
  const before = (await shares(connected, 'dana', [one.id, two.id])).credentials[one.id]?.fingerprint;

  expect(await push(sandbox, one.id)).toMatchObject({ code: 0 });
  expect(pushers(sandbox)).toEqual(['dana']);
  expect(await lastAuthor(sandbox, one.id)).toMatch(/^dana.* <\d+\+dana@users\.noreply\..+>$/);
  // The look-up of the repository's number left nothing behind; the App's own credentials were replaced.
  await soon(() => github.control.liveTokens().map(({ kind }) => kind)).toEqual(['user', 'refresh']);

  sandbox.clock.move(8 * hour);
  await soon(async () => (await push(sandbox, two.id)).code).toBe(0);
  const { credentials } = await connected.until(
    (state) => state.credentials[one.id]?.fingerprint !== before && state.credentials[one.id]?.state === 'active',
    'the other worktree has the new token too',
  );
  expect(credentials[two.id]?.fingerprint).toBe(credentials[one.id]?.fingerprint);
  expect(await push(sandbox, one.id)).toMatchObject({ code: 0 });
  expect(new Set(pushers(sandbox))).toEqual(new Set(['dana']));

  await connected.open('Projects');
  await source.getByRole('button', { name: 'Sign out' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('GitHub sends you an e-mail of it');
  await dialog.getByRole('button', { name: 'Sign out' }).press('Enter');
  await expect(dialog).toBeHidden();
  expect(github.control.liveTokens().map(({ kind }) => kind)).toEqual([]);
  expect((await push(sandbox, one.id)).stderr).toContain('You are not signed in to GitHub for this project');

  await choose(connected, 'The GitHub App');
  await connected.until(
    (state) => state.credentials[one.id]?.holder === 'acme-agents[bot]' && state.credentials[one.id]?.state === 'active',
    'the App’s credential is in force again',
  );
  expect(await push(sandbox, one.id)).toMatchObject({ code: 0 });
  expect(await lastAuthor(sandbox, one.id)).toContain('acme-agents[bot]');
});
