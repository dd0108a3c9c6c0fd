import { describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { Secret } from '../base/secret.ts';
import { GitHubApi } from './api.ts';
import { PullRequests } from './pulls.ts';

async function connected() {
  const world = await startWithApp();
  const api = new GitHubApi({ apiUrl: world.github.apiUrl, fetch, now: Date.now });
  const { token } = await world.mint({ repositories: ['web'] });
  const branch = 'feat/ünïcode&more#1';
  await world.control.commit('acme/web', branch, { message: 'Work', files: { 'a.txt': 'a' } });
  const pulls = new PullRequests({ api });
  return {
    ...world,
    branch,
    look: (etag?: string | null) => pulls.pullForBranch(Secret.of(token), 'acme/web', branch, { etag: etag ?? null }),
    pulls,
    secret: Secret.of(token),
  };
}

describe('the pull request of a branch', () => {
  it('is none, then open, then merged', async () => {
    const { control, branch, look } = await connected();
    expect(await look()).toMatchObject({ state: 'none', number: null, url: null });
    const { number } = await control.openPull('acme/web', { head: branch });
    expect(await look()).toMatchObject({ state: 'open', number, url: expect.stringContaining(`/pull/${number}`) });
    await control.mergePull('acme/web', number);
    expect(await look()).toMatchObject({ state: 'merged', number });
  });

  it('is the open one when an older one was closed, and the other way round', async () => {
    const { control, branch, look } = await connected();
    const first = await control.openPull('acme/web', { head: branch });
    control.closePull('acme/web', first.number);
    expect(await look()).toMatchObject({ state: 'closed', number: first.number });
    const second = await control.openPull('acme/web', { head: branch });
    expect(await look()).toMatchObject({ state: 'open', number: second.number });
  });

  it('costs nothing while it stays as it is', async () => {
    const { control, branch, look } = await connected();
    await control.openPull('acme/web', { head: branch });
    const { etag } = await look();
    expect(etag).toBeTruthy();
    expect(await look(etag)).toEqual({ notModified: true, etag });
    expect(control.calls().at(-1)).toMatchObject({ status: 304 });
  });

  it('is forbidden, not missing, where the token does not reach', async () => {
    const { pulls, secret } = await connected();
    await expect(pulls.pullForBranch(secret, 'acme/api', 'main')).rejects.toMatchObject({ kind: 'forbidden' });
  });
});
