import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type BrowserWindow, dialog, shell } from 'electron';
import type { AppPreferences } from './preferences.ts';
import type { Offered, SettingsParts } from './settings-parts.ts';
import type { Handlers } from './shell/ipc.ts';
import { writeFileAtomically } from './storage/atomic-file.ts';
import { longestExport } from './storage/settings-exchange.ts';

export interface SettingsRequestsOptions {
  readonly preferences: AppPreferences;
  readonly parts: SettingsParts;
  readonly window: () => BrowserWindow | undefined;
  readonly folder: string;
  readonly now: () => number;
}

type SettingsHandlers = Pick<
  Handlers,
  'settings.preferences' | 'settings.reset' | 'settings.export' | 'settings.import' | 'settings.take' | 'settings.folder'
>;

/** What main does for the requests about the settings as a whole. */
export function settingsAnswers(o: SettingsRequestsOptions): SettingsHandlers {
  /** What the last file offered: it is taken as it was shown, whatever becomes of the file. */
  let offered: { readonly id: string; readonly offer: Offered } | null = null;
  const filters = [{ name: 'Settings', extensions: ['json'] }];
  return {
    'settings.preferences': (wanted) => o.preferences.set(wanted),
    'settings.reset': ({ part }) => o.parts.reset(part),
    'settings.export': async () => {
      const day = new Date(o.now()).toISOString().slice(0, 10);
      const options = { title: 'Export the settings', defaultPath: `companion-settings-${day}.json`, filters };
      const window = o.window();
      const { filePath } = await (window ? dialog.showSaveDialog(window, options) : dialog.showSaveDialog(options));
      if (!filePath) return null;
      await writeFileAtomically(filePath, [o.parts.exported()], { mode: 0o600 });
      return { path: filePath };
    },
    'settings.import': async () => {
      const options = { title: 'Import settings', properties: ['openFile' as const], filters };
      const window = o.window();
      const { filePaths } = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
      const file = filePaths[0];
      if (file === undefined) return null;
      if ((await stat(file)).size > longestExport) throw new Error('That file is too long for settings. Nothing was changed.');
      const offer = o.parts.offered(await readFile(file, 'utf8'));
      offered = { id: randomUUID(), offer };
      return { id: offered.id, file, changes: [...offer.changes] };
    },
    'settings.take': async ({ id }) => {
      if (offered?.id !== id) throw new Error('That file is not the one that was shown last. Choose it again.');
      const { offer } = offered;
      offered = null;
      await o.parts.take(offer);
    },
    'settings.folder': async () => {
      const wrong = await shell.openPath(o.folder);
      if (wrong !== '') throw new Error(`The folder ${o.folder} can’t be shown: ${wrong}`);
    },
  };
}
