import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFront } from '../sandbox/jean/front.ts';
import { type TestJean, testJean } from '../sandbox/jean/test-jean.ts';
import type { AuditInput } from './audit/log.ts';
import { Secret } from './base/secret.ts';
import { startGround } from './connections/fixture.ts';
import { Jeans } from './jeans.ts';
import { Boards } from './sessions/boards.ts';
import type { SecretBox } from './storage/secret-box.ts';
import type { SettingsFile } from './storage/settings.ts';
import { Watching } from './watching.ts';

/** One Jean of this computer and one of a server, both real; the companion knows the first by its folder. */
let here: TestJean;
let server: TestJean;
let boards: Boards;
let watching: Watching;
let jeans: Jeans;
let settings: SettingsFile;
let box: SecretBox;
let audited: AuditInput[];
let released: string[];
const endings: (() => void)[] = [];

function start(jeanFolders = [here.jean.dataDir]): void {
  boards = new Boards({ now: Date.now });
  watching = new Watching({
    boards,
    now: Date.now,
    fetch,
    log: () => undefined,
    publish: () => undefined,
    happened: () => undefined,
    readWhole: () => undefined,
  });
  jeans = new Jeans({
    settings,
    box,
    jeanFolders,
    watching,
    boards,
    fetch,
    publish: () => undefined,
    audit: (entry) => audited.push(entry),
    log: () => undefined,
    release: async (ids) => void released.push(...ids),
    changed: () => undefined,
  });
  jeans.start();
}

const stop = async (): Promise<void> => {
  jeans.stop();
  await watching.stop();
};

beforeEach(async () => {
  [here, server] = await Promise.all([testJean(), testJean()]);
  ({ settings, box } = await startGround());
  audited = [];
  released = [];
  start();
});
afterEach(async () => {
  await stop();
  for (const end of endings.splice(0)) end();
  await Promise.all([here.close(), server.close()]);
});

/** As a person does who trusts no certificate. */
const add = (copied: Secret) => jeans.add(copied, async () => false);
const rows = () => boards.state().instances;
const named = (name: string) => Object.values(rows()).find((one) => one.name === name);
const online = (name: string) => expect.poll(() => named(name)?.health, { timeout: 5_000 }).toBe('online');
const access = (it: TestJean): Secret => Secret.of(`${it.jean.url}/?token=${it.jean.token}`);
const host = (it: TestJean): string => new URL(it.jean.url).host;

const behindPath = async (port: number): Promise<string> => {
  const front = await startFront(port, '/tools/jean');
  endings.push(front.close);
  return front.url;
};

describe('the Jeans that are watched', { timeout: 20_000 }, () => {
  it('are several at once, each with its own rows, also after a restart; the token is in the secret box alone', async () => {
    await here.jean.createWorktree(here.projectId, { name: 'mine' });
    await server.jean.createWorktree(server.projectId, { name: 'far' });
    await online('Jean, this computer');
    expect(await add(access(server))).toEqual({ name: host(server), renewed: false });
    await online(host(server));
    const seen = () => {
      const { worktrees, instances } = boards.state();
      return Object.values(worktrees).map(({ name, instanceId }) => [name, instances[instanceId]?.place]);
    };
    await expect.poll(seen).toEqual([
      ['mine', 'here'],
      ['far', 'elsewhere'],
    ]);
    expect(inspect([settings.get(), boards.state(), audited], { depth: 20 })).not.toContain(server.jean.token);
    expect(JSON.stringify(settings.get())).not.toContain(server.jean.token);
    await stop();
    start();
    await online(host(server));
    await expect.poll(() => Object.keys(boards.state().worktrees).length).toBe(2);
  });

  it('are found behind a path of another server', async () => {
    const url = await behindPath(server.jean.port);
    await add(Secret.of(`${url}/?token=${server.jean.token}`));
    await online(new URL(url).host);
    expect(named(new URL(url).host)?.url).toBe(url);
  });

  it('are not counted twice: neither this computer’s by its address, nor one by two addresses', async () => {
    await online('Jean, this computer');
    await expect(add(access(here))).rejects.toThrow('That is “Jean, this computer”, which is watched already.');
    await add(access(server));
    await online(host(server));
    const url = await behindPath(server.jean.port);
    await expect(add(Secret.of(`${url}/?token=${server.jean.token}`))).rejects.toThrow(/watched already/);
    expect(Object.keys(rows())).toHaveLength(2);
  });

  it('are known again by their token while they have no project', async () => {
    const bare = await testJean({ token: here.jean.token });
    endings.push(() => void bare.close());
    const empty = { status: 200, body: { appVersion: '0.1.72', projects: [], runningSessions: [] } };
    bare.jean.faults.next({ match: { method: 'GET', path: '/api/init' }, answer: empty });
    await expect(add(access(bare))).rejects.toThrow(/Jean, this computer/);
  });

  it.each([
    ['a token that is refused', () => `${server.jean.url}/?token=wrong-secret`, /refused the token/],
    ['an address without its token', () => server.jean.url, /has none/],
    ['an address where nobody listens', () => 'http://127.0.0.1:9/?token=wrong-secret', /cannot be reached/],
    ['a text that is no address', () => 'wrong-secret', /is no address/],
  ])('are not joined by %s, and the sentence does not repeat it', async (_what, text, sentence) => {
    const failed = add(Secret.of(text()));
    await expect(failed).rejects.toThrow(sentence);
    await expect(failed).rejects.not.toThrow(/wrong-secret/);
    expect(settings.get().jeans).toEqual([]);
    expect(await box.names()).toEqual([]);
  });

  it('get a new token when the address is copied again', async () => {
    await add(access(server));
    await online(host(server));
    await server.jean.restart({ newToken: 'a-new-token' });
    await expect.poll(() => named(host(server))?.health, { timeout: 5_000 }).toBe('refused');
    expect(named(host(server))?.message).toContain('Copy its access address');
    expect(await add(access(server))).toEqual({ name: host(server), renewed: true });
    await online(host(server));
    expect(settings.get().jeans).toHaveLength(1);
  });

  it('keep the name and colour that the person gave them', async () => {
    await add(access(server));
    await online(host(server));
    const id = named(host(server))?.id ?? '';
    jeans.describe(id, { name: 'Build box', colour: 'teal' });
    expect(named('Build box')).toMatchObject({ id, colour: 'teal' });
    await stop();
    start();
    await online('Build box');
    jeans.describe(id, { name: null, colour: 'none' });
    expect(named(host(server))?.colour).toBe('none');
  });

  it('are removed for good, with their token, or put aside when they are this computer’s; their worktrees are given back', async () => {
    const { id: worktreeId } = await here.jean.createWorktree(here.projectId);
    await add(access(server));
    await online(host(server));
    await expect.poll(() => boards.worktree(worktreeId)).not.toBeNull();
    await jeans.remove(named(host(server))?.id ?? '');
    expect([Object.keys(rows()), await box.names(), released]).toEqual([['local'], [], []]);
    await jeans.remove('local');
    expect([Object.keys(rows()), released]).toEqual([[], [worktreeId]]);
    await stop();
    start();
    expect(rows()).toEqual({});
    jeans.restore();
    await online('Jean, this computer');
  });

  it('are those of the release and of the debug build, and each only where it is', async () => {
    await stop();
    start([join(here.dir, 'nowhere', 'com.jean.desktop'), join(here.dir, 'nowhere', 'com.jean.desktop.dev')]);
    await expect.poll(() => named('Jean, this computer')?.health).toBe('absent');
    await stop();
    // The one that is missing gives way to the one that is there.
    start([join(here.dir, 'nowhere', 'com.jean.desktop.dev'), here.jean.dataDir]);
    await online('Jean, this computer');
    expect(Object.keys(rows())).toEqual(['local']);
  });

  it('are looked for in the folder that the person chose', async () => {
    await stop();
    start([join(here.dir, 'nowhere', 'com.jean.desktop')]);
    jeans.keepAt(server.jean.dataDir);
    await online('Jean, this computer');
    expect(rows().local?.url).toBe(server.jean.url);
    expect(jeans.folders()).toEqual([server.jean.dataDir]);
  });
});
