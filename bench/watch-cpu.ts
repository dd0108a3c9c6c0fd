import { join } from 'node:path';
import { Companion } from '../e2e/fixtures/companion.ts';
import { BusyJean } from './parts/busy-jean.ts';
import { cpuOf } from './parts/cost.ts';
import { bareClient, onDesktop } from './parts/desktop.ts';
import { quick, report, rounded } from './parts/report.ts';

/**
 * What the main process spends on one minute in which agents talk: 20,000 `chat:chunk` frames a second, of which none is of interest.
 * The floor is an Electron with a bare `ws` client that only reads frames, on the same Jean at the same time: it gets the same bytes
 * in the same moments, so that other work on the machine slows both.
 */
const framesPerSecond = 20_000;
const seconds = quick ? 5 : 60;
const sessions = 100;
/** Times the floor. */
const target = 1.5;

await onDesktop(import.meta.url, async ({ folder }) => {
  const jean = await BusyJean.start(join(folder, 'sandbox'));
  try {
    await jean.seed(sessions);
    const companion = await Companion.launch({ userData: join(folder, 'data'), dataHome: jean.dataHome });
    await companion.until((state) => Object.keys(state.sessions).length === sessions, 'every session is on the board', 60_000);
    const bare = await bareClient(join(folder, 'bare'), { url: jean.url, token: await jean.token() });
    const barePid = bare.process().pid ?? 0;
    // Both have compiled what they need before it counts.
    await jean.control('flood', framesPerSecond);
    await new Promise((resolve) => setTimeout(resolve, quick ? 1_000 : 10_000));

    const before = [await cpuOf(companion.pid), await cpuOf(barePid)] as const;
    const warm = await jean.control('flood', framesPerSecond);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const flooded = (await jean.control('flood', 0)) as { sent: number; lost: number };
    const value = (await cpuOf(companion.pid)) - before[0];
    const floor = (await cpuOf(barePid)) - before[1];
    const read = (await bare.evaluate(() => (globalThis as unknown as { frames: number }).frames)) as number;
    await bare.close();
    await companion.quit();
    return report({
      bench: 'watch-cpu',
      value,
      floor,
      unit: 'CPU s',
      target,
      of: 'ratio',
      sound: flooded.sent >= framesPerSecond * seconds * 0.98 && flooded.lost === 0,
      facts: { seconds, framesPerSecond: rounded(flooded.sent / seconds), lost: flooded.lost, warm, read },
    });
  } finally {
    await jean.stop();
  }
});
