import { defineConfig } from '@playwright/test';

/** End-to-end tests drive the real app, one at a time: they share a tray, a session bus and a screen. */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  // What a desktop test host needs is D-Bus.
  testIgnore: process.platform === 'linux' ? [] : ['**/desktop/**'],
  outputDir: 'out/test/e2e',
  workers: 1,
  timeout: 60_000,
  // Seen once in about 700 starts, and not explained yet: the app's start hangs, before any test began. Elsewhere nothing is tried twice.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: true,
  reporter: [['list'], ['json', { outputFile: 'out/test/e2e.json' }]],
});
