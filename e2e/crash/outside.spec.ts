import type { Fault, FaultAnswer } from '../../sandbox/faults.ts';
import type { Machine } from './machine.ts';
import { test } from './test.ts';

const full = process.env.JEAN_RAVI_CRASH_FULL === '1';

/** What goes wrong with a request. */
const troubles: Readonly<Record<string, FaultAnswer>> = {
  'is cut': 'drop',
  'loses its answer': 'lose',
  'is answered with garbage': { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Please sign in</html>' },
  'is throttled': { status: 429, headers: { 'retry-after': '1' }, body: { message: 'Too many', detail: 'Too many' } },
  'wants payment': { status: 402, body: { message: 'Payment required', detail: 'This needs a paid plan.' } },
  'meets an error inside': { status: 500, body: { message: 'Oops', detail: 'Oops' } },
  'meets a gateway’s page': { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Unavailable</html>' },
  'is slow': { delayMs: 1_500 },
};
/** What npm test tries: the one that leaves most unknown, the one that says when to come back, and the one that looks like success. */
const usual = ['loses its answer', 'is throttled', 'is answered with garbage'];

/** Every request that the life of a credential makes, by who is asked. */
const requests: Readonly<Record<string, { readonly of: 'github' | 'ravi'; readonly match: Fault['match'] }>> = {
  'finding the installation': { of: 'github', match: { method: 'GET', path: '/repos/*/installation' } },
  'the mint': { of: 'github', match: { method: 'POST', path: '/app/installations/*/access_tokens' } },
  'the revocation': { of: 'github', match: { method: 'DELETE', path: '/installation/token' } },
  'the proof of death': { of: 'github', match: { method: 'GET', path: '/installation/repositories' } },
  'storing in the vault': { of: 'ravi', match: { method: 'POST', path: '/api/secrets/' } },
  'changing in the vault': { of: 'ravi', match: { method: 'PATCH', path: '/api/secrets/*' } },
  'deleting from the vault': { of: 'ravi', match: { method: 'DELETE', path: '/api/secrets/*' } },
};

/** A new worktree, a rotation and an archived worktree at once, with these faults on the way; then all is well. */
async function lives(
  machine: Machine,
  faults: readonly { readonly of: 'github' | 'ravi'; readonly fault: Fault }[],
): Promise<void> {
  const { sandbox } = machine;
  const rotated = await machine.subject();
  machine.start();
  const archived = await machine.worktree();
  await machine.busy(rotated);
  await machine.settled();
  for (const { of, fault } of faults) (of === 'github' ? sandbox.github.control : sandbox.ravi).faults.next(fault);
  await machine.rotate(rotated);
  machine.archive(archived);
  await machine.worktree();
  await machine.settled(60_000);
  sandbox.github.control.faults.clear();
  sandbox.ravi.faults.clear();
}

for (const [trouble, answer] of Object.entries(troubles)) {
  if (!full && !usual.includes(trouble)) continue;
  test(`each request of the life ${trouble} once, and all ends well`, async ({ machine }) => {
    test.setTimeout(120_000);
    await lives(
      machine,
      Object.values(requests).map(({ of, match }) => ({ of, fault: { match: { ...match }, answer } })),
    );
  });
  if (!full) continue;
  for (const [what, { of, match }] of Object.entries(requests))
    test(`${what} ${trouble} twice, and all ends well`, async ({ machine }) => {
      test.setTimeout(120_000);
      await lives(machine, [{ of, fault: { match: { ...match }, answer, times: 2 } }]);
    });
}

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
    await machine.settled(60_000);
  });
}
