import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Starts the app when the person logs in, as each system wants it done. */
export interface LoginItem {
  /** Why that can't be done here; null when it can. */
  readonly limit: string | null;
  /** @throws what the system says. */
  set(on: boolean): Promise<void>;
}

export interface LoginItemOptions {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  /** The app's own program, and what starts it from a folder. */
  readonly app: string;
  readonly appArguments: readonly string[];
  /** Writes a file whole, with the folders above it. */
  readonly write: (file: string, text: string) => Promise<void>;
  /** Electron's `app.setLoginItemSettings`, for systems that have it. */
  readonly setLoginItemSettings: (settings: { readonly openAtLogin: boolean; readonly args: string[] }) => void;
}

/** It starts into the tray: nobody asked for a window. */
const hidden = '--hidden';
const fileName = 'jean-ravi-companion.desktop';

export function loginItem(o: LoginItemOptions): LoginItem {
  if (o.platform === 'darwin' || o.platform === 'win32') {
    return {
      limit: null,
      set: async (on) => o.setLoginItemSettings({ openAtLogin: on, args: [...o.appArguments, hidden] }),
    };
  }
  // XDG autostart: https://specifications.freedesktop.org/autostart-spec
  const config = o.env.XDG_CONFIG_HOME || join(o.home, '.config');
  const folder = join(config, 'autostart');
  const file = join(folder, fileName);
  return {
    limit: null,
    set: async (on) => {
      if (!on) return rm(file, { force: true });
      await o.write(file, desktopEntry([o.app, ...o.appArguments, hidden]));
    },
  };
}

/** Quoting of the Desktop Entry Specification, "The Exec key"; the file's own escapes of backslashes come on top. */
const quoted = (part: string): string => {
  const inner = part.replace(/(["`$\\])/g, '\\$1').replace(/%/g, '%%');
  return `"${inner}"`.replace(/\\/g, '\\\\');
};

export const desktopEntry = (command: readonly string[]): string =>
  [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Jean Ravi Companion',
    'Comment=Watches the sessions of Jean and keeps their credentials',
    `Exec=${command.map(quoted).join(' ')}`,
    'Icon=jean-ravi-companion',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
