import * as base from '@playwright/test';
import { SessionBus } from '../desktop/bus.ts';
import { TrayHost } from '../desktop/status-notifier.ts';
import { Machine } from './machine.ts';

/** Setting up takes longer than a crash; all crashes of a file happen to one machine, as they would to a person. */
export const test = base.test.extend<object, { readonly machine: Machine }>({
  machine: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what a fixture needs.
    async ({}, use) => {
      const bus = await SessionBus.connect();
      const tray = await TrayHost.start(bus);
      const machine = await Machine.prepare(tray);
      await use(machine);
      await machine.dispose();
      await tray.stop();
      bus.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

export const { expect } = base;
