import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAppAuth } from '@octokit/auth-app';
import { request as octokitRequest } from '@octokit/request';
import { afterEach } from 'vitest';
import { SandboxClock } from '../clock.ts';
import { gitEnvironment } from './git.ts';
import type { Permissions } from './permissions.ts';
import { startGitHub } from './server.ts';

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A folder that is gone after the test. */
export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sandbox-github-'));
  endings.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** An empty GitHub with Octokit's plain `request` pointed at it; both end with the test. */
export async function startEmpty() {
  const clock = new SandboxClock();
  const github = await startGitHub({ dir: join(await temporaryDir(), 'repositories'), clock });
  endings.push(() => github.stop());
  return { github, control: github.control, clock, request: octokitRequest.defaults({ baseUrl: github.apiUrl }) };
}

/** A GitHub where the app `jean-ravi` is installed on all of acme, which has the repositories `web` and `api`. */
export async function startWithApp(permissions: Permissions = { contents: 'write', pull_requests: 'write' }) {
  const { github, control, clock, request } = await startEmpty();
  control.createAccount('acme', 'Organization');
  const web = await control.createRepo('acme', 'web');
  const api = await control.createRepo('acme', 'api');
  const app = await control.createApp({ slug: 'jean-ravi', permissions });
  const installation = control.installApp(app.id, 'acme', { repositories: 'all' });
  const auth = createAppAuth({ appId: app.clientId, privateKey: app.privateKey, request, log: { warn: () => undefined } });
  /** As the app itself, with its JWT. */
  const asApp = request.defaults({ request: { hook: auth.hook } });
  const mint = async (options: Record<string, unknown> = {}) => {
    const { data } = await asApp('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: installation.id,
      ...options,
    });
    return data;
  };
  /** As the holder of a token. */
  const withToken = (token: string) => request.defaults({ headers: { authorization: `token ${token}` } });
  return { github, control, clock, request, app, installation, web, api, auth, asApp, mint, withToken };
}

/** What a run of the real git came to. */
export interface GitRun {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the real git with a credential helper that gives this password, and no other way to get one. */
export function runGitAs(cwd: string, password: string, args: readonly string[], username = 'x-access-token'): Promise<GitRun> {
  const helper = `!f() { test "$1" = get && echo username=${username} && echo password=${password}; }; f`;
  const settings = [
    '-c',
    'credential.helper=',
    '-c',
    `credential.helper=${helper}`,
    '-c',
    'user.name=Wt',
    '-c',
    'user.email=wt@example.com',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...settings, ...args], { cwd, env: gitEnvironment({ GIT_TERMINAL_PROMPT: '0' }) });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
