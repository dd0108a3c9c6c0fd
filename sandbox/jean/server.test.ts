import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TestClient } from './test-client.ts';
import { type TestJean, testJean } from './test-jean.ts';

let test: TestJean;
beforeEach(async () => {
  test = await testJean();
});
afterEach(async () => {
  await test.close();
});

function preferences(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(test.dir, 'com.jean.desktop', 'preferences.json'), 'utf8'));
}

describe('Jean over HTTP', () => {
  it('says it is well without a token and who it is with one', async () => {
    const { jean } = test;
    expect(await (await fetch(`${jean.url}/healthz`)).json()).toEqual({ ok: true });
    const auth = await fetch(`${jean.url}/api/auth?token=${jean.token}`);
    expect(await auth.json()).toEqual({ ok: true, webBuildId: 'sandbox', appVersion: '0.1.72' });
    const bad = await fetch(`${jean.url}/api/auth`, { headers: { authorization: 'Bearer wrong' } });
    expect(bad.status).toBe(401);
    expect(await bad.json()).toEqual({ ok: false, error: 'Invalid token' });
  });

  it('lets the token of the query win over the bearer, and refuses in plain text elsewhere', async () => {
    const { jean } = test;
    const headers = { authorization: `bearer ${jean.token}` };
    expect((await fetch(`${jean.url}/api/version`, { headers })).status).toBe(200);
    const refused = await fetch(`${jean.url}/api/version?token=wrong`, { headers });
    expect(refused.status).toBe(401);
    expect(await refused.text()).toBe('Invalid token');
  });

  it('answers its page for every path it does not know', async () => {
    const answer = await fetch(`${test.jean.url}/api/nothing-of-the-kind`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/html');
  });

  it('serves the parts of its page by absolute paths, compressed where the browser takes that', async () => {
    const page = await (await fetch(`${test.jean.url}/`)).text();
    const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(parts).toEqual(['/assets/index.css', '/assets/index.js']);
    for (const path of parts) {
      const plain = await fetch(test.jean.url + path, { headers: { 'accept-encoding': 'identity' } });
      const zipped = await fetch(test.jean.url + path, { headers: { 'accept-encoding': 'gzip' } });
      expect([plain.headers.get('content-encoding'), zipped.headers.get('content-encoding')]).toEqual([null, 'gzip']);
      expect(await zipped.text()).toBe(await plain.text());
    }
  });

  it('gives files below its data folder and none beside it', async () => {
    const { jean, dir } = test;
    const headers = { authorization: `Bearer ${jean.token}` };
    const file = await fetch(`${jean.url}/api/files/preferences.json`, { headers });
    expect(await file.json()).toMatchObject({ http_server_port: jean.port });
    const outside = await fetch(`${jean.url}/api/files/..%2Fhome%2F.gitconfig`, { headers });
    expect(outside.status).toBe(403);
    const project = await fetch(`${jean.url}/api/project-files/${encodeURIComponent(join(dir, 'projects/shop/.git/HEAD'))}`, {
      headers,
    });
    expect(await project.text()).toBe('ref: refs/heads/main\n');
  });

  it('tells all running sessions at once when no project is selected', async () => {
    const { jean, projectId } = test;
    const worktree = await jean.createWorktree(projectId, { name: 'one' });
    const session = jean.sessions(worktree.id)[0];
    await jean.startTurn(session?.id ?? '');
    const init = await fetch(`${jean.url}/api/init?selected_project=none&token=${jean.token}`);
    const body = (await init.json()) as Record<string, unknown>;
    expect(body.runningSessions).toEqual([session?.id]);
    expect(body.worktreesByProject).toBeUndefined();
    const selected = await fetch(`${jean.url}/api/init?selected_project=${projectId}&token=${jean.token}`);
    expect(await selected.json()).toMatchObject({ worktreesByProject: { [projectId]: [{ id: worktree.id }] } });
  });
});

describe('Jean over WebSocket', () => {
  it('turns a wrong token away at the upgrade with 401 in plain text', async () => {
    const socket = new WebSocket(`${test.jean.url.replace('http', 'ws')}/ws?token=wrong`);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(401);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    expect(String(Buffer.concat(chunks))).toBe('Invalid token');
  });

  it('answers envelopes by their id, in camelCase or snake_case, and names what is missing in snake_case', async () => {
    const client = await test.connect();
    expect(await client.invoke('list_projects')).toMatchObject([
      { id: test.projectId, name: 'shop', default_branch: 'main', is_folder: false },
    ]);
    expect(await client.invoke('list_worktrees', { project_id: test.projectId })).toEqual([]);
    expect(await client.invoke('list_worktrees', { projectId: test.projectId })).toEqual([]);
    await expect(client.invoke('list_worktrees')).rejects.toThrow(/^Missing field: project_id$/);
    await expect(client.invoke('make_coffee')).rejects.toThrow(/^Unknown command: make_coffee$/);
  });

  it('takes frames without a type, and answers what it cannot read under the id unknown', async () => {
    const client = await test.connect();
    client.socket.send(JSON.stringify({ id: 'old', command: 'has_running_sessions' }));
    client.socket.send(JSON.stringify({ type: 'invoke', id: 7, command: 'has_running_sessions' }));
    client.socket.send('{');
    await expect.poll(() => client.strays).toHaveLength(3);
    const unreadable = { type: 'error', id: 'unknown', error: expect.stringMatching(/^Invalid request: /) };
    // Answers come in any order.
    expect(client.strays).toEqual(expect.arrayContaining([{ type: 'response', id: 'old', data: false }, unreadable]));
    expect(client.strays.filter((frame) => JSON.stringify(frame).includes('Invalid request'))).toHaveLength(2);
  });

  it('knows nothing of a command that this Jean is too old for', async () => {
    const old = await testJean({ without: ['respond_opencode_permission'] });
    try {
      const client = await old.connect();
      await expect(client.invoke('respond_opencode_permission')).rejects.toThrow('Unknown command: respond_opencode_permission');
    } finally {
      await old.close();
    }
  });

  it('counts events over everything, and starts anew after a restart that cuts every socket', async () => {
    const { jean } = test;
    const before = await test.connect();
    jean.setPreferences({ theme: 'dark' });
    jean.setPreferences({ theme: 'light' });
    const second = await before.saw('cache:invalidate', 2);
    expect(second.seq - (before.events[0]?.seq ?? 0)).toBe(1);
    const { port } = jean;
    await jean.restart();
    expect(await before.ended(1000)).toBe(true);
    expect(jean.port).toBe(port);
    const after = await test.connect();
    jean.setPreferences({ theme: 'dark' });
    expect((await after.saw('cache:invalidate')).seq).toBe(1);
  });

  it('can lose events so that a client sees the gap, and fall silent while commands go on', async () => {
    const { jean } = test;
    const client = await test.connect();
    jean.setPreferences({ theme: 'a' });
    jean.loseEvents(2);
    for (const theme of ['b', 'c', 'd']) jean.setPreferences({ theme });
    const [first, next] = [await client.saw('cache:invalidate'), await client.saw('cache:invalidate', 2)];
    expect(next.seq - first.seq).toBe(3);
    jean.muteEvents(true);
    jean.setPreferences({ theme: 'e' });
    expect(await client.invoke('load_preferences')).toMatchObject({ theme: 'e' });
    expect(client.events).toHaveLength(2);
  });

  it('shows life every so often and drops a client that stays silent', async () => {
    const quick = await testJean({ heartbeatMs: 40, silenceMs: 150 });
    try {
      const alive = await quick.connect();
      const dead = await TestClient.connect(quick.jean.url, quick.jean.token);
      // Its side of the connection stops reading: pings go unanswered.
      dead.socket.pause();
      await expect.poll(() => alive.heartbeats, { timeout: 3000 }).toBeGreaterThan(8);
      await expect.poll(() => quick.jean.connections()).toBe(1);
      dead.close();
    } finally {
      await quick.close();
    }
  });
});

describe('The token of Jean', () => {
  it('changes in the file at once, and in the running server only by a restart', async () => {
    const { jean } = test;
    const client = await test.connect();
    const old = jean.token;
    const fresh = await client.invoke('regenerate_http_token');
    expect(fresh).toMatch(/^[\w-]{43}$/);
    expect(preferences().http_server_token).toBe(fresh);
    expect(await client.invoke('get_http_server_status')).toMatchObject({ running: true, token: old, port: jean.port });
    expect((await fetch(`${jean.url}/api/auth?token=${fresh}`)).status).toBe(401);
    await jean.restart();
    expect((await fetch(`${jean.url}/api/auth?token=${fresh}`)).status).toBe(200);
    expect((await fetch(`${jean.url}/api/auth?token=${old}`)).status).toBe(401);
  });

  it('never shows in the record of calls', async () => {
    const { jean } = test;
    const client = await test.connect();
    await client.invoke('patch_preferences', { patch: { http_server_token: 'a-new-secret' } });
    await fetch(`${jean.url}/api/auth?token=${jean.token}`);
    const record = JSON.stringify(jean.calls());
    expect(record).toContain('patch_preferences');
    expect(record).not.toContain('a-new-secret');
    expect(record).not.toContain(jean.token);
  });
});

describe('Faults of Jean', () => {
  it('fail a command, answer it wrongly, delay it, cut the line, or lose the answer of what was done', async () => {
    const { jean } = test;
    const client = await test.connect();
    jean.faults.next({ match: { method: 'INVOKE', path: 'list_projects' }, answer: { status: 500, body: 'database is locked' } });
    await expect(client.invoke('list_projects')).rejects.toThrow('database is locked');
    expect(await client.invoke('list_projects')).toHaveLength(1);
    const strange = { status: 200, body: '<html>' };
    jean.faults.next({ match: { method: 'INVOKE', path: 'list_projects' }, answer: strange });
    expect(await client.invoke('list_projects')).toBe('<html>');
    jean.faults.next({ match: { method: 'INVOKE', path: 'patch_preferences' }, answer: 'lose' });
    void client.invoke('patch_preferences', { patch: { theme: 'lost' } });
    expect(await client.ended(1000)).toBe(true);
    expect(preferences().theme).toBe('lost');
    jean.faults.next({ match: { path: '/ws' }, answer: 'drop' });
    await expect(test.connect()).rejects.toThrow();
    await test.connect();
  });

  it('take the whole server away and bring it back', async () => {
    const { jean } = test;
    const client = await test.connect();
    jean.faults.down();
    expect(await client.ended(1000)).toBe(true);
    await expect(fetch(`${jean.url}/healthz`)).rejects.toThrow();
    jean.faults.up();
    expect((await fetch(`${jean.url}/healthz`)).status).toBe(200);
  });

  it('are within reach of other programs by the control endpoint', async () => {
    const { jean, projectId } = test;
    const answer = await fetch(`${jean.url}/__control/createWorktree`, {
      method: 'POST',
      body: JSON.stringify([projectId, { name: 'by-hand' }]),
    });
    expect(await answer.json()).toMatchObject({ result: { name: 'by-hand', branch: 'by-hand' } });
  });
});
