import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, type BrowserWindow, globalShortcut, nativeTheme, safeStorage } from 'electron';
import type { PreferencesView } from '../shared/preferences.ts';
import { writeWhole } from './git/whole-file.ts';
import { AppPreferences } from './preferences.ts';
import { SettingsParts } from './settings-parts.ts';
import { settingsAnswers } from './settings-requests.ts';
import { loginItem } from './shell/login-item.ts';
import { managedFile } from './storage/managed-settings.ts';
import { safeStorageCipher } from './storage/safe-storage.ts';
import { openSecretBox, type SecretBox } from './storage/secret-box.ts';
import { openSettings, type SettingsFile } from './storage/settings.ts';
import type { World } from './world.ts';

/** The person's settings, with what their organization sets laid over them. */
export function openOwnSettings(folder: string, now: () => number): ReturnType<typeof openSettings> {
  // For the tests; a packaged app knows one place, which only an administrator can write.
  const elsewhere = app.isPackaged ? '' : app.commandLine.getSwitchValue('managed-settings');
  return openSettings({ folder, now, managed: elsewhere || managedFile(process.platform, process.env) });
}

/** Whether a start shows the window. macOS tells by itself that it started the app at login, and passes on no argument. */
export function opensWindow(settings: SettingsFile): boolean {
  const atLogin = process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
  return !process.argv.includes('--hidden') && !atLogin && settings.get().preferences.windowAtStart;
}

/** The secrets in `folder`, encrypted by the system. `tell`: their file could not be read, and what that means. */
export async function openOwnSecrets(folder: string, now: () => number, tell: (message: string) => void): Promise<SecretBox> {
  const cipher = await safeStorageCipher(safeStorage, process.platform);
  const box = await openSecretBox({ file: join(folder, 'secrets.json'), cipher, now });
  if (box.setAside !== null)
    tell(
      `The keys and tokens on this computer could not be read, so the app started without them: connect GitHub and Ravi again, and add Jeans on other machines again. The old file is ${box.setAside}.`,
    );
  return box;
}

export interface OwnSettingsOptions {
  readonly opened: ReturnType<typeof openSettings>;
  /** What of the app's own files could not be read. */
  readonly problems: readonly string[];
  readonly folder: string;
  /** How this app is started again. */
  readonly program: { readonly app: string; readonly appArguments: readonly string[] };
  readonly world: () => World;
  /** Those that are in use: the sandbox has its own. */
  readonly inUse: () => SettingsFile;
  readonly window: () => BrowserWindow | undefined;
  readonly openWindow: () => void;
  readonly publish: (view: PreferencesView) => void;
  readonly changed: () => void;
  readonly report: (what: string, error: unknown) => void;
  readonly now: () => number;
}

/** Part of the roof: the preferences of this computer, the settings as a whole, and the answers about both. */
export function ownSettings(o: OwnSettingsOptions): {
  readonly preferences: AppPreferences;
  readonly answers: ReturnType<typeof settingsAnswers>;
} {
  const { settings, managed } = o.opened;
  const preferences = new AppPreferences({
    settings,
    managed,
    problems: o.problems,
    folder: o.folder,
    theme: nativeTheme,
    shortcuts: globalShortcut,
    login: loginItem({
      ...o.program,
      platform: process.platform,
      env: process.env,
      home: homedir(),
      write: (file, text) => writeWhole(file, text, 0o644),
      setLoginItemSettings: (item) => app.setLoginItemSettings(item),
    }),
    openWindow: o.openWindow,
    publish: o.publish,
    report: o.report,
  });
  const parts = new SettingsParts({
    world: o.world,
    settings: o.inUse,
    preferences,
    changed: o.changed,
    managed: managed.paths,
    now: o.now,
  });
  return { preferences, answers: settingsAnswers({ preferences, parts, window: o.window, folder: o.folder, now: o.now }) };
}
