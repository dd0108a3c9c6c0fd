import { spawn } from 'node:child_process';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import type { GitAnswer } from './credential-protocol.ts';
import { listenForGit } from './credential-socket.ts';
import { afterTest, startMachine } from './fixture.ts';
import { ghShim, ghShimForWindows } from './gh-shim.ts';
import { writeReason } from './reason-file.ts';
import { WorktreeConfig } from './worktree-config.ts';

/** A stand-in for GitHub CLI that shows what it was given. */
const stub = `#!/bin/sh
echo "gh: $*"
echo "GH_TOKEN=$GH_TOKEN GH_ENTERPRISE_TOKEN=$GH_ENTERPRISE_TOKEN GH_HOST=$GH_HOST GH_CONFIG_DIR=$GH_CONFIG_DIR"
exit \${STUB_STATUS:-0}
`;

async function machineWithGh(webUrl = 'https://github.com') {
  const machine = await startMachine(`${webUrl}/acme/web.git`);
  const [ours, real] = [join(machine.dir, 'our bin'), join(machine.dir, 'real')];
  const program = async (folder: string, text: string): Promise<string> => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'gh'), text);
    await chmod(join(folder, 'gh'), 0o755);
    return folder;
  };
  await program(ours, ghShim());
  await program(real, stub);
  const plan = { ...machine.plan, webUrl };
  const manage = async () => void (await new WorktreeConfig({ home: machine.home }).install(machine.worktree, plan));
  const answer = async (give: () => GitAnswer | Promise<GitAnswer>) => {
    const socket = await listenForGit({ path: plan.socketPath, answer: async () => give() });
    afterTest(() => socket.close());
  };
  const gh = (
    args: readonly string[],
    how: { readonly cwd?: string; readonly path?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
  ) =>
    run('gh', args, how.cwd ?? machine.worktree, {
      HOME: machine.home,
      GIT_CONFIG_NOSYSTEM: '1',
      PATH: [...(how.path ?? [ours, real]), process.env.PATH].join(':'),
      ...how.env,
    });
  return { ...machine, plan, ours, real, program, manage, answer, gh };
}

function run(file: string, args: readonly string[], cwd: string, env: Record<string, string>) {
  return new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resolve, reject) => {
    // The shell finds the program, as a person's would; a session of its own has no terminal to ask on.
    const child = spawn('/bin/sh', ['-c', '"$0" "$@"', file, ...args], { cwd, env, detached: true });
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

const given = (token: string): GitAnswer => ({
  username: 'x-access-token',
  password: Secret.of(token),
  expiresAt: Date.now() + 3_600_000,
});

describe('gh in a managed worktree', () => {
  it('runs the real gh with the worktree’s credential, its own arguments and its own status', async () => {
    const { gh, manage, answer } = await machineWithGh();
    await manage();
    await answer(() => given('ghs_worktree'));
    const ran = await gh(['pr', 'create', '--title', 'a  b'], {
      env: { GH_TOKEN: 'gho_person', GH_CONFIG_DIR: '/mine', STUB_STATUS: '4' },
    });
    expect(ran).toMatchObject({ code: 4, stderr: '' });
    expect(ran.stdout).toContain('gh: pr create --title a  b\n');
    expect(ran.stdout).toContain('GH_TOKEN=ghs_worktree GH_ENTERPRISE_TOKEN= GH_HOST= GH_CONFIG_DIR=/mine');
  });

  it('names an Enterprise Server and gives it a token of its own kind', async () => {
    const { gh, manage, answer } = await machineWithGh('https://github.example.com');
    await manage();
    await answer(() => given('ghs_server'));
    expect((await gh(['pr', 'list'])).stdout).toContain('GH_TOKEN= GH_ENTERPRISE_TOKEN=ghs_server GH_HOST=github.example.com');
  });

  it('fails with the companion’s sentence, and never runs gh without the credential', async () => {
    const { gh, manage, answer, plan, askpass } = await machineWithGh();
    await manage();
    const env = { GH_TOKEN: 'gho_person', GIT_ASKPASS: askpass };
    const absent = await gh(['pr', 'list'], { env });
    expect(absent).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'gh: Jean Ravi Companion is not running, so git has no credential for acme/web. Start it, or release this worktree.\n',
    });
    await answer(() => ({ refuse: true }));
    await writeReason(plan.reasonPath, 'You revoked it.');
    expect(await gh(['pr', 'list'], { env })).toEqual({ code: 1, stdout: '', stderr: 'gh: You revoked it.\n' });
  });

  it('never takes a password out of the remote’s address', async () => {
    const { gh, manage, answer, agent } = await machineWithGh();
    await agent(['remote', 'set-url', 'origin', 'https://x:gho_person@github.com/acme/web.git']);
    await manage();
    await answer(() => given('ghs_worktree'));
    expect((await gh(['pr', 'list'])).stdout).toContain('GH_TOKEN=ghs_worktree');
  });

  it('works where the remote is SSH, by the way that git takes there', async () => {
    const { gh, manage, answer, agent } = await machineWithGh();
    await agent(['remote', 'set-url', 'origin', 'git@github.com:acme/web.git']);
    await manage();
    await answer(() => given('ghs_worktree'));
    expect((await gh(['pr', 'list'])).stdout).toContain('GH_TOKEN=ghs_worktree');
  });

  it('says so when the remote is somewhere else, and does not run', async () => {
    const { gh, manage, agent } = await machineWithGh();
    await manage();
    await agent(['remote', 'set-url', 'origin', '/somewhere/else']);
    expect(await gh(['pr', 'list'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('its remote origin') });
  });

  it('serves twenty at once, also while the credential is still being made', async () => {
    const { gh, manage, answer } = await machineWithGh();
    await manage();
    const made = new Promise<void>((resolve) => setTimeout(resolve, 1_000));
    await answer(() => made.then(() => given('ghs_worktree')));
    const all = await Promise.all(Array.from({ length: 20 }, () => gh(['pr', 'list'])));
    expect(all.map(({ stdout, stderr }) => stderr || stdout.includes('GH_TOKEN=ghs_worktree'))).toEqual(all.map(() => true));
  }, 30_000);
});

describe('gh everywhere else', () => {
  it('is the real gh, with the person’s own environment', async () => {
    const { gh, repository, dir } = await machineWithGh();
    for (const cwd of [repository, dir]) {
      const { code, stdout } = await gh(['auth', 'status'], { cwd, env: { GH_TOKEN: 'gho_person' } });
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: 'gh: auth status\nGH_TOKEN=gho_person GH_ENTERPRISE_TOKEN= GH_HOST= GH_CONFIG_DIR=\n',
      });
    }
  });

  it('is found past links and copies of ours, whatever comes first', async () => {
    const { gh, dir, ours, real, program } = await machineWithGh();
    const copies = await program(join(dir, 'copies'), ghShim());
    const links = join(dir, 'links');
    await mkdir(links);
    await symlink(join(ours, 'gh'), join(links, 'gh'));
    expect(await gh(['x'], { path: [links, copies, ours, real], cwd: dir })).toMatchObject({ code: 0, stderr: '' });
  });

  it('says that there is none', async () => {
    const { gh, real, dir } = await machineWithGh();
    await rm(join(real, 'gh'));
    expect(await gh(['x'], { cwd: dir })).toMatchObject({ code: 127, stderr: expect.stringContaining('finds no other gh') });
  });

  it('ends when another wrapper starts it again and again', async () => {
    const { gh, real, program, dir } = await machineWithGh();
    await program(real, '#!/bin/sh\nexec gh "$@"\n');
    expect(await gh(['x'], { cwd: dir })).toMatchObject({ code: 1, stderr: expect.stringContaining('start each other') });
  });
});

describe('gh for Windows', () => {
  it('is a batch file that looks on the PATH alone, and keeps the token out of arguments', () => {
    const text = ghShimForWindows();
    expect(text.split('\r\n').every((line) => !line.includes('\n'))).toBe(true);
    expect(text).toContain('for %%G in (gh.exe) do set "JR_REAL=%%~$PATH:G"');
    expect(
      text
        .split('\r\n')
        .filter((line) => line.includes('%JR_TOKEN%'))
        .every((line) => /set "(?:G|JR_TOKEN=%JR_TOKEN%"$)/.test(line)),
    ).toBe(true);
    expect(text).toContain('"%JR_REAL%" %*\r\nexit /b %ERRORLEVEL%');
  });

  it('reads nothing as a command that the repository’s own settings say', () => {
    const lines = ghShimForWindows().split('\r\n');
    const stripped = lines.indexOf('if defined JR_URL set "JR_URL=%JR_URL:"=%"');
    expect(stripped).toBeGreaterThan(0);
    // After quotation marks are out of it, each use stands between quotes, or is put in by the second interpreter.
    const uses = lines.flatMap((line, at) => (/%JR_(?:URL|REST|PATH|HOST)/.test(line) && at !== stripped ? [{ line, at }] : []));
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.every(({ at }) => at > stripped)).toBe(true);
    for (const { line } of uses) expect(line.replace(/"[^"]*"/g, '')).not.toContain('%JR_');
    expect(lines.filter((line) => line.includes('credential fill'))).toEqual([expect.stringContaining('host=!JR_HOST!')]);
  });
});
