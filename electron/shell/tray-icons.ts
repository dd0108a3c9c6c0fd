import { join } from 'node:path';
import type { TrayIcon } from './tray-model.ts';

/**
 * The file of each tray icon under `folder` (`build/icons/tray`, packaged as a resource). Electron finds the `@2x` beside it, and takes
 * a macOS file whose name ends in `Template` as a template image.
 */
export function trayIconFiles(folder: string, platform: NodeJS.Platform): Record<TrayIcon, string> {
  const file = (icon: TrayIcon): string => {
    if (platform === 'darwin') return join(folder, 'darwin', `${icon}Template.png`);
    return join(folder, platform === 'win32' ? 'win32' : 'linux', `${icon}.png`);
  };
  return {
    offline: file('offline'),
    idle: file('idle'),
    running: file('running'),
    attention: file('attention'),
    error: file('error'),
  };
}
