import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type TestSide, testSide } from './socket-fixture.ts';

let test: TestSide;
beforeEach(async () => {
  test = await testSide();
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
});

/** A side with other options in place of the usual one. */
async function sideWith(options: Parameters<typeof testSide>[0]): Promise<TestSide> {
  await test[Symbol.asyncDispose]();
  test = await testSide(options);
  return test;
}

const closing = async (socket: WebSocket): Promise<{ code: number; reason: string }> => {
  const [code, reason] = await once(socket, 'close');
  return { code, reason: String(reason) };
};

describe('People behind the gateway', () => {
  it('share one connection to Jean, owners apart, which ends a while after the last has left', async () => {
    await sideWith({ lingerMs: 60 });
    const [ada, ben, cleo] = [
      await test.connect('viewer-ada'),
      await test.connect('operator-ben'),
      await test.connect('viewer-cleo'),
    ];
    expect(test.jean.connections()).toBe(1);
    const owner = await test.connect('owner-olga');
    expect(test.jean.connections()).toBe(2);
    owner.close();
    await expect.poll(() => test.jean.connections()).toBe(1);
    for (const each of [ada, ben]) each.close();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(test.jean.connections()).toBe(1);
    expect(await cleo.invoke('has_running_sessions')).toBe(false);
    cleo.close();
    await expect.poll(() => test.jean.connections()).toBe(0);
  });

  it('get every event in Jean’s order, and a heartbeat of their own', async () => {
    await sideWith({ heartbeatMs: 50 });
    const all = [await test.connect('viewer-ada'), await test.connect('operator-ben'), await test.connect('owner-olga')];
    for (let n = 0; n < 300; n += 1) test.jean.setPreferences({ theme: String(n) });
    for (const client of all) {
      await client.saw('cache:invalidate', 300);
      const numbers = client.events.map(({ seq }) => seq);
      expect(numbers).toEqual(Array.from({ length: 300 }, (_, n) => (numbers[0] ?? 0) + n));
      await expect.poll(() => client.heartbeats).toBeGreaterThan(1);
      expect(client.strays).toEqual([]);
    }
  });

  it('get answers under their own ids, though two use the same ones and Jean answers out of order', async () => {
    const [ada, ben] = [await test.connect('viewer-ada'), await test.connect('viewer-ben')];
    test.jean.faults.next({ match: { method: 'INVOKE', path: 'get_server_platform' }, answer: { delayMs: 80 } });
    const slow = ada.invoke('get_server_platform');
    const quick = ben.invoke('get_app_data_dir');
    const wrong = expect(ada.invoke('get_server_capabilities')).rejects.toThrow('Unknown command: get_server_capabilities');
    expect(await quick).toContain('com.jean.desktop');
    await wrong;
    expect(await slow).toBe('linux');
    expect([...ada.strays, ...ben.strays]).toEqual([]);
  });

  it('may use what Jean has from their first frame on, though no client has listed it yet', async () => {
    const repoPath = join(test.jean.dataDir, 'shop');
    execFileSync('git', ['init', '--quiet', '-b', 'main', repoPath], { env: { PATH: process.env.PATH, HOME: test.jean.home } });
    const { id } = await test.jean.addProject({ name: 'shop', repoPath });
    const ada = await test.connect('viewer-ada');
    expect(await ada.invoke('list_worktrees', { projectId: id })).toEqual([]);
    await expect(ada.invoke('list_worktrees', { projectId: 'another' })).rejects.toThrow(/there is no such project/);
    expect(test.asked()).toEqual(['list_worktrees']);
  });

  it('get the same by TLS', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'Test' }], { keyType: 'ec', curve: 'P-256' });
    await sideWith({ tls: { cert, key } });
    const socket = test.raw('viewer-ada');
    const frames: Record<string, unknown>[] = [];
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    await once(socket, 'open');
    for (let n = 0; n < 200; n += 1) test.jean.setPreferences({ theme: 'x'.repeat(n) });
    socket.send('{"type":"invoke","id":"1","command":"list_projects"}');
    await expect.poll(() => frames.filter(({ type }) => type === 'event')).toHaveLength(200);
    const numbers = frames.flatMap(({ seq }) => (typeof seq === 'number' ? [seq] : []));
    expect(numbers).toEqual(numbers.map((_, n) => (numbers[0] ?? 0) + n));
    await expect.poll(() => frames).toContainEqual({ type: 'response', id: '1', data: [] });
    const closed = closing(socket);
    test.side.closeGrant('viewer-ada', 'revoked');
    expect(await closed).toEqual({ code: 1008, reason: 'Your access was revoked.' });
  });

  it('read in Jean’s envelope what was refused, and Jean never hears of it', async () => {
    const ada = await test.connect('viewer-ada');
    await expect(ada.invoke('start_terminal', { command: 'id' })).rejects.toThrow(/start_terminal is not for a viewer/);
    await expect(ada.invoke('make_coffee')).rejects.toThrow(/not known here/);
    expect(await ada.invoke('has_running_sessions')).toBe(false);
    expect(test.asked()).toEqual(['has_running_sessions']);
    expect(test.side.connections()).toMatchObject([{ person: 'ada', role: 'viewer', refusals: 2, commands: 1 }]);
  });

  it('never see Jean’s token, whatever their role', async () => {
    for (const who of ['viewer-ada', 'operator-ben', 'owner-olga']) {
      const client = await test.connect(who);
      const raw: string[] = [];
      client.socket.on('message', (data) => raw.push(String(data)));
      const status = (await client.invoke('get_http_server_status')) as Record<string, unknown>;
      const preferences = (await client.invoke('load_preferences')) as Record<string, unknown>;
      expect(status).toMatchObject({ running: true, token: null });
      expect(preferences.http_server_token ?? null).toBeNull();
      expect(raw.join('\n')).not.toContain(test.jean.token);
    }
  });
});

describe('When Jean goes', () => {
  it('who waits for an answer gets an error, everybody is closed with 1012, and the next to come is connected anew', async () => {
    const [ada, olga] = [await test.connect('viewer-ada'), await test.connect('owner-olga')];
    const closed = [closing(ada.socket), closing(olga.socket)];
    test.jean.faults.next({ match: { method: 'INVOKE', path: 'list_projects' }, answer: { delayMs: 5_000 } });
    const waiting = expect(ada.invoke('list_projects')).rejects.toThrow('The connection to Jean was lost before it answered.');
    await new Promise((resolve) => setTimeout(resolve, 30));
    await test.jean.restart();
    await waiting;
    for (const end of await Promise.all(closed)) expect(end.code).toBe(1012);
    const again = await test.connect('viewer-ada');
    test.jean.setPreferences({ theme: 'dark' });
    expect((await again.saw('cache:invalidate')).seq).toBe(1);
  });

  it('an upgrade is answered with 502 and a sentence', async () => {
    test.jean.faults.down();
    const socket = test.raw('viewer-ada');
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(502);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toMatch(/^Jean cannot be reached \(ECONN[A-Z]+\)\.\n$/);
    test.jean.faults.up();
    await test.connect('viewer-ada');
  });

  it('silently, it is noticed, and so is a client that went silently', async () => {
    let ms = 0;
    await sideWith({ monotonic: () => ms, heartbeatMs: 20, jeanOptions: { heartbeatMs: 1e6, silenceMs: 1e6 } });
    const [ada, ben] = [await test.connect('viewer-ada'), await test.connect('viewer-ben')];
    // Its side stops reading, so that its pongs stay away.
    ben.socket.pause();
    ms = 44_000;
    await new Promise((resolve) => setTimeout(resolve, 60));
    ms = 60_000;
    await expect.poll(() => test.side.connections().map(({ person }) => person)).toEqual(['ada']);
    expect(await ada.invoke('has_running_sessions')).toBe(false);
    expect(test.audit.at(-1)?.message).toContain('Nothing was heard of it for 45 seconds.');
  });
});

describe('Who is sent away', () => {
  it('is out at once, also where it does not answer; others notice nothing', async () => {
    const [ada, ben] = [await test.connect('viewer-ada'), await test.connect('viewer-ben')];
    const deaf = await test.connect('viewer-ada');
    deaf.socket.pause();
    const ended = closing(ada.socket);
    const before = performance.now();
    test.side.closeGrant('viewer-ada', 'revoked');
    expect(test.side.connections().map(({ person }) => person)).toEqual(['ben']);
    expect(await ended).toEqual({ code: 1008, reason: 'Your access was revoked.' });
    test.jean.setPreferences({ theme: 'dark' });
    await ben.saw('cache:invalidate');
    expect(deaf.events).toEqual([]);
    const wire = (deaf.socket as unknown as { _socket: { destroyed: boolean; resume(): void } })._socket;
    wire.resume();
    await closing(deaf.socket);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(ben.socket.readyState).toBe(WebSocket.OPEN);
    expect(await ben.invoke('has_running_sessions')).toBe(false);
  });

  it('while Jean is asked is not let in', async () => {
    test.jean.faults.next({ match: { path: '/ws' }, answer: { delayMs: 100 } });
    const socket = test.raw('viewer-ada');
    const refused = once(socket, 'unexpected-response');
    await new Promise((resolve) => setTimeout(resolve, 40));
    test.side.closeGrant('viewer-ada', 'revoked');
    expect((await refused)[1].statusCode).toBe(403);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(test.side.connections()).toEqual([]);
  });

  it('is so at the next frame or heartbeat, should nobody have said that the grant ended', async () => {
    let ended = false;
    await sideWith({ stillAdmitted: ({ grant }) => !(ended && grant.id === 'viewer-ada'), heartbeatMs: 30 });
    const [ada, ben] = [await test.connect('viewer-ada'), await test.connect('viewer-ben')];
    const closed = closing(ada.socket);
    ended = true;
    ada.socket.send('{"type":"invoke","id":"1","command":"list_projects"}');
    expect((await closed).code).toBe(1008);
    expect(test.asked()).toEqual([]);
    const quiet = await test.connect('viewer-ada');
    expect((await closing(quiet.socket)).code).toBe(1008);
    expect(await ben.invoke('has_running_sessions')).toBe(false);
  });

  it('alone, when it is one connection that is ended', async () => {
    const [one, other] = [await test.connect('viewer-ada'), await test.connect('viewer-ada')];
    const [first] = test.side.connections();
    const closed = closing(one.socket);
    expect(test.side.closeConnection(first?.id ?? '', 'disconnected')).toBe(true);
    expect(await closed).toEqual({ code: 1008, reason: 'You were disconnected.' });
    expect(test.side.closeConnection(first?.id ?? '', 'disconnected')).toBe(false);
    expect(await other.invoke('has_running_sessions')).toBe(false);
  });
});

describe('What is known of connections', () => {
  it('is counted, and told to the page once a second at most', async () => {
    let told = 0;
    await sideWith({
      onChange: () => {
        told += 1;
      },
    });
    const ada = await test.connect('viewer-ada');
    for (let n = 0; n < 20; n += 1) await ada.invoke('has_running_sessions');
    await expect.poll(() => told).toBe(1);
    expect(test.side.connections()).toMatchObject([
      { grantId: 'viewer-ada', instanceId: 'here', address: '127.0.0.1', userAgent: 'Test', since: 1_000, commands: 20 },
    ]);
    const [{ bytesIn, bytesOut } = { bytesIn: 0, bytesOut: 0 }] = test.side.connections();
    expect(bytesIn).toBeGreaterThan(20 * 50);
    expect(bytesOut).toBeGreaterThan(20 * 30);
    ada.close();
    await expect.poll(() => told, { timeout: 3_000 }).toBe(2);
  });

  it('stands in the log: who came, who left after what, and what was refused, told once', async () => {
    const ada = await test.connect('viewer-ada');
    await ada.invoke('list_projects');
    await ada.invoke('list_projects');
    for (let n = 0; n < 3; n += 1) await ada.invoke('start_terminal').catch(() => undefined);
    test.time += 90_000;
    ada.close();
    await expect
      .poll(() => test.audit.map(({ kind }) => kind))
      .toEqual(['remote.connected', 'remote.refused', 'remote.disconnected']);
    const [came, refused, left] = test.audit;
    expect(came).toMatchObject({ actor: 'guest', subject: 'ada', message: 'ada (viewer) connected from 127.0.0.1.' });
    expect(came?.facts).toMatchObject({ grant: 'viewer-ada', role: 'viewer', instance: 'here', userAgent: 'Test' });
    expect(refused).toMatchObject({ outcome: 'refused', facts: { command: 'start_terminal' } });
    expect(left?.message).toBe('ada (viewer) left after 1 min. The connection was lost.');
    expect(left?.facts).toMatchObject({ seconds: '90', commands: 'list_projects 2', refusals: '3', refused: 'start_terminal 3' });
    expect(Number(left?.facts?.bytesIn)).toBeGreaterThan(100);
  });

  it('needs no timer while nobody is connected', async () => {
    const intervals = vi.spyOn(globalThis, 'setInterval');
    const cleared = vi.spyOn(globalThis, 'clearInterval');
    await sideWith({ lingerMs: 10, heartbeatMs: 1_234 });
    const ours = (): number => intervals.mock.calls.filter(([, ms]) => ms === 1_234).length;
    expect(ours()).toBe(0);
    const ada = await test.connect('viewer-ada');
    expect(ours()).toBe(1);
    const at = intervals.mock.calls.findIndex(([, ms]) => ms === 1_234);
    ada.close();
    await expect.poll(() => cleared.mock.calls.some(([timer]) => timer === intervals.mock.results[at]?.value)).toBe(true);
    vi.restoreAllMocks();
  });
});
