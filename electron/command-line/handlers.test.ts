import { describe, expect, it } from 'vitest';
import type { Attribution } from '../../shared/attribution.ts';
import { type AppState, type CredentialView, emptyState } from '../../shared/model.ts';
import { Secret } from '../base/secret.ts';
import { type CommandServices, commandHandlers, type HandedOut } from './handlers.ts';

const credential = (over: Partial<CredentialView> = {}): CredentialView => ({
  ...({
    worktreeId: 'w1',
    state: 'active',
    repository: 'acme/shop',
    fingerprint: null,
    expiresAt: 5,
    lastUsedAt: null,
    reason: null,
  } as CredentialView),
  ...over,
});

const worktree = (id: string, name: string, base = false) => ({
  id,
  instanceId: 'local',
  projectId: 'p1',
  name,
  branch: name,
  path: `/trees/${name}`,
  base,
  createdAt: 0,
  order: 0,
  pull: null,
});

const fromOutside: Attribution = {
  about: 'branch',
  name: 'main',
  title: null,
  repository: 'acme/shop',
  author: null,
  verdict: 'outside',
  sentence: 'Made outside of any managed worktree.',
  origins: [],
};

function app(over: Partial<CommandServices> = {}, seen: CredentialView = credential()) {
  const asked: string[] = [];
  const state: AppState = {
    ...emptyState(),
    projects: { p1: { id: 'p1', instanceId: 'local', name: 'shop', path: '/trees', repository: 'acme/shop', order: 0 } },
    worktrees: { w1: worktree('w1', 'pay'), base: worktree('base', 'main', true) },
    credentials: { w1: seen },
  };
  const services: CommandServices = {
    state: () => state,
    webUrl: () => 'https://github.com',
    handOut: async (id, message): Promise<HandedOut> => {
      asked.push(`${id}: ${message}`);
      return { ok: true, token: Secret.of('ghs_pay') };
    },
    gitSettings: async () => [
      ['user.name', 'bot (pay)'],
      ['user.email', '7+bot@users.noreply.github.com'],
      ['credential.https://github.com.helper', ''],
      ['core.hooksPath', '/data/hooks'],
    ],
    rotate: async (id) => void asked.push(`rotate ${id}`),
    revoke: async (id) => void asked.push(`revoke ${id}`),
    release: async (id) => void asked.push(`release ${id}`),
    releaseAll: async () => ({ released: 2, left: [] }),
    followAudit: async function* () {},
    who: async (query) => ({ ...fromOutside, name: query }),
    newestEntries: () => [],
    verifyAudit: async () => ({ ok: true, count: 0, message: '' }),
    exportAudit: async (path) => ({ path, count: 0 }),
    ...over,
  };
  return { asked, handlers: commandHandlers(services) };
}

const pay = { text: 'pay', paths: [] };

describe('the commands', () => {
  it('give a command what it needs to act as the worktree, and say in the log what for', async () => {
    const { handlers, asked } = app();
    const { variables, git } = await handlers.environment({ worktree: pay, purpose: 'exec' });
    expect(variables).toEqual({
      GH_TOKEN: 'ghs_pay',
      GITHUB_TOKEN: 'ghs_pay',
      JEAN_SESSION_IDENTITY: 'shop/pay',
      GIT_AUTHOR_NAME: 'bot (pay)',
      GIT_AUTHOR_EMAIL: '7+bot@users.noreply.github.com',
      GIT_COMMITTER_NAME: 'bot (pay)',
      GIT_COMMITTER_EMAIL: '7+bot@users.noreply.github.com',
    });
    // Its hooks are of no use in another folder.
    expect(git).toEqual([['credential.https://github.com.helper', '']]);
    expect(asked).toEqual([expect.stringContaining('jean-ravi exec')]);
  });

  it('name an Enterprise Server', async () => {
    const { handlers } = app({ webUrl: () => 'https://git.example.com' });
    const { variables } = await handlers.environment({ worktree: pay, purpose: 'env' });
    expect(variables).toMatchObject({ GH_HOST: 'git.example.com', GH_ENTERPRISE_TOKEN: 'ghs_pay' });
  });

  it('refuse with the companion’s sentence', async () => {
    const { handlers } = app({ handOut: async () => ({ ok: false, why: 'You revoked it.' }) });
    const asked = handlers.environment({ worktree: pay, purpose: 'env' });
    await expect(asked).rejects.toMatchObject({ code: 'refused', message: 'You revoked it.' });
  });

  it('refuse the project’s own work tree', async () => {
    const { handlers, asked } = app();
    const rotating = handlers.rotate({ worktree: { text: 'main', paths: [] } });
    await expect(rotating).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('own work tree') });
    expect(asked).toEqual([]);
  });

  it('call a revocation done when GitHub has confirmed it, and not before', async () => {
    const done = app({}, credential({ state: 'revoked' }));
    expect(await done.handlers.revoke({ worktree: pay })).toMatchObject({ credential: { state: 'revoked' } });
    const open = app({}, credential({ state: 'unverified', reason: 'GitHub can’t be reached.' }));
    await expect(open.handlers.revoke({ worktree: pay })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('GitHub can’t be reached.'),
    });
  });

  it('call a release done when git is the person’s own and the credential dead, and not before', async () => {
    const done = app({}, credential({ state: 'revoked', managed: false }));
    expect(await done.handlers.release({ worktree: pay })).toMatchObject({ credential: { state: 'revoked' } });
    expect(done.asked).toEqual(['release w1']);
    const reason = 'The config is locked.';
    const settings = app({}, credential({ state: 'revoked', managed: true, reason }));
    await expect(settings.handlers.release({ worktree: pay })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/settings are still in the git of pay.*The config is locked/),
    });
    const alive = app({}, credential({ state: 'unverified', managed: false }));
    await expect(alive.handlers.release({ worktree: pay })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('your own again, but GitHub has not confirmed'),
    });
  });

  it('have nothing to rotate where it ended', async () => {
    const { handlers } = app({}, credential({ state: 'revoked', reason: 'You revoked it.' }));
    await expect(handlers.rotate({ worktree: pay })).rejects.toMatchObject({ code: 'refused' });
  });

  it('say where a branch came from, and nothing of what is not known', async () => {
    expect(await app().handlers.who({ query: 'hotfix' })).toEqual({ ...fromOutside, name: 'hotfix' });
    expect(await app({ who: async () => null }).handlers.who({ query: 'rotated' })).toBeNull();
  });

  it('list every worktree with its credential', async () => {
    const { worktrees } = await app().handlers.list({});
    expect(worktrees).toMatchObject([
      { name: 'pay', project: 'shop', base: false, credential: { state: 'active' } },
      { name: 'main', base: true, credential: null },
    ]);
  });
});
