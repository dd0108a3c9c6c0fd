import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFolders, type JeanFound, readJean, watchJean } from './discover.ts';

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'jean-home-'));
  folder = join(home, 'share', 'com.jean.desktop');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** As Jean writes: a temporary file beside it, renamed. */
function write(preferences: unknown): void {
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, 'preferences.0af3.tmp');
  writeFileSync(temporary, typeof preferences === 'string' ? preferences : JSON.stringify(preferences));
  renameSync(temporary, join(folder, 'preferences.json'));
}

describe('the data folders of Jean', () => {
  it.each([
    ['linux', {}, ['/home/me/.local/share/com.jean.desktop', '/home/me/.local/share/com.jean.desktop.dev']],
    ['linux', { XDG_DATA_HOME: '/data' }, ['/data/com.jean.desktop', '/data/com.jean.desktop.dev']],
    [
      'linux',
      { XDG_DATA_HOME: 'data' },
      ['/home/me/.local/share/com.jean.desktop', '/home/me/.local/share/com.jean.desktop.dev'],
    ],
    [
      'linux',
      { XDG_DATA_HOME: '/data', JEAN_DATA_DIR: '/srv/jean' },
      ['/srv/jean', '/data/com.jean.desktop', '/data/com.jean.desktop.dev'],
    ],
    [
      'darwin',
      {},
      ['/home/me/Library/Application Support/com.jean.desktop', '/home/me/Library/Application Support/com.jean.desktop.dev'],
    ],
    ['win32', { APPDATA: 'C:\\R' }, ['C:\\R\\com.jean.desktop', 'C:\\R\\com.jean.desktop.dev']],
  ] as const)('on %s with %o', (platform, env, folders) => {
    expect(dataFolders(env, platform, '/home/me')).toEqual(folders);
  });
});

describe('a data folder', () => {
  const found = async (preferences: object): Promise<unknown> => {
    write(preferences);
    const it = await readJean(folder);
    return it.kind === 'found' ? { url: it.endpoint.url, token: it.endpoint.token?.reveal() ?? null } : it;
  };

  it('that is not there has no Jean', async () => {
    expect(await readJean(folder)).toEqual({ kind: 'absent' });
  });

  it('says where Jean answers', async () => {
    expect(await found({ http_server_token: 't', theme: 'dark' })).toEqual({ url: 'http://127.0.0.1:3456', token: 't' });
    expect(await found({ http_server_token: 't', http_server_port: 4000 })).toEqual({ url: 'http://127.0.0.1:4000', token: 't' });
    expect(await found({ http_server_token_required: false })).toEqual({ url: 'http://127.0.0.1:3456', token: null });
  });

  it.each([
    [null, '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['192.168.1.5', '192.168.1.5'],
    ['::1', '[::1]'],
  ])('of a Jean that listens on %s leads to %s', async (host, address) => {
    expect(await found({ http_server_token: 't', http_server_bind_host: host })).toEqual({
      url: `http://${address}:3456`,
      token: 't',
    });
  });

  it('of a Jean whose web access was never on says how to turn it on', async () => {
    expect(await found({ theme: 'dark' })).toEqual({
      kind: 'off',
      message: expect.stringContaining('Turn on Settings → Web Access'),
      local: { folder, token: null, mcp: true },
    });
  });

  it('that cannot be read says so, without quoting what holds tokens', async () => {
    write('{"http_server_token":"very-secret",');
    const it = await readJean(folder);
    expect(it.kind).toBe('unreadable');
    expect(inspect(it)).not.toContain('very-secret');
  });

  it('that is read in the middle of a write is read once more', async () => {
    write('{"http_server');
    setTimeout(() => write({ http_server_token: 't' }), 30);
    expect((await readJean(folder)).kind).toBe('found');
  });
});

describe('watching for Jean', () => {
  /** Collects what comes until `count` are there. */
  async function collect(count: number, steps: readonly (() => void)[]): Promise<string[]> {
    const control = new AbortController();
    const said: string[] = [];
    const say = (it: JeanFound): string => (it.kind === 'found' ? it.endpoint.url : it.kind);
    const watching = watchJean([join(home, 'nowhere'), folder], control.signal);
    for await (const it of watching) {
      said.push(say(it));
      if (said.length === count) break;
      steps[said.length - 1]?.();
    }
    control.abort();
    return said;
  }

  it('sees its folder come into being, its preferences change, and both go', async () => {
    const said = await collect(5, [
      () => write({ http_server_token: 't' }),
      () => write({ http_server_token: 't', http_server_port: 4000 }),
      () => rmSync(join(home, 'share'), { recursive: true }),
      () => write({ http_server_token: 't', http_server_port: 5000 }),
    ]);
    expect(said).toEqual(['absent', 'http://127.0.0.1:3456', 'http://127.0.0.1:4000', 'absent', 'http://127.0.0.1:5000']);
  });

  it('is not moved by temporary files and by what else Jean writes', async () => {
    write({ http_server_token: 't' });
    const started = Date.now();
    const said = await collect(2, [
      () => {
        writeFileSync(join(folder, 'ui-state.json'), '{}');
        writeFileSync(join(folder, 'preferences.77.tmp'), '{');
        setTimeout(() => write({ http_server_token: 't', http_server_port: 4000 }), 400);
      },
    ]);
    expect(said).toEqual(['http://127.0.0.1:3456', 'http://127.0.0.1:4000']);
    expect(Date.now() - started).toBeGreaterThanOrEqual(390);
  });

  it('ends when it is told to', async () => {
    const control = new AbortController();
    const watching = watchJean([folder], control.signal);
    await watching.next();
    const next = watching.next();
    control.abort();
    expect((await next).done).toBe(true);
  });
});
