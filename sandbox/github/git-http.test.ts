import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runGitAs, startWithApp, temporaryDir } from './fixture.ts';
import { tokenHash } from './format.ts';
import { git } from './git.ts';

async function cloneOfWeb(permissions?: Record<string, string>) {
  const started = await startWithApp();
  const { token } = await started.mint({ repositories: ['web'], ...(permissions === undefined ? {} : { permissions }) });
  const parent = await temporaryDir();
  const cloned = await runGitAs(parent, token, ['clone', '--quiet', started.web.url, 'work']);
  const work = join(parent, 'work');
  const commit = async (name: string, text = name) => {
    await writeFile(join(work, name), text);
    await git(work, ['add', name]);
    await git(work, [
      '-c',
      'user.name=jean-ravi[bot] (wt)',
      '-c',
      'user.email=9+jean-ravi[bot]@x',
      'commit',
      '-qm',
      `Add ${name}\n\nWorktree: wt`,
    ]);
    return git(work, ['rev-parse', 'HEAD']);
  };
  return { ...started, token, parent, work, cloned, commit };
}

describe('git with a token', () => {
  it.each(['classic', 'stateless'] as const)(
    'of the %s shape clones, pushes and fetches, and every push is recorded',
    async (format) => {
      const { control, mint, web, clock } = await startWithApp();
      control.setTokenFormat(format);
      const { token } = await mint({ repositories: ['web'], permissions: { contents: 'write' } });
      const parent = await temporaryDir();
      expect(await runGitAs(parent, token, ['clone', '--quiet', web.url, 'work'])).toMatchObject({ code: 0 });
      const work = join(parent, 'work');
      const before = await git(work, ['rev-parse', 'HEAD']);
      await runGitAs(work, token, ['commit', '--quiet', '--allow-empty', '-m', 'One\n\nAgent-Session: s1']);
      await runGitAs(work, token, ['commit', '--quiet', '--allow-empty', '-m', 'Two']);
      const after = await git(work, ['rev-parse', 'HEAD']);
      expect(await runGitAs(work, token, ['push', '--quiet', 'origin', 'HEAD:main', 'HEAD:refs/heads/topic'])).toMatchObject({
        code: 0,
      });

      const by = { repo: 'acme/web', after, login: 'jean-ravi[bot]', tokenHash: tokenHash(token) };
      const wt = { name: 'Wt', email: 'wt@example.com' };
      const commits = [
        { message: 'One\n\nAgent-Session: s1', author: wt, committer: wt },
        { sha: after, message: 'Two', author: wt, committer: wt },
      ];
      expect(control.pushes()).toMatchObject([
        { ...by, ref: 'refs/heads/main', before, commits },
        { ...by, ref: 'refs/heads/topic', before: '0'.repeat(40), commits },
      ]);
      expect(control.pushes()[0]?.at).toBeLessThanOrEqual(clock.now());
      await control.commit('acme/web', 'main', { message: 'From elsewhere', files: { 'b.txt': 'b' } });
      expect(await runGitAs(work, token, ['pull', '--quiet', '--ff-only', 'origin', 'main'])).toMatchObject({ code: 0 });
      expect(await git(work, ['show', 'HEAD:b.txt'])).toBe('b');
      expect(control.pushes()).toHaveLength(2);
    },
  );

  it('pushes what is too big for one piece', async () => {
    const { token, work, commit, control } = await cloneOfWeb();
    const noise = Array.from({ length: 400_000 }, () => Math.random().toString(36).slice(2, 10)).join('');
    await commit('noise.txt', noise);
    expect(await runGitAs(work, token, ['push', '--quiet', 'origin', 'HEAD:big'])).toMatchObject({ code: 0 });
    expect(control.pushes()).toMatchObject([{ ref: 'refs/heads/big', commits: [{ message: 'Add noise.txt\n\nWorktree: wt' }] }]);
  });

  it('fails with 401 once the token is dead, by revocation and by time', async () => {
    const { token, work, commit, withToken, mint, clock, control } = await cloneOfWeb();
    await commit('a.txt');
    await withToken(token)('DELETE /installation/token');
    const refused = await runGitAs(work, token, ['push', 'origin', 'HEAD:topic']);
    expect(refused.code).toBe(128);
    expect(refused.output).toContain('Authentication failed');
    const next = await mint({ repositories: ['web'] });
    clock.move(3_600_000);
    expect((await runGitAs(work, next.token, ['fetch', 'origin'])).output).toContain('Authentication failed');
    expect(control.pushes()).toEqual([]);
  });

  it('fails under any other name than x-access-token, and with no credential at all', async () => {
    const { token, work, web } = await cloneOfWeb();
    expect((await runGitAs(work, token, ['ls-remote', 'origin'], 'octo-dev')).output).toContain('Authentication failed');
    expect(await runGitAs(work, token, ['ls-remote', 'origin'])).toMatchObject({ code: 0 });
    const bare = await fetch(`${web.url}/info/refs?service=git-upload-pack`);
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="GitHub"']);
  });

  it('is told that a repository is not there when the token does not reach it', async () => {
    const { token, parent, api, github } = await cloneOfWeb();
    for (const url of [api.url, `${github.webUrl}/acme/nothing.git`]) {
      const refused = await runGitAs(parent, token, ['ls-remote', url]);
      expect(refused.code).toBe(128);
      expect(refused.output).toContain('not found');
    }
  });

  it('may not push with a right to read only', async () => {
    const { token, work, commit, cloned, control } = await cloneOfWeb({ contents: 'read' });
    expect(cloned).toMatchObject({ code: 0 });
    await commit('a.txt');
    const refused = await runGitAs(work, token, ['push', 'origin', 'HEAD:topic']);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/Write access to repository not granted|403/);
    expect(control.pushes()).toEqual([]);
  });

  it('may not push a change of workflows without the permission for it', async () => {
    const { token, work, mint, control, installation, app } = await cloneOfWeb();
    const workflow = join(work, '.github', 'workflows');
    await mkdir(workflow, { recursive: true });
    await writeFile(join(workflow, 'ci.yml'), 'on: push');
    await git(work, ['add', '.']);
    await git(work, ['-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-qm', 'CI']);
    const refused = await runGitAs(work, token, ['push', 'origin', 'HEAD:topic']);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('workflow `.github/workflows/ci.yml` without `workflows` permission');
    expect(control.pushes()).toEqual([]);
    const permissions = { contents: 'write', workflows: 'write' } as const;
    expect(control.installApp(app.id, 'acme', { repositories: 'all', permissions })).toEqual(installation);
    const allowed = await mint({ permissions });
    expect(await runGitAs(work, allowed.token, ['push', 'origin', 'HEAD:topic'])).toMatchObject({ code: 0 });
    expect(await runGitAs(work, token, ['push', 'origin', ':topic'])).toMatchObject({ code: 0 });
  });

  it('records a push of a developer with their own token as theirs', async () => {
    const { work, commit, control } = await cloneOfWeb();
    const personal = control.createPersonalToken('octo-dev');
    await commit('a.txt');
    expect((await runGitAs(work, personal, ['push', 'origin', 'HEAD:topic'], 'octo-dev')).output).toContain('not found');
    control.addCollaborator('acme/web', 'octo-dev');
    expect(await runGitAs(work, personal, ['push', 'origin', 'HEAD:topic'], 'octo-dev')).toMatchObject({ code: 0 });
    expect(control.pushes()).toMatchObject([{ login: 'octo-dev', tokenHash: tokenHash(personal) }]);
  });
});

describe('a pull request', () => {
  it('follows pushes to its branch, is merged for real, and its list answers 304 for free', async () => {
    const { token, work, commit, withToken, control } = await cloneOfWeb();
    const as = withToken(token);
    const repo = { owner: 'acme', repo: 'web' };
    await commit('a.txt');
    await runGitAs(work, token, ['push', 'origin', 'HEAD:topic']);
    const opened = await as('POST /repos/{owner}/{repo}/pulls', { ...repo, head: 'topic', base: 'main', title: 'Topic' });
    expect(opened.data).toMatchObject({
      number: 1,
      state: 'open',
      merged: false,
      user: { login: 'jean-ravi[bot]', type: 'Bot' },
    });

    const head = await commit('b.txt');
    await runGitAs(work, token, ['push', 'origin', 'HEAD:topic']);
    const listed = await as('GET /repos/{owner}/{repo}/pulls', { ...repo, head: 'acme:topic', state: 'all' });
    expect(listed.data).toMatchObject([{ number: 1, head: { ref: 'topic', sha: head }, merged_at: null }]);
    const again = as('GET /repos/{owner}/{repo}/pulls', {
      ...repo,
      head: 'acme:topic',
      state: 'all',
      headers: { 'if-none-match': listed.headers.etag ?? '' },
    });
    const remaining = listed.headers['x-ratelimit-remaining'];
    await expect(again).rejects.toMatchObject({ status: 304, response: { headers: { 'x-ratelimit-remaining': remaining } } });

    const merged = await as('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { ...repo, pull_number: 1 });
    expect(merged.data).toMatchObject({ merged: true, message: 'Pull Request successfully merged' });
    const after = await as('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...repo, pull_number: 1 });
    expect(after.data).toMatchObject({ state: 'closed', merged: true, merge_commit_sha: merged.data.sha });
    await runGitAs(work, token, ['fetch', '--quiet', 'origin']);
    expect(await git(work, ['show', 'origin/main:b.txt'])).toBe('b.txt');
    expect((await as('GET /repos/{owner}/{repo}/pulls', repo)).data).toEqual([]);
    await expect(as('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { ...repo, pull_number: 1 })).rejects.toMatchObject({
      status: 405,
    });
    expect(control.pushes()).toHaveLength(2);
  });

  it('is opened, merged and closed by the control too', async () => {
    const { control, asApp, mint, withToken } = await startWithApp();
    await asApp('GET /app');
    for (const branch of ['one', 'two'])
      await control.commit('acme/web', branch, { message: branch, files: { [branch]: branch } });
    expect(await control.openPull('acme/web', { head: 'one', title: 'One' })).toEqual({ number: 1 });
    expect(await control.openPull('acme/web', { head: 'two' })).toEqual({ number: 2 });
    await control.mergePull('acme/web', 1);
    control.closePull('acme/web', 2);
    const as = withToken((await mint()).token);
    const all = await as('GET /repos/{owner}/{repo}/pulls', { owner: 'acme', repo: 'web', state: 'closed' });
    expect(all.data).toMatchObject([
      { number: 2, title: 'two', merged_at: null },
      { number: 1, title: 'One', merged_at: expect.any(String) },
    ]);
  });

  it('closes when its branch is deleted, and is refused when there is nothing in it or it is there already', async () => {
    const { token, work, commit, withToken, control } = await cloneOfWeb();
    const open = (head: string) =>
      withToken(token)('POST /repos/{owner}/{repo}/pulls', { owner: 'acme', repo: 'web', head, base: 'main', title: head });
    await runGitAs(work, token, ['push', 'origin', 'HEAD:empty']);
    await expect(open('empty')).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('No commits between main and empty'),
    });
    await expect(open('nowhere')).rejects.toMatchObject({ status: 422, message: expect.stringContaining('"field":"head"') });
    await commit('a.txt');
    await runGitAs(work, token, ['push', 'origin', 'HEAD:topic']);
    await open('topic');
    await expect(open('topic')).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('already exists for acme:topic'),
    });
    await runGitAs(work, token, ['push', 'origin', ':topic']);
    const closed = await withToken(token)('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      owner: 'acme',
      repo: 'web',
      pull_number: 1,
    });
    expect(closed.data).toMatchObject({ state: 'closed', merged: false });
    expect(control.pushes().at(-1)).toMatchObject({ ref: 'refs/heads/topic', after: '0'.repeat(40), commits: [] });
  });

  it('can be merged only with a right to write contents, and not when it conflicts', async () => {
    const { control, mint, withToken } = await startWithApp();
    await control.commit('acme/web', 'topic', { message: 'topic', files: { 'README.md': 'topic' } });
    await control.commit('acme/web', 'main', { message: 'main', files: { 'README.md': 'main' } });
    await control.openPull('acme/web', { head: 'topic' });
    const merge = async (permissions: Record<string, string>) =>
      withToken((await mint({ permissions })).token)('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
        owner: 'acme',
        repo: 'web',
        pull_number: 1,
      });
    await expect(merge({ pull_requests: 'write' })).rejects.toMatchObject({
      status: 403,
      response: { headers: { 'x-accepted-github-permissions': 'contents=write' } },
    });
    await expect(merge({ contents: 'write' })).rejects.toMatchObject({ status: 405 });
  });
});
