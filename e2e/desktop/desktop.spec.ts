import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ElectronApplication, _electron as electron, expect, test } from '@playwright/test';
import { SessionBus } from './bus.ts';
import { electronExecutable } from './electron.ts';
import { menuText } from './menu.ts';
import { NotificationHost } from './notifications.ts';
import { TrayHost } from './status-notifier.ts';

interface Probe {
  readonly heard: readonly string[];
  turn(): void;
  notify(): void;
  backend(): string;
  seal(text: string): string;
  open(sealed: string): string;
}

declare global {
  var probe: Probe;
}

let bus: SessionBus;
let tray: TrayHost;
let notifications: NotificationHost;
let folder: string;
let app: ElectronApplication | undefined;

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrc-probe-'));
  bus = await SessionBus.connect();
  tray = await TrayHost.start(bus);
  notifications = await NotificationHost.start(bus);
});

test.afterEach(async () => {
  await app?.close();
  app = undefined;
  await tray.waitForNone();
  await notifications.stop();
  await tray.stop();
  bus.close();
  await rm(folder, { recursive: true, force: true });
});

async function startProbe(): Promise<ElectronApplication> {
  app = await electron.launch({
    executablePath: electronExecutable(),
    args: [`--user-data-dir=${folder}`, join(import.meta.dirname, 'probe')],
  });
  return app;
}

test('a tray icon can be seen, its menu read anew, and both be clicked', async () => {
  const running = await startProbe();
  const item = await tray.waitForItem();
  expect(item.pid).toBe(running.process().pid);
  expect(await item.toolTip()).toBe('2 running');
  expect(menuText(await item.menu())).toBe(
    ['Sessions', '    feature_one', '────────', '[x] Paused', 'Not now  (disabled)', 'Quit'].join('\n'),
  );
  const before = await item.iconHash();
  const changes = new Set<string>();
  const end = await item.onChange((change) => changes.add(change));

  await running.evaluate(() => globalThis.probe.turn());

  await expect.poll(() => item.toolTip()).toBe('1 needs you');
  expect(await item.iconHash()).not.toBe(before);
  await expect.poll(() => [...changes].sort()).toEqual(['icon', 'menu', 'toolTip']);
  await end();
  await item.clickLabel('second');
  await expect(item.clickLabel('Not now')).rejects.toThrow('disabled');
  await item.activate(20, 10);
  await expect.poll(() => running.evaluate(() => globalThis.probe.heard)).toEqual(['click second', 'activate']);
});

test('a notification is shown, and the app hears that it was clicked', async () => {
  const running = await startProbe();
  await running.evaluate(() => globalThis.probe.notify());
  const shown = await notifications.waitFor(({ summary }) => summary === 'Session finished');
  expect(shown.body).toBe('feature_one in jean');
  notifications.invoke(shown.id);
  await expect.poll(() => running.evaluate(() => globalThis.probe.heard)).toEqual(['notification clicked']);
});

test('an app hears that its notification was closed', async () => {
  const running = await startProbe();
  await running.evaluate(() => globalThis.probe.notify());
  const shown = await notifications.waitFor(({ gone }) => gone === undefined);
  notifications.close(shown.id);
  await expect.poll(() => running.evaluate(() => globalThis.probe.heard)).toEqual(['notification closed']);
});

test('what safeStorage encrypted in the keyring is readable after a restart', async () => {
  const first = await startProbe();
  expect(await first.evaluate(() => globalThis.probe.backend())).toBe('gnome_libsecret');
  const sealed = await first.evaluate(() => globalThis.probe.seal('kept'));
  await first.close();
  await tray.waitForNone();
  const second = await startProbe();
  expect(await second.evaluate((_, value) => globalThis.probe.open(value), sealed)).toBe('kept');
});
