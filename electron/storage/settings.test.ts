import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultChannels } from '../../shared/channels.ts';
import { defaultNotificationSettings } from '../../shared/notifications.ts';
import { defaultProjectPolicy } from '../../shared/policy.ts';
import { defaultPreferences } from '../../shared/preferences.ts';
import { defaultRemoteSettings } from '../../shared/remote-settings.ts';

// The real electron-store is used. In plain Node the package `electron` is only the path of a binary, which it would download without this.
let openSettings: typeof import('./settings.ts').openSettings;
beforeAll(async () => {
  process.env.ELECTRON_OVERRIDE_DIST_PATH ??= '/nowhere';
  ({ openSettings } = await import('./settings.ts'));
});

const now = () => 1_800_000_000_000;
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-settings-'));
  file = join(folder, 'settings.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('settings', () => {
  it('start with nothing set up', () => {
    const { settings, problem } = openSettings({ folder, now });
    expect(problem).toBeNull();
    expect(settings.get()).toEqual({
      version: 3,
      github: null,
      ravi: null,
      preferences: defaultPreferences,
      raviPending: null,
      raviAddress: null,
      keepIn: 'ravi',
      jeans: [],
      commandLineFolder: null,
      trailers: false,
      baseWorktrees: [],
      computer: null,
      firstRunDone: false,
      skipped: [],
      window: null,
      projects: {},
      credentials: { mintAt: 'creation', lapseHours: null, vaultKeyTemplate: 'JEAN_GH_TOKEN_<SLUG>' },
      notifications: defaultNotificationSettings,
      mutedUntil: null,
      jeanBanners: { wantedOff: false, ours: false },
      channels: defaultChannels,
      remoteAccess: defaultRemoteSettings,
    });
  });

  it('are kept over a restart', () => {
    const github = { appId: '42', apiUrl: 'http://127.0.0.1:4000', webUrl: null, slug: 'shop-bot' };
    openSettings({ folder, now }).settings.update({ github, firstRunDone: true });
    expect(openSettings({ folder, now }).settings.get()).toMatchObject({ github, firstRunDone: true, ravi: null });
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  it('keep the fields of a newer version, and fill in those that an older one did not have', () => {
    writeFileSync(file, JSON.stringify({ firstRunDone: true, theme: 'dark' }));
    const { settings } = openSettings({ folder, now });
    settings.update({ commandLineFolder: '/home/me/jean' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      theme: 'dark',
      firstRunDone: true,
      commandLineFolder: '/home/me/jean',
      trailers: false,
    });
  });

  it('of the time when one Jean was all there was keep the data folder that was chosen for it', () => {
    writeFileSync(file, JSON.stringify({ firstRunDone: true, jeanFolder: '/srv/jean' }));
    const { settings, problem } = openSettings({ folder, now });
    expect(problem).toBeNull();
    expect(settings.get().jeans).toEqual([
      { id: 'local', name: null, colour: 'none', watched: true, at: { kind: 'folder', folder: '/srv/jean' } },
    ]);
    settings.update({ trailers: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).not.toHaveProperty('jeanFolder');
  });

  it.each([
    ['half a file', '{"firstRunDone": tr'],
    ['a wrong value', '{"firstRunDone": "perhaps"}'],
    ['a list', '[]'],
  ])('that are %s are moved aside, the defaults are used, and the person can be told', (_what, text) => {
    writeFileSync(file, text);
    const { settings, problem } = openSettings({ folder, now });
    expect(settings.get().firstRunDone).toBe(false);
    expect(problem?.setAside).toBe(`${file}.broken-${now()}`);
    expect(problem?.message).toContain('started with the defaults');
    expect(readFileSync(`${file}.broken-${now()}`, 'utf8')).toBe(text);
    settings.update({ firstRunDone: true });
    expect(openSettings({ folder, now }).settings.get().firstRunDone).toBe(true);
  });

  it('refuse a wrong value and stay what they were', () => {
    const { settings } = openSettings({ folder, now });
    settings.update({ commandLineFolder: '/a' });
    expect(() => settings.update({ commandLineFolder: '' })).toThrow();
    expect(settings.get().commandLineFolder).toBe('/a');
    expect(openSettings({ folder, now }).settings.get().commandLineFolder).toBe('/a');
  });

  it('say what holds when they can’t be written', () => {
    const { settings } = openSettings({ folder, now });
    // Not even root can put a file in the place of a folder.
    mkdirSync(join(folder, 'settings.json'));
    expect(() => settings.update({ firstRunDone: true })).toThrow(
      /settings\.json .*so what was set before holds\. Look at the disk/,
    );
    expect(settings.get().firstRunDone).toBe(false);
  });

  it('of the first form are read whole, and who was set up is told on the desktop alone as before', () => {
    const old = readFileSync(new URL('fixtures/settings-1.json', import.meta.url), 'utf8');
    writeFileSync(file, old);
    const { settings, problem } = openSettings({ folder, now });
    expect(problem).toBeNull();
    const { jeanFolder, ...rest } = JSON.parse(old);
    expect(settings.get()).toMatchObject({ ...rest, jeans: [{ id: 'local', at: { kind: 'folder', folder: jeanFolder } }] });
    const { rules } = settings.get().notifications;
    expect(Object.keys(rules)).toEqual(Object.keys(defaultNotificationSettings.rules));
    for (const rule of Object.values(rules))
      expect(rule).toEqual({ native: 'always', sms: 'never', email: 'never', urgent: false });
    settings.update({ mutedUntil: now() });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 3, mutedUntil: now() });
  });

  it('of the second form are read whole, and remote access is off', () => {
    const old = readFileSync(new URL('fixtures/settings-2.json', import.meta.url), 'utf8');
    writeFileSync(file, old);
    const { settings, problem } = openSettings({ folder, now });
    expect(problem).toBeNull();
    expect(settings.get()).toEqual({
      ...JSON.parse(old),
      version: 3,
      skipped: [],
      preferences: defaultPreferences,
      raviPending: null,
      raviAddress: null,
      keepIn: 'ravi',
      remoteAccess: defaultRemoteSettings,
    });
    expect(settings.get().remoteAccess).toMatchObject({ enabled: false, bind: 'loopback' });
  });

  it('of the third form, today’s, are read whole, and nothing of it is lost or changed', () => {
    const old = readFileSync(new URL('fixtures/settings-3.json', import.meta.url), 'utf8');
    writeFileSync(file, old);
    const { settings, problem } = openSettings({ folder, now });
    expect(problem).toBeNull();
    expect(settings.get()).toEqual(JSON.parse(old));
    // Every setting that there is stands in the file, so that the next form has something to be tried with.
    expect(Object.keys(settings.get()).sort()).toEqual(Object.keys(JSON.parse(old)).sort());
    settings.update({ trailers: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(old));
  });

  it('keep what was chosen about remote access, and refuse what is no choice', () => {
    const { settings } = openSettings({ folder, now });
    const chosen = {
      ...defaultRemoteSettings,
      enabled: true,
      bind: 'tailscale',
      hosts: ['desk.example.org'],
      tls: { kind: 'files', certificate: '/c.pem', key: '/k.pem' },
      rotation: { every: 'weekly', hour: 3 },
      instances: { local: { shared: true, port: 4711, restart: { kind: 'systemd', unit: 'jean.service' } } },
    } as const;
    settings.update({ remoteAccess: chosen });
    expect(openSettings({ folder, now }).settings.get().remoteAccess).toEqual(chosen);
    for (const wrong of [
      { hosts: ['https://desk'] },
      { instances: { local: { port: 80 } } },
      { rotation: { every: 'weekly', hour: 24 } },
    ])
      expect(() => settings.update({ remoteAccess: { ...chosen, ...wrong } as never })).toThrow();
    expect(settings.get().remoteAccess).toEqual(chosen);
  });

  it('of the first form in which nothing was set up yet get the rules of a new app', () => {
    writeFileSync(file, '{"firstRunDone": false}');
    expect(openSettings({ folder, now }).settings.get().notifications).toEqual(defaultNotificationSettings);
  });

  it('of a newer app keep its number', () => {
    writeFileSync(file, '{"version": 7, "firstRunDone": true}');
    const { settings, problem } = openSettings({ folder, now });
    expect(problem).toBeNull();
    settings.update({ trailers: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 7, trailers: true });
  });

  it('keep what each project gets', () => {
    const shop = {
      ...defaultProjectPolicy,
      profile: 'custom',
      custom: { contents: 'read' },
      extraRepositories: ['api'],
    } as const;
    openSettings({ folder, now }).settings.update({ projects: { p1: shop } });
    expect(openSettings({ folder, now }).settings.get().projects).toEqual({ p1: shop });
  });
});
