/** What the app is called, by which its data folder is found too. */
export const appName = 'Jean Ravi Companion';
/** As the installer writes it to the shortcut (`appId` in electron-builder.yml). */
export const appId = 'app.jean-ravi.companion';

/**
 * Gives the app its name. Windows shows notifications, and leads a click on them back, only for an app whose id is that of a shortcut in the
 * start menu (electronjs.org/docs/latest/tutorial/notifications#windows).
 */
export function nameApp(
  app: { setName(name: string): void; setAppUserModelId(id: string): void },
  platform: NodeJS.Platform,
): void {
  app.setName(appName);
  if (platform === 'win32') app.setAppUserModelId(appId);
}
