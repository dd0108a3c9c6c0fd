import { expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { defaultChannels } from '../../shared/channels.ts';
import { defaultNotificationSettings } from '../../shared/notifications.ts';
import { defaultCredentialSettings } from '../../shared/policy.ts';
import { defaultPreferences } from '../../shared/preferences.ts';
import { defaultRemoteSettings } from '../../shared/remote-settings.ts';
import { Secret } from '../base/secret.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import type { Settings } from '../storage/settings.ts';
import { GitHubConnection } from './github.ts';

it('who commits is asked of GitHub once for an App, over restarts and however many worktrees want to know', async () => {
  const { github, control, app } = await startWithApp();
  let settings: Settings = {
    github: null,
    ravi: null,
    preferences: defaultPreferences,
    raviPending: null,
    raviAddress: null,
    keepIn: 'ravi',
    jeans: [],
    commandLineFolder: null,
    computer: null,
    trailers: false,
    baseWorktrees: [],
    firstRunDone: true,
    skipped: [],
    window: null,
    projects: {},
    credentials: defaultCredentialSettings,
    notifications: defaultNotificationSettings,
    mutedUntil: null,
    jeanBanners: { wantedOff: false, ours: false },
    channels: defaultChannels,
    remoteAccess: defaultRemoteSettings,
  };
  const values = new Map<string, Secret>();
  const box = {
    put: async (name: string, value: Secret) => void values.set(name, value),
    get: async (name: string) => values.get(name) ?? null,
    delete: async (name: string) => void values.delete(name),
  } as SecretBox;
  const run = (): GitHubConnection =>
    new GitHubConnection({
      settings: {
        get: () => settings,
        update: (change) => {
          settings = { ...settings, ...change };
          return settings;
        },
      },
      box,
      fetch,
      now: Date.now,
      onView: () => undefined,
      audit: () => undefined,
    });
  const asked = (): number => control.calls().filter(({ path }) => path.startsWith('/users/')).length;

  const first = run();
  const addresses = { appId: String(app.id), apiUrl: github.apiUrl, webUrl: github.webUrl };
  await first.connect(addresses, Secret.of(app.privateKey), async () => undefined);
  const authors = await Promise.all(Array.from({ length: 10 }, () => first.author()));
  expect(new Set(authors.map(({ name }) => name))).toEqual(new Set(['jean-ravi[bot]']));
  expect(authors[0]?.email).toBe(`${app.botId}+jean-ravi[bot]@users.noreply.127.0.0.1`);
  expect(asked()).toBe(1);

  const again = run();
  await again.start();
  expect(await again.author()).toEqual(authors[0]);
  expect(asked()).toBe(1);

  await again.connect(addresses, Secret.of(app.privateKey), async () => undefined);
  await again.author();
  expect(asked()).toBe(2);
});
