import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { desktopEntry, type LoginItemOptions, loginItem } from './login-item.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'companion-login-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const options = (over: Partial<LoginItemOptions> = {}): LoginItemOptions => ({
  platform: 'linux',
  env: {},
  home,
  app: '/opt/My App/companion',
  appArguments: [],
  write: async (file, text) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  },
  setLoginItemSettings: () => expect.unreachable('Linux has no such settings'),
  ...over,
});

describe('opening at login', () => {
  it('is an autostart entry on Linux that starts the app into the tray, and none afterwards', async () => {
    const item = loginItem(options());
    await item.set(true);
    const file = join(home, '.config', 'autostart', 'jean-ravi-companion.desktop');
    expect(readFileSync(file, 'utf8')).toContain('Exec="/opt/My App/companion" "--hidden"\n');
    await item.set(false);
    expect(() => readFileSync(file)).toThrow('ENOENT');
    await item.set(false);
  });

  it('is where the person keeps their configuration', async () => {
    await loginItem(options({ env: { XDG_CONFIG_HOME: join(home, 'elsewhere') } })).set(true);
    expect(readFileSync(join(home, 'elsewhere', 'autostart', 'jean-ravi-companion.desktop'), 'utf8')).toContain(
      '[Desktop Entry]',
    );
  });

  it('is the system’s own on macOS and Windows', async () => {
    const set: unknown[] = [];
    const item = loginItem(
      options({ platform: 'win32', appArguments: ['C:\\app'], setLoginItemSettings: (wish) => set.push(wish) }),
    );
    await item.set(true);
    await item.set(false);
    expect(set).toEqual([
      { openAtLogin: true, args: ['C:\\app', '--hidden'] },
      { openAtLogin: false, args: ['C:\\app', '--hidden'] },
    ]);
  });

  it('quotes what a desktop entry reserves', () => {
    expect(desktopEntry(['/a"b', '$HOME/`x`', '50%', 'c\\d'])).toContain(
      'Exec="/a\\\\"b" "\\\\$HOME/\\\\`x\\\\`" "50%%" "c\\\\\\\\d"\n',
    );
  });
});
