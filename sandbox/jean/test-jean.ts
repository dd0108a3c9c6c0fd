import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxClock } from '../clock.ts';
import type { JeanOptions } from './assembly.ts';
import { type JeanSandbox, startJean } from './jean.ts';
import { TestClient } from './test-client.ts';

/** A Jean in a folder of its own with one project on a real repository, for tests. */
export interface TestJean extends AsyncDisposable {
  readonly dir: string;
  readonly jean: JeanSandbox;
  readonly projectId: string;
  connect(): Promise<TestClient>;
  close(): Promise<void>;
}

/** Starts one. `close` stops it and takes its folder away. */
export async function testJean(options: Partial<JeanOptions> = {}): Promise<TestJean> {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-jean-'));
  const jean = await startJean({ dir, clock: new SandboxClock(), ...options });
  const bare = join(dir, 'shop.git');
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: dir, env: { PATH: process.env.PATH, HOME: jean.home }, stdio: 'pipe' });
  git('init', '--quiet', '--bare', '-b', 'main', bare);
  git('clone', '--quiet', bare, 'first');
  git('-C', 'first', 'commit', '--quiet', '--allow-empty', '-m', 'First');
  git('-C', 'first', 'push', '--quiet', 'origin', 'HEAD:main');
  const project = await jean.addProject({ name: 'shop', cloneFrom: bare });
  const clients: TestClient[] = [];
  const close = async () => {
    for (const client of clients) client.close();
    await jean.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return {
    dir,
    jean,
    projectId: project.id,
    async connect() {
      const client = await TestClient.connect(jean.url, jean.token);
      clients.push(client);
      return client;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
