import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createAppAuth } from '@octokit/auth-app';
import { request } from '@octokit/request';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestClient } from './jean/test-client.ts';
import { playStory, seedStory } from './story.ts';
import { nextAct } from './story-acts.ts';
import { type Sandbox, startSandbox } from './world.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(async () => {
  await sandbox.stop();
});

type Listed = Record<string, unknown> & { name: string; last_run_status?: string; last_run_started_at: number };

async function allSessions(): Promise<Listed[]> {
  const client = await TestClient.connect(sandbox.jean.url, sandbox.jean.token);
  const { entries } = (await client.invoke('list_all_sessions')) as { entries: { sessions: Listed[] }[] };
  client.close();
  return entries.flatMap(({ sessions }) => sessions);
}

describe('The sandbox', () => {
  it('is three servers on one clock that an app can find and sign in to', async () => {
    const { jean, ravi, github, app, raviAccount, repositories } = sandbox;
    const preferences = JSON.parse(readFileSync(join(jean.dataHome, 'com.jean.desktop', 'preferences.json'), 'utf8'));
    expect(`http://127.0.0.1:${preferences.http_server_port}`).toBe(jean.url);
    expect((await fetch(`${jean.url}/api/auth?token=${preferences.http_server_token}`)).status).toBe(200);
    const identities = await fetch(`${ravi.url}/api/identities/`, {
      headers: { authorization: `Bearer ${raviAccount.managementKey}` },
    });
    expect(await identities.json()).toMatchObject([{ uuid: raviAccount.identityUuid }]);
    expect(statSync(app.pemPath).mode & 0o777).toBe(0o600);
    const auth = createAppAuth({
      appId: app.clientId,
      privateKey: readFileSync(app.pemPath, 'utf8'),
      request: request.defaults({ baseUrl: github.apiUrl }),
    });
    const installation = await auth({ type: 'installation', installationId: app.installationId, repositoryNames: ['shop'] });
    expect(installation.permissions).toMatchObject({
      contents: 'write',
      pull_requests: 'write',
      issues: 'write',
      checks: 'read',
    });
    const origin = execFileSync('git', ['-C', join(sandbox.dir, 'jean/projects/shop'), 'remote', 'get-url', 'origin'], {
      encoding: 'utf8',
    });
    expect(origin.trim()).toBe(`${github.webUrl}/acme/shop.git`);
    expect(repositories.shop.url).toBe(origin.trim());
  });

  it('lets a worktree push with the credential in its own config, and not at all without one', async () => {
    const { jean, github, app, repositories } = sandbox;
    const worktree = await jean.createWorktree(repositories.shop.projectId, { name: 'work' });
    const work = 'echo hi > hi.txt && git add . && git commit -qm Hi && git push -q -u origin HEAD';
    const refused = await jean.run(worktree.id, work);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/could not read Username/);
    const auth = createAppAuth({
      appId: app.clientId,
      privateKey: readFileSync(app.pemPath, 'utf8'),
      request: request.defaults({ baseUrl: github.apiUrl }),
    });
    const { token } = await auth({ type: 'installation', installationId: app.installationId });
    await jean.run(
      worktree.id,
      `git config extensions.worktreeConfig true && git config --worktree credential.helper '!f() { echo username=x-access-token; echo password=${token}; }; f'`,
    );
    expect(await jean.run(worktree.id, 'git push -q -u origin HEAD')).toMatchObject({ code: 0 });
    expect(github.control.pushes()).toMatchObject([{ repo: 'acme/shop', ref: 'refs/heads/work', commits: [{ message: 'Hi' }] }]);
  });
});

describe('The story', () => {
  it('begins as in the picture', async () => {
    await seedStory(sandbox);
    const sessions = await allSessions();
    const now = sandbox.clock.now() / 1000;
    expect(
      sessions.map(({ name, last_run_status, last_run_started_at }) => [
        name,
        last_run_status,
        Math.round((now - last_run_started_at) / 60),
      ]),
    ).toEqual([
      ['Fix flaky checkout test', 'completed', 1],
      ['Add Apple Pay to checkout', 'running', 12],
      ['Upgrade to Rails 8', 'completed', 3],
      ['Rate limiter for public endpoints', 'running', 2],
      ['Move jobs to the new queue', 'crashed', 6],
    ]);
    expect(sessions[0]?.pending_permission_denials).toMatchObject([{ tool_input: { command: 'npm ci --ignore-scripts' } }]);
    expect(sessions[3]).toMatchObject({ backend: 'codex', selected_model: 'gpt-5.3-codex' });
    expect(sandbox.jean.worktrees()[2]).toMatchObject({ branch: 'deps/rails-8', pr_number: 1, cached_pr_status: 'open' });
  });

  it('goes on by itself: something is merged, finished, begun and asked', async () => {
    await seedStory(sandbox);
    const happened: (string | undefined)[] = [];
    for (let turn = 0; turn < 6; turn += 1) happened.push(await nextAct(sandbox, turn));
    expect(happened).not.toContain(undefined);
    expect(happened[0]).toBe('#1 was merged');
    const titles = (await allSessions()).map(({ name }) => name);
    expect(titles).not.toContain('Upgrade to Rails 8');
    expect(titles).toContain('Sell gift cards');
    expect(happened.join('; ')).toContain('wants to run');
  });

  it('answers a person who allows the command', async () => {
    await seedStory(sandbox);
    const client = await TestClient.connect(sandbox.jean.url, sandbox.jean.token);
    const [worktree] = sandbox.jean.worktrees();
    const [session] = sandbox.jean.sessions(worktree?.id ?? '');
    const ses = { worktreeId: worktree?.id, worktreePath: worktree?.path, sessionId: session?.id };
    await client.invoke('update_session_state', { ...ses, pendingPermissionDenials: [], waitingForInput: false });
    await client.invoke('enqueue_message', {
      ...ses,
      message: { id: 'm', message: 'I approved the command. Run it now: npm ci --ignore-scripts' },
    });
    expect((await client.saw('chat:tool_use')).payload).toMatchObject({ input: { command: 'npm ci --ignore-scripts' } });
    await client.invoke('cancel_chat_message', { sessionId: session?.id, worktreeId: worktree?.id });
    await client.saw('chat:cancelled');
    client.close();
  });

  it('stops when it is told to', async () => {
    const over = new AbortController();
    const played = playStory(sandbox, over.signal);
    over.abort();
    await expect(played).resolves.toBeUndefined();
  });
});
