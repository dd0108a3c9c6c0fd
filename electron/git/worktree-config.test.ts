import { readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigFile } from './config-file.ts';
import { startMachine } from './fixture.ts';
import { git, runGit } from './run.ts';
import { WorktreeConfig } from './worktree-config.ts';
import { PlanError, settingsOf } from './worktree-settings.ts';

const bytes = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

async function managed(origin = 'https://github.com/acme/web.git') {
  const machine = await startMachine(origin);
  const common = join(machine.repository, '.git', 'config');
  const own = join(machine.repository, '.git', 'worktrees', 'wt', 'config.worktree');
  const before = { common: await bytes(common), own: await bytes(own) };
  return { ...machine, common, own, before, config: new WorktreeConfig({ home: machine.home }) };
}

describe('a managed worktree', () => {
  it('commits as its own identity, while the project goes on as its person', async () => {
    const { config, worktree, repository, plan, agent } = await managed();
    await agent(['config', '--global', 'user.name', 'Person']);
    await agent(['config', '--global', 'user.email', 'person@example.com']);
    expect(await config.install(worktree, plan)).toEqual({ ok: true, changed: true, bypasses: [] });
    for (const [cwd, name] of [
      [worktree, 'jean-ravi[bot] (feature) <7+jean-ravi[bot]@users.noreply.github.com>'],
      [repository, 'Person <person@example.com>'],
    ] as const) {
      await agent(['commit', '-q', '--allow-empty', '-m', 'Work'], cwd);
      expect((await agent(['log', '-1', '--format=%an <%ae>'], cwd)).stdout.trim()).toBe(name);
    }
  });

  it('is installed once: a second time changes nothing, another plan replaces the first', async () => {
    const { config, worktree, plan, own, before, common } = await managed();
    await config.install(worktree, plan);
    const first = await bytes(own);
    expect(await config.install(worktree, plan)).toMatchObject({ changed: false });
    expect(await bytes(own)).toBe(first);
    expect(
      await config.install(worktree, { ...plan, socketPath: `${plan.socketPath}2`, webUrl: 'http://127.0.0.1:8080' }),
    ).toMatchObject({
      changed: true,
    });
    expect(await bytes(own)).not.toContain("wt-1.sock'");
    expect(await bytes(own)).not.toContain('credential "https://github.com"');
    await config.remove(worktree);
    expect([await bytes(common), await bytes(own)]).toEqual([before.common, before.own]);
  });

  it('leaves the config byte for byte as it was', async () => {
    const { config, worktree, plan, common, own, before } = await managed();
    await config.install(worktree, plan);
    expect(await bytes(common)).not.toBe(before.common);
    expect(await config.remove(worktree)).toBe('removed');
    expect(await bytes(common)).toBe(before.common);
    expect(await bytes(own)).toBeNull();
    expect(await config.remove(worktree)).toBe('absent');
  });

  it('keeps what the person had in the worktree’s config, in their order, duplicates too', async () => {
    const { config, worktree, plan, own, common, agent } = await managed();
    await agent(['config', 'extensions.worktreeConfig', 'true']);
    for (const [key, value] of [
      ['user.email', 'person@work.example'],
      ['credential.https://github.com.helper', ''],
      ['credential.https://github.com.helper', 'store'],
      ['core.sparseCheckout', 'true'],
    ] as const) {
      await agent(['config', '--worktree', '--add', key, value]);
    }
    const theirs = await agent(['config', '--worktree', '--list']);
    const shared = await bytes(common);
    await config.install(worktree, plan);
    expect((await agent(['config', 'user.email'])).stdout).toContain('jean-ravi[bot]');
    await config.remove(worktree);
    expect((await agent(['config', '--worktree', '--list'])).stdout).toBe(theirs.stdout);
    // It was the person who switched per-worktree config on.
    expect(await bytes(common)).toBe(shared);
    expect(await bytes(own)).toContain('person@work.example');
  });

  it('shares the switch with its siblings: the last one to go turns it off', async () => {
    const { config, worktree, repository, plan, common, before, dir } = await managed();
    const second = join(dir, 'wt2');
    await git(['worktree', 'add', '-q', second, '-b', 'other'], { cwd: repository });
    const both = [config.install(worktree, plan), config.install(second, { ...plan, worktreeId: 'wt-2' })];
    expect(await Promise.all(both)).toMatchObject([{ ok: true }, { ok: true }]);
    await config.remove(worktree);
    expect(await config.inspect(second)).toMatchObject({ state: 'installed', worktreeId: 'wt-2' });
    await config.remove(second);
    expect(await bytes(common)).toBe(before.common);
  });

  it('leaves the switch on for a sibling that has begun to use it', async () => {
    const { config, worktree, repository, plan, dir } = await managed();
    const second = join(dir, 'wt2');
    await git(['worktree', 'add', '-q', second, '-b', 'other'], { cwd: repository });
    await config.install(worktree, plan);
    await git(['config', '--worktree', 'user.name', 'Sibling'], { cwd: second });
    await config.remove(worktree);
    expect(await git(['config', 'user.name'], { cwd: second })).toBe('Sibling');
  });

  it('is refused where the config is shared, missing, or none of a worktree', async () => {
    const { config, repository, worktree, plan, dir, common, before } = await managed();
    expect(await config.install(repository, plan)).toMatchObject({ ok: false, why: 'main-worktree' });
    expect(await config.install(join(dir, 'gone'), plan)).toMatchObject({ ok: false, why: 'missing' });
    expect(await config.install(join(dir, 'home'), plan)).toMatchObject({ ok: false, why: 'not-a-worktree' });
    await writeFile(join(worktree, 'file'), '');
    expect(await config.install(join(worktree, 'file'), plan)).toMatchObject({ ok: false, why: 'missing' });
    expect(await bytes(common)).toBe(before.common);
  });

  it('is found through a link to it', async () => {
    const { config, worktree, plan, dir } = await managed();
    await symlink(worktree, join(dir, 'link'));
    expect(await config.install(join(dir, 'link'), plan)).toMatchObject({ ok: true });
    expect(await config.inspect(worktree)).toMatchObject({ state: 'installed' });
  });

  it('works beside a bare repository, which stays bare, and gets its config back', async () => {
    const { config, repository, plan, dir } = await managed();
    const bare = join(dir, 'bare.git');
    const worktree = join(dir, 'bare-wt');
    await git(['clone', '-q', '--bare', repository, bare], { cwd: dir });
    await git(['worktree', 'add', '-q', worktree, '-b', 'b1'], { cwd: bare });
    const listed = (await git(['config', '--file', join(bare, 'config'), '--list'], { cwd: bare })).split('\n').sort();
    await config.install(worktree, plan);
    expect(await git(['status', '--porcelain'], { cwd: worktree })).toBe('');
    expect(await git(['rev-parse', '--is-bare-repository'], { cwd: bare })).toBe('true');
    await config.remove(worktree);
    expect(await git(['rev-parse', '--is-bare-repository'], { cwd: bare })).toBe('true');
    expect((await git(['config', '--file', join(bare, 'config'), '--list'], { cwd: bare })).split('\n').sort()).toEqual(listed);
    expect(await bytes(join(bare, 'config.worktree'))).toBeNull();
  });

  it('can be gone before it is released, by git or by a plain delete', async () => {
    const { config, worktree, repository, plan, common, before, own } = await managed();
    await config.install(worktree, plan);
    await rm(worktree, { recursive: true });
    expect(await config.remove(worktree)).toBe('absent');
    expect(await config.remove(worktree, repository)).toBe('removed');
    expect([await bytes(common), await bytes(own)]).toEqual([before.common, null]);
    await git(['worktree', 'prune'], { cwd: repository });
    await git(['worktree', 'add', '-q', worktree, 'feature'], { cwd: repository });
    await config.install(worktree, plan);
    await git(['worktree', 'remove', worktree], { cwd: repository });
    expect(await config.remove(worktree, repository)).toBe('absent');
    expect(await bytes(common)).toBe(before.common);
    expect(await config.remove(worktree, join(repository, 'gone'))).toBe('absent');
  });

  it('is left alone by the late end of another one that had the same folder', async () => {
    const { config, worktree, repository, plan } = await managed();
    await config.install(worktree, plan);
    await config.install(worktree, { ...plan, worktreeId: 'wt-2', socketPath: `${plan.socketPath}2` });
    expect(await config.remove(worktree, repository, 'wt-1')).toBe('absent');
    expect(await config.inspect(worktree)).toMatchObject({ state: 'installed', worktreeId: 'wt-2' });
    expect(await config.remove(worktree, repository, 'wt-2')).toBe('removed');
  });

  it('is finished when a crash left it half done', async () => {
    const { config, worktree, plan, own, common, before } = await managed();
    await config.install(worktree, plan);
    const whole = await bytes(own);
    const file = new ConfigFile(own);
    await file.unset('credential.https://github.com.helper');
    expect(await config.inspect(worktree)).toMatchObject({ state: 'altered' });
    expect(await config.install(worktree, plan)).toMatchObject({ changed: true });
    expect(await config.inspect(worktree)).toMatchObject({ state: 'installed' });
    expect((await bytes(own))?.length).toBe(whole?.length);
    await new ConfigFile(common).unset('extensions.worktreeConfig');
    expect(await config.inspect(worktree)).toMatchObject({ state: 'altered' });
    await config.remove(worktree);
    expect([await bytes(common), await bytes(own)]).toEqual([before.common, null]);
  });

  it('notices when somebody puts a helper of their own after ours', async () => {
    const { config, worktree, plan, agent } = await managed();
    expect(await config.inspect(worktree)).toEqual({ state: 'absent' });
    await config.install(worktree, plan);
    await agent(['config', '--worktree', '--add', 'credential.https://github.com.helper', 'store']);
    expect(await config.inspect(worktree)).toMatchObject({ state: 'altered', worktreeId: 'wt-1' });
    await config.install(worktree, plan);
    const helpers = await agent(['config', '--get-all', 'credential.https://github.com.helper']);
    expect(helpers.stdout.split('\n').slice(0, 2)).toEqual(['store', '']);
  });

  it('waits while another git holds the lock', async () => {
    const { config, worktree, plan, common } = await managed();
    await writeFile(`${common}.lock`, '');
    setTimeout(() => void rm(`${common}.lock`), 120);
    expect(await config.install(worktree, plan)).toMatchObject({ ok: true });
  });

  it('says which ways past the companion remain, and never a value', async () => {
    const { config, worktree, plan, agent } = await managed();
    await agent(['remote', 'add', 'backup', 'git@backup.example.com:acme/web.git']);
    await agent(['remote', 'add', 'leaky', 'https://me:sesame@github.com/acme/web.git']);
    await agent(['config', 'http.https://github.com/.extraHeader', 'Authorization: basic sesame']);
    const installed = await config.install(worktree, plan);
    expect(installed).toMatchObject({
      bypasses: [
        { kind: 'ssh-remote', name: 'backup' },
        { kind: 'password-in-url', name: 'leaky' },
        { kind: 'extra-header', name: 'http.https://github.com/.extraheader' },
      ],
    });
    expect(JSON.stringify([installed, await config.inspect(worktree)])).not.toContain('sesame');
  });

  it.each([
    ['https://github.com/acme/web', 'human.example'],
    ['git@github.com:acme/web.git', 'human.example'],
    ['ssh://git@github.com/acme/web.git', 'human.example'],
    ['ssh://git@github.com:22/acme/web', 'github.com:22'],
    ['ssh://git@ssh.github.com:443/acme/web.git', 'ssh.github.com'],
    ['org-12@github.com:acme/web.git', 'org-12@'],
    ['git@GitHub.com:Acme/Web.git', 'GitHub.com'],
    ['https://alice@github.com/acme/web.git', 'alice@'],
  ])(
    'reaches its repository over https when the remote is %s, whatever the person’s own rules make of it',
    async (url, before) => {
      const { config, worktree, repository, plan, agent } = await managed(url);
      for (const rule of ['insteadOf', 'pushInsteadOf']) {
        for (const prefix of ['https://github.com/', 'https://github.com/acme/', 'git@github.com:', 'ssh://git@github.com/']) {
          await agent(['config', '--global', '--add', `url.git@human.example:.${rule}`, prefix]);
        }
      }
      expect((await agent(['remote', 'get-url', '--push', 'origin'])).stdout).toContain(before);
      expect(await config.install(worktree, plan)).toMatchObject({ bypasses: [] });
      for (const which of [[], ['--push']]) {
        expect((await agent(['remote', 'get-url', ...which, 'origin'])).stdout).toMatch(
          /^https:\/\/github\.com\/acme\/web(\.git)?\n$/,
        );
      }
      expect((await agent(['remote', 'get-url', 'origin'], repository)).stdout).not.toMatch(/^https:\/\/github\.com/);
    },
  );
});

describe('the repository’s own work tree', () => {
  it('is refused, but where the person asked for it', async () => {
    const { config, repository, plan, common, before } = await managed();
    expect(await config.install(repository, plan)).toMatchObject({ ok: false, why: 'main-worktree' });
    expect(await bytes(common)).toBe(before.common);
    expect(await config.install(repository, plan, { evenMain: true })).toMatchObject({ ok: true, changed: true });
    expect(await config.inspect(repository)).toMatchObject({ state: 'installed', worktreeId: 'wt-1' });
  });

  it('then commits as its own identity, and a linked worktree goes on as it did', async () => {
    const { config, worktree, repository, plan, agent } = await managed();
    await agent(['config', '--global', 'user.name', 'Person']);
    await agent(['config', '--global', 'user.email', 'person@example.com']);
    await config.install(repository, plan, { evenMain: true });
    const name = async (cwd: string) => (await agent(['config', 'user.name'], cwd)).stdout.trim();
    expect([await name(repository), await name(worktree)]).toEqual(['jean-ravi[bot] (feature)', 'Person']);
    await config.install(worktree, { ...plan, worktreeId: 'wt-2', author: { ...plan.author, name: 'other' } });
    expect([await name(repository), await name(worktree)]).toEqual(['jean-ravi[bot] (feature)', 'other']);
  });

  it.each(['the linked one', 'the own one'])('has its config back byte for byte when %s is released last', async (last) => {
    const { config, worktree, repository, plan, common, own, before } = await managed();
    const mainOwn = join(repository, '.git', 'config.worktree');
    await config.install(repository, plan, { evenMain: true });
    await config.install(worktree, { ...plan, worktreeId: 'wt-2' });
    const paths = last === 'the linked one' ? [repository, worktree] : [worktree, repository];
    for (const path of paths) await config.remove(path, repository, path === repository ? 'wt-1' : 'wt-2');
    expect([await bytes(common), await bytes(own), await bytes(mainOwn)]).toEqual([before.common, before.own, null]);
  });

  it('keeps what the person has in its own config.worktree, also where that was there before', async () => {
    const { config, repository, plan, agent, common } = await managed();
    await agent(['config', 'extensions.worktreeConfig', 'true'], repository);
    await agent(['config', '--worktree', 'user.name', 'Dana'], repository);
    const mainOwn = join(repository, '.git', 'config.worktree');
    const before = [await bytes(common), await bytes(mainOwn)];
    await config.install(repository, plan, { evenMain: true });
    expect(await config.remove(repository, repository, 'wt-1')).toBe('removed');
    expect([await bytes(common), await bytes(mainOwn)]).toEqual(before);
  });
});

describe('a plan', () => {
  it.each([
    ['a line break', { author: { name: 'a\nb', email: 'x@y' } }],
    ['an empty mail', { author: { name: 'a', email: '' } }],
    ['a path in the server', { webUrl: 'https://github.com/x' }],
    ['plain http to the outside', { webUrl: 'http://github.com' }],
    ['an odd repository', { repository: 'acme/web/../x' }],
    ['an odd host', { sshHost: 'github.com:evil' }],
  ])('with %s never reaches the config', async (_what, change) => {
    const { config, worktree, plan, common, before } = await managed();
    await expect(config.install(worktree, { ...plan, ...change })).rejects.toThrow(PlanError);
    expect((await bytes(common))?.includes('jeanravi')).toBe(before.common?.includes('jeanravi'));
  });

  it('quotes what the shell would read', async () => {
    const { plan, dir } = await managed();
    const odd = join(dir, "it's $(touch pwned)", 'x');
    const helpers = settingsOf({ ...plan, socketPath: odd, reasonPath: odd }, { remoteUrls: [], netrc: false });
    for (const [key, value] of helpers) {
      if (!key.endsWith('.helper') || value === '') continue;
      const words = value.startsWith('!') ? value.slice(1) : `printf '%s ' ${value}`;
      await runGit(['-c', `alias.x=!${words.replaceAll('git config', 'true')}`, 'x', 'get'], { cwd: dir });
    }
    await expect(stat(join(dir, 'pwned'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
