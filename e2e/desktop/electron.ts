import { createRequire } from 'node:module';

/**
 * The Electron to give to Playwright as `executablePath`. Without it Playwright preloads a script of its own into the app, which among
 * forty other Chromium switches sets --password-store=basic, so that safeStorage would not be what a person has.
 */
export function electronExecutable(): string {
  // Outside of Electron this package exports the path of its program.
  return createRequire(import.meta.url)('electron') as string;
}
