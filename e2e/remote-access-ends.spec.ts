import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { grantFor, knock, linkOf, listening, turnedOn, visit } from './fixtures/remote.ts';
import { expect, soon, test } from './fixtures/test.ts';
import { keptAtRavi } from './fixtures/worktrees.ts';

/** A WebSocket of somebody who came with a token, open. */
async function socketOf(address: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

/** When a WebSocket is closed, epoch ms, and with which code. */
const closedAt = async (socket: WebSocket): Promise<{ readonly at: number; readonly code: number }> => {
  const [code] = (await once(socket, 'close')) as [number];
  return { at: Date.now(), code };
};

test('who is revoked is out within a second, by WebSocket and in the midst of a long answer; so is who is suspended or paused', async ({
  connected,
  sandbox,
}) => {
  const address = await turnedOn(connected);
  const worktree = await sandbox.jean.createWorktree(sandbox.repositories.shop.projectId, { name: 'long-file' });
  const path = join(worktree.path, 'long.bin');
  await writeFile(path, Buffer.alloc(48 * 1_048_576, 'x'));
  /** Begins to read a long answer and takes no more of it until it is asked for its end: when it came, and whether all of the answer did. */
  const reading = async (token: string) => {
    const asked = get(`${address}/api/project-files/${encodeURIComponent(path)}`, {
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    const [answer] = await once(asked, 'response');
    expect(answer.statusCode).toBe(200);
    answer.on('error', () => undefined);
    await once(answer, 'data');
    answer.pause();
    return async () => {
      // Cut off is an error to it, and what is waited for here.
      const closed = new Promise((resolve) => answer.once('close', resolve));
      answer.resume();
      await closed;
      return { at: Date.now(), whole: answer.complete as boolean };
    };
  };
  const [ana, ben, eve] = await Promise.all([
    grantFor(connected, { person: 'Ana', role: 'owner' }),
    grantFor(connected, { person: 'Ben', role: 'owner' }),
    grantFor(connected, { person: 'Eve' }),
  ]);
  const [annas, bens, eves] = [
    await socketOf(address, ana.token),
    await socketOf(address, ben.token),
    await socketOf(address, eve.token),
  ];
  const [annasFile, bensFile] = [await reading(ana.token), await reading(ben.token)];

  const anna = closedAt(annas);
  let clicked = Date.now();
  await connected.request('grants.revoke', { grantIds: [ana.grantId] });
  expect((await anna).at - clicked).toBeLessThan(1_000);
  const annasEnd = await annasFile();
  expect([annasEnd.whole, annasEnd.at - clicked < 1_000]).toEqual([false, true]);
  expect([bens.readyState, eves.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);

  const eva = closedAt(eves);
  clicked = Date.now();
  await connected.request('grants.suspend', { grantId: eve.grantId });
  expect((await eva).at - clicked).toBeLessThan(1_000);
  expect(await knock(address, eve.token)).toBe(401);
  await connected.request('grants.resume', { grantId: eve.grantId });
  expect(await knock(address, eve.token)).toBe(200);

  const benn = closedAt(bens);
  clicked = Date.now();
  await connected.request('remote.pause', { paused: true });
  expect((await benn).at - clicked).toBeLessThan(1_000);
  const bensEnd = await bensFile();
  expect([bensEnd.whole, bensEnd.at - clicked < 1_000]).toEqual([false, true]);
});

test('fifty open sockets hold up no quit, and a companion that is killed with them listens at the same port again', async ({
  connected,
  launch,
}) => {
  const address = await turnedOn(connected);
  const grants = await Promise.all(['Ana', 'Ben'].map((person) => grantFor(connected, { person, role: 'operator' })));
  const all = async () =>
    await Promise.all(Array.from({ length: 50 }, (_, at) => socketOf(address, grants[at % 2]?.token ?? '')));
  const cut = (await all()).map(closedAt);
  await connected.kill();
  await Promise.all(cut);
  const again = await launch();
  expect(await listening(again)).toBe(address);
  const ended = (await all()).map(closedAt);
  const begun = Date.now();
  await again.quit();
  expect(Date.now() - begun).toBeLessThan(5_000);
  expect((await Promise.all(ended)).length).toBe(50);
});

test('while Jean is away a page says so, the link stays good, and Jean is reached by it when it is back', async ({
  connected,
  sandbox,
}) => {
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana' });
  const { cookie } = await visit(linkOf(ana));
  const opened = () =>
    new Promise<{ readonly status: number; readonly text: string }>((resolve) => {
      get(`${address}/`, { headers: { cookie, accept: 'text/html' }, agent: false }, (answer) => {
        let text = '';
        answer.on('data', (part: Buffer) => {
          text += part.toString();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      }).on('error', () => resolve({ status: 0, text: '' }));
    });
  expect((await opened()).status).toBe(200);
  await sandbox.jean.stop();
  await soon(async () => (await opened()).status, 'Jean is away').toBe(502);
  expect((await opened()).text).toContain('Jean is not running on that computer, or its web access is off.');
  await connected.until(({ instances }) => instances.local?.health !== 'online', 'the watch knows it');
  expect((await opened()).status).toBe(502);
  expect(await knock(address, 'jrg_nobody')).toBe(401);
});

test('a link from a mail lets in one browser, also where two press the button at once', async ({ connected, sandbox }) => {
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana', mail: 'ana@example.org' });
  await connected.request('grants.send', { grantId: ana.grantId, over: 'email' });
  const code = /jrc_[\w-]+/.exec(JSON.stringify(sandbox.ravi.sent().at(-1)))?.[0] ?? '';
  const press = () =>
    fetch(`${address}/.jean-ravi/enter`, {
      method: 'POST',
      body: new URLSearchParams({ token: code, to: '/' }),
      headers: { origin: address },
    });
  for (let previews = 0; previews < 3; previews += 1) expect((await visit(`${address}/?token=${code}`)).cookie).toBe('');
  const answers = await Promise.all(Array.from({ length: 8 }, press));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401, 401, 401, 401]);
  expect(answers.flatMap(({ headers }) => headers.getSetCookie()).filter((cookie) => cookie.includes('jrd_'))).toHaveLength(1);
});

test('nobody is believed who says that they come from elsewhere', async ({ connected }) => {
  const address = await turnedOn(connected);
  const far = await grantFor(connected, { person: 'Far', addresses: ['10.0.0.0/8'] });
  const near = await grantFor(connected, { person: 'Near', addresses: ['::ffff:127.0.0.0/104'] });
  const elsewhere = { 'x-forwarded-for': '10.1.2.3', forwarded: 'for=10.1.2.3', 'x-real-ip': '10.1.2.3' };
  const asked = (token: string) =>
    fetch(`${address}/api/auth`, { headers: { ...elsewhere, authorization: `Bearer ${token}` } }).then(({ status }) => status);
  expect([await asked(far.token), await asked(near.token)]).toEqual([401, 200]);
  const { connections } = await connected.until((state) => Object.keys(state.connections).length === 1, 'one is in');
  expect(Object.values(connections)[0]).toMatchObject({ person: 'Near', address: '127.0.0.1' });
});

test('the fingerprint that is shown is of the certificate that is served; files of the person’s that are wrong are said to be', async ({
  connected,
  folder,
}) => {
  await turnedOn(connected);
  await connected.request('remote.choose', { bind: 'loopback', hosts: [], tls: 'self-signed' });
  const { listeners } = await connected.until(
    (state) => state.listeners.local?.tls !== null && state.listeners.local?.state === 'listening',
    'it is encrypted',
  );
  const served = await new Promise<string>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: listeners.local?.port ?? 0, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
  expect(listeners.local?.tls?.fingerprint).toBe(served);
  const wrong = join(folder, 'wrong.pem');
  await mkdir(folder, { recursive: true });
  await writeFile(wrong, 'no certificate');
  await connected.willChoose(wrong);
  await connected.request('remote.choose', { bind: 'loopback', hosts: [], tls: 'files' });
  await connected.until(
    (state) => state.listeners.local?.state === 'failed' && /PEM/.test(state.listeners.local.trouble ?? ''),
    'it says what is wrong',
  );
});

test('who leaves for good leaves no grant, no certificate and nothing in the vault', async ({ connected, sandbox, launch }) => {
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana' });
  await soon(() => keptAtRavi(sandbox)).toEqual(['JEAN_REMOTE_ACCESS_TOKEN']);
  await connected.request('remote.choose', { bind: 'loopback', hosts: [], tls: 'self-signed' });
  await connected.until((state) => state.listeners.local?.tls != null, 'it is encrypted');
  const { parts, done } = (await connected.request('leaving.remove', undefined)) as {
    parts: readonly { part: string; sentence: string }[];
    done: boolean;
  };
  expect(parts.find(({ part }) => part === 'remote')).toEqual({
    part: 'remote',
    done: true,
    sentence: 'Nobody gets in any more, and Jean’s own token is in no vault of ours.',
  });
  expect(done).toBe(true);
  expect(keptAtRavi(sandbox)).toEqual([]);
  await connected.quit();
  const again = await launch();
  expect(Object.values((await again.state()).grants).map(({ standing }) => standing)).toEqual(['revoked']);
  await again.request('remote.turn', { on: true });
  await listening(again);
  expect(await knock(address, ana.token)).not.toBe(200);
});

test('a Jean that is watched no more is shared no more, and its token leaves the vault', async ({ connected, sandbox }) => {
  const address = await turnedOn(connected);
  const ana = await grantFor(connected, { person: 'Ana' });
  await soon(() => keptAtRavi(sandbox)).toEqual(['JEAN_REMOTE_ACCESS_TOKEN']);
  const socket = closedAt(await socketOf(address, ana.token));
  await connected.request('jeans.remove', { id: 'local' });
  await socket;
  await soon(() => knock(address, ana.token)).toBe(0);
  await soon(() => keptAtRavi(sandbox)).toEqual([]);
  await connected.until(({ grants }) => grants[ana.grantId]?.standing === 'revoked', 'the grant has ended');
  expect(sandbox.jean.token).not.toBe('');
});
