import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from './machine.ts';
import { test } from './test.ts';
import { endTroubles, requests, trouble, troubles } from './troubles.ts';

/** How many random moments are tried, and the first seed: `JEAN_RAVI_CRASH_SEEDS`, `JEAN_RAVI_CRASH_FIRST`. A failure names its seed. */
const count = Number(process.env.JEAN_RAVI_CRASH_SEEDS ?? 4);
const first = Number(process.env.JEAN_RAVI_CRASH_FIRST ?? 1);
/** The app needs about this long for all that is asked of it at once, ms. */
const loadMs = 1_200;
const mostWorktrees = 6;

/** Mulberry32: a small generator whose numbers in [0, 1) follow from the seed alone. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One thing that happens in Jean or to a credential, chosen by `random` from what can happen now. */
async function happen(machine: Machine, random: () => number): Promise<void> {
  const { sandbox } = machine;
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)];
  const all = sandbox.jean.worktrees();
  const archived = pick(all.filter(({ archived_at }) => archived_at !== undefined));
  const active = pick(machine.active());
  const chance = random();
  if (all.length < mostWorktrees && (chance < 0.35 || all.length < 2)) await machine.worktree(random() < 0.5 ? 'shop' : 'api');
  else if (archived && chance < 0.5) sandbox.jean.unarchiveWorktree(archived.id);
  else if (archived && chance < 0.65) await machine.delete(archived);
  else if (active && chance < 0.75) machine.archive(active);
  else if (active && chance < 0.83) await machine.merge(active);
  else if (active && chance < 0.9) {
    await machine.busy(active);
    // The app may die under the click.
    void machine.rotate(active).catch(() => undefined);
  } else if (active) await machine.use(active);
}

async function killedUnderLoad(machine: Machine, random: () => number): Promise<void> {
  const killAt = random() * loadMs;
  const acts = Array.from({ length: 8 }, () => random() * loadMs).sort((a, b) => a - b);
  machine.ensureStarted();
  const began = Date.now();
  const until = (ms: number): Promise<void> => sleep(Math.max(0, began + ms - Date.now()));
  const killed = until(killAt).then(() => machine.kill());
  for (const at of acts) {
    await until(at);
    await happen(machine, random);
  }
  await killed;
  machine.start();
  await machine.settled(60_000);
}

/** Of so many moments, one is tried with troubles outside too. */
const troubledEvery = 4;

for (let seed = first; seed < first + count; seed += 1) {
  const troubled = seed % troubledEvery === 0;
  test(`under load, killed at a random moment (seed ${seed})`, async ({ machine }) => {
    test.setTimeout(90_000);
    await killedUnderLoad(machine, randomOf(seed));
  });
  if (!troubled) continue;
  test(`under load and in trouble, killed at a random moment (seed ${seed})`, async ({ machine }) => {
    test.setTimeout(150_000);
    const random = randomOf(seed + 1_000_000);
    for (const request of Object.values(requests)) {
      const answers = Object.values(troubles);
      const answer = answers[Math.floor(random() * answers.length)];
      if (answer !== undefined && random() < 0.5) trouble(machine.sandbox, request, answer, 1 + Math.floor(random() * 3));
    }
    await killedUnderLoad(machine, random);
    endTroubles(machine.sandbox);
  });
}
