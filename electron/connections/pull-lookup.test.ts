import { describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { Secret } from '../base/secret.ts';
import { PullLookup } from './pull-lookup.ts';

async function looking() {
  const world = await startWithApp();
  const { token } = await world.mint({ repositories: ['web'] });
  await world.control.commit('acme/web', 'feature', { message: 'Work', files: { 'a.txt': 'a' } });
  const { number } = await world.control.openPull('acme/web', { head: 'feature', title: 'Mend\u202e it' });
  const lookup = new PullLookup({
    apiUrl: () => world.github.apiUrl,
    fetch,
    now: Date.now,
    token: async (repository) => (repository === 'acme/web' ? Secret.of(token) : null),
  });
  const statuses = () => world.control.calls().flatMap(({ path, status }) => (path.includes('/pulls/') ? [status] : []));
  return { ...world, lookup, number, statuses };
}

describe('a pull request by its number', () => {
  it('is told with its branch, and asked again only if it changed', async () => {
    const { lookup, number, statuses, control } = await looking();
    const facts = { title: 'Mend it', headBranch: 'feature', headRepository: 'acme/web', author: 'acme' };
    expect(await lookup.find('acme/web', number)).toMatchObject(facts);
    expect(await lookup.find('acme/web', number)).toMatchObject(facts);
    expect(statuses()).toEqual([200, 304]);
    control.closePull('acme/web', number);
    await lookup.find('acme/web', number);
    expect(statuses()).toEqual([200, 304, 200]);
  });

  it('is null where there is none, and a reason where nobody may ask', async () => {
    const { lookup } = await looking();
    expect(await lookup.find('acme/web', 99)).toBeNull();
    await expect(lookup.find('acme/api', 1)).rejects.toThrow('No worktree of acme/api has a live credential now.');
  });
});
