import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git, runGit } from '../git/run.ts';
import { Broker } from './broker.ts';
import type { Binding } from './credential.ts';
import { doorPaths } from './door-paths.ts';

describe('the socket of a worktree', () => {
  let folder: string;
  let broker: Broker;
  const binding = { worktreeId: 'w', touched: true } as Binding;
  const socket = (): string => join(folder, 's', 'w.sock');
  const reason = (): string => join(folder, 's', 'w.txt');
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jr-'));
    await mkdir(join(folder, 's'), { mode: 0o700 });
    broker = new Broker({
      source: () => ({ valueForGit: async () => null, wake: async () => undefined, rejected: async () => undefined }),
      record: () => null,
      used: () => undefined,
      repositories: () => [],
      accepted: () => undefined,
      webUrl: () => 'https://github.com',
      paths: () => ({ socket: socket(), reason: reason() }),
      audit: () => undefined,
      onError: () => undefined,
      now: Date.now,
    });
  });
  afterEach(async () => {
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is there when a worktree is archived and restored in one breath, and gone when it is the other way round', async () => {
    await broker.open(binding);
    await Promise.all([broker.close(binding, 'Archived.'), broker.open(binding)]);
    expect(await broker.broken()).toEqual([]);
    expect([existsSync(socket()), existsSync(reason())]).toEqual([true, false]);
    await Promise.all([broker.bar(binding, 'Merged.'), broker.open(binding), broker.close(binding, 'Archived.')]);
    expect(existsSync(socket())).toBe(false);
    expect(await readFile(reason(), 'utf8')).toBe('Archived.\n');
  });

  it('leaves nothing for git to read in a worktree that was never made to ask us', async () => {
    await broker.open({ ...binding, touched: false });
    await broker.close({ ...binding, touched: false }, 'Its pull request was merged.');
    expect([existsSync(socket()), existsSync(reason())]).toEqual([false, false]);
    await broker.close(binding, 'Its pull request was merged.');
    await broker.close({ ...binding, touched: false }, 'It was archived.');
    expect(existsSync(reason())).toBe(false);
  });

  it('of a run that was killed goes with its worktree', async () => {
    const other =
      'const net = require("net"); net.createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
    await git(['init', '-q', folder], { cwd: folder });
    await runGit(['-c', `alias.x=!'${process.execPath}' -e '${other}' '${socket()}'`, 'x'], { cwd: folder });
    expect(existsSync(socket())).toBe(true);
    await broker.close(binding, 'Archived.');
    expect(existsSync(socket())).toBe(false);
  });

  it('and what git read there go when no one knows the worktree any more; nothing else in the folder does', async () => {
    const at = (worktreeId: string) => doorPaths(folder, worktreeId);
    const swept = new Broker({
      source: () => ({ valueForGit: async () => null, wake: async () => undefined, rejected: async () => undefined }),
      record: () => null,
      used: () => undefined,
      repositories: () => [],
      accepted: () => undefined,
      webUrl: () => 'https://github.com',
      paths: at,
      audit: () => undefined,
      onError: () => undefined,
      now: Date.now,
    });
    await swept.sweep([]);
    await mkdir(join(folder, 'git'));
    const foreign = join(folder, 'git', 'notes.txt');
    const killed = join(folder, 'git', '.0123456789ab.tmp');
    for (const path of [at('gone').socket, at('gone').reason, at('known').socket, at('known').reason, foreign, killed])
      await writeFile(path, '');
    await swept.sweep(['known']);
    expect((await readdir(join(folder, 'git'))).map((name) => join(folder, 'git', name)).sort()).toEqual(
      [at('known').socket, at('known').reason, foreign].sort(),
    );
  });
});
