import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startSandbox } from '../sandbox/world.ts';
import { type CheckStep, checkStep } from '../shared/first-check.ts';
import type { AppState } from '../shared/model.ts';
import { Secret } from './base/secret.ts';
import { startGround } from './connections/fixture.ts';
import { gitEnvironment } from './git/run.ts';
import { ownMigrations } from './own-database.ts';
import { memoryDatabase } from './storage/database.ts';
import { World } from './world.ts';
import { alone, page } from './world-fixture.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** The whole of the services in the sandbox's company, connected to GitHub, with a vault at Ravi. */
async function start() {
  const sandbox = await startSandbox();
  endings.push(() => sandbox.stop());
  const folder = await mkdtemp(join(tmpdir(), 'jr-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const { base, settings, box } = await startGround();
  const { raviAccount, ravi, github, jean, repositories } = sandbox;
  settings.update({ ravi: { baseUrl: ravi.url, identityUuid: raviAccount.identityUuid, identityName: 'Acme Agents' } });
  await box.put('ravi:management-key', Secret.of(raviAccount.managementKey));
  const told: ((state: AppState) => void)[] = [];
  const { state, publish } = page(() => {
    for (const tell of told) tell(state.now);
  });
  const world = new World({
    folder,
    db: memoryDatabase(ownMigrations, Date.now),
    settings: base.settings,
    box,
    jeanFolders: [jean.dataDir],
    publish,
    ...alone,
  });
  endings.push(() => world.stop());
  await world.start();
  await expect.poll(() => Object.values(state.now.instances)[0]?.health, { timeout: 8_000 }).toBe('online');
  const key = Secret.of(await readFile(sandbox.app.pemPath, 'utf8'));
  await world.accounts.connectGitHub({ appId: String(sandbox.app.id), apiUrl: github.apiUrl, webUrl: github.webUrl }, key);
  const { projectId } = repositories.shop;
  const path = (): string => state.now.projects[projectId]?.path ?? '';
  await expect.poll(() => state.now.projects[projectId]?.repository, { timeout: 8_000 }).toBe('acme/shop');
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: path(), env: gitEnvironment(), encoding: 'utf8' });
  const steps = () => state.now.check.check?.steps ?? [];
  const over = async (): Promise<string> => {
    await expect.poll(() => state.now.check.check?.state ?? 'running', { timeout: 40_000 }).not.toBe('running');
    return state.now.check.check?.state ?? '';
  };
  /** What is left of a check anywhere. */
  const left = () => ({
    alive: github.control.liveTokens().length,
    vault: ravi.secrets(raviAccount.identityUuid).map(({ key: name }) => name),
    rows: Object.keys(state.now.credentials),
    worktrees: git('worktree', 'list').trim().split('\n').length,
    entries: existsSync(join(path(), '.git', 'worktrees')) ? readdirSync(join(path(), '.git', 'worktrees')) : [],
    folder: existsSync(join(folder, 'checks')),
  });
  return { sandbox, world, projectId, git, steps, over, left, told, control: github.control };
}

const nothing = { alive: 0, vault: [], rows: [], worktrees: 1, entries: [], folder: false };

describe('the check of a credential', { timeout: 90_000 }, () => {
  it.each(['git@HOST:acme/shop.git', 'ssh://git@HOST/acme/shop'])(
    'goes the whole way in a clone of %s, which git asks by https with the credential, and leaves the remote as it is',
    async (pattern) => {
      const { world, projectId, git, steps, over, left, control } = await start();
      const origin = git('remote', 'get-url', 'origin').trim();
      const remote = pattern.replace('HOST', new URL(origin).hostname);
      git('remote', 'set-url', 'origin', remote);
      await world.provisioning.startCheck(projectId);
      expect(await over(), JSON.stringify(steps())).toBe('passed');
      expect(steps().find(({ step }) => step === 'ask')?.sentence).toMatch(/HEAD is at [0-9a-f]{7}/);
      expect(git('remote', 'get-url', 'origin').trim()).toBe(remote);
      expect(left()).toEqual(nothing);
      expect(control.liveTokens()).toEqual([]);
    },
  );

  it.each([null, ...checkStep.options.slice(0, -1)])(
    'says so where GitHub goes away once the step %s is through, and leaves nothing when it is back',
    async (after: CheckStep | null) => {
      const { world, projectId, steps, over, left, told, control } = await start();
      const away = (): void => control.faults.down();
      if (after === null) away();
      told.push(() => {
        if (steps().find(({ step }) => step === after)?.state === 'done') away();
      });
      await world.provisioning.startCheck(projectId);
      const end = await over();
      // Once it is revoked, GitHub is not needed any more.
      expect(end).toBe(after === 'revoke' ? 'passed' : 'failed');
      for (const { state, sentence } of steps()) if (state === 'failed') expect(sentence).toMatch(/[a-z].*[.]$/s);
      expect(steps().find(({ step }) => step === 'clear')?.state).toBe('done');
      const alive = control.liveTokens().length;
      if (alive > 0) expect(steps().find(({ step }) => step === 'revoke')?.sentence).toContain('The Companion goes on trying.');
      told.splice(0);
      control.faults.up();
      world.nudge();
      await expect.poll(left, { timeout: 40_000, interval: 250 }).toEqual(nothing);
    },
  );
});
