import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPassword, originOf, parseRemote } from './remote.ts';
import { git } from './run.ts';

const github = (protocol: string, host = 'github.com') => ({ host, owner: 'octo', name: 'hello', protocol });

describe('the URL of a remote', () => {
  it.each([
    ['https://github.com/octo/hello.git', github('https')],
    ['https://github.com/octo/hello', github('https')],
    ['https://github.com/octo/hello/', github('https')],
    ['https://GitHub.com:443/octo/hello.git', github('https')],
    ['https://me:secret@github.com/octo/hello.git', github('https')],
    ['http://127.0.0.1:8080/octo/hello.git', github('http', '127.0.0.1:8080')],
    ['http://[::1]:8080/octo/hello', github('http', '[::1]:8080')],
    ['ssh://git@github.com/octo/hello.git', github('ssh')],
    ['ssh://git@github.com:22/octo/hello.git', github('ssh')],
    ['ssh://git@ssh.github.com:443/octo/hello.git', github('ssh', 'ssh.github.com:443')],
    ['git@github.com:octo/hello.git', github('ssh')],
    ['git@github.com:/octo/hello', github('ssh')],
    ['org-123@github.com:octo/hello.git', github('ssh')],
    ['github.com:octo/hello.git', github('ssh')],
    ['https://github.com/octo/hello.github.io', { ...github('https'), name: 'hello.github.io' }],
    ['https://github.com/octo/.github', { ...github('https'), name: '.github' }],
    ['https://github.com/octo_corp/hello', { ...github('https'), owner: 'octo_corp' }],
  ])('%s is understood', (url, remote) => {
    expect(parseRemote(url)).toEqual(remote);
  });

  it.each([
    '',
    'hello',
    '/srv/git/octo/hello.git',
    './octo/hello.git',
    'C:\\work\\hello',
    'C:/work/hello',
    'file:///srv/octo/hello.git',
    'git://github.com/octo/hello.git',
    'https://github.com/octo',
    'https://github.com/octo/hello/tree/main',
    'https://github.com/octo/..',
    'https://github.com/octo/hello?x=1',
    'https://github.com//hello',
    'https://github.com/octo/%68ello',
    'https:///octo/hello',
    'git@github.com:octo/hello\nhost=evil',
    'git@github.com:octo',
    'ext::sh -c whoami',
  ])('%j is none that we handle', (url) => {
    expect(parseRemote(url)).toBeNull();
  });

  const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,20}$/);
  const name = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}$/).filter((n) => !n.endsWith('.git'));
  const host = fc.tuple(word, fc.constantFrom('com', 'example.org')).map(([a, b]) => `${a.toLowerCase()}.${b}`);
  const userInfo = fc.constantFrom('', 'git@', 'me@', 'me:hunter2@');

  it('names the same repository in every form that git takes, and keeps no user', () => {
    fc.assert(
      fc.property(host, word, name, userInfo, fc.boolean(), (h, owner, n, user, dotGit) => {
        if (!URL.canParse(`https://${h}/`) || new URL(`https://${h}/`).hostname !== h) return;
        const path = `${owner}/${n}${dotGit ? '.git' : ''}`;
        const forms = [`https://${user}${h}/${path}`, `ssh://${user}${h}/${path}`, `http://${user}${h}:81/${path}`];
        if (!user.includes(':')) forms.push(`${user}${h}:${path}`);
        for (const form of forms) {
          const remote = parseRemote(form);
          expect(remote, form).toMatchObject({ owner, name: n });
          expect(remote?.host.replace(':81', '')).toBe(h);
          expect(JSON.stringify(remote)).not.toContain('hunter2');
        }
      }),
    );
  });

  it('is never answered with anything but a plain owner and name, whatever is read', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string({ unit: 'grapheme' }).map((s) => `git@github.com:${s}`),
        ),
        (text) => {
          const remote = parseRemote(text);
          if (remote === null) return;
          expect(`${remote.owner}/${remote.name}`).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]*\/[A-Za-z0-9_.-]+$/);
          expect(remote.host).toMatch(/^[^\s@/]+$/);
        },
      ),
    );
  });

  it.each([
    ['https://github.com/o/r', false],
    ['https://me@github.com/o/r', false],
    ['https://me:x@github.com/o/r', true],
    ['https://ghp_abc@github.com/o/r', true],
    ['git@github.com:o/r', false],
  ])('%s holds a password: %s', (url, expected) => {
    expect(hasPassword(url)).toBe(expected);
  });
});

describe('the origin of a clone', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'git-remote-'));
    await git(['init', '-q', dir], { cwd: dir });
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('is absent without a remote, without a clone, and without a folder', async () => {
    expect(await originOf(dir)).toBeNull();
    expect(await originOf(tmpdir())).toBeNull();
    expect(await originOf(join(dir, 'gone'))).toBeNull();
  });

  it('is read as git itself would use it', async () => {
    await git(['remote', 'add', 'origin', 'hub:octo/hello'], { cwd: dir });
    await git(['config', 'url.https://github.com/.insteadOf', 'hub:'], { cwd: dir });
    expect(await originOf(dir)).toEqual({ remote: github('https'), hasPassword: false });
    await git(['remote', 'set-url', 'origin', 'https://me:pw@github.com/octo/hello'], { cwd: dir });
    expect(await originOf(dir)).toEqual({ remote: github('https'), hasPassword: true });
  });
});
