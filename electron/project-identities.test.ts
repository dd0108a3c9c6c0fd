import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { Secret } from './base/secret.ts';
import { actSteps, acts, goTo, scope, startIdentities as start } from './identities-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

it('goes from nothing to worktrees that act as a verified account, each step checked, and no secret is left anywhere but where it is kept', async () => {
  const world = await start();
  const { ravi, account, control, audited, shown } = world;
  let run = await world.run();
  for (const step of actSteps) {
    await acts[step](world, run);
    expect(run.step(step)?.state, step).toBe('done');
    // Each step may be the last one before the app ends.
    await run.stop();
    run = await world.run();
    expect(run.step(step)?.state, `${step} after a restart`).toBe('done');
  }
  expect(run.view()).toMatchObject({ next: null, inUse: true, login: 'sarah-johnson', busy: null, unsure: null, inbox: null });
  expect(run.view()?.owner).toEqual({ login: 'acme', organization: true });
  expect(run.identities.page('p1', 'people', null)).toMatch(/\/orgs\/acme\/people$/);
  expect(run.policy('p1').source).toBe('shared');
  expect(run.sources.author('p1', 'shared')?.email).toMatch(/^\d+\+sarah-johnson@users\.noreply\./);

  const made = ravi.identities(account.id).filter(({ name }) => name === 'Sarah Johnson');
  expect(made).toHaveLength(1);
  const uuid = made[0]?.uuid ?? '';
  expect(ravi.keyLabels(uuid)).toEqual(['created with the identity']);
  expect(ravi.passwords(uuid)).toEqual([{ domain: 'github.com', username: 'sarah-johnson', password: expect.any(String) }]);
  await run.stop();

  const codes = shown.flatMap(({ inbox }) => inbox?.messages.flatMap((one) => one.codes) ?? []);
  const secrets = [
    ...ravi.issuedKeys(),
    ...control.issuedTokens(),
    ...ravi.passwords(uuid).map(({ password }) => password),
    ...codes,
  ];
  const files = await Promise.all((await readdir(world.disk())).map((name) => readFile(join(world.disk(), name), 'latin1')));
  const withoutInbox = shown.map((one) => ({ ...one, inbox: null }));
  const told = [...files, JSON.stringify(audited), JSON.stringify(withoutInbox), JSON.stringify(await run.box.names())].join(
    '\n',
  );
  expect(codes.length).toBeGreaterThan(0);
  for (const secret of secrets) expect(told.includes(secret), 'a secret was found').toBe(false);
});

it('at GitHub, an account that is not there yet and a token of somebody else are refused with a sentence', async () => {
  const world = await start();
  const run = await world.run();
  await goTo('account', world, run);
  await expect(run.identities.login('p1', 'nobody-there')).rejects.toThrow('GitHub has no account nobody-there yet.');
  expect(run.step('account')).toMatchObject({ state: 'failed' });
  world.control.createAccount('sarah-johnson');
  await run.identities.login('p1', 'sarah-johnson');
  expect(run.step('account')).toMatchObject({ state: 'done' });
  const foreign = world.control.createFineGrainedToken('acme-dev', { ...scope, expiresAt: null });
  await expect(run.identities.token('p1', Secret.of(foreign))).rejects.toThrow('That is a token of acme-dev.');
  await expect(run.identities.token('p1', Secret.of('ghp_classic'))).rejects.toThrow('classic token');
  expect(run.step('token')).toMatchObject({ state: 'failed' });
  await expect(run.identities.use('p1')).rejects.toThrow('no token of this account yet');
  const token = world.control.createFineGrainedToken('sarah-johnson', { ...scope, expiresAt: null });
  await run.identities.token('p1', Secret.of(token));
  expect(run.step('token')).toMatchObject({ state: 'done' });
  expect(run.step('invitation')).toMatchObject({ state: 'failed' });
  expect(run.step('invitation')?.sentence).toContain('does not reach acme/shop');
});

it('a free plan’s second identity is refused in words, and nothing is left in doubt', async () => {
  const world = await start('free');
  const run = await world.run();
  await expect(run.identities.create('p1', 'Sarah Johnson', null)).rejects.toThrow(/paid plan.*free plan has one identity/s);
  expect(run.view()).toMatchObject({ unsure: null, identity: null });
  await run.identities.pick('p1', world.own.uuid);
  expect(run.view().identity?.name).toBe('Dana');
});

it('the inbox is forgotten when nobody renews its lease', async () => {
  const world = await start();
  const run = await world.run();
  await run.identities.create('p1', 'Sarah Johnson', null);
  world.ravi.incomingMail(run.view().identity?.uuid ?? '', {
    from: 'GitHub <noreply@github.com>',
    subject: 'Your launch code',
    text: 'Your code is 83920147',
  });
  run.identities.watch('p1', true);
  await vi.waitFor(() => expect(run.view().inbox?.messages).toHaveLength(1));
  expect(run.step('mail')?.state).toBe('done');
  world.later(60_000);
  await vi.waitFor(() => expect(run.view().inbox).toBeNull(), { timeout: 8_000 });
});

it('retired, its token is dead, what was ticked is deleted, what stays is said, and the worktrees act as the App again', async () => {
  const world = await start();
  const run = await world.run();
  await goTo(null, world, run);
  const uuid = run.view().identity?.uuid ?? '';
  world.ravi.keepSecret(uuid, { key: 'MINE', value: 'x', notes: 'the person’s' });
  const { entries, stays } = await run.identities.holdings('p1');
  expect(entries.map(({ kind, name }) => [kind, name])).toEqual([['password', 'github.com']]);
  expect(stays.join(' ')).toContain('permanent');
  await expect(run.identities.dismiss('p1')).rejects.toThrow('Retire it');

  world.ravi.faults.next({ match: { method: 'DELETE', path: '/api/passwords/*' }, answer: 'drop' });
  const ids = entries.map(({ id }) => id);
  const half = await run.identities.retire('p1', 'revoke', ids);
  expect(half.done).toBe(false);
  expect(run.policy('p1').source).toBe('app');
  const whole = await run.identities.retire('p1', 'revoke', ids);
  expect(whole.done).toBe(true);
  expect(run.states.size).toBe(0);
  expect(world.ravi.passwords(uuid)).toEqual([]);
  expect(world.ravi.secrets(uuid).map(({ key }) => key)).toEqual(['MINE']);
  expect(world.control.liveTokens()).toEqual([]);
  expect((await run.box.names()).filter((name) => name.includes(uuid))).toEqual([]);
});
