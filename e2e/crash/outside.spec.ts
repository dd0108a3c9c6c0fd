import type { FaultAnswer } from '../../sandbox/faults.ts';
import type { Worktree } from '../../sandbox/jean/model.ts';
import type { Machine } from './machine.ts';
import { test } from './test.ts';
import { type Asked, requests, timesAgain, trouble, troubles } from './troubles.ts';

const full = process.env.JEAN_RAVI_CRASH_FULL === '1';
/** What npm test tries: the one that leaves most unknown, the one that says when to come back, and the one that looks like success. */
const usual = ['loses its answer', 'is throttled', 'is answered by somebody in between'];
const limitMs = 60_000;

/** Work for every request: the app finds a new worktree and an archived one at its start, and a credential is to be rotated. */
async function work(machine: Machine): Promise<Worktree> {
  const [rotated, archived] = await machine.subjects(2);
  if (rotated === undefined || archived === undefined) throw new Error('There are no two worktrees.');
  await machine.busy(rotated);
  machine.archive(archived);
  await machine.worktree();
  return rotated;
}

for (const [what, answer] of Object.entries(troubles)) {
  if (!full && !usual.includes(what)) continue;
  test(`each request of the life ${what} once, and all ends well`, async ({ machine }) => {
    test.setTimeout(150_000);
    const rotated = await work(machine);
    for (const request of Object.values(requests)) trouble(machine.sandbox, request, answer);
    machine.start();
    await machine.rotateIntoTrouble(rotated, limitMs);
    await machine.settled(limitMs);
  });
}

/** The app dies of it, and meets it again when it is back; twice, where it has to try again, and does so soon. */
async function dies(machine: Machine, request: Asked, answer: FaultAnswer): Promise<void> {
  const rotated = await work(machine);
  const again = timesAgain(request, answer);
  trouble(machine.sandbox, request, answer, 1 + again);
  machine.start();
  const rotating = machine.rotate(rotated);
  rotating.catch(() => undefined);
  await machine.troubled(again);
  await machine.kill();
  await rotating.catch(() => undefined);
  machine.start();
  await machine.rotateIntoTrouble(rotated, limitMs);
  await machine.settled(limitMs);
}

for (const [request, asked] of full ? Object.entries(requests) : [])
  for (const [what, answer] of Object.entries(troubles))
    test(`${request} ${what}: the app is killed over it, it goes on so, and all ends well`, async ({ machine }) => {
      test.setTimeout(180_000);
      await dies(machine, asked, answer);
    });

/** A second more than the app waits for an answer, ms. */
const tooLongMs = { github: 16_000, ravi: 31_000, jean: 31_000 } as const;

for (const [request, asked] of full ? Object.entries(requests) : [])
  test(`${request} takes longer than anybody waits, and all ends well`, async ({ machine }) => {
    test.setTimeout(180_000);
    const rotated = await work(machine);
    trouble(machine.sandbox, asked, { delayMs: tooLongMs[asked.of] });
    machine.start();
    // Without Jean the tray has nothing to click.
    if (asked.of === 'jean') await machine.troubled(0, limitMs);
    else await machine.rotateIntoTrouble(rotated, limitMs);
    await machine.settled(limitMs);
  });

/** While the outside is away, or comes back as another. */
const outages: Readonly<Record<string, (machine: Machine) => Promise<void>>> = {
  'Ravi is away': async ({ sandbox }) => sandbox.ravi.faults.down(),
  'GitHub is away': async ({ sandbox }) => sandbox.github.control.faults.down(),
  'Jean is restarted': ({ sandbox }) => sandbox.jean.restart(),
  'Jean’s events are lost': async ({ sandbox }) => sandbox.jean.loseEvents(5),
};

for (const [what, begin] of Object.entries(outages)) {
  if (!full && what !== 'GitHub is away') continue;
  test(`${what} while the app is killed and started, and all ends well once it is back`, async ({ machine }) => {
    test.setTimeout(120_000);
    const { sandbox } = machine;
    const archived = await machine.subject();
    machine.start();
    await begin(machine);
    machine.archive(archived);
    await machine.worktree();
    await machine.kill();
    machine.start();
    await machine.connected();
    sandbox.ravi.faults.up();
    sandbox.github.control.faults.up();
    await machine.settled(limitMs);
  });
}
