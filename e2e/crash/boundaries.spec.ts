import type { Worktree } from '../../sandbox/jean/model.ts';
import type { Machine } from './machine.ts';
import { expect, test } from './test.ts';
import { endTroubles, trouble as makeTrouble, requests, troubles } from './troubles.ts';

/** What a worktree's credential goes through, and the boundaries that it passes on its way. */
const provision = [
  'want:recorded',
  'mint:intended',
  'mint:issued',
  'mint:kept',
  'mint:recorded',
  'store:intended',
  'store:put',
  'store:recorded',
  'install:intended',
  'install:opened',
  'install:configured',
  'install:recorded',
  'serve:recorded',
] as const;
const rotate = [
  'rotate:recorded',
  'mint:intended',
  'mint:issued',
  'mint:kept',
  'mint:recorded',
  'store:intended',
  'store:put',
  'store:recorded',
  'serve:recorded',
  'revoke:begun',
  'revoke:verified',
  'bury:recorded',
  'bury:forgotten',
] as const;
const revoke = [
  'end:recorded',
  'end:closed',
  'retire:recorded',
  'revoke:begun',
  'revoke:verified',
  'bury:recorded',
  'bury:forgotten',
  'unvault:removed',
  'unvault:recorded',
] as const;
/** What its entry goes through on its way to another vault. */
const move = [
  'move:ordered',
  'move:intended',
  'move:put',
  'move:verified',
  'move:recorded',
  'clear:removed',
  'clear:recorded',
] as const;
const archive = [...revoke, 'uninstall:removed', 'uninstall:recorded'] as const;

const full = process.env.JEAN_RAVI_CRASH_FULL === '1';

/** The app dies at the boundary while the act is under way; started again, it brings everything to rest. */
async function dies(
  machine: Machine,
  boundary: string,
  act: (machine: Machine, worktree: Worktree) => Promise<void>,
): Promise<void> {
  const worktree = await machine.subject();
  machine.start(boundary);
  await act(machine, worktree);
  await machine.died();
}

let turn = 0;

/** As a crash at the boundary; and, tried in full, once more with each request in the same trouble when the app is back: each boundary has another. */
function survives(what: string, boundary: string, act: (machine: Machine, worktree: Worktree) => Promise<void>): void {
  test(`a credential that is being ${what} survives a crash at ${boundary}`, async ({ machine }) => {
    await dies(machine, boundary, act);
    machine.start();
    await machine.settled();
  });
  if (!full) return;
  const [trouble, answer] = Object.entries(troubles)[turn++ % Object.keys(troubles).length] ?? ['is cut', 'drop'];
  test(`a credential that is being ${what} survives a crash at ${boundary}, after which each request ${trouble}`, async ({
    machine,
  }) => {
    test.setTimeout(120_000);
    await dies(machine, boundary, act);
    for (const request of Object.values(requests)) makeTrouble(machine.sandbox, request, answer);
    machine.start();
    await machine.settled(60_000);
    endTroubles(machine.sandbox);
  });
}

test('every boundary that the app has is tried', async ({ machine }) => {
  expect(new Set([...provision, ...rotate, ...archive, ...move])).toEqual(new Set(await machine.boundaries()));
});

for (const boundary of provision)
  survives('made', boundary, async (machine) => {
    await machine.worktree();
  });
for (const boundary of rotate)
  survives('rotated', boundary, async (machine, worktree) => {
    await machine.busy(worktree);
    await machine.rotate(worktree);
  });
// What ends here and there passes the same boundaries; npm test does it once.
for (const boundary of full ? revoke : revoke.slice(0, 2))
  survives('revoked', boundary, (machine, worktree) => machine.merge(worktree));
for (const boundary of archive) survives('given back', boundary, async (machine, worktree) => machine.archive(worktree));

for (const boundary of move) {
  test(`a credential that is moved to this machine and back survives a crash at ${boundary}, both ways`, async ({ machine }) => {
    test.setTimeout(120_000);
    const worktree = await machine.subject();
    await machine.keepIn('local');
    machine.start(boundary);
    await machine.died();
    machine.start();
    await machine.keptHere(worktree);
    await machine.kill();
    await machine.keepIn('ravi');
    machine.start(boundary);
    await machine.died();
    machine.start();
    await machine.settled();
  });
}

const busy = { status: 503, body: { message: 'Service unavailable' } };
const minting = { method: 'POST', path: '*/access_tokens' };
/** git is closed before there is a credential. */
const holdBack = ['install:intended', 'install:opened', 'install:configured', 'install:recorded'] as const;
/** GitHub says that nothing will come of it: git is given back. */
const letGo = ['uninstall:removed', 'uninstall:recorded'] as const;

for (const boundary of full ? [...holdBack, ...letGo] : (['install:configured', 'uninstall:removed'] as const)) {
  test(`a worktree whose first credential GitHub does not make yet survives a crash at ${boundary}`, async ({ machine }) => {
    await machine.subject();
    const { faults } = machine.sandbox.github.control;
    faults.next({ match: minting, times: 99, answer: busy });
    machine.start(boundary);
    const worktree = await machine.worktree();
    if (boundary.startsWith('uninstall')) {
      await machine.asksUs(worktree);
      faults.clear();
      faults.next({ match: minting, times: 99, answer: { status: 404, body: { message: 'Not Found' } } });
    }
    await machine.died();
    faults.clear();
    machine.start();
    await machine.settled();
  });
}
