import { describe, expect, it, vi } from 'vitest';
import type { Faults } from '../sandbox/faults.ts';
import { Secret } from './base/secret.ts';
import { answer, faults } from './faults-fixture.ts';
import {
  type ActStep,
  acts,
  goTo,
  type IdentitiesRun,
  type IdentitiesWorld,
  scope,
  signUp,
  startIdentities as start,
} from './identities-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

/** How long a client may wait for an answer that never comes, ms, in place of its own 15 to 90 seconds. */
const patienceMs = 400;

/** Waits of clients are short, those of everything else as they are. */
function hurry(): () => void {
  const { setTimeout: real } = globalThis;
  const spy = vi
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation(((act: () => void, ms?: number, ...more: unknown[]) =>
      real(act, ms !== undefined && ms >= 15_000 && ms <= 90_000 ? patienceMs : ms, ...more)) as typeof setTimeout);
  return () => spy.mockRestore();
}

/** A sentence for a person: whole, without a stack, and with what to do. */
function isSentence(text: string | undefined, when = ''): void {
  expect(text, when).toMatch(/[.]$/);
  expect(text?.length ?? 0).toBeGreaterThan(20);
  expect(text?.length ?? 0).toBeLessThan(600);
  expect(text).not.toMatch(/undefined|\[object|ZodError|\bat .*\.ts/);
  expect(text, 'what to do').toMatch(
    /\b([Tt]ry|[Ll]ook|[Ll]og in|[Ss]ign in|[Cc]hange|[Cc]hoose|[Dd]elete|[Cc]opy|[Ff]inish|[Gg]ive it)\b/,
  );
}

const count = (world: IdentitiesWorld, method: string, end: string): number =>
  world.ravi.calls().filter((one) => one.method === method && one.path.endsWith(end)).length;

const uuidOf = (world: IdentitiesWorld): string =>
  world.ravi.identities(world.account.id).find(({ name }) => name === 'Sarah Johnson')?.uuid ?? '';

/** What Ravi is asked to make, each with the step that it belongs to, and how a person tries again. */
const makings: readonly {
  readonly what: string;
  readonly path: string;
  readonly step: ActStep;
  readonly act: (world: IdentitiesWorld, run: IdentitiesRun) => Promise<unknown>;
  readonly there: (world: IdentitiesWorld, run: IdentitiesRun) => number;
}[] = [
  {
    what: 'an identity',
    path: '/api/identities/',
    step: 'identity',
    act: acts.identity,
    there: (w) => w.ravi.identities(w.account.id).filter(({ name }) => name === 'Sarah Johnson').length,
  },
  {
    what: 'a password',
    path: '/api/passwords/',
    step: 'password',
    act: acts.password,
    there: (w) => w.ravi.passwords(uuidOf(w)).length,
  },
];

describe.each(makings)('$what, when POST $path meets', ({ path, step, act, there }) => {
  it.each(faults)('$name: is said, never asked for again by itself, and made once', async ({ answer: fault }) => {
    const world = await start();
    let run = await world.run();
    await goTo(step, world, run);
    const before = count(world, 'POST', path);
    const calm = fault === 'mute' ? hurry() : () => undefined;
    world.ravi.faults.next({ match: { method: 'POST', path }, answer: fault });
    const failed: unknown = await act(world, run).then(
      () => null,
      (error: unknown) => error,
    );
    calm();
    const asked = count(world, 'POST', path);
    expect(asked - before).toBeLessThanOrEqual(1);
    if (failed instanceof Error) {
      isSentence(failed.message);
      expect(run.step(step)?.state).toBe('failed');
      isSentence(run.step(step)?.sentence);
    } else expect(run.step(step)?.state).toBe('done');
    await run.stop();
    run = await world.run();
    await vi.waitFor(() => expect(run.view().busy).toBeNull());
    // The start asks for nothing again: that takes the person.
    expect(count(world, 'POST', path)).toBe(asked);
    if (run.view().unsure !== null) {
      // Not known yet: another one is not made before it is.
      await expect(act(world, run)).rejects.toThrow(/Look again in \d+ (second|minute)/);
      expect(count(world, 'POST', path)).toBe(asked);
    }
    world.later(180_000);
    if (run.view().unsure !== null) await run.identities.check('p1', step);
    if (run.step(step)?.state !== 'done') await act(world, run);
    expect(run.step(step)?.state).toBe('done');
    expect(there(world, run)).toBe(1);
    const next = step === 'identity' ? 'password' : 'account';
    await acts[next](world, run);
    expect(run.step(next)?.state).toBe('done');
  });
});

describe('its key, when it is minted and meets', () => {
  it.each(faults)('$name: is said, and no second one is made while the first may come', async ({ answer: fault, made }) => {
    const world = await start();
    const picked = world.ravi.createIdentity(world.account.id, { name: 'Kim' });
    const run = await world.run();
    const calm = fault === 'mute' ? hurry() : () => undefined;
    world.ravi.faults.next({ match: { method: 'POST', path: '/api/auth/keys/identity/' }, answer: fault });
    const failed: Error = await run.identities.pick('p1', picked.uuid).then(
      () => new Error('it worked'),
      (error: Error) => error,
    );
    calm();
    isSentence(failed.message);
    const labels = () => world.ravi.keyLabels(picked.uuid).filter((label) => label === 'jean-ravi:shop').length;
    expect(labels()).toBe(made ? 1 : 0);
    expect(run.step('identity')?.state).toBe('failed');
    if (made) expect(run.step('identity')?.sentence).toContain('Delete that key in Ravi’s dashboard');
    if (run.view().unsure !== null) {
      await expect(run.identities.check('p1', 'identity')).rejects.toThrow(/Look again in \d+ seconds/);
      expect(labels()).toBe(0);
      world.later(60_000);
      await expect(run.identities.check('p1', 'identity')).rejects.toThrow('Ravi did not make the key. Try again');
    }
    await run.identities.check('p1', 'identity');
    expect(run.step('identity')?.state).toBe('done');
    // The person was told to delete the first; Ravi has no other way.
    expect(labels()).toBe(made ? 2 : 1);
    await run.identities.check('p1', 'identity');
    expect(labels()).toBe(made ? 2 : 1);
  });

  it('a key store that does not take it: the key waits, and no other is made', async () => {
    const world = await start();
    const picked = world.ravi.createIdentity(world.account.id, { name: 'Kim' });
    const run = await world.run();
    const put = vi.spyOn(run.box, 'put').mockRejectedValue(new Error('The keyring is locked.'));
    await expect(run.identities.pick('p1', picked.uuid)).rejects.toThrow(
      /keyring is locked.*Unlock the key store and look again/s,
    );
    await expect(run.identities.check('p1', 'identity')).rejects.toThrow('Unlock the key store');
    put.mockRestore();
    await run.identities.check('p1', 'identity');
    expect(run.step('identity')?.state).toBe('done');
    expect(world.ravi.keyLabels(picked.uuid).filter((label) => label === 'jean-ravi:shop')).toHaveLength(1);
    await run.identities.keepPassword('p1');
  });
});

describe('its number, when it is got and meets', () => {
  it.each(faults)('$name: is said, and another one is never asked for by itself', async ({ name, answer: fault, made }) => {
    const world = await start();
    const run = await world.run();
    await acts.identity(world, run);
    const calm = fault === 'mute' ? hurry() : () => undefined;
    world.ravi.faults.next({ match: { method: 'POST', path: '*/provision-phone/' }, answer: fault });
    const failed: unknown = await run.identities.phone('p1', 'US').then(
      () => null,
      (error: unknown) => error,
    );
    calm();
    const asked = () => count(world, 'POST', '/provision-phone/');
    expect(asked()).toBeLessThanOrEqual(1);
    const first = asked();
    if (made) {
      // The list shows what came of it.
      expect(failed).toBeNull();
      expect(run.view()).toMatchObject({ identity: { phone: expect.stringMatching(/^\+1555/) }, trouble: null, unsure: null });
      return;
    }
    isSentence((failed as Error).message);
    isSentence(run.view().trouble ?? '');
    expect(run.view().identity?.phone).toBeNull();
    // Ravi says 503 of its provider: another country may be tried at once.
    expect(run.view().unsure !== null).toBe(['500', '503 of a gateway', 'a dropped connection'].includes(name));
    if (run.view().unsure !== null) {
      expect((failed as Error).message).not.toContain('No number was got');
      await expect(run.identities.phone('p1', 'US')).rejects.toThrow(/Look again in/);
      // What is not known is not forgotten over something else.
      await expect(run.identities.keepPassword('p1')).rejects.toThrow(/Look again in/);
      expect(run.view().unsure).toContain('phone number');
    }
    world.later(180_000);
    await run.identities.phone('p1', 'US');
    expect(run.view().identity?.phone).toMatch(/^\+1555/);
    expect(asked()).toBe(first + 1);
  });
});

/** What is only looked at, each with what it leaves to look at. It is tried with every fault, one after the other, and once without. */
const looks: readonly {
  readonly what: string;
  readonly of: 'ravi' | 'github';
  readonly path: string;
  readonly step: 'identity' | 'address' | 'password' | 'mail' | 'account' | 'token' | 'invitation';
  readonly from: ActStep;
  readonly act: (world: IdentitiesWorld, run: IdentitiesRun, prepared: string) => Promise<unknown>;
  readonly prepare?: (world: IdentitiesWorld, run: IdentitiesRun) => Promise<string>;
  /** Faults that say something else here. */
  readonly except?: readonly string[];
}[] = [
  {
    what: 'the identities there are to pick from',
    of: 'ravi',
    path: '/api/identities/',
    step: 'identity',
    from: 'identity',
    act: (w, run) => run.identities.pick('p1', w.own.uuid),
  },
  {
    what: 'the address',
    of: 'ravi',
    path: '/api/identities/',
    step: 'address',
    from: 'password',
    act: (_w, run) => run.identities.check('p1', 'address'),
  },
  {
    what: 'the vault, before a password is made',
    of: 'ravi',
    path: '/api/passwords/',
    step: 'password',
    from: 'password',
    act: acts.password,
  },
  {
    what: 'the mail',
    of: 'ravi',
    path: '/api/email-messages/',
    step: 'mail',
    from: 'account',
    act: (_w, run) => run.identities.check('p1', 'mail'),
    prepare: async (world, run) => {
      const { login } = await run.identities.password('p1');
      world.control.signUp(login, run.view().identity?.address ?? '');
      return '';
    },
  },
  {
    what: 'the account',
    of: 'github',
    path: '/users/sarah-johnson',
    step: 'account',
    from: 'account',
    act: (_w, run, login) => run.identities.login('p1', login),
    prepare: signUp,
  },
  {
    what: 'whose token it is',
    of: 'github',
    path: '/user',
    step: 'token',
    from: 'token',
    act: (_w, run, token) => run.identities.token('p1', Secret.of(token)),
    prepare: async ({ control }) => control.createFineGrainedToken('sarah-johnson', { ...scope, expiresAt: null }),
  },
  {
    what: 'whether the token reaches the repository',
    of: 'github',
    path: '/repos/acme/shop',
    step: 'invitation',
    from: 'invitation',
    act: (_w, run) => run.identities.check('p1', 'invitation'),
    prepare: async ({ control }) => {
      control.addCollaborator('acme/shop', 'sarah-johnson');
      return '';
    },
  },
];

describe.each(looks)('$what, asked of $of', ({ of, path, step, from, act, prepare }) => {
  it('is said to have failed, whatever the fault; nothing is made twice, and one more click goes on', async () => {
    const world = await start();
    const run = await world.run();
    await goTo(from, world, run);
    const prepared = (await prepare?.(world, run)) ?? '';
    const service: Faults = of === 'ravi' ? world.ravi.faults : world.control.faults;
    const made = () => world.ravi.calls().filter(({ method }) => method !== 'GET').length;
    const before = made();
    for (const { name, answer: fault } of faults) {
      const calm = fault === 'mute' ? hurry() : () => undefined;
      service.next({ match: { method: 'GET', path }, answer: fault });
      const failed: Error = await act(world, run, prepared).then(
        () => new Error('it worked'),
        (error: Error) => error,
      );
      calm();
      expect(service.left(), `${name} was met`).toBe(0);
      isSentence(failed.message, name);
      // One that was done before stays so: an outage is no news about it.
      if (run.step(step)?.state !== 'done') {
        expect(run.step(step), name).toMatchObject({ state: 'failed' });
        isSentence(run.step(step)?.sentence);
      } else expect(step, name).toBe('address');
      expect([run.view().busy, run.view().unsure], name).toEqual([null, null]);
      expect(made(), name).toBe(before);
      if (name.startsWith('429') && of === 'ravi') expect(failed.message).toContain('37 seconds');
    }
    await act(world, run, prepared);
    expect(run.step(step)?.state).toBe('done');
  });
});

it.each(['ravi', 'github'] as const)(
  'with %s gone altogether, its port closed, the step says so and goes on when it is back',
  async (which) => {
    const world = await start();
    const run = await world.run();
    await goTo(which === 'ravi' ? 'password' : 'account', world, run);
    if (which === 'ravi') {
      const { port } = new URL(world.ravi.url);
      await world.ravi.stop();
      await expect(run.identities.keepPassword('p1')).rejects.toThrow(
        /could not be reached.*Look whether this machine is online/s,
      );
      expect(run.view().unsure).toBeNull();
      await world.ravi.start(Number(port));
      await run.identities.keepPassword('p1');
      expect(world.ravi.passwords(uuidOf(world))).toHaveLength(1);
      return;
    }
    await signUp(world, run);
    world.control.faults.down();
    await expect(run.identities.login('p1', 'sarah-johnson')).rejects.toThrow(
      /could not be reached.*Look whether this machine is online/s,
    );
    world.control.faults.up();
    await run.identities.check('p1', 'account');
    expect(run.step('account')?.state).toBe('done');
  },
);

it('while Jean is away the project is not known: the access says so, the token waits, and goes on when Jean is back', async () => {
  const world = await start();
  const run = await world.run();
  await goTo('invitation', world, run);
  world.control.addCollaborator('acme/shop', 'sarah-johnson');
  const { p1 } = world.projects;
  delete world.projects.p1;
  await expect(run.identities.check('p1', 'invitation')).rejects.toThrow('no repository at GitHub that the companion knows');
  expect(run.step('token')?.state).toBe('done');
  if (p1) world.projects.p1 = p1;
  await run.identities.check('p1', 'invitation');
  expect(run.step('invitation')?.state).toBe('done');
});

it('a vault that does not rename the entry keeps the password, which is shown with the account’s name, and the entry follows', async () => {
  const world = await start();
  const run = await world.run();
  await goTo('account', world, run);
  const { password } = await run.identities.password('p1');
  world.control.createAccount('sarah-j');
  world.ravi.faults.next({ match: { method: 'PATCH' }, answer: answer(503) });
  await expect(run.identities.login('p1', 'sarah-j')).rejects.toThrow('Changing the login failed');
  expect(run.step('account')?.state).toBe('done');
  const shown = await run.identities.password('p1');
  expect([shown.login, shown.password.reveal()]).toEqual(['sarah-j', password.reveal()]);
  expect(world.ravi.passwords(uuidOf(world)).map(({ username }) => username)).toEqual(['sarah-j']);
});

it('where Ravi is gone after a lost answer, what is not known is said, and looked up by the next run', async () => {
  const world = await start();
  let run = await world.run();
  world.ravi.faults.next({ match: { method: 'POST', path: '/api/identities/' }, answer: 'lose' });
  // The look before is answered, those after are not.
  world.ravi.faults.next({ match: { method: 'GET', path: '/api/identities/' }, answer: { delayMs: 0 } });
  world.ravi.faults.next({ match: { method: 'GET', path: '/api/identities/' }, times: 9, answer: 'drop' });
  await expect(run.identities.create('p1', 'Sarah Johnson', null)).rejects.toThrow(/may have been made all the same/);
  expect(run.view().unsure).toContain('Look again before you make another');
  await expect(run.identities.create('p1', 'Sarah Johnson', null)).rejects.toThrow();
  await run.stop();
  world.ravi.faults.clear();
  run = await world.run();
  await vi.waitFor(() => expect(run.view()).toMatchObject({ unsure: null, identity: { name: 'Sarah Johnson' } }));
  expect(world.ravi.identities(world.account.id).filter(({ name }) => name === 'Sarah Johnson')).toHaveLength(1);
});
