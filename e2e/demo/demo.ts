import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playStory, seedStory } from '../../sandbox/story.ts';
import { startSandbox } from '../../sandbox/world.ts';
import { SessionBus } from '../desktop/bus.ts';
import { NotificationHost } from '../desktop/notifications.ts';
import { TrayHost } from '../desktop/status-notifier.ts';
import { Companion } from '../fixtures/companion.ts';
import { playLife } from './life.ts';

// `npm run demo`: the real app against the sandbox, alive until it is quit. With --once it plays one whole life and says how it went.
const once = process.argv.includes('--once');
const userData = await mkdtemp(join(tmpdir(), 'jrc-demo-'));
const sandbox = await startSandbox();
await seedStory(sandbox);

async function connect(): Promise<Companion> {
  const companion = await Companion.launch({ userData, dataHome: sandbox.jean.dataHome });
  await companion.connectRavi(sandbox);
  await companion.connectGitHub(sandbox);
  await companion.request('setup.done', undefined);
  return companion;
}

async function watchable(): Promise<void> {
  const companion = await connect();
  const over = new AbortController();
  for (const sign of ['SIGINT', 'SIGTERM'] as const) process.once(sign, () => void companion.quit());
  companion.app.process().once('exit', () => over.abort());
  console.log('The companion is running against the sandbox; quit it in the tray, or with Ctrl-C here.');
  await playStory(sandbox, over.signal);
}

async function scripted(): Promise<boolean> {
  const bus = await SessionBus.connect();
  const tray = await TrayHost.start(bus);
  const notifications = await NotificationHost.start(bus);
  const out = join(import.meta.dirname, '..', '..', 'out', 'demo');
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  try {
    return await playLife({ sandbox, connect, tray, notifications, out });
  } finally {
    await notifications.stop();
    await tray.stop();
    bus.close();
  }
}

let worked = true;
try {
  if (once) worked = await scripted();
  else await watchable();
} finally {
  await sandbox.stop();
  await rm(userData, { recursive: true, force: true });
}
process.exit(worked ? 0 : 1);
