import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../electron/base/secret.ts';
import { listenForGit } from '../electron/git/credential-socket.ts';
import { git } from '../electron/git/run.ts';
import { WorktreeConfig } from '../electron/git/worktree-config.ts';

/**
 * What a session waits for at each push and fetch: a whole `git credential fill` in a managed worktree, through our socket.
 * The floor is the same command with a helper that prints a fixed answer from the shell. Medians of interleaved runs, ms.
 */
const rounds = Number(process.env.BENCH_ROUNDS ?? 60);
/** A fifth of what a person can notice; ms. */
const target = 20;
const token = 'ghs_benchmark0000000000000000000000000000';

const dir = await mkdtemp(join(tmpdir(), 'jr-bench-'));
try {
  const repository = join(dir, 'repo');
  const managed = join(dir, 'managed');
  const plain = join(dir, 'plain');
  const env = { HOME: dir, GIT_CONFIG_NOSYSTEM: '1' };
  await git(['init', '-q', '-b', 'main', repository], { cwd: dir, env });
  const person = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.com'];
  await git([...person, '-C', repository, 'commit', '-q', '--allow-empty', '-m', 'First'], { cwd: dir, env });
  for (const path of [managed, plain])
    await git(['-C', repository, 'worktree', 'add', '-q', '--detach', path], { cwd: dir, env });
  const plan = {
    worktreeId: 'bench',
    repository: 'acme/web',
    webUrl: 'https://github.com',
    sshHost: 'github.com',
    socketPath: join(dir, 's', 'bench.sock'),
    reasonPath: join(dir, 's', 'bench.reason'),
    author: { name: 'Bench', email: 'bench@example.com' },
    trailers: null,
  };
  const installed = await new WorktreeConfig({ home: dir }).install(managed, plan);
  if (!installed.ok) throw new Error(installed.message);
  const fixed = `!printf 'username=x-access-token\\npassword=${token}\\n'; :`;
  await git(['config', '--worktree', 'credential.https://github.com.helper', fixed], { cwd: plain, env });
  const socket = await listenForGit({
    path: plan.socketPath,
    answer: async () => ({ username: 'x-access-token', password: Secret.of(token), expiresAt: Date.now() + 3_600_000 }),
  });
  const fill = async (cwd: string): Promise<number> => {
    const input = 'protocol=https\nhost=github.com\npath=acme/web.git\n\n';
    const start = performance.now();
    const answer = await git(['credential', 'fill'], { cwd, env, input });
    const ms = performance.now() - start;
    if (!answer.includes(token)) throw new Error('git was not given the credential.');
    return ms;
  };
  const times: Record<'value' | 'floor', number[]> = { value: [], floor: [] };
  for (let round = 0; round < rounds + 5; round += 1) {
    const value = await fill(managed);
    const floor = await fill(plain);
    if (round < 5) continue;
    times.value.push(value);
    times.floor.push(floor);
  }
  await socket.close();
  const value = median(times.value);
  const floor = median(times.floor);
  const line = { bench: 'credential-fill', value: round2(value), floor: round2(floor), ratio: round2(value / floor), unit: 'ms' };
  console.log(JSON.stringify({ ...line, target, ok: value <= target }));
  process.exitCode = value <= target ? 0 : 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function round2(number: number): number {
  return Math.round(number * 100) / 100;
}
