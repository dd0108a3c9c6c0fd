import { appendFile, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/world.ts';
import type { Attribution, PushView } from '../shared/attribution.ts';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { provisioned, push, sessionIn } from './fixtures/worktrees.ts';

const who = async (companion: Companion, query: string): Promise<Attribution | null> =>
  (await companion.request('attribution.who', { query })) as Attribution | null;

const pushesOf = async (companion: Companion, worktreeId: string): Promise<readonly PushView[]> =>
  (await companion.request('attribution.pushes', { worktreeId })) as PushView[];

const headOf = async ({ jean }: Sandbox, worktreeId: string): Promise<string> =>
  (await jean.run(worktreeId, 'git rev-parse HEAD')).stdout.trim();

const branchOf = async ({ jean }: Sandbox, worktreeId: string): Promise<string> =>
  (await jean.run(worktreeId, 'git symbolic-ref --short HEAD')).stdout.trim();

/** The last commit's message. */
const messageIn = async ({ jean }: Sandbox, worktreeId: string): Promise<string> =>
  (await jean.run(worktreeId, 'git log -1 --format=%B')).stdout.trim();

test('each commit is traced to the worktree, session and credential that pushed it', async ({ connected, sandbox }) => {
  const one = await sessionIn(connected, sandbox, 'one', 'Mend the checkout');
  const other = await provisioned(connected, sandbox, 'other');
  await sandbox.jean.startTurn(one.session, { message: 'go', model: 'opus' });
  await connected.until(({ sessions }) => sessions[one.session]?.status !== 'idle', 'the session is at work');
  const results = await Promise.all([push(sandbox, one.worktree.id), push(sandbox, other.worktree.id)]);
  expect(results).toMatchObject([{ code: 0 }, { code: 0 }]);

  await soon(async () => (await pushesOf(connected, one.worktree.id)).length).toBe(1);
  await soon(async () => (await pushesOf(connected, other.worktree.id)).length).toBe(1);
  const [here, there] = [await headOf(sandbox, one.worktree.id), await headOf(sandbox, other.worktree.id)];
  expect(await who(connected, here.slice(0, 9))).toMatchObject({
    about: 'commit',
    verdict: 'managed',
    repository: 'acme/shop',
    author: expect.stringMatching(/^acme-agents\[bot\] \(one\) </),
    origins: [
      {
        worktreeId: one.worktree.id,
        subject: 'shop · one',
        sessions: [{ id: one.session, name: 'Mend the checkout' }],
        credential: { fingerprint: one.credential.fingerprint, issuedAt: expect.any(Number), ended: null },
        push: { branch: await branchOf(sandbox, one.worktree.id), commits: 1 },
      },
    ],
  });
  expect(await who(connected, there)).toMatchObject({
    origins: [{ subject: 'shop · other', sessions: [], credential: { fingerprint: other.credential.fingerprint } }],
  });

  await connected.request('credentials.rotate', { worktreeId: one.worktree.id });
  expect(await who(connected, here)).toMatchObject({
    origins: [{ credential: { fingerprint: one.credential.fingerprint, ended: { how: 'revoked' } } }],
  });
  const pushed = (await connected.audit()).filter(({ kind }) => kind === 'git.pushed');
  expect(pushed.map(({ worktreeId, fingerprint, facts }) => [worktreeId, fingerprint, facts.range]).sort()).toEqual(
    [
      [one.worktree.id, one.credential.fingerprint, here],
      [other.worktree.id, other.credential.fingerprint, there],
    ].sort(),
  );
});

test('what the developer pushes, and what nobody knows, is said to be outside', async ({ connected, sandbox }) => {
  const { jean, github, repositories } = sandbox;
  const { worktree } = await provisioned(connected, sandbox, 'one');
  await push(sandbox, worktree.id);
  github.control.addCollaborator('acme/shop', 'dana');
  const own = github.control.createPersonalToken('dana');
  const helper = `!f() { test $1 = get && echo username=dana && echo password=${own}; }; f`;
  await appendFile(join(jean.home, '.gitconfig'), `[credential]\n\thelper = "${helper}"\n`);
  const base = jean.createBaseWorktree(repositories.shop.projectId);
  expect(await push(sandbox, base.id)).toMatchObject({ code: 0 });
  await soon(async () => (await pushesOf(connected, worktree.id)).length).toBe(1);

  const sha = await headOf(sandbox, base.id);
  const outside = { verdict: 'outside', sentence: 'Made outside of any managed worktree.', origins: [] };
  expect(await who(connected, sha)).toMatchObject({ ...outside, author: 'Dana Developer <dana@acme.test>' });
  expect(await who(connected, 'main')).toMatchObject(outside);
  expect(await who(connected, '0123456789abcdef')).toMatchObject({ verdict: 'unknown' });
  expect(await who(connected, 'rotated')).toBeNull();

  await jean.run(worktree.id, 'git commit -qm Unpushed --allow-empty');
  expect(await who(connected, await headOf(sandbox, worktree.id))).toMatchObject({
    verdict: 'managed',
    sentence: 'Made in shop · one, and not seen going out yet.',
  });
});

test('a pull request is traced by its number and its page, and GitHub is asked again only if it changed', async ({
  connected,
  sandbox,
}) => {
  const { control, webUrl } = sandbox.github;
  const { worktree } = await provisioned(connected, sandbox, 'one');
  await push(sandbox, worktree.id);
  await soon(async () => (await pushesOf(connected, worktree.id)).length).toBe(1);
  const branch = await branchOf(sandbox, worktree.id);
  const { number } = await control.openPull('acme/shop', { head: branch, title: 'Mend the checkout' });
  await control.commit('acme/shop', 'by-hand', { message: 'By hand', files: { 'hand.txt': 'x' } });
  const byHand = await control.openPull('acme/shop', { head: 'by-hand' });

  const managed = { about: 'pull', title: 'Mend the checkout', verdict: 'managed', origins: [{ subject: 'shop · one' }] };
  expect(await who(connected, `${webUrl}/acme/shop/pull/${number}/files`)).toMatchObject(managed);
  expect(await who(connected, `#${number}`)).toMatchObject(managed);
  expect(
    control
      .calls()
      .filter(({ path }) => path.endsWith(`/pulls/${number}`))
      .map(({ status }) => status),
  ).toEqual([200, 304]);
  expect(await who(connected, `acme/shop#${byHand.number}`)).toMatchObject({ verdict: 'outside', origins: [] });
  expect(await who(connected, 'acme/shop#99')).toMatchObject({ verdict: 'unknown', sentence: 'There is no such pull request.' });
  expect(await who(connected, branch)).toMatchObject({ about: 'branch', verdict: 'managed' });
});

test('the search on the Audit page answers, and a credential leads to its pushes', async ({ connected, sandbox }) => {
  const { worktree } = await provisioned(connected, sandbox, 'one');
  await push(sandbox, worktree.id);
  const sha = await headOf(sandbox, worktree.id);
  const credentials = await connected.open('Credentials');
  const pushes = credentials.getByRole('region', { name: 'Pushes of one' });
  await expect(pushes.getByRole('listitem')).toHaveCount(1);
  await expect(pushes).toContainText('1 commit');
  await pushes.getByRole('button', { name: `Who pushed ${sha.slice(0, 7)}` }).press('Enter');

  const card = credentials.getByRole('region', { name: 'Where it came from' });
  await expect(card.getByRole('status')).toContainText('Pushed from shop · one');
  await expect(card.getByRole('article', { name: 'shop · one' })).toContainText('in force');
  await card.getByRole('button', { name: 'Credential of shop · one' }).press('Enter');
  await expect(credentials.getByRole('article', { name: 'Credential of one' })).toBeVisible();

  const audit = await connected.open('Audit');
  await audit.getByRole('searchbox').fill('no such thing');
  await expect(audit.getByText('Nothing matches this filter')).toBeVisible();
  await expect(card.getByRole('article')).toHaveCount(0);
});

test('commits are marked when the person wants it, after the repository’s own hook, and no more once they don’t', async ({
  connected,
  sandbox,
}) => {
  const { worktree, credential, session } = await sessionIn(connected, sandbox, 'one', 'Mend the checkout');
  const base = sandbox.jean.createBaseWorktree(sandbox.repositories.shop.projectId);
  const hooks = join(base.path, '.git', 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'commit-msg'), '#!/bin/sh\necho "Checked: yes" >> "$1"\n! grep -q forbidden "$1"\n');
  await chmod(join(hooks, 'commit-msg'), 0o755);
  await sandbox.jean.startTurn(session, { message: 'go' });
  await connected.until(({ sessions }) => sessions[session]?.status !== 'idle', 'the session is at work');
  const commit = (message: string) => sandbox.jean.run(worktree.id, `git commit -q --allow-empty -m "${message}"`);

  await commit('Before');
  expect(await messageIn(sandbox, worktree.id)).toBe('Before\nChecked: yes');
  const page = await connected.open('Settings');
  await page.getByRole('button', { name: 'Mark commits' }).click();
  await expect(page.getByRole('button', { name: 'Stop marking commits', disabled: false })).toBeVisible();
  const short = credential.fingerprint.slice(0, 12).replaceAll('+', '-').replaceAll('/', '_');
  await commit('Work');
  expect(await messageIn(sandbox, worktree.id)).toBe(
    `Work\n\nAgent-Session: ${session}\nAgent-Credential: ${short}\nChecked: yes`,
  );
  expect((await commit('forbidden')).code).not.toBe(0);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  await sandbox.jean.run(base.id, 'git commit -q --allow-empty -m Own');
  expect(await messageIn(sandbox, base.id)).toBe('Own\nChecked: yes');

  await page.getByRole('button', { name: 'Stop marking commits' }).click();
  await expect(page.getByRole('button', { name: 'Mark commits', disabled: false, exact: true })).toBeVisible();
  await commit('After');
  expect(await messageIn(sandbox, worktree.id)).toBe('After\nChecked: yes');
  expect((await sandbox.jean.run(worktree.id, 'git config core.hooksPath')).stdout).toBe('');
});
