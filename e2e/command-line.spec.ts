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

/** The programs as the Settings page installs them: `jean-ravi` in a folder of the test, `gh` in the app's own. */
async function installed(companion: Companion, dir: string) {
  const bin = join(dir, 'person-bin');
  await mkdir(bin, { recursive: true });
  await companion.willChoose(bin);
  await companion.request('programs.install', { name: 'jean-ravi', choose: true });
  await companion.request('programs.install', { name: 'gh', choose: false });
  const program = join(bin, 'jean-ravi');
  return { program, jeanRavi: (cwd: string, ...args: string[]) => run(program, args, { cwd }) };
}

/**
 * A stand-in for GitHub CLI: asks GitHub's API with what it was given, and for a pull request pushes with a credential helper of its
 * own, as gh does.
 */
async function installGh(dir: string, apiUrl: string): Promise<string> {
  const folder = join(dir, 'real-bin');
  await mkdir(folder, { recursive: true });
  const program = join(folder, 'gh');
  const script = `fetch(process.argv[1] + '/repos/acme/shop', { headers: { authorization: 'Bearer ' + (process.env.GH_ENTERPRISE_TOKEN || process.env.GH_TOKEN) } })
    .then((answer) => console.log(answer.status + ' ' + require('node:crypto').createHash('sha256').update(process.env.GH_ENTERPRISE_TOKEN || '').digest('base64')))`;
  const text = `#!/bin/sh
case "$1 $2" in
  'auth git-credential') [ "$3" = get ] && printf 'username=x-access-token\\npassword=%s\\n' "\${GH_ENTERPRISE_TOKEN:-$GH_TOKEN}"; exit 0;;
  'pr create') exec git -c credential.helper= -c "credential.helper=!'$0' auth git-credential" push -q origin HEAD;;
esac
exec '${process.execPath}' -e "${script.replaceAll('"', '\\"')}" '${apiUrl}'
`;
  await writeFile(program, text);
  await chmod(program, 0o755);
  return folder;
}

/** What each of three sessions does in one go: commits, says that it is ready, and pushes when all may. */
const atOnce = (dir: string, round: number, name: string, push: string): string =>
  `git commit -q --allow-empty -m "${name} ${round}" && touch '${dir}/${name}-${round}' && ` +
  `until [ -e '${dir}/go-${round}' ]; do sleep 0.02; done && ${push}`;

test('exec, the shim and plain git each push as their own worktree in the same second, without crossing', async ({
  connected,
  sandbox,
  userData,
}) => {
  test.setTimeout(180_000);
  const [one, two, three] = [
    await provisioned(connected, sandbox, 'one'),
    await provisioned(connected, sandbox, 'two'),
    await provisioned(connected, sandbox, 'three'),
  ];
  const { jeanRavi } = await installed(connected, sandbox.dir);
  const real = await installGh(sandbox.dir, sandbox.github.apiUrl);
  const path = [join(userData, 'bin'), real, process.env.PATH].join(':');

  // A clone of the developer's own, which no credential of ours is in: exec carries one there.
  const clone = join(sandbox.dir, 'clone');
  const { url } = sandbox.repositories.shop;
  expect(await jeanRavi(sandbox.dir, 'exec', one.worktree.id, '--', 'git', 'clone', '-q', url, clone)).toMatchObject({ code: 0 });

  const rounds = [1, 2, 3];
  for (const round of rounds) {
    const here = (name: string, push: string) => atOnce(sandbox.dir, round, name, push);
    const exec = here('exec', `git push -q origin HEAD:refs/heads/by-exec-${round}`);
    const working = Promise.all([
      jeanRavi(clone, 'exec', 'one', '--', 'sh', '-c', exec),
      sandbox.jean.run(two.worktree.id, here('git', 'git push -q origin HEAD')),
      run('/bin/sh', ['-c', here('shim', 'gh pr create')], { cwd: three.worktree.path, env: { PATH: path } }),
    ]);
    const ready = () => Promise.all(['exec', 'git', 'shim'].map((name) => stat(join(sandbox.dir, `${name}-${round}`))));
    await soon(() =>
      ready().then(
        () => true,
        () => false,
      ),
    ).toBe(true);
    await writeFile(join(sandbox.dir, `go-${round}`), '');
    expect((await working).map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
  }

  // By GitHub's own word: whose token brought which commit.
  const pushes = sandbox.github.control.pushes();
  const brought = (name: string) => pushes.filter(({ commits }) => commits.some(({ message }) => message.startsWith(`${name} `)));
  for (const [name, { credential }] of [
    ['exec', one],
    ['git', two],
    ['shim', three],
  ] as const) {
    expect(brought(name).map(({ tokenHash }) => tokenHash)).toEqual(rounds.map(() => credential.fingerprint));
    expect(brought(name).flatMap(({ commits }) => commits.map(({ message }) => message.trim()))).toEqual(
      rounds.map((round) => `${name} ${round}`),
    );
  }
  expect(pushes).toHaveLength(3 * rounds.length);
  const emails = pushes.flatMap(({ commits }) => commits.flatMap(({ author, committer }) => [author.email, committer.email]));
  expect(emails.every((email) => email.includes('acme-agents[bot]'))).toBe(true);
  const names = (name: string) => new Set(brought(name).flatMap(({ commits }) => commits.map(({ author }) => author.name)));
  expect([...names('exec'), ...names('git'), ...names('shim')]).toEqual(
    ['one', 'two', 'three'].map((name) => `acme-agents[bot] (${name})`),
  );
  // The three of a round began together; a machine with other work may have torn one or the other apart.
  const spread = rounds.map((_round, at) => {
    const times = ['exec', 'git', 'shim'].map((name) => brought(name)[at]?.at ?? 0);
    return Math.max(...times) - Math.min(...times);
  });
  expect(Math.min(...spread)).toBeLessThan(1_000);

  // Nothing of it is on record in clear, and the person's use is told from git's.
  const entries = await connected.audit();
  expect(entries.filter(({ actor, kind }) => actor === 'person' && kind === 'credential.used')).toHaveLength(1 + rounds.length);
});

test('gh acts as the worktree that it runs in, whatever else runs beside it', async ({ connected, sandbox, userData }) => {
  const [one, two] = [await provisioned(connected, sandbox, 'one'), await provisioned(connected, sandbox, 'two')];
  await installed(connected, sandbox.dir);
  const real = await installGh(sandbox.dir, sandbox.github.apiUrl);
  const path = [join(userData, 'bin'), real, process.env.PATH].join(':');
  const gh = (cwd: string) => run('/bin/sh', ['-c', 'gh api repos/acme/shop'], { cwd, env: { PATH: path } });
  const ran = await Promise.all(Array.from({ length: 20 }, (_one, at) => gh((at % 2 === 0 ? one : two).worktree.path)));
  expect(ran.map(({ stdout, stderr }) => stdout.trim() || stderr)).toEqual(
    ran.map((_ran, at) => `200 ${(at % 2 === 0 ? one : two).credential.fingerprint}`),
  );
});

test('audit tail --follow prints what happens when it happens, and ends well by Ctrl C, a closed pipe, and with the app', async ({
  connected,
  sandbox,
}) => {
  const { worktree } = await provisioned(connected, sandbox, 'checkout-flake');
  const { program, jeanRavi } = await installed(connected, sandbox.dir);
  const follow = (...options: readonly string[]) => {
    const child = spawn(program, ['audit', 'tail', '--follow', ...options], {
      cwd: sandbox.dir,
      env: { PATH: process.env.PATH ?? '', HOME: sandbox.dir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (data: Buffer) => {
      said.out += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      said.err += data.toString();
    });
    const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
    return { child, said, ended };
  };
  const person = follow();
  const lines = follow('--json', '-n', '0');
  await soon(() => person.said.out).toContain('credential.installed');
  expect(await push(sandbox, worktree.id)).toMatchObject({ code: 0 });
  await soon(() => person.said.out).toContain('git.pushed');
  await soon(() => lines.said.out).toContain('git.pushed');
  const kinds = lines.said.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).kind);
  expect(kinds).toContain('git.pushed');
  expect(kinds).not.toContain('app.started');

  person.child.kill('SIGINT');
  expect(await person.ended).toBe(0);
  expect(person.said.err).toBe('');
  const piping = run('/bin/sh', ['-c', `'${program}' audit tail --follow -n 5 | head -n 1`], { cwd: sandbox.dir });
  // A pipe tells that it is closed when somebody writes into it.
  await soon(async () => {
    await jeanRavi(sandbox.dir, 'rotate', 'checkout-flake');
    return Promise.race([piping.then(() => 'ended'), new Promise((resolve) => setTimeout(() => resolve('runs'), 300))]);
  }).toBe('ended');
  const piped = await piping;
  expect(piped).toMatchObject({ code: 0, stderr: '' });
  expect(piped.stdout.split('\n')).toHaveLength(2);

  await connected.quit();
  expect(await lines.ended).toBe(3);
  expect(lines.said.err).toBe(
    'jean-ravi: Jean Ravi Companion has ended, so there is nothing more to follow. Start it, and try again.\n',
  );
  expect(JSON.parse(lines.said.out.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'not-running' } });
  expect(await jeanRavi(sandbox.dir, 'audit', 'tail', '-f')).toMatchObject({ code: 3, stdout: '' });
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

test('Settings installs and removes both programs, and touches no file of somebody else', async ({
  connected,
  sandbox,
  userData,
}) => {
  const page = await connected.open('Settings');
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
