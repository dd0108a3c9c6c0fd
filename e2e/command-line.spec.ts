import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Companion } from './fixtures/companion.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { aliveAtGitHub, provisioned, push } from './fixtures/worktrees.ts';

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program as a person's shell does, without a display. */
function run(
  file: string,
  args: readonly string[],
  how: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH ?? '', HOME: how.cwd, GIT_CONFIG_NOSYSTEM: '1', ...how.env };
    const child = spawn(file, args, { cwd: how.cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The programs as the Set-up page installs them: `jean-ravi` in a folder of the test, `gh` in the app's own. */
async function installed(companion: Companion, dir: string) {
  const bin = join(dir, 'person-bin');
  await mkdir(bin, { recursive: true });
  await companion.willChoose(bin);
  await companion.request('programs.install', { name: 'jean-ravi', choose: true });
  await companion.request('programs.install', { name: 'gh', choose: false });
  const program = join(bin, 'jean-ravi');
  return { program, jeanRavi: (cwd: string, ...args: string[]) => run(program, args, { cwd }) };
}

/** A stand-in for GitHub CLI: asks GitHub's API with what it was given, as gh would. */
async function installGh(dir: string, apiUrl: string): Promise<string> {
  const folder = join(dir, 'real-bin');
  await mkdir(folder, { recursive: true });
  const program = join(folder, 'gh');
  const script = `fetch(process.argv[1] + '/repos/acme/shop', { headers: { authorization: 'Bearer ' + (process.env.GH_ENTERPRISE_TOKEN || process.env.GH_TOKEN) } })
    .then((answer) => console.log(answer.status + ' ' + require('node:crypto').createHash('sha256').update(process.env.GH_ENTERPRISE_TOKEN || '').digest('base64')))`;
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' -e "${script.replaceAll('"', '\\"')}" '${apiUrl}'\n`);
  await chmod(program, 0o755);
  return folder;
}

test('exec, gh and plain git act as their own worktree in the same second, without crossing', async ({
  connected,
  sandbox,
  userData,
}) => {
  const [one, two, three] = [
    await provisioned(connected, sandbox, 'one'),
    await provisioned(connected, sandbox, 'two'),
    await provisioned(connected, sandbox, 'three'),
  ];
  const { jeanRavi } = await installed(connected, sandbox.dir);
  const real = await installGh(sandbox.dir, sandbox.github.apiUrl);
  const path = [join(userData, 'bin'), real, process.env.PATH].join(':');
  const gh = (cwd: string) => run('/bin/sh', ['-c', 'gh api repos/acme/shop'], { cwd, env: { PATH: path } });

  // A clone of the developer's own, which no credential of ours is in: exec carries one there.
  const clone = join(sandbox.dir, 'clone');
  const { url } = sandbox.repositories.shop;
  const cloning = await jeanRavi(sandbox.dir, 'exec', one.worktree.id, '--', 'git', 'clone', '-q', url, clone);
  expect(cloning).toMatchObject({ code: 0 });
  const work = 'git commit -q --allow-empty -m "By exec" && git push -q origin HEAD:refs/heads/by-exec';

  const [byExec, byGit, ...byGh] = await Promise.all([
    jeanRavi(clone, 'exec', 'one', '--', 'sh', '-c', work),
    push(sandbox, two.worktree.id),
    ...Array.from({ length: 20 }, (_one, at) => gh(at % 2 === 0 ? three.worktree.path : two.worktree.path)),
  ]);
  expect(byExec).toMatchObject({ code: 0 });
  expect(byGit).toMatchObject({ code: 0 });
  expect(byGh.map(({ stdout, stderr }) => stdout.trim() || stderr)).toEqual(
    byGh.map((_ran, at) => `200 ${at % 2 === 0 ? three.credential.fingerprint : two.credential.fingerprint}`),
  );

  const pushes = sandbox.github.control.pushes();
  const tokenOf = (branch: string) => pushes.find(({ ref }) => ref.includes(branch))?.tokenHash;
  expect(tokenOf('by-exec')).toBe(one.credential.fingerprint);
  expect(pushes.map(({ tokenHash }) => tokenHash).sort()).toEqual(
    [one.credential.fingerprint, two.credential.fingerprint].sort(),
  );
  const author = pushes.flatMap(({ commits }) => commits).map((commit) => commit.author.email);
  expect(author.every((email) => email.includes('acme-agents[bot]'))).toBe(true);

  // Nothing of it is on record in clear, and the person's use is told from git's.
  const entries = await connected.audit();
  expect(entries.filter(({ actor, kind }) => actor === 'person' && kind === 'credential.used')).toHaveLength(2);
});

test('a command of exec has the worktree’s identity, its own status, and nothing that outlives it', async ({
  connected,
  sandbox,
}) => {
  const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
  const { jeanRavi } = await installed(connected, sandbox.dir);
  const show = 'echo "$JEAN_SESSION_IDENTITY|$GIT_AUTHOR_EMAIL"; printf %s "$GITHUB_TOKEN" | sha256sum; exit 7';
  const ran = await jeanRavi(worktree.path, 'exec', '.', '--', 'sh', '-c', show);
  expect(ran.code).toBe(7);
  expect(ran.stdout).toContain('shop/checkout-flake|');
  expect(ran.stdout).toContain(Buffer.from(credential.fingerprint, 'base64').toString('hex'));
  expect(ran.stderr).toBe('');

  const printed = await jeanRavi(worktree.path, 'env', 'checkout-flake');
  expect(printed.stdout).toMatch(/^export GH_TOKEN='ghs_/m);
  expect(printed.stderr).toContain('can’t be rotated');
});

test('status, list, rotate, revoke and the audit log work from a terminal', async ({ connected, sandbox }) => {
  const { worktree, credential: old } = await provisioned(connected, sandbox, 'checkout-flake');
  const { jeanRavi } = await installed(connected, sandbox.dir);

  expect((await jeanRavi(sandbox.dir, 'status')).stdout).toContain('Credentials  1 active');
  const list = JSON.parse((await jeanRavi(sandbox.dir, 'list', '--json')).stdout);
  expect(list.worktrees).toMatchObject([{ name: 'checkout-flake', credential: { fingerprint: old.fingerprint } }]);

  const rotated = await jeanRavi(worktree.path, 'rotate', '.', '--json');
  expect(rotated.code).toBe(0);
  const fresh = JSON.parse(rotated.stdout).credential.fingerprint;
  expect(fresh).not.toBe(old.fingerprint);
  expect(aliveAtGitHub(sandbox)).toEqual([fresh]);

  expect(await jeanRavi(sandbox.dir, 'revoke', 'checkout-flake')).toMatchObject({ code: 0, stderr: '' });
  expect(aliveAtGitHub(sandbox)).toEqual([]);
  const refused = await jeanRavi(worktree.path, 'exec', '.', '--', 'echo', 'ran');
  expect(refused).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('You revoked it.') });
  expect(await jeanRavi(sandbox.dir, 'rotate', 'gone')).toMatchObject({ code: 4 });
  expect(await jeanRavi(sandbox.dir, 'rotate')).toMatchObject({ code: 2 });

  expect(await jeanRavi(sandbox.dir, 'audit', 'verify')).toMatchObject({ code: 0, stdout: expect.stringContaining('unbroken') });
  expect((await jeanRavi(sandbox.dir, 'audit', 'tail', '-n', '50')).stdout).toContain('credential.revoked');
  expect(await jeanRavi(sandbox.dir, 'audit', 'export', 'log.jsonl')).toMatchObject({ code: 0 });
  expect(await readFile(join(sandbox.dir, 'log.jsonl'), 'utf8')).toContain('"kind":"credential.revoked"');
});

test('who tells of a pushed commit which worktree and credential that was', async ({ connected, sandbox }) => {
  const { worktree, credential } = await provisioned(connected, sandbox, 'checkout-flake');
  const { jeanRavi } = await installed(connected, sandbox.dir);
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  const { stdout } = await sandbox.jean.run(worktree.id, 'git rev-parse HEAD HEAD~1');
  const [sha = '', before = ''] = stdout.trim().split('\n');

  await soon(async () => (await jeanRavi(sandbox.dir, 'who', sha.slice(0, 9))).stdout).toContain(' pushed 1 commit to ');
  const told = await jeanRavi(sandbox.dir, 'who', sha.slice(0, 9));
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toContain('Pushed from shop · checkout-flake to ');
  expect(told.stdout).toContain(`Credential ${credential.fingerprint}: issued `);

  expect(await jeanRavi(sandbox.dir, 'revoke', 'checkout-flake')).toMatchObject({ code: 0 });
  const page = `${sandbox.github.webUrl}/acme/shop/commit/${sha}`;
  const after = JSON.parse((await jeanRavi(sandbox.dir, 'who', page, '--json')).stdout);
  expect(after).toMatchObject({ verdict: 'managed', origins: [{ credential: { ended: { how: 'revoked' } } }] });
  expect((await jeanRavi(sandbox.dir, 'who', sha)).stdout).toContain('It was revoked ');

  expect((await jeanRavi(sandbox.dir, 'who', before)).stdout).toContain('Made outside of any managed worktree.');
  expect(await jeanRavi(sandbox.dir, 'who', 'rotated')).toMatchObject({
    code: 4,
    stderr: 'jean-ravi: That is neither a commit, nor a pull request, nor a branch that is known here.\n',
  });
});

test('without the app jean-ravi says so, and gh and git fail closed', async ({ connected, sandbox, userData }) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const { jeanRavi } = await installed(connected, sandbox.dir);
  const real = await installGh(sandbox.dir, sandbox.github.apiUrl);
  await connected.quit();
  const said = 'jean-ravi: Jean Ravi Companion is not running. Start it, and try again.\n';
  expect(await jeanRavi(worktree.path, 'status')).toEqual({ code: 3, stdout: '', stderr: said });
  expect(await jeanRavi(worktree.path, 'exec', '.', '--', 'echo', 'ran')).toEqual({ code: 3, stdout: '', stderr: said });
  const path = [join(userData, 'bin'), real, process.env.PATH].join(':');
  const gh = await run('/bin/sh', ['-c', 'gh pr list'], { cwd: worktree.path, env: { PATH: path, GH_TOKEN: 'gho_person' } });
  expect(gh).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Jean Ravi Companion is not running') });
});

test('Set-up installs and removes both programs, and touches no file of somebody else', async ({
  connected,
  sandbox,
  userData,
}) => {
  const page = await connected.open('Set-up');
  const card = page.getByRole('region', { name: 'Command line' });
  const bin = join(sandbox.dir, 'person-bin');
  const file = join(bin, 'jean-ravi');
  await mkdir(bin, { recursive: true });
  await writeFile(file, 'mine');
  await connected.willChoose(bin);

  await card.getByRole('button', { name: 'Choose a folder for jean-ravi' }).click();
  await expect(page.getByText('There is another file at').first()).toBeVisible();
  expect(await readFile(file, 'utf8')).toBe('mine');

  const empty = join(sandbox.dir, 'empty-bin');
  await mkdir(empty);
  await connected.willChoose(empty);
  await card.getByRole('button', { name: 'Choose a folder for jean-ravi' }).click();
  await expect(card.getByRole('button', { name: 'Remove jean-ravi' })).toBeVisible();
  await card.getByRole('button', { name: 'Install gh' }).click();
  await expect(card.getByRole('button', { name: 'Remove gh' })).toBeVisible();
  expect((await stat(join(empty, 'jean-ravi'))).mode & 0o777).toBe(0o755);
  await expect(card.getByRole('region', { name: 'jean-ravi' })).toContainText('Shells do not look into its folder');
  await expect(card.getByRole('region', { name: 'jean-ravi' })).toContainText(`export PATH="${empty}:$PATH"`);

  await card.getByRole('button', { name: 'Remove jean-ravi' }).click();
  await card.getByRole('button', { name: 'Remove gh' }).click();
  await expect(card.getByRole('button', { name: 'Install gh' })).toBeVisible();
  await soon(() => stat(join(userData, 'bin', 'gh')).catch(() => null)).toBeNull();
  expect(await stat(join(empty, 'jean-ravi')).catch(() => null)).toBeNull();
});
