import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FaultAnswer } from '../sandbox/faults.ts';
import { startEmpty } from '../sandbox/github/fixture.ts';
import { startRavi } from '../sandbox/ravi/ravi.ts';
import type { IdentityView } from '../shared/identities.ts';
import { defaultProjectPolicy, type ProjectPolicy } from '../shared/policy.ts';
import type { AuditInput } from './audit/log.ts';
import { Secret } from './base/secret.ts';
import { startGround } from './connections/fixture.ts';
import { RaviConnection } from './connections/ravi.ts';
import { Sources } from './connections/sources.ts';
import { vaultMarkOf } from './credentials/vault-mark.ts';
import { ownDatabase } from './own-database.ts';
import { ProjectIdentities } from './project-identities.ts';

vi.setConfig({ testTimeout: 30_000 });

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const scope = {
  repositories: ['acme/shop'],
  permissions: { contents: 'write', pull_requests: 'write', issues: 'write', actions: 'read' },
} as const;

/** The roof over real stand-ins for Ravi and GitHub, with a database and a secret box on the disk, started again as often as wanted. */
async function start(plan: 'paid' | 'free' = 'paid') {
  const { github, control } = await startEmpty();
  control.createAccount('acme', 'Organization');
  await control.createRepo('acme', 'shop');
  const ravi = await startRavi({ clock: control.clock });
  endings.push(() => ravi.stop());
  control.deliverTo((mail) => ravi.deliver(mail));
  const account = ravi.createAccount({ plan, email: 'dana@acme.test' });
  const own = ravi.createIdentity(account.id, { name: 'Dana', address: 'dana.acme@raviapp.com' });
  const { base, box, settings } = await startGround();
  settings.update({ ravi: { baseUrl: ravi.url, identityUuid: own.uuid, identityName: 'Dana' } });
  await box.put('ravi:management-key', Secret.of(account.managementKey));
  const folder = await mkdtemp(join(tmpdir(), 'jr-identities-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const mark = vaultMarkOf(settings);
  const audited: AuditInput[] = [];
  const shown: IdentityView[] = [];
  let policy: ProjectPolicy = defaultProjectPolicy;
  let late = 0;
  const now = (): number => Date.now() + late;

  const run = async () => {
    const db = ownDatabase(folder, now, () => undefined);
    const connection = new RaviConnection({ ...base, isOurs: (note) => mark.isOurs(note) });
    await connection.start();
    const sources = new Sources({
      box,
      fetch,
      now,
      github: () => ({ apiUrl: github.apiUrl, webUrl: github.webUrl }),
      clientId: async () => '',
      repositoryId: async () => 1,
      project: () => ({ name: 'shop', repository: 'acme/shop', policy }),
      publish: () => undefined,
      onReplaced: () => undefined,
      onExpiring: () => undefined,
      audit: (entry) => void audited.push(entry),
    });
    await sources.start();
    const states = new Map<string, IdentityView>();
    const projects = { p1: { name: 'shop', repository: 'acme/shop' }, p2: { name: 'api', repository: 'acme/shop' } };
    const identities = new ProjectIdentities({
      db,
      box,
      settings,
      mark,
      board: { state: () => ({ projects }) as never },
      publish: (changes) => {
        for (const { collection, id, value } of changes) {
          if (collection !== 'identities') continue;
          if (value === null) states.delete(id);
          else {
            states.set(id, value);
            shown.push(value);
          }
        }
      },
      audit: (entry) => void audited.push(entry),
      world: {
        ravi: connection,
        github: { apiUrl: github.apiUrl, webUrl: github.webUrl },
        sources,
        projects: {
          policies: {
            of: () => policy,
            set: (_id: string, wanted: ProjectPolicy) => {
              policy = wanted;
            },
          } as never,
        },
      },
      fetch,
      now,
    });
    await identities.start();
    const view = (id = 'p1'): IdentityView => {
      const found = states.get(id);
      if (found === undefined) throw new Error('No identity is shown.');
      return found;
    };
    const step = (id: string) => view().steps.find((one) => one.id === id);
    let ended = false;
    const stop = async (): Promise<void> => {
      if (ended) return;
      ended = true;
      await identities.stop();
      sources.stop();
      db.close();
    };
    endings.push(stop);
    return { identities, view, step, states, stop, sources };
  };
  const later = (ms: number): void => {
    late += ms;
  };
  return { github, control, ravi, account, own, box, folder, audited, shown, run, later, policy: () => policy };
}

type World = Awaited<ReturnType<typeof start>>;
type Run = Awaited<ReturnType<World['run']>>;

/** The code that GitHub's mail has brought, as the page shows it. */
async function codeSeen({ identities, view }: Run): Promise<string> {
  identities.watch('p1', true);
  await vi.waitFor(() => expect(view().inbox?.messages[0]?.codes).toHaveLength(1), { timeout: 12_000 });
  const code = view().inbox?.messages[0]?.codes[0] ?? '';
  identities.watch('p1', false);
  return code;
}

/** What has to be done for each step, as a person does it; `again` where the first try met a fault. */
const acts: readonly (readonly [string, (world: World, run: Run) => Promise<unknown>])[] = [
  ['identity', (_w, { identities }) => identities.create('p1', 'Sarah Johnson', 'sarah.johnson')],
  ['password', (_w, { identities }) => identities.keepPassword('p1')],
  [
    'account',
    async ({ control }, run) => {
      const { login, password } = await run.identities.password('p1');
      expect(password.reveal()).toHaveLength(24);
      control.signUp(login, run.view().identity?.address ?? '');
      run.identities.signUpOpened('p1');
      control.confirm(login, await codeSeen(run));
      await run.identities.login('p1', login);
    },
  ],
  [
    'token',
    async ({ control }, { identities }) => {
      const token = control.createFineGrainedToken('sarah-johnson', { ...scope, expiresAt: null });
      expect(await identities.token('p1', Secret.of(token))).toBe('sarah-johnson');
    },
  ],
  [
    'invitation',
    async ({ control }, { identities }) => {
      control.invite('acme/shop', 'sarah-johnson');
      control.acceptInvitation('acme/shop', 'sarah-johnson');
      await identities.check('p1', 'invitation');
    },
  ],
  ['done', (_w, { identities }) => identities.use('p1')],
];

it('goes from nothing to worktrees that act as a verified account, each step checked, and no secret is left anywhere but where it is kept', async () => {
  const world = await start();
  const { ravi, account, control, box, folder, audited, shown } = world;
  let run = await world.run();
  for (const [step, act] of acts) {
    await act(world, run);
    expect(run.step(step)?.state, step).toBe('done');
    // Each step may be the last one before the app ends.
    await run.stop();
    run = await world.run();
    expect(run.step(step)?.state, `${step} after a restart`).toBe('done');
  }
  expect(run.view()).toMatchObject({ next: null, inUse: true, login: 'sarah-johnson', busy: null, unsure: null, inbox: null });
  expect(run.view()?.owner).toEqual({ login: 'acme', organization: true });
  expect(run.identities.page('p1', 'people', null)).toMatch(/\/orgs\/acme\/people$/);
  expect(world.policy().source).toBe('shared');
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
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1')));
  const withoutInbox = shown.map((one) => ({ ...one, inbox: null }));
  const told = [...files, JSON.stringify(audited), JSON.stringify(withoutInbox), JSON.stringify(await box.names())].join('\n');
  expect(codes.length).toBeGreaterThan(0);
  for (const secret of secrets) expect(told.includes(secret), 'a secret was found').toBe(false);
});

describe('a fault', () => {
  const answer = (status: number): FaultAnswer => ({ status, body: { detail: 'No.' } });
  const kinds: readonly (readonly [string, FaultAnswer])[] = [
    ['402', answer(402)],
    ['409', answer(409)],
    ['429', { status: 429, body: { detail: 'Request was throttled.', retry_after_seconds: 1 } }],
    ['503', answer(503)],
    ['a lost answer', 'lose'],
    ['a dropped connection', 'drop'],
    ['a garbled answer', 'garble'],
  ];
  /** The requests that make something, with the step that they belong to. */
  const makings = [
    {
      path: '/api/identities/',
      upTo: 0,
      count: (w: World) => w.ravi.identities(w.account.id).filter(({ name }) => name === 'Sarah Johnson').length,
    },
    {
      path: '/api/passwords/',
      upTo: 1,
      count: (w: World) => w.ravi.identities(w.account.id).flatMap(({ uuid }) => w.ravi.passwords(uuid)).length,
    },
  ] as const;

  for (const { path, upTo, count } of makings)
    for (const [kind, fault] of kinds)
      it(`${kind} at POST ${path} is said, nothing is made twice, and after a restart it goes on`, async () => {
        const world = await start();
        let run = await world.run();
        for (const [, act] of acts.slice(0, upTo)) await act(world, run);
        world.ravi.faults.next({ match: { method: 'POST', path }, answer: fault });
        const [step, act] = acts[upTo] ?? acts[0] ?? [];
        await act?.(world, run).catch(() => undefined);
        const asked = () => world.ravi.calls().filter((one) => one.method === 'POST' && one.path === path).length;
        const first = asked();
        if (run.step(step ?? '')?.state !== 'done') expect(run.step(step ?? '')).toMatchObject({ state: 'failed' });
        await run.stop();
        run = await world.run();
        await vi.waitFor(() => expect(run.view().busy).toBeNull());
        // The start asks for nothing again: that takes the person.
        expect(asked()).toBe(first);
        world.later(180_000);
        if (run.step(step ?? '')?.state !== 'done')
          await run.identities.check('p1', upTo === 0 ? 'identity' : 'password').catch(() => undefined);
        if (run.step(step ?? '')?.state !== 'done') await act?.(world, run);
        expect(run.step(step ?? '')?.state).toBe('done');
        expect(count(world)).toBe(1);
        for (const [, next] of acts.slice(upTo + 1)) await next(world, run);
        expect(run.view().next).toBeNull();
      });

  it.each(kinds)('%s while its key is made leaves no doubt about what to do', async (_kind, fault) => {
    const world = await start();
    const picked = world.ravi.createIdentity(world.account.id, { name: 'Kim' });
    const run = await world.run();
    world.ravi.faults.next({ match: { method: 'POST', path: '/api/auth/keys/identity/' }, answer: fault });
    await expect(run.identities.pick('p1', picked.uuid)).rejects.toThrow();
    const labels = () => world.ravi.keyLabels(picked.uuid).filter((label) => label === 'jean-ravi:shop').length;
    const lost = fault === 'lose' || fault === 'garble';
    expect(labels()).toBe(lost ? 1 : 0);
    expect(run.step('identity')?.state).toBe('failed');
    if (lost) expect(run.step('identity')?.sentence).toContain('Delete that key in Ravi’s dashboard');
    await run.identities.check('p1', 'identity');
    expect(run.step('identity')?.state).toBe('done');
    expect(labels()).toBe(lost ? 2 : 1);
    await run.identities.check('p1', 'identity');
    expect(labels()).toBe(lost ? 2 : 1);
  });

  it.each(kinds)('%s while a number is got never has another one asked for by itself', async (kind, fault) => {
    const world = await start();
    const run = await world.run();
    await run.identities.create('p1', 'Sarah Johnson', null);
    world.ravi.faults.next({ match: { method: 'POST', path: '*/provision-phone/' }, answer: fault });
    await run.identities.phone('p1', 'US').catch(() => undefined);
    const asked = () => world.ravi.calls().filter(({ path }) => path.endsWith('/provision-phone/')).length;
    const first = asked();
    if (fault === 'lose' || fault === 'garble') {
      expect(run.view().identity?.phone).toMatch(/^\+1555/);
      return;
    }
    expect(run.view().trouble, kind).not.toBeNull();
    expect(run.view().identity?.phone).toBeNull();
    world.later(180_000);
    await run.identities.phone('p1', 'US');
    expect(run.view().identity?.phone).toMatch(/^\+1555/);
    expect(asked()).toBe(first + 1);
  });

  it('where Ravi is gone after a lost answer, what is not known is said, and looked up by the next run', async () => {
    const world = await start();
    let run = await world.run();
    world.ravi.faults.next({ match: { method: 'POST', path: '/api/identities/' }, answer: 'lose' });
    const creating = run.identities.create('p1', 'Sarah Johnson', null);
    await vi.waitFor(() =>
      expect(world.ravi.calls().some(({ method, path }) => method === 'POST' && path === '/api/identities/')).toBe(true),
    );
    world.ravi.faults.down();
    await creating.catch(() => undefined);
    if (run.view().identity === null) {
      expect(run.view().unsure).toContain('Look again before you make another');
      await expect(run.identities.create('p1', 'Sarah Johnson', null)).rejects.toThrow();
    }
    await run.stop();
    world.ravi.faults.up();
    run = await world.run();
    await vi.waitFor(() => expect(run.view()).toMatchObject({ unsure: null, identity: { name: 'Sarah Johnson' } }));
    expect(world.ravi.identities(world.account.id).filter(({ name }) => name === 'Sarah Johnson')).toHaveLength(1);
  });

  it('at GitHub, an account that is not there yet and a token of somebody else are refused with a sentence', async () => {
    const world = await start();
    const run = await world.run();
    for (const [, act] of acts.slice(0, 2)) await act(world, run);
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
  for (const [, act] of acts) await act(world, run);
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
  expect(world.policy().source).toBe('app');
  const whole = await run.identities.retire('p1', 'revoke', ids);
  expect(whole.done).toBe(true);
  expect(run.states.size).toBe(0);
  expect(world.ravi.passwords(uuid)).toEqual([]);
  expect(world.ravi.secrets(uuid).map(({ key }) => key)).toEqual(['MINE']);
  expect(world.control.liveTokens()).toEqual([]);
  expect((await world.box.names()).filter((name) => name.includes(uuid))).toEqual([]);
});
