import { describe, expect, it } from 'vitest';
import { runGitAs, startWithApp, temporaryDir } from './fixture.ts';

const hour = 3_600_000;

async function started() {
  const world = await startWithApp();
  const { control, clock } = world;
  control.addCollaborator('acme/web', 'acme-robot');
  control.addCollaborator('acme/api', 'acme-robot');
  const token = control.createFineGrainedToken('acme-robot', {
    repositories: ['acme/web'],
    permissions: { contents: 'write' },
    expiresAt: clock.now() + hour,
  });
  return { ...world, token, as: world.withToken(token) };
}

describe('a fine-grained token', () => {
  it('reaches its repositories alone, and each answer says when it ends', async () => {
    const { as, token, control } = await started();
    expect(token).toMatch(/^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/);
    const web = await as('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'web' });
    expect(web.data.permissions).toMatchObject({ push: true, admin: false });
    expect(web.headers['github-authentication-token-expiration']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    await expect(as('GET /repos/{owner}/{repo}', { owner: 'acme', repo: 'api' })).rejects.toMatchObject({ status: 404 });
    expect((await as('GET /user')).data).toMatchObject({ login: 'acme-robot' });
    expect(control.liveTokens()).toMatchObject([{ kind: 'fine-grained', login: 'acme-robot', repositories: ['acme/web'] }]);
  });

  it('may do what it was made for and no more', async () => {
    const { as, token, web, api } = await started();
    const pulls = { owner: 'acme', repo: 'web', title: 't', head: 'main', base: 'main' };
    await expect(as('POST /repos/{owner}/{repo}/pulls', pulls)).rejects.toMatchObject({ status: 403 });
    const dir = await temporaryDir();
    expect(await runGitAs(dir, token, ['clone', '--quiet', web.url, 'web'])).toMatchObject({ code: 0 });
    expect((await runGitAs(dir, token, ['clone', '--quiet', api.url, 'api'])).code).not.toBe(0);
  });

  it('ends at its time, or when anybody who has it says so', async () => {
    const { as, token, clock, control, request } = await started();
    const endless = control.createFineGrainedToken('acme-robot', {
      repositories: ['acme/web'],
      permissions: { contents: 'read' },
      expiresAt: null,
    });
    clock.move(hour);
    await expect(as('GET /user')).rejects.toMatchObject({ status: 401 });
    await request('POST /credentials/revoke', { credentials: [token, endless] });
    expect(control.liveTokens()).toEqual([]);
  });
});
