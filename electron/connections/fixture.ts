import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { defaultChannels } from '../../shared/channels.ts';
import type { ServiceView } from '../../shared/model.ts';
import { defaultNotificationSettings } from '../../shared/notifications.ts';
import { defaultPreferences } from '../../shared/preferences.ts';
import { defaultRemoteSettings } from '../../shared/remote-settings.ts';
import type { AuditInput } from '../audit/log.ts';
import { openSecretBox } from '../storage/secret-box.ts';
import type { Settings, SettingsFile } from '../storage/settings.ts';

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** What a connection of the app stands on: settings, a secret box whose key store can be locked, and what it told. */
export async function startGround() {
  const folder = await mkdtemp(join(tmpdir(), 'jr-connection-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const lock = { closed: false };
  const cipher = {
    persistent: true,
    backend: 'test',
    encrypt: async (text: string) => Buffer.from(text).reverse(),
    decrypt: async (bytes: Buffer) => {
      if (lock.closed) throw new Error('locked');
      return Buffer.from(bytes).reverse().toString();
    },
  };
  const box = await openSecretBox({ file: join(folder, 'secrets.json'), cipher, now: Date.now });
  let kept: Settings = {
    github: null,
    ravi: null,
    preferences: defaultPreferences,
    raviPending: null,
    raviAddress: null,
    keepIn: 'ravi',
    jeans: [],
    firstRunDone: false,
    skipped: [],
    window: null,
    commandLineFolder: null,
    computer: null,
    trailers: false,
    baseWorktrees: [],
    projects: {},
    credentials: { mintAt: 'creation', lapseHours: null, vaultKeyTemplate: 'JEAN_GH_TOKEN_<SLUG>' },
    notifications: defaultNotificationSettings,
    mutedUntil: null,
    jeanBanners: { wantedOff: false, ours: false },
    channels: defaultChannels,
    remoteAccess: defaultRemoteSettings,
  };
  const settings: SettingsFile = {
    get: () => kept,
    update: (change) => {
      kept = { ...kept, ...change };
      return kept;
    },
  };
  const views: ServiceView[] = [];
  const audited: AuditInput[] = [];
  const base = {
    settings,
    box,
    keyLabel: () => 'Companion of a test',
    isOurs: () => true,
    acts: () => ({ leave: async () => undefined, renamed: () => undefined, stayed: () => undefined, done: () => undefined }),
    fetch,
    now: Date.now,
    onView: (view: ServiceView) => void views.push(view),
    audit: (entry: AuditInput) => void audited.push(entry),
  };
  const view = (): ServiceView => {
    const last = views.at(-1);
    if (last === undefined) throw new Error('Nothing was shown yet.');
    return last;
  };
  return { base, lock, settings, box, view, views, audited };
}
