import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { NotificationHost } from '../e2e/desktop/notifications.ts';
import { Companion } from '../e2e/fixtures/companion.ts';
import { BusyJean, type SeededSession } from './parts/busy-jean.ts';
import { type Desk, onDesktop } from './parts/desktop.ts';
import { quick, report, rounded } from './parts/report.ts';

/**
 * How long a status takes from the frame that tells it, as it leaves Jean, to the page's DOM and to the desktop's notifications, with few
 * and with many sessions, while agents talk. A turn that starts and a request count, which a frame tells whole; the end of a turn is
 * believed when Jean's state has it (contract jean §5), so it takes a reading of all sessions and is told beside. The floor is the same
 * frame at a bare `ws` client on the same Jean at the same time. A notification waits 300 ms by intent (`notifier.ts`): a request that is
 * answered by itself is told to nobody.
 */
const framesPerSecond = 20_000;
const samples = quick ? 8 : 150;
/** ms at the 99th percentile, to the page. */
const target = 100;
/** What the sessions ask to run. */
const command = 'npm run release';
/** Nothing takes longer than this unless it is broken, ms. */
const patienceMs = 20_000;

const told = ['chat:sending', 'chat:codex_command_approval_request', 'chat:cancelled'] as const;
type Told = (typeof told)[number];

const emitted = z.array(
  z.object({ at: z.number(), event: z.string(), payload: z.looseObject({ session_id: z.string().optional() }) }),
);

let met = true;
await onDesktop(import.meta.url, async (desk) => {
  for (const sessions of [5, 5_000]) met = (await measure(desk, sessions)) && met;
  return met;
});

async function measure({ folder, notifications }: Desk, sessions: number): Promise<boolean> {
  const here = join(folder, String(sessions));
  const jean = await BusyJean.start(join(here, 'sandbox'));
  try {
    const seeded = await jean.seed(sessions);
    const companion = await Companion.launch({ userData: join(here, 'data'), dataHome: jean.dataHome });
    await companion.request('setup.done', undefined);
    await companion.until((state) => Object.keys(state.sessions).length === sessions, 'every session is on the board', 120_000);
    const page = await companion.open('Sessions');
    const seen = await watch(page);
    const bare = await listen(jean);
    await jean.control('flood', framesPerSecond);
    await pause(2_000);
    for (let n = 0; n < samples; n += 1) {
      const session = seeded[Math.floor((n * 0.618_034 * seeded.length) % seeded.length)];
      if (session === undefined) throw new Error('There is no session.');
      await play(jean, page, seen, session, () => asked(notifications, session.name).length);
    }
    const { sent, lost } = z.object({ sent: z.number(), lost: z.number() }).parse(await jean.control('flood', 0));
    bare.close();
    const left = emitted.parse(await jean.control('emitted'));
    await companion.quit();
    const times = left.filter((one) => told.includes(one.event as Told));
    const kinds = times.map(({ event }) => event);
    const all = latencies(times, seen.at);
    const status = all.filter((_, n) => kinds[n] !== 'chat:cancelled');
    const ends = all.filter((_, n) => kinds[n] === 'chat:cancelled');
    const floor = latencies(times, bare.at).filter((_, n) => kinds[n] !== 'chat:cancelled');
    const names = new Map(seeded.map(({ id, name }) => [id, name]));
    const asking = times.filter(({ event }) => event === 'chat:codex_command_approval_request');
    const first = asking.map(
      (one) => asked(notifications, names.get(one.payload.session_id ?? '') ?? '').find((at) => at >= one.at) ?? 0,
    );
    const desktop = latencies(asking, first);
    const repeated = asked(notifications, '').length - asking.length;
    notifications.clear();
    return report({
      bench: `status-latency-${sessions}`,
      value: at(status, 0.99),
      floor: at(floor, 0.99),
      unit: 'ms, p99',
      target,
      of: 'value',
      sound: repeated === 0 && lost === 0,
      facts: {
        samples: status.length,
        median: at(status, 0.5),
        worst: at(status, 1),
        ends: { median: at(ends, 0.5), p99: at(ends, 0.99) },
        notification: { median: at(desktop, 0.5), p99: at(desktop, 0.99), ofThatByIntent: 300, repeated },
        sent,
        lost,
      },
    });
  } finally {
    await jean.stop();
  }
}

/** One turn that starts, asks for a permission, and is cancelled, with nothing else going on in Jean. */
async function play(jean: BusyJean, page: Page, seen: Seen, session: SeededSession, told: () => number): Promise<void> {
  const before = told();
  const steps = [
    ['1 running', () => jean.control('startTurn', session.id)],
    [session.name, () => jean.control('askPermission', session.id, command)],
    ['nothing is running', () => jean.control('cancelTurn', session.id)],
  ] as const;
  for (const [words, act] of steps) {
    const next = seen.at.length + 1;
    await page.evaluate((wanted) => Object.assign(window, { benchWants: wanted }), words);
    await act();
    await until(() => seen.at.length >= next, `the page shows “${words}”`);
    if (words === session.name) await until(() => told() > before, `the desktop shows that ${session.name} asks`);
    // Not in step with any of the companion's own waits.
    await pause(40 + Math.random() * 400);
  }
}

/** When notifications of a session's requests were shown, epoch ms; without a name, those of all. */
function asked({ shown }: NotificationHost, name: string): readonly number[] {
  const of = name === '' ? '' : `${name} `;
  return shown
    .filter(({ summary, body }) => summary.startsWith(of) && `${summary} ${body}`.includes(command))
    .map(({ at }) => at);
}

interface Seen {
  /** Epoch ms. */
  readonly at: number[];
}

/** Hears of the moment at which the DOM has the words that the page was told to want: in the line under the heading, or in a request. */
async function watch(page: Page): Promise<Seen> {
  const seen: Seen = { at: [] };
  await page.exposeFunction('benchSaw', (at: number) => void seen.at.push(at));
  await page.evaluate(() => {
    const bench = window as unknown as { benchWants: string | null; benchSaw(at: number): void };
    bench.benchWants = null;
    // No function here has a name: what compiles this file would mark it by a helper that the page has not.
    new MutationObserver(() => {
      const wanted = bench.benchWants;
      if (wanted === null) return;
      const line = document.querySelector('.page-line')?.textContent ?? '';
      const asks = [...document.querySelectorAll('.ask h2')].map(({ textContent }) => textContent ?? '');
      if (!line.includes(wanted) && !asks.some((text) => text.startsWith(`${wanted} `))) return;
      bench.benchWants = null;
      bench.benchSaw(Date.now());
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return seen;
}

/** A bare client that only notes when the frames come that are measured. */
async function listen(jean: BusyJean): Promise<Seen & { close(): void }> {
  const at: number[] = [];
  const socket = new WebSocket(`${jean.url.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${await jean.token()}` },
  });
  socket.on('message', (data: Buffer) => {
    const head = data.toString('latin1', 0, 80);
    if (told.some((event) => head.includes(`"${event}"`))) at.push(Date.now());
  });
  await new Promise((resolve) => socket.once('open', resolve));
  return { at, close: () => socket.terminate() };
}

/** ms between what left and what came of it, in order. */
function latencies(left: readonly { readonly at: number }[], came: readonly number[]): readonly number[] {
  if (left.length !== came.length) throw new Error(`${left.length} frames left Jean, and ${came.length} were seen.`);
  return left.map((one, n) => (came[n] ?? 0) - one.at);
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return rounded(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + patienceMs; !holds(); await pause(5))
    if (Date.now() > end) throw new Error(`Not within ${patienceMs} ms: ${what}.`);
}
