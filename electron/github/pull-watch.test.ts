import { describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { Secret } from '../base/secret.ts';
import { GitHubApi } from './api.ts';
import { RepositoryPulls } from './pull-watch.ts';

const never = new AbortController().signal;
const readings = { contents: 'write', pull_requests: 'write', checks: 'read', statuses: 'read' } as const;

async function watching(permissions: Parameters<typeof startWithApp>[0] = readings) {
  const world = await startWithApp(permissions);
  const api = new GitHubApi({ apiUrl: world.github.apiUrl, fetch, now: Date.now });
  const token = Secret.of((await world.mint({ repositories: ['web'] })).token);
  const { control } = world;
  const pulls = new RepositoryPulls(api, 'acme/web');
  const open = async (branch: string) => {
    await control.commit('acme/web', branch, { message: 'Work', files: { [`${branch}.txt`]: 'a' } });
    const { number } = await control.openPull('acme/web', { head: branch });
    const { pulls: all } = await pulls.list(token, never);
    return { number, sha: all.find((pull) => pull.number === number)?.headSha ?? '' };
  };
  const spent = async () => (await world.withToken(token.reveal())('GET /rate_limit')).data.rate.used;
  const statuses = (part: string) => control.calls().flatMap(({ path, status }) => (path.includes(part) ? [status] : []));
  return { ...world, pulls, token, open, spent, statuses };
}

describe('a repository’s pull requests', () => {
  it('come in one request, the one that moved last first, and cost nothing while nothing changes', async () => {
    const { pulls, token, control, open, spent, clock } = await watching();
    const first = await open('one');
    clock.move(2_000);
    const second = await open('two');
    clock.move(2_000);
    await control.mergePull('acme/web', first.number);
    const { pulls: all, whole } = await pulls.list(token, never);
    expect(all).toMatchObject([
      { number: first.number, state: 'merged', headBranch: 'one', headRepository: 'acme/web' },
      { number: second.number, state: 'open' },
    ]);
    expect(whole).toBe(true);
    const before = await spent();
    for (let times = 0; times < 20; times += 1) await pulls.list(token, never);
    expect(await spent()).toBe(before);
    control.closePull('acme/web', second.number);
    expect((await pulls.list(token, never)).pulls.find(({ number }) => number === second.number)?.state).toBe('closed');
    expect(await spent()).toBe(before + 1);
  });

  it('can be opened again, and one that is looked for by number or branch is found', async () => {
    const { pulls, token, control, open } = await watching();
    const { number } = await open('feat/ünïcode&more#1');
    control.closePull('acme/web', number);
    await control.reopenPull('acme/web', number);
    expect(await pulls.find(token, { number }, never)).toMatchObject({ number, state: 'open' });
    expect(await pulls.find(token, { branch: 'feat/ünïcode&more#1' }, never)).toMatchObject({ number });
    expect(await pulls.find(token, { branch: 'other' }, never)).toBeNull();
  });

  it('are forbidden, not missing, where the token does not reach', async () => {
    const { github, token } = await watching();
    const others = new RepositoryPulls(new GitHubApi({ apiUrl: github.apiUrl, fetch, now: Date.now }), 'acme/api');
    await expect(others.list(token, never)).rejects.toMatchObject({ kind: 'forbidden' });
  });
});

describe('the checks of a commit', () => {
  it('are none, then run, then pass, and one that fails decides', async () => {
    const { pulls, token, control, open } = await watching();
    const { number, sha } = await open('one');
    const state = async () => (await pulls.checks(token, sha, never))?.state;
    expect(await state()).toBe('none');
    control.check('acme/web', number, 'test', null);
    expect(await state()).toBe('pending');
    control.check('acme/web', number, 'lint', 'failure');
    expect(await state()).toBe('failing');
    control.check('acme/web', number, 'lint', 'success');
    control.check('acme/web', number, 'test', 'skipped');
    expect(await state()).toBe('passing');
    control.check('acme/web', number, 'old', 'cancelled');
    expect(await state()).toBe('passing');
    control.commitStatus('acme/web', number, 'ci/older', 'pending');
    expect(await state()).toBe('pending');
    control.commitStatus('acme/web', number, 'ci/older', 'error');
    expect(await state()).toBe('failing');
  });

  it('cost nothing while they stay, and do not move the pull request', async () => {
    const { pulls, token, control, open, spent, statuses } = await watching();
    const { number, sha } = await open('one');
    control.check('acme/web', number, 'test', null);
    await pulls.list(token, never);
    await pulls.checks(token, sha, never);
    const before = await spent();
    await pulls.checks(token, sha, never);
    expect(await spent()).toBe(before);
    control.check('acme/web', number, 'test', 'failure');
    await pulls.list(token, never);
    expect(statuses('/pulls').at(-1)).toBe(304);
    expect(await pulls.checks(token, sha, never)).toMatchObject({ state: 'failing', at: expect.any(Number) });
  });

  it('are told as far as the token may read them', async () => {
    const { pulls, token, control, open } = await watching({ contents: 'write', pull_requests: 'write', statuses: 'read' });
    const { number, sha } = await open('one');
    control.check('acme/web', number, 'test', 'failure');
    control.commitStatus('acme/web', number, 'ci', 'success');
    expect(await pulls.checks(token, sha, never)).toMatchObject({ state: 'passing' });
    const blind = await watching({ contents: 'write', pull_requests: 'write' });
    const other = await blind.open('one');
    expect(await blind.pulls.checks(blind.token, other.sha, never)).toBeNull();
  });
});

describe('the reviews of a pull request', () => {
  it('are each person’s last word; a comment takes nothing back, a dismissal does', async () => {
    const { pulls, token, control, open } = await watching();
    const { number } = await open('one');
    const once = async (login: string, state: Parameters<typeof control.review>[3]) => {
      control.review('acme/web', number, login, state);
      return (await pulls.verdict(token, number, never)).state;
    };
    expect((await pulls.verdict(token, number, never)).state).toBe('none');
    expect(await once('ada', 'COMMENTED')).toBe('none');
    expect(await once('ada', 'APPROVED')).toBe('approved');
    expect(await once('bob', 'CHANGES_REQUESTED')).toBe('changes-requested');
    expect(await once('bob', 'COMMENTED')).toBe('changes-requested');
    const { id } = await pulls.verdict(token, number, never);
    expect(await once('bob', 'CHANGES_REQUESTED')).toBe('changes-requested');
    expect((await pulls.verdict(token, number, never)).id).not.toBe(id);
    expect(await once('bob', 'APPROVED')).toBe('approved');
    expect(await once('ada', 'CHANGES_REQUESTED')).toBe('changes-requested');
    expect(await once('ada', 'DISMISSED')).toBe('approved');
  });

  it('are all read where there are more than a hundred', async () => {
    const { pulls, token, control, open } = await watching();
    const { number } = await open('one');
    for (let times = 0; times < 100; times += 1) control.review('acme/web', number, 'ada', 'COMMENTED');
    control.review('acme/web', number, 'bob', 'CHANGES_REQUESTED');
    expect((await pulls.verdict(token, number, never)).state).toBe('changes-requested');
  });
});
