import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Companion } from '../e2e/fixtures/companion.ts';
import { BusyJean } from './parts/busy-jean.ts';
import { type Cost, costOf } from './parts/cost.ts';
import { onDesktop, startBare } from './parts/desktop.ts';
import { quick, report, rounded } from './parts/report.ts';

/**
 * What the app takes while it only watches: 100 sessions, its window closed. The floor is an Electron with nothing but a tray icon, at the
 * same time on the same desktop. All processes of each are counted, memory that they share once; no debugger is attached to either.
 */
const sessions = 100;
const seconds = quick ? 5 : 60;
/** What starting leaves behind is over by then, ms. */
const settleMs = quick ? 10_000 : 30_000;
/** CPU s in all, and times the floor. */
const [cpuTarget, memoryTarget] = [0.2, 1.25];
/** What is compared: who asks for each session once a minute. */
const pollEveryS = 60;

await onDesktop(import.meta.url, async ({ folder }) => {
  const jean = await BusyJean.start(join(folder, 'sandbox'));
  const started: ChildProcess[] = [];
  try {
    await jean.seed(sessions);
    const home = { userData: join(folder, 'data'), dataHome: jean.dataHome };
    const first = await Companion.launch(home);
    await first.request('setup.done', undefined);
    await first.until((state) => Object.keys(state.sessions).length === sessions, 'every session is on the board', 60_000);
    await first.quit();

    const [ours, bare] = [Companion.start({ ...home, args: ['--hidden'] }), startBare(join(folder, 'bare'))];
    started.push(ours, bare);
    await pause(settleMs);
    const asked = await requests(jean);
    const before = await Promise.all([costOf(ours.pid ?? 0), costOf(bare.pid ?? 0)]);
    await pause(seconds * 1_000);
    const [value, floor] = await Promise.all([costOf(ours.pid ?? 0), costOf(bare.pid ?? 0)]);
    const cpu = value.cpu - before[0].cpu;
    const made = (await requests(jean)) - asked;
    // Found by looking, a change waits half the time between two looks; found by its event, as long as bench status-latency says.
    const polling = { requests: Math.round((sessions * seconds) / pollEveryS), meanDelayS: pollEveryS / 2 };
    const cpuMet = report({
      bench: 'idle-cpu',
      value: cpu,
      floor: floor.cpu - before[1].cpu,
      unit: 'CPU s',
      target: cpuTarget,
      of: 'value',
      facts: { seconds, sessions, requests: made, polling },
    });
    const memoryMet = report({
      bench: 'idle-memory',
      value: value.memory,
      floor: floor.memory,
      unit: 'MB',
      target: memoryTarget,
      of: 'ratio',
      facts: { own: own(value), ownOfFloor: own(floor) },
    });
    return cpuMet && memoryMet;
  } finally {
    for (const child of started) await end(child);
    await jean.stop();
  }
});

async function requests(jean: BusyJean): Promise<number> {
  return ((await jean.control('calls')) as readonly unknown[]).length;
}

function own({ own }: Cost): Record<string, number> {
  return Object.fromEntries(Object.entries(own).map(([kind, memory]) => [kind, rounded(memory)]));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
