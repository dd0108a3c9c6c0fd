import { realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { afterTest, temporaryDir } from '../../git/fixture.ts';
import { Problem } from '../protocol.ts';
import { type CommandHandlers, type CommandStreams, listenForCommands } from '../server.ts';
import { shells, topics } from './arguments.ts';
import { type ProgramOptions, runProgram } from './program.ts';

const worktree = { id: 'w1', project: 'shop', name: 'pay', branch: 'feature/pay', path: '/trees/pay' };
const credential = {
  state: 'active' as const,
  repository: 'acme/shop',
  fingerprint: null,
  expiresAt: 42 * 60_000,
  lastUsedAt: null,
  reason: null,
};

const outside = {
  about: 'branch' as const,
  name: 'main',
  title: null,
  repository: 'acme/shop',
  author: null,
  verdict: 'outside' as const,
  sentence: 'Made outside of any managed worktree.',
  origins: [],
};

async function companion(
  over: Partial<CommandHandlers> = {},
  streams: CommandStreams = { 'audit.follow': async function* () {} },
) {
  const dir = await temporaryDir();
  const socket = join(dir, 's', 'app.sock');
  const handlers: CommandHandlers = {
    status: () => ({
      version: '0.1.0',
      mode: 'live',
      services: [{ name: 'GitHub', health: 'ok', message: '' }],
      worktrees: 2,
      credentials: { active: 1 },
      sessions: {},
    }),
    list: () => ({
      worktrees: [
        { ...worktree, base: false, credential, sessions: [{ id: 's', name: 'evil \u001b[2J', status: 'idle' }] },
        { ...worktree, name: 'main', base: true, credential: null, sessions: [] },
      ],
    }),
    environment: () => ({ worktree, variables: { GH_TOKEN: 'ghs_pay' }, git: [['a.b', 'c']] }),
    rotate: () => ({ worktree, credential }),
    revoke: () => ({ worktree, credential }),
    release: () => ({ worktree, credential }),
    'release.all': () => ({ released: 2, left: [] }),
    who: ({ query }) => (query === 'main' ? outside : null),
    'audit.tail': () => ({ entries: [] }),
    'audit.verify': () => ({ ok: false, count: 2, message: 'Entry 3 was changed after it was written.' }),
    'audit.export': ({ path }) => ({ path, count: 7 }),
    ...over,
  };
  const server = await listenForCommands({ path: socket, handlers, streams, onError: () => undefined });
  afterTest(() => server.close());
  return { dir, socket };
}

async function run(
  at: { readonly dir: string; readonly socket: string; readonly run?: ProgramOptions['run'] },
  ...argv: string[]
) {
  let [out, err] = ['', ''];
  const status = await runProgram({
    argv,
    env: {},
    cwd: at.dir,
    socket: at.socket,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    now: () => 0,
    untilStopped: () => new AbortController().signal,
    run: at.run,
  });
  return { status, out, err };
}

describe('jean-ravi', () => {
  it('shows what is connected, and every worktree', async () => {
    const app = await companion();
    expect((await run(app, 'status')).out).toBe(
      'Jean Ravi Companion 0.1.0\n\nGitHub  ok\n\nWorktrees    2\nCredentials  1 active\nSessions     none\n',
    );
    const { out } = await run(app, 'list');
    expect(out).toContain('shop/pay   feature/pay  active, 42 min left');
    expect(out).toContain('shop/main  feature/pay  the project’s own');
    expect(out).not.toContain('\u001b');
    expect((await run(app, 'list', '--names')).out).toBe('pay\nmain\n');
  });

  it('prints exports, and warns on the side that they can’t be rotated', async () => {
    const { status, out, err } = await run(await companion(), 'env', 'pay');
    expect({ status, out }).toEqual({
      status: 0,
      out: "export GH_TOKEN='ghs_pay'\nexport GIT_CONFIG_KEY_0='a.b'\nexport GIT_CONFIG_VALUE_0='c'\nexport GIT_CONFIG_COUNT='1'\n",
    });
    expect(err).toContain('can’t be rotated');
    expect(err).not.toContain('ghs_pay');
  });

  it('runs exec’s command by itself on Windows, where no wrapper can, and prints an environment for PowerShell', async () => {
    const ran: unknown[] = [];
    const app = await companion();
    const windows = {
      ...app,
      run: async (command: readonly string[], env: NodeJS.ProcessEnv) => {
        ran.push(command, env);
        return 7;
      },
    };
    expect(await run(windows, 'exec', 'pay', '--', 'git', 'push', '--force')).toEqual({ status: 7, out: '', err: '' });
    const git = { GIT_CONFIG_KEY_0: 'a.b', GIT_CONFIG_VALUE_0: 'c', GIT_CONFIG_COUNT: '1' };
    expect(ran).toEqual([['git', 'push', '--force'], { GH_TOKEN: 'ghs_pay', ...git }]);
    expect((await run(windows, 'env', 'pay')).out).toContain("$env:GH_TOKEN = 'ghs_pay'\n$env:GIT_CONFIG_KEY_0 = 'a.b'\n");
  });

  it('tells exec’s wrapper what to set and what to leave out', async () => {
    const { out, err } = await run(await companion(), 'exec', '.', '--', 'git', 'push');
    expect(out).toMatch(/^export GH_TOKEN='ghs_pay'\n[\s\S]*\nshift 3\n$/);
    expect(err).toBe('');
  });

  it('names a worktree by the path that it would be, links followed', async () => {
    const asked: unknown[] = [];
    const app = await companion({
      rotate: ({ worktree: name }) => {
        asked.push(name);
        return { worktree, credential };
      },
    });
    expect((await run(app, 'rotate', '.')).out).toContain('was replaced, and the old one is dead');
    await run(app, 'rotate', 'feature/pay');
    expect(asked).toEqual([
      { text: '.', paths: [realpathSync(app.dir)] },
      { text: 'feature/pay', paths: [join(app.dir, 'feature/pay')] },
    ]);
  });

  it.each([
    ['refused', 5],
    ['no-such-worktree', 4],
    ['not-known', 4],
    ['invalid', 2],
    ['version', 1],
    ['failed', 1],
  ] as const)('ends with its own status when it is %s', async (code, status) => {
    const app = await companion({
      rotate: () => {
        throw new Problem(code, 'A reason.');
      },
    });
    expect(await run(app, 'rotate', 'pay')).toEqual({ status, out: '', err: 'jean-ravi: A reason.\n' });
    const { out } = await run(app, 'rotate', 'pay', '--json');
    expect(JSON.parse(out)).toEqual({ error: { code, message: 'A reason.' } });
  });

  it('says who it was, or with status 4 that nothing of the kind is known', async () => {
    const app = await companion();
    expect(await run(app, 'who', 'main')).toEqual({ status: 0, out: 'main\nMade outside of any managed worktree.\n', err: '' });
    const asked = await run(app, 'who', 'main', '--json');
    expect(JSON.parse(asked.out)).toEqual(outside);
    const message = 'That is neither a commit, nor a pull request, nor a branch that is known here.';
    expect(await run(app, 'who', 'rotated')).toEqual({ status: 4, out: '', err: `jean-ravi: ${message}\n` });
    const { status, out } = await run(app, 'who', 'rotated', '--json');
    expect({ status, answer: JSON.parse(out) }).toEqual({ status: 4, answer: { error: { code: 'not-known', message } } });
    expect(await run(app, 'who')).toMatchObject({ status: 2, out: '' });
  });

  it('releases one worktree, or all, and tells what is not through by its status', async () => {
    const app = await companion();
    expect(await run(app, 'release', 'pay')).toMatchObject({
      status: 0,
      out: expect.stringContaining('git there is your own again'),
    });
    expect((await run(app, 'release', '--all')).out).toContain('2 worktrees are released');
    const left = [{ name: 'shop · evil \u001b[2J', why: 'GitHub can’t be reached.' }];
    const stuck = await companion({ 'release.all': () => ({ released: 0, left }) });
    expect(await run(stuck, 'release', '--all')).toEqual({
      status: 1,
      out: 'Not through yet; the companion goes on trying:\n  shop · evil [2J: GitHub can’t be reached.\n',
      err: '',
    });
    expect(JSON.parse((await run(stuck, 'release', '--all', '--json')).out)).toEqual({ released: 0, left });
    expect(await run(app, 'release')).toMatchObject({ status: 2 });
  });

  it('says that the companion is not running, with status 3', async () => {
    const dir = await temporaryDir();
    expect(await run({ dir, socket: join(dir, 'none.sock') }, 'list')).toEqual({
      status: 3,
      out: '',
      err: 'jean-ravi: Jean Ravi Companion is not running. Start it, and try again.\n',
    });
  });

  it('fails when the audit log was changed', async () => {
    const { status, out } = await run(await companion(), 'audit', 'verify');
    expect({ status, out }).toEqual({ status: 1, out: 'Entry 3 was changed after it was written.\n' });
  });

  it('exports to a path of the person’s folder, and over no file', async () => {
    const app = await companion();
    expect((await run(app, 'audit', 'export', 'log.jsonl')).out).toBe(
      `7 entries were written to ${join(app.dir, 'log.jsonl')}.\n`,
    );
    await writeFile(join(app.dir, 'there'), '');
    expect(await run(app, 'audit', 'export', 'there')).toMatchObject({
      status: 2,
      err: expect.stringContaining('not overwritten'),
    });
  });

  it('explains itself and completes without the companion', async () => {
    const none = { dir: '/', socket: '/none' };
    expect((await run(none, '--help')).out).toContain('Exit status: 0 done');
    expect((await run(none, 'completion', 'zsh')).out).toContain('compdef _jean_ravi jean-ravi');
    for (const shell of shells)
      expect((await run(none, 'completion', shell)).out.split(/[\s']/)).toEqual(expect.arrayContaining([...topics]));
    for (const topic of topics.filter((one) => one !== 'exec'))
      expect((await run(none, 'help', topic)).out).toContain(`jean-ravi ${topic}`);
    // The wrapper evaluates what exec prints.
    expect(await run(none, 'exec', '--help')).toMatchObject({
      status: 0,
      out: '',
      err: expect.stringContaining('exec <worktree>'),
    });
    expect(await run(none, 'walk')).toMatchObject({ status: 2, err: expect.stringContaining('There is no command walk.') });
  });
});
