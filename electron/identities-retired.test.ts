import { expect, it, vi } from 'vitest';
import { Secret } from './base/secret.ts';
import { goTo, type IdentitiesRun, type IdentitiesWorld, scope, startIdentities as start } from './identities-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

const ids = async ({ identities }: IdentitiesRun): Promise<string[]> =>
  (await identities.holdings('p1')).entries.map(({ id }) => id);

/** A project whose checklist is through, and a second one that acts as the same identity with a token of its own. */
async function shared(): Promise<{ world: IdentitiesWorld; run: IdentitiesRun; uuid: string; sameToken: string }> {
  const world = await start();
  const run = await world.run();
  await goTo('token', world, run);
  world.control.addCollaborator('acme/shop', 'sarah-johnson');
  const token = world.control.createFineGrainedToken('sarah-johnson', { ...scope, expiresAt: null });
  await run.identities.token('p1', Secret.of(token));
  await run.identities.use('p1');
  const uuid = run.view().identity?.uuid ?? '';
  await run.identities.pick('p2', uuid);
  return { world, run, uuid, sameToken: token };
}

it('where Ravi is away, what is through stays so, what remains is said, and one more click ends it', async () => {
  const world = await start();
  let run = await world.run();
  await goTo(null, world, run);
  const uuid = run.view().identity?.uuid ?? '';
  const entries = await ids(run);
  world.ravi.faults.down();
  await expect(run.identities.holdings('p1')).rejects.toThrow('could not be reached');
  const half = await run.identities.retire('p1', 'revoke', entries);
  expect(half.done).toBe(false);
  expect(half.parts.map(({ done }) => done)).toEqual([true, false]);
  expect(half.parts[1]?.sentence).toContain('Its vault could not be read.');
  expect(half.stays.join(' ')).toContain('the password of sarah-johnson stays in its vault');
  expect(world.control.liveTokens()).toEqual([]);
  // Its key is what reaches the vault: it stays until that is through.
  expect((await run.box.names()).some((name) => name.includes(uuid))).toBe(true);
  expect(run.view().trouble).toMatch(/not wholly retired.*vault could not be read.*Retire it again/s);
  await run.stop();
  world.ravi.faults.up();
  run = await world.run();
  expect(run.view().trouble).toContain('Retire it again');
  const whole = await run.identities.retire('p1', 'revoke', await ids(run));
  expect(whole.done).toBe(true);
  expect([run.states.size, world.ravi.passwords(uuid), await run.box.names()]).toEqual([0, [], ['ravi:management-key']]);
});

it('where Ravi is away and nothing is to be deleted it is retired, and the password that stays is named', async () => {
  const world = await start();
  const run = await world.run();
  await goTo('account', world, run);
  world.ravi.faults.down();
  const report = await run.identities.retire('p1', 'keep', []);
  expect(report.done).toBe(true);
  expect(report.stays.join(' ')).toContain('the password of sarah-johnson stays in its vault');
  expect(run.states.size).toBe(0);
});

it.each([
  ['503', { status: 503, body: { message: 'No.' } }],
  ['a dropped connection', 'drop'],
  ['a lost answer', 'lose'],
] as const)(
  '%s at GitHub while its token is revoked is said, the rest is done, and pressed again it is through',
  async (_name, fault) => {
    const world = await start();
    const run = await world.run();
    await goTo(null, world, run);
    const entries = await ids(run);
    world.control.faults.next({ match: { method: 'POST', path: '/credentials/revoke' }, answer: fault });
    const half = await run.identities.retire('p1', 'revoke', entries);
    expect(half.parts.filter(({ done }) => !done).map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining('Its token is not through yet.'),
    ]);
    expect(run.view().trouble).toContain('not wholly retired');
    const whole = await run.identities.retire('p1', 'revoke', await ids(run));
    expect([whole.done, run.states.size, world.control.liveTokens()]).toEqual([true, 0, []]);
  },
);

it('killed while it is retired, the next start says so', async () => {
  const world = await start();
  const first = await world.run(4);
  await goTo(null, world, first);
  const entries = await ids(first);
  first.killed.begin();
  await first.identities.retire('p1', 'revoke', entries).catch(() => undefined);
  await first.stop();
  const run = await world.run();
  expect(run.view().trouble).toBe(
    'The Companion ended while it was being retired. Retire it again: what is through already is not done twice.',
  );
});

it('a key that stays on this machine keeps the identity from being forgotten', async () => {
  const world = await start();
  const run = await world.run();
  await goTo('password', world, run);
  const failing = vi.spyOn(run.box, 'delete').mockImplementation(async (name) => {
    if (name.startsWith('ravi')) throw new Error('The disk is full.');
  });
  await expect(run.identities.dismiss('p1')).rejects.toThrow('Its key is still on this machine. The disk is full.');
  expect(run.states.size).toBe(1);
  failing.mockRestore();
  await run.identities.dismiss('p1');
  expect([run.states.size, await run.box.names()]).toEqual([0, ['ravi:management-key']]);
});

it('of two projects with one identity the other is named before its password is deleted, hears of it, and goes on', async () => {
  const { world, run, uuid } = await shared();
  const token = world.control.createFineGrainedToken('sarah-johnson', { ...scope, expiresAt: null });
  await run.identities.token('p2', Secret.of(token));
  await run.identities.use('p2');
  expect(run.view('p2')).toMatchObject({ inUse: true, passwordKept: true, next: null });

  const { entries, warnings } = await run.identities.holdings('p1');
  expect(entries[0]?.detail).toContain('api uses it too.');
  expect(warnings).toEqual(['api acts as Sarah Johnson too, and goes on with it.']);
  const report = await run.identities.retire(
    'p1',
    'revoke',
    entries.map(({ id }) => id),
  );
  expect(report.done).toBe(true);

  expect([...run.states.keys()]).toEqual(['p2']);
  expect(run.view('p2')).toMatchObject({ inUse: true, passwordKept: false });
  expect(run.step('password', 'p2')).toMatchObject({ state: 'failed' });
  expect(run.step('password', 'p2')?.sentence).toBe(
    'The password was deleted when Sarah Johnson was retired from shop. Make another, and set it at GitHub.',
  );
  // Its token, its key and its worktrees are untouched.
  expect(world.control.liveTokens()).toHaveLength(1);
  expect((await run.box.names()).some((name) => name.includes(uuid))).toBe(true);
  expect(run.policy('p2').source).toBe('shared');
  await run.identities.keepPassword('p2');
  expect(run.view('p2')).toMatchObject({ passwordKept: true, next: null });
  expect((await run.identities.password('p2')).login).toBe('sarah-johnson');
});

it('of two projects with the very same token the other is named before it is revoked, and keeps it where it is removed here alone', async () => {
  const { world, run, sameToken } = await shared();
  await run.identities.token('p2', Secret.of(sameToken));
  const { warnings } = await run.identities.holdings('p1');
  expect(warnings.join(' ')).toContain('api has the very same token. Revoked at GitHub, it is dead there too');
  expect((await run.identities.retire('p1', 'remove', [])).done).toBe(true);
  expect(run.step('token', 'p2')?.state).toBe('done');
  await run.identities.check('p2', 'token');
  expect(world.control.liveTokens()).toHaveLength(1);
});

it('a password that is not ticked stays for the other project', async () => {
  const { world, run, uuid } = await shared();
  expect((await run.identities.retire('p1', 'remove', [])).done).toBe(true);
  expect(world.ravi.passwords(uuid)).toHaveLength(1);
  expect((await run.identities.password('p2')).login).toBe('sarah-johnson');
});
