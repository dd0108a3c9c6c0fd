import { expect, it, vi } from 'vitest';
import { Secret } from './base/secret.ts';
import { identityKeyName } from './connections/ravi-sign-in.ts';
import {
  acts,
  goTo,
  type IdentitiesRun,
  type IdentitiesWorld,
  scope,
  signUp,
  startIdentities as start,
} from './identities-fixture.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Something that a person does, and what is so when it is through. */
interface Deed {
  readonly what: string;
  /** Up to here, and what the person does outside before. */
  readonly prepare: (world: IdentitiesWorld, run: IdentitiesRun) => Promise<string>;
  readonly act: (world: IdentitiesWorld, run: IdentitiesRun, prepared: string) => Promise<unknown>;
  readonly done: (run: IdentitiesRun) => boolean;
  /** What is there in the end, once. */
  readonly check: (world: IdentitiesWorld, run: IdentitiesRun, prepared: string) => Promise<void> | void;
}

const stepDone = (id: string) => (run: IdentitiesRun) => run.states.size > 0 && run.step(id)?.state === 'done';
const named = (world: IdentitiesWorld, wanted: string) =>
  world.ravi.identities(world.account.id).filter(({ name }) => name === wanted);
const labelsOf = (world: IdentitiesWorld, uuid: string) =>
  world.ravi.keyLabels(uuid).filter((label) => label === 'jean-ravi:shop').length;
/** Everything that the person was told, on the page and in the log. */
const told = ({ audited, shown }: IdentitiesWorld): string =>
  [...audited.map(({ message }) => message), ...shown.flatMap(({ steps }) => steps.map(({ sentence }) => sentence))].join('\n');

const deeds: readonly Deed[] = [
  {
    what: 'an identity is made',
    prepare: async () => '',
    act: async (world, run) => {
      if (run.states.get('p1')?.identity != null) await run.identities.check('p1', 'identity');
      else await acts.identity(world, run);
    },
    done: stepDone('identity'),
    check: async (world, run) => {
      const [only, ...more] = named(world, 'Sarah Johnson');
      expect(more).toEqual([]);
      const uuid = only?.uuid ?? '';
      // The one that came with it is kept, or is said to be lost, and then there is one of its own.
      const lost = told(world).includes('The key that came with it was lost');
      expect(labelsOf(world, uuid)).toBe(lost ? 1 : 0);
      expect(await run.box.get(identityKeyName(uuid))).not.toBeNull();
    },
  },
  {
    what: 'an identity is picked and its key is minted',
    prepare: async (world) => world.ravi.createIdentity(world.account.id, { name: 'Kim' }).uuid,
    act: async (_w, run, uuid) => {
      if (run.states.get('p1')?.identity != null) await run.identities.check('p1', 'identity');
      else await run.identities.pick('p1', uuid);
    },
    done: stepDone('identity'),
    check: async (world, run, uuid) => {
      const lost = told(world).includes('Delete that key in Ravi’s dashboard');
      expect(labelsOf(world, uuid)).toBe(lost ? 2 : 1);
      expect(await run.box.get(identityKeyName(uuid))).not.toBeNull();
    },
  },
  {
    what: 'a number is got',
    prepare: async (world, run) => {
      await goTo('password', world, run);
      return '';
    },
    act: (_w, run) => run.identities.phone('p1', 'US'),
    done: (run) => run.view().identity?.phone != null,
    check: (world) => {
      expect(world.ravi.calls().filter(({ path, status }) => path.endsWith('/provision-phone/') && status < 300)).toHaveLength(1);
    },
  },
  {
    what: 'a password is kept',
    prepare: async (world, run) => {
      await goTo('password', world, run);
      return '';
    },
    act: acts.password,
    done: stepDone('password'),
    check: async (world, run) => {
      const kept = world.ravi.passwords(named(world, 'Sarah Johnson')[0]?.uuid ?? '');
      expect(kept).toHaveLength(1);
      expect((await run.identities.password('p1')).password.reveal()).toBe(kept[0]?.password);
    },
  },
  {
    what: 'GitHub’s sign-up is opened and its mail comes',
    prepare: async (world, run) => {
      await goTo('account', world, run);
      world.control.signUp('sarah-johnson', run.view().identity?.address ?? '');
      return '';
    },
    act: async (_w, run) => {
      run.identities.signUpOpened('p1');
      await run.identities.check('p1', 'mail');
    },
    done: stepDone('mail'),
    check: (_w, run) => expect(run.step('sign-up')?.state).toBe('done'),
  },
  {
    what: 'the account’s name is said and looked up',
    prepare: async (world, run) => {
      await goTo('account', world, run);
      await signUp(world, run);
      // Another name than the one that was suggested: the vault's entry has to follow.
      world.control.createAccount('sarah-j');
      return 'sarah-j';
    },
    act: (_w, run, login) => run.identities.login('p1', login),
    done: stepDone('account'),
    check: async (world, run) => {
      expect((await run.identities.password('p1')).login).toBe('sarah-j');
      const kept = world.ravi.passwords(named(world, 'Sarah Johnson')[0]?.uuid ?? '');
      expect(kept.map(({ username }) => username)).toEqual(['sarah-j']);
    },
  },
  {
    what: 'its token is taken while the repository waits',
    prepare: async (world, run) => {
      await goTo('token', world, run);
      return world.control.createFineGrainedToken('sarah-johnson', { ...scope, expiresAt: null });
    },
    act: (_w, run, token) => run.identities.token('p1', Secret.of(token)),
    done: stepDone('token'),
    check: async (_w, run, token) => {
      const kept = (await run.box.names()).filter((name) => name.startsWith('identity-token:'));
      expect(kept).toEqual(['identity-token:p1']);
      expect((await run.box.get('identity-token:p1'))?.reveal()).toBe(token);
    },
  },
  {
    what: 'the repository is reached and the project takes the token',
    prepare: async (world, run) => {
      await goTo('invitation', world, run);
      world.control.addCollaborator('acme/shop', 'sarah-johnson');
      return '';
    },
    act: (_w, run) => run.identities.check('p1', 'invitation'),
    done: stepDone('invitation'),
    check: async (_w, run) => {
      await vi.waitFor(async () =>
        expect((await run.box.names()).filter((name) => /token|shared/.test(name))).toEqual(['shared:p1']),
      );
      expect(run.step('token')?.state).toBe('done');
    },
  },
  {
    what: 'the worktrees are switched to it',
    prepare: async (world, run) => {
      await goTo('done', world, run);
      return '';
    },
    act: (_w, run) => run.identities.use('p1'),
    done: stepDone('done'),
    check: (_w, run) => expect(run.view()).toMatchObject({ inUse: true, next: null }),
  },
  {
    what: 'it is retired',
    prepare: async (world, run) => {
      await goTo(null, world, run);
      return run.view().identity?.uuid ?? '';
    },
    act: async (_w, run) => {
      const { entries } = await run.identities.holdings('p1');
      const report = await run.identities.retire(
        'p1',
        'revoke',
        entries.map(({ id }) => id),
      );
      expect(report.parts.filter((part) => !part.done)).toEqual([]);
    },
    done: (run) => run.states.size === 0,
    check: async (world, run, uuid) => {
      expect(world.ravi.passwords(uuid)).toEqual([]);
      expect(world.control.liveTokens()).toEqual([]);
      expect(await run.box.names()).toEqual(['ravi:management-key']);
      expect(run.policy('p1').source).toBe('app');
    },
  },
];

/** Requests that make or change something at Ravi, by now. */
const changes = (world: IdentitiesWorld): number => world.ravi.calls().filter(({ method }) => method !== 'GET').length;

/** Starts the app on what the dead one has left, and waits until it has looked. */
async function again(world: IdentitiesWorld, dead: IdentitiesRun): Promise<IdentitiesRun> {
  await dead.stop();
  const before = changes(world);
  const run = await world.run();
  await vi.waitFor(() => expect([...run.states.values()].every(({ busy }) => busy === null)).toBe(true));
  expect(changes(world), 'the start changes nothing by itself').toBe(before);
  return run;
}

/** A person goes on: looks where something is not known, waits, and does it again where it is not done. */
async function goOn(world: IdentitiesWorld, run: IdentitiesRun, { act, done }: Deed, prepared: string): Promise<void> {
  for (let tries = 0; tries < 4 && !done(run); tries += 1) {
    const view = run.states.get('p1');
    for (const { state, sentence } of view?.steps ?? []) if (state === 'failed') expect(sentence).toMatch(/[.]$/);
    if (view?.unsure != null) {
      expect(view.unsure).toMatch(/Look again/);
      const asked = changes(world);
      await expect(act(world, run, prepared)).rejects.toThrow(/Look again in|Delete that key/);
      expect(changes(world), 'nothing is asked for while it is not known').toBe(asked);
      world.later(180_000);
      await run.identities.check('p1', 'identity').catch(() => undefined);
    } else await act(world, run, prepared).catch(() => undefined);
  }
  expect(done(run), JSON.stringify(run.states.get('p1'))).toBe(true);
}

it.each(deeds)('killed at any moment while $what, the next start goes on: nothing twice, nothing left over', async (deed) => {
  const moments: string[] = [];
  for (let moment = 1; ; moment += 1) {
    const world = await start();
    const first = await world.run(moment);
    const prepared = await deed.prepare(world, first);
    first.killed.begin();
    await deed.act(world, first, prepared).catch(() => undefined);
    if (first.killed.disk === null) break;
    moments.push(first.killed.contacts.at(-1) ?? '');
    const run = await again(world, first);
    await goOn(world, run, deed, prepared);
    await deed.check(world, run, prepared);
    await run.stop();
  }
  expect(moments.length, moments.join('; ')).toBeGreaterThan(1);
});

/** What Ravi may carry out after the companion that asked for it is dead, and the next one has looked already. */
const late: readonly (readonly [string, string, (world: IdentitiesWorld) => number])[] = [
  ['an identity is made', '/api/identities/', (world) => named(world, 'Sarah Johnson').length],
  [
    'an identity is picked and its key is minted',
    '/api/auth/keys/identity/',
    (world) => labelsOf(world, named(world, 'Kim')[0]?.uuid ?? ''),
  ],
  [
    'a number is got',
    '*/provision-phone/',
    (world) => world.ravi.calls().filter(({ path, status }) => path.endsWith('/provision-phone/') && status < 300).length,
  ],
  ['a password is kept', '/api/passwords/', (world) => world.ravi.passwords(named(world, 'Sarah Johnson')[0]?.uuid ?? '').length],
];

it.each(late)('killed while %s and the request is still on its way, the next start waits for it', async (what, path, count) => {
  const deed = deeds.find((one) => one.what === what);
  if (deed === undefined) throw new Error(`There is no ${what}`);
  const world = await start();
  const first = await world.run();
  const prepared = await deed.prepare(world, first);
  const { faults } = world.ravi;
  faults.next({ match: { method: 'POST', path }, answer: { delayMs: 2_500 } });
  const acting = deed.act(world, first, prepared).catch(() => undefined);
  await vi.waitFor(() => expect(faults.held()).toBe(1));
  first.killed.kill();
  const stopped = again(world, first);
  const run = await stopped;
  expect(count(world)).toBe(0);
  expect(run.view().unsure).toMatch(/Look again/);
  await expect(deed.act(world, run, prepared)).rejects.toThrow(/Look again in/);
  await acting;
  await vi.waitFor(() => expect(count(world)).toBe(1), { timeout: 10_000 });
  await run.identities.check('p1', 'identity').catch(() => undefined);
  await goOn(world, run, deed, prepared);
  await deed.check(world, run, prepared);
});
