import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox/world.ts';
import { emptyState } from '../shared/model.ts';
import { defaultProjectPolicy, permissionsOf } from '../shared/policy.ts';
import { Secret } from './base/secret.ts';
import { startGround } from './connections/fixture.ts';
import { ownMigrations } from './own-database.ts';
import { memoryDatabase } from './storage/database.ts';
import { World } from './world.ts';
import { alone, page } from './world-fixture.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** One person's machine in the sandbox's company: what outlives the app, and the app, as often as it is started. */
async function machine() {
  const sandbox: Sandbox = await startSandbox();
  endings.push(() => sandbox.stop());
  const folder = await mkdtemp(join(tmpdir(), 'jr-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const { base } = await startGround();
  const migrations = ownMigrations;
  const db = memoryDatabase(migrations, Date.now);
  const { state, publish } = page();
  const start = async (): Promise<World> => {
    state.now = emptyState();
    const world = new World({
      folder,
      db,
      settings: base.settings,
      box: base.box,
      jeanFolders: [sandbox.jean.dataDir],
      publish,
      ...alone,
    });
    endings.push(() => world.stop());
    await world.start();
    return world;
  };
  const key = Secret.of(await readFile(sandbox.app.pemPath, 'utf8'));
  const { apiUrl, webUrl } = sandbox.github;
  const app = { appId: String(sandbox.app.id), apiUrl, webUrl };
  const view = (id: string) => state.now.credentials[id];
  const live = () => sandbox.github.control.liveTokens().map(({ hash }) => hash);
  const newWorktree = () => sandbox.jean.createWorktree(sandbox.repositories.shop.projectId);
  /** Until a credential is in this state. */
  const until = (id: string, wanted: string) => expect.poll(() => view(id)?.state, { timeout: 8_000 }).toBe(wanted);
  const online = () => expect.poll(() => Object.values(state.now.instances)[0]?.health, { timeout: 8_000 }).toBe('online');
  return { sandbox, start, state, app, key, view, live, newWorktree, until, online };
}

describe('the whole of the services', { timeout: 30_000 }, () => {
  it('is not shaken by a Jean that lists nothing at first: no worktree is released by one empty list', async () => {
    const { sandbox, start, app, key, newWorktree, until, live, online, view, state } = await machine();
    const first = await start();
    await online();
    await first.accounts.connectGitHub(app, key);
    const { id } = await newWorktree();
    await until(id, 'active');
    const before = live();
    await first.stop();

    const empty = { status: 200, body: { appVersion: '0.1.72', projects: [], runningSessions: [] } };
    sandbox.jean.faults.next({ match: { method: 'GET', path: '/api/init' }, answer: empty });
    await start();
    await online();
    expect(Object.keys(state.now.projects)).toEqual([]);
    expect([view(id)?.state, live()]).toEqual(['active', before]);
    sandbox.jean.dropConnections();
    await expect.poll(() => Object.keys(state.now.worktrees), { timeout: 8_000 }).toEqual([id]);
    expect([view(id)?.state, live()]).toEqual(['active', before]);
  });

  it('ends at its next start what was deleted in Jean meanwhile', async () => {
    const { sandbox, start, app, key, newWorktree, until, live, online } = await machine();
    const first = await start();
    await online();
    await first.accounts.connectGitHub(app, key);
    const { id } = await newWorktree();
    await until(id, 'active');
    await first.stop();
    await sandbox.jean.deleteWorktree(id);
    await start();
    await until(id, 'revoked');
    expect(live()).toEqual([]);
  });

  it('ends what one App made before another takes its place, and goes on with that', async () => {
    const { sandbox, start, app, key, newWorktree, until, live, online, view } = await machine();
    const world = await start();
    await online();
    await world.accounts.connectGitHub(app, key);
    const { id } = await newWorktree();
    await until(id, 'active');
    const [old] = live();
    const made = await sandbox.github.control.createApp({
      slug: 'other-agents',
      owner: 'acme',
      permissions: permissionsOf(defaultProjectPolicy),
    });
    sandbox.github.control.installApp(made.id, 'acme', { repositories: 'all' });
    await world.accounts.connectGitHub({ ...app, appId: String(made.id) }, Secret.of(made.privateKey));
    await until(id, 'active');
    expect(view(id)?.holder).toBe('other-agents[bot]');
    expect(live()).toHaveLength(1);
    expect(live()).not.toContain(old);
  });

  it('keeps the App that it has when another one’s key is wrong, and its worktrees with it', async () => {
    const { start, app, key, newWorktree, until, live, online } = await machine();
    const world = await start();
    await online();
    await world.accounts.connectGitHub(app, key);
    const { id } = await newWorktree();
    await until(id, 'active');
    const before = live();
    await expect(world.accounts.connectGitHub({ ...app, appId: '4711' }, key)).rejects.toThrow();
    await until(id, 'active');
    expect(live()).toEqual(before);
  });

  it('releases every worktree when the App is disconnected', async () => {
    const { start, app, key, newWorktree, until, live, online, view } = await machine();
    const world = await start();
    await online();
    await world.accounts.connectGitHub(app, key);
    const { id } = await newWorktree();
    await until(id, 'active');
    await world.accounts.disconnectGitHub();
    expect([live(), view(id)?.state, view(id)?.reason]).toEqual([[], 'revoked', 'The GitHub App was disconnected.']);
    expect(world.github.connected).toBe(false);
  });
});
