import { existsSync } from 'node:fs';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { publishedPipe } from '../base/pipe-door.ts';
import { Secret } from '../base/secret.ts';
import { placeGitProgram, removeGitProgram } from '../git-program.ts';
import { askForGit } from './credential-client.ts';
import { credentialProgram, forShell, programHelper } from './credential-program.ts';
import type { GitAnswer, GitRequest } from './credential-protocol.ts';
import { type GitSocketOptions, listenForGit } from './credential-socket.ts';
import { afterTest, startMachine, temporaryDir } from './fixture.ts';
import { writeReason } from './reason-file.ts';
import { WorktreeConfig } from './worktree-config.ts';
import { settingsOf } from './worktree-settings.ts';

/** The app's own first code, as Windows would start it; Node and what reads TypeScript stand in for Electron. */
const app = process.execPath;
const args = ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('../entry.ts', import.meta.url))];

/** A worktree whose git asks as on Windows: by our program, over what stands in for a pipe. Sockets and pipes are one to Node. */
async function managed(webUrl = 'https://github.com') {
  const machine = await startMachine(`${webUrl}/acme/web.git`);
  const program = join(machine.dir, 'our program');
  await writeFile(program, credentialProgram({ app, args }), { mode: 0o700 });
  const plan = { ...machine.plan, webUrl, socketPath: join(machine.dir, 's', 'wt-1.door'), program };
  await new WorktreeConfig({ home: machine.home }).install(machine.worktree, plan);
  const requests: GitRequest[] = [];
  const listen = async (answer: () => GitAnswer | Promise<GitAnswer>, more: Partial<GitSocketOptions> = {}) => {
    const socket = await listenForGit({
      path: plan.socketPath,
      pipes: (id) => join(machine.dir, id.slice(0, 8)),
      answer: async (request) => {
        requests.push(request);
        return answer();
      },
      ...more,
    });
    afterTest(() => socket.close());
    return socket;
  };
  const env = { GIT_ASKPASS: machine.askpass, SSH_ASKPASS: machine.askpass };
  const credential = (action: string, more = '') =>
    machine.agent(['credential', action], machine.worktree, env, `protocol=https\nhost=github.com\npath=acme/web.git\n${more}\n`);
  const askedPerson = async (): Promise<boolean> => (await readFile(join(machine.home, 'asked'), 'utf8').catch(() => '')) !== '';
  return { ...machine, plan, program, requests, listen, credential, askedPerson, env };
}

const good = (password = 'ghs_good'): GitAnswer => ({
  username: 'x-access-token',
  password: Secret.of(password),
  expiresAt: 1_795_356_000_000,
});

describe('git that asks by our own program', () => {
  it('finds the program in the app’s data, until the person leaves for good', async () => {
    const dir = await temporaryDir();
    const program = await placeGitProgram({ platform: 'win32', folder: dir, app, appArguments: args });
    expect(existsSync(program ?? '')).toBe(true);
    await removeGitProgram(program);
    expect(existsSync(program ?? '')).toBe(false);
  });

  it('is given the credential, and tells us of it by its hash alone', async () => {
    const { listen, credential, requests } = await managed();
    await listen(() => good());
    expect(await credential('fill')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('username=x-access-token\npassword=ghs_good\n'),
    });
    await credential('approve', 'username=x-access-token\npassword=ghs_good\n');
    await credential('reject', 'username=x-access-token\npassword=ghs_good\n');
    expect(requests.map(({ action }) => action)).toEqual(['get', 'store', 'erase']);
    expect(requests[0]).toEqual({ action: 'get', protocol: 'https', host: 'github.com', path: 'acme/web.git' });
    // base64(SHA-256('ghs_good')), by sha256sum.
    expect(requests[1]).toMatchObject({ path: 'acme/web.git', fingerprint: 'IhfREO2vlPWKJV1SziUPen423yWK4AFldr6ZS68kJm8=' });
    expect(requests.some(({ password }) => password !== undefined)).toBe(false);
  }, 30_000);

  it('pushes through GitHub with it', async () => {
    const { github, control, mint } = await startWithApp();
    const { listen, agent, worktree, env, requests, askedPerson } = await managed(github.webUrl);
    const { token } = await mint({ repositories: ['web'] });
    await listen(() => good(token));
    await agent(['commit', '-q', '--allow-empty', '-m', 'Work']);
    expect(await agent(['push', 'origin', 'HEAD'], worktree, env)).toMatchObject({ code: 0 });
    expect(control.pushes()).toMatchObject([{ login: 'jean-ravi[bot]', repo: 'acme/web' }]);
    expect([requests.map(({ action }) => action), await askedPerson()]).toEqual([['get', 'store'], false]);
  }, 30_000);

  it('reads why there is none, and its person is not asked', async () => {
    const { listen, credential, plan, askedPerson } = await managed();
    await listen(() => ({ refuse: true }));
    await writeReason(plan.reasonPath, 'You revoked it.');
    const { code, stdout, stderr } = await credential('fill');
    expect([code, stdout.includes('password'), stderr.includes('You revoked it.'), await askedPerson()]).toEqual([
      128,
      false,
      true,
      false,
    ]);
  }, 30_000);

  it('reads that the companion is not running: never started, quit, or killed with its file left behind', async () => {
    const { listen, credential, plan, askedPerson } = await managed();
    const notRunning = 'Jean Ravi Companion is not running, so git has no credential for acme/web.';
    expect((await credential('fill')).stderr).toContain(notRunning);
    const socket = await listen(() => good());
    const left = await readFile(plan.socketPath, 'utf8');
    await socket.close();
    await expect(stat(plan.socketPath)).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(plan.socketPath, left);
    const { code, stderr } = await credential('fill');
    expect([code, stderr.includes(notRunning), await askedPerson()]).toEqual([128, true, false]);
  }, 30_000);

  it('reads that the app has moved, where it has', async () => {
    const { credential, program } = await managed();
    await writeFile(program, credentialProgram({ app: '/gone/app', args }));
    const { code, stderr } = await credential('fill');
    expect([code, stderr.includes('not at /gone/app any more')]).toEqual([128, true]);
  });

  it('takes from the app’s output what is for git, and nothing that the runtime prints', async () => {
    const { dir, program, credential } = await managed();
    const noisy = join(dir, 'noisy');
    await writeFile(
      noisy,
      `#!/bin/sh\nprintf '\\r\\nDevTools listening\\nquit=0\\nusername=x\\r\\npassword=p\\r\\nhost=evil.example\\n'\n`,
    );
    await chmod(noisy, 0o700);
    await writeFile(program, credentialProgram({ app: noisy, args: [] }));
    expect((await credential('fill')).stdout).toBe(
      'protocol=https\nhost=github.com\npath=acme/web.git\nusername=x\npassword=p\n',
    );
  });
});

describe('the client of a pipe', () => {
  it('has a new pipe with each start, and knows when its file was taken away', async () => {
    const { listen, plan } = await managed();
    const first = await listen(() => good());
    const before = await publishedPipe(plan.socketPath);
    expect([await first.intact(), (await stat(plan.socketPath)).mode & 0o777]).toEqual([true, 0o600]);
    await first.close();
    const second = await listen(() => good());
    const after = await publishedPipe(plan.socketPath);
    expect([before?.name === after?.name, before?.key.reveal() === after?.key.reveal()]).toEqual([false, false]);
    await writeFile(plan.socketPath, '');
    expect(await second.intact()).toBe(false);
  });

  it('says nothing where it was not answered in time, or only in part', async () => {
    const { listen, plan } = await managed();
    await listen(() => new Promise<never>(() => undefined));
    const said: string[] = [];
    const argv = ['get', 'https', 'github.com', 'acme/web.git'];
    const out = (text: string): void => void said.push(text);
    expect(await askForGit({ door: plan.socketPath, argv, out, patienceMs: 100 })).toBe(1);
    for (const odd of [['capability'], ['get', 'https', 'git\nhub', 'x'], ['store', 'https', 'github.com', 'x', 'not a hash']])
      expect(await askForGit({ door: plan.socketPath, argv: odd, out, patienceMs: 100 })).toBe(1);
    expect(said).toEqual([]);
  });
});

describe('on Windows', () => {
  it('git’s sh is given paths with slashes, whole, whatever stands in them', () => {
    expect(forShell('C:\\Users\\Ada O’Neil\\git\\x.door')).toBe('C:/Users/Ada O’Neil/git/x.door');
    expect(forShell('\\\\server\\share\\x')).toBe('//server/share/x');
    expect(forShell('/home/a\\b')).toBe('/home/a\\b');
    expect(programHelper("C:\\Users\\O'Neil & Co\\helper", 'C:\\d\\x.door')).toBe(
      "!'C:/Users/O'\\''Neil & Co/helper' 'C:/d/x.door'",
    );
  });

  it('the worktree’s git is told to ask our program, and reads the reason from a path that it knows', async () => {
    const { plan } = await startMachine();
    const settings = settingsOf(
      { ...plan, program: 'C:\\J\\helper', socketPath: 'C:\\J\\x.door', reasonPath: 'C:\\J\\x.txt' },
      { remoteUrls: [], netrc: false },
    );
    const helpers = settings.filter(([key]) => key.endsWith('.helper')).map(([, value]) => value);
    expect(helpers.slice(0, 2)).toEqual(['', "!'C:/J/helper' 'C:/J/x.door'"]);
    expect(helpers[2]).toContain("cat 'C:/J/x.txt'");
  });

  it('the program is put into the data folder at each start, and nowhere on other systems', async () => {
    const { dir } = await startMachine();
    const o = { folder: dir, app: 'C:\\Program Files\\Jean Ravi Companion\\Jean Ravi Companion.exe', appArguments: [] };
    expect(await placeGitProgram({ ...o, platform: 'linux' })).toBeNull();
    const path = await placeGitProgram({ ...o, platform: 'win32' });
    const text = await readFile(path ?? '', 'utf8');
    expect(text).toContain("app='C:/Program Files/Jean Ravi Companion/Jean Ravi Companion.exe'");
    expect(text).toContain("'--no-sandbox'");
    expect(text).not.toContain('\r');
  });
});
