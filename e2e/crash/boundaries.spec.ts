import type { Worktree } from '../../sandbox/jean/model.ts';
import type { Machine } from './machine.ts';
import { test } from './test.ts';

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
const archive = [...revoke, 'uninstall:removed', 'uninstall:recorded'] as const;

for (const boundary of provision) {
  test(`a worktree that is being provisioned survives a crash at ${boundary}`, async ({ machine }) => {
    await machine.subject();
    machine.start(boundary);
    await machine.worktree();
    await machine.died();
    machine.start();
    await machine.settled();
  });
}

/** The app dies at the boundary while the act is under way; started again, it brings everything to rest. */
const survives = (what: string, boundary: string, act: (machine: Machine, worktree: Worktree) => Promise<void>): void =>
  test(`a credential that is being ${what} survives a crash at ${boundary}`, async ({ machine }) => {
    const worktree = await machine.subject();
    machine.start(boundary);
    await act(machine, worktree);
    await machine.died();
    machine.start();
    await machine.settled();
  });

for (const boundary of rotate)
  survives('rotated', boundary, async (machine, worktree) => {
    await machine.busy(worktree);
    await machine.rotate(worktree);
  });
// What ends here and there passes the same boundaries; npm test does it once.
const full = process.env.JEAN_RAVI_CRASH_FULL === '1';
for (const boundary of full ? revoke : revoke.slice(0, 2))
  survives('revoked', boundary, (machine, worktree) => machine.merge(worktree));
for (const boundary of archive) survives('given back', boundary, async (machine, worktree) => machine.archive(worktree));

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
    faults.next({ match: minting, answer: busy });
    const refused = { status: 404, body: { message: 'Not Found' } };
    faults.next({ match: minting, times: 99, answer: boundary.startsWith('uninstall') ? refused : busy });
    machine.start(boundary);
    await machine.worktree();
    await machine.died();
    faults.clear();
    machine.start();
    await machine.settled();
  });
}
