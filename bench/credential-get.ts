import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprintOf } from '../electron/base/fingerprint.ts';
import { Secret } from '../electron/base/secret.ts';
import { localVault } from '../electron/credentials/vault.ts';
import { git, runGit } from '../electron/git/run.ts';
import { WorktreeConfig } from '../electron/git/worktree-config.ts';
import { openDisk, startCredentials } from './parts/machine.ts';

/**
 * What a session waits for at each push and fetch: a whole `git credential fill` in a managed worktree, with everything of ours behind it
 * (socket, broker, durable record and audit entry, decryption). The floor is the same command against git's own credential-cache daemon,
 * and where `gh` is there, its `gh auth git-credential` is measured too. Interleaved runs, ms.
 */
const rounds = Number(process.env.BENCH_ROUNDS ?? 300);
const warmUp = 10;
/** Times the floor, at the median. */
const target = 1.2;
const token = 'ghs_benchmark0000000000000000000000000000';
const question = 'protocol=https\nhost=github.com\npath=acme/web.git\n\n';

const dir = await mkdtemp(join(tmpdir(), 'jr-bench-'));
const env = { HOME: dir, GIT_CONFIG_NOSYSTEM: '1' };
try {
  const repository = join(dir, 'repo');
  const worktree = async (name: string): Promise<string> => {
    await git(['-C', repository, 'worktree', 'add', '-q', '--detach', join(dir, name)], { cwd: dir, env });
    return join(dir, name);
  };
  await git(['init', '-q', '-b', 'main', repository], { cwd: dir, env });
  const person = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.com'];
  await git([...person, '-C', repository, 'commit', '-q', '--allow-empty', '-m', 'First'], { cwd: dir, env });
  await git(['-C', repository, 'config', 'extensions.worktreeConfig', 'true'], { cwd: dir, env });

  const contenders: Record<string, string> = {};
  const ours = await managed(repository, await worktree('managed'));
  contenders.value = join(dir, 'managed');
  contenders.floor = await worktree('cached');
  const endCache = await cached(contenders.floor);
  if (await hasGh()) {
    contenders.gh = await worktree('gh');
    await helper(contenders.gh, '!GH_TOKEN=$BENCH_TOKEN gh auth git-credential');
  }

  const times: Record<string, number[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds + warmUp; round += 1) {
    for (const [name, cwd] of Object.entries(contenders)) {
      const ms = await fill(cwd);
      if (round >= warmUp) times[name]?.push(ms);
    }
  }
  await endCache();
  await ours.stop();
  const at = (name: string, part: number): number =>
    times[name]?.toSorted((a, b) => a - b)[Math.floor((times[name]?.length ?? 0) * part)] ?? Number.NaN;
  const ratio = at('value', 0.5) / at('floor', 0.5);
  const shown = Object.keys(contenders).flatMap((name) => [
    [name, round2(at(name, 0.5))],
    [`${name}P99`, round2(at(name, 0.99))],
  ]);
  const line = { bench: 'credential-get', ...Object.fromEntries(shown), ratio: round2(ratio), unit: 'ms', target };
  console.log(JSON.stringify({ ...line, ok: ratio <= target }));
  process.exitCode = ratio <= target ? 0 : 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}

/** The whole of ours for one worktree; only GitHub and the system's key store are played. */
async function managed(projectPath: string, path: string): Promise<{ stop(): Promise<void> }> {
  const disk = await openDisk(dir);
  const config = new WorktreeConfig({ home: dir });
  const socketPath = join(dir, 's', 'w.sock');
  const reasonPath = join(dir, 's', 'w.txt');
  const value = Secret.of(token);
  const issued = { token: value, fingerprint: fingerprintOf(value), holder: 'bench[bot]', permissions: {}, requestId: null };
  const ours = startCredentials(disk, {
    source: {
      mint: async () => ({ ...issued, expiresAt: Date.now() + 3_600_000 }),
      revoke: async () => 'dead',
      probe: async () => 'alive',
    },
    vault: localVault(disk.box, true),
    paths: () => ({ socket: socketPath, reason: reasonPath }),
    async install({ worktreeId, repository }) {
      const author = { name: 'bench[bot]', email: 'bench@example.com' };
      const site = { webUrl: 'https://github.com', sshHost: 'github.com', repository };
      await config.install(path, { worktreeId, ...site, socketPath, program: null, reasonPath, author, trailers: null });
    },
  });
  const names = { projectId: 'p', projectName: 'web', worktreeName: 'bench', branch: 'bench' };
  ours.lifecycle.want({ worktreeId: 'bench', ...names, path, projectPath, repository: 'acme/web' });
  await ours.lifecycle.settle('bench');
  return {
    async stop() {
      await ours.stop();
      disk.close();
    },
  };
}

/** git's own daemon, holding the token for an hour; resolves with what ends it. */
async function cached(path: string): Promise<() => Promise<void>> {
  const folder = join(dir, 'c');
  await mkdir(folder);
  await chmod(folder, 0o700);
  const socket = join(folder, 'w.sock');
  const ask = (action: string, input = ''): Promise<unknown> =>
    runGit(['credential-cache', '--timeout', '3600', '--socket', socket, action], { cwd: dir, env, input });
  await ask('store', `${question.trimEnd()}\nusername=x-access-token\npassword=${token}\n\n`);
  await helper(path, `cache --timeout 3600 --socket ${socket}`);
  return async () => void (await ask('exit'));
}

async function helper(path: string, value: string): Promise<void> {
  const key = 'credential.https://github.com';
  await git(['config', '--worktree', `${key}.helper`, value], { cwd: path, env });
  await git(['config', '--worktree', `${key}.useHttpPath`, 'true'], { cwd: path, env });
}

async function fill(cwd: string): Promise<number> {
  const start = performance.now();
  const answer = await git(['credential', 'fill'], { cwd, env: { ...env, BENCH_TOKEN: token }, input: question });
  const ms = performance.now() - start;
  if (!answer.includes(token)) throw new Error(`git was not given the credential in ${cwd}.`);
  return ms;
}

function hasGh(): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('gh', ['--version'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

function round2(number: number): number {
  return Math.round(number * 100) / 100;
}
