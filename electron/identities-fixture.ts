import { copyFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, vi } from 'vitest';
import { startEmpty } from '../sandbox/github/fixture.ts';
import { startRavi } from '../sandbox/ravi/ravi.ts';
import type { IdentityStepId, IdentityView } from '../shared/identities.ts';
import { defaultProjectPolicy, type ProjectPolicy } from '../shared/policy.ts';
import type { AuditInput } from './audit/log.ts';
import { Secret } from './base/secret.ts';
import { startGround } from './connections/fixture.ts';
import { RaviConnection } from './connections/ravi.ts';
import { Sources } from './connections/sources.ts';
import { vaultMarkOf } from './credentials/vault-mark.ts';
import { ownDatabase } from './own-database.ts';
import { ProjectIdentities } from './project-identities.ts';
import type { Db } from './storage/database.ts';
import { openSecretBox, type SecretBox } from './storage/secret-box.ts';

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** What a fine-grained token of the account may do. */
export const scope = {
  repositories: ['acme/shop'],
  permissions: { contents: 'write', pull_requests: 'write', issues: 'write', actions: 'read' },
} as const;

/**
 * A process that is killed at its nth contact with the disk or the outside: right after a write, or after a request that changes something
 * was carried out and before its answer is read. What lies on the disk at that moment is what the next run finds; nothing happens after it.
 */
class Killed {
  /** The contacts there were until now, in words. */
  readonly contacts: string[] = [];
  /** The folder as it was then; null while it lives. */
  disk: string | null = null;
  readonly #folder: string;
  readonly #at: number;
  #armed = false;

  constructor(folder: string, at: number) {
    this.#folder = folder;
    this.#at = at;
  }

  /** Forgets the contacts until now: those of what comes are counted. */
  begin(): void {
    this.contacts.splice(0);
    this.#armed = true;
  }

  /** Something was done that outlasts the process. */
  touch(what: string): void {
    if (!this.#armed || this.disk !== null) return;
    this.contacts.push(what);
    if (this.contacts.length === this.#at) this.kill();
  }

  /** Now, wherever it is. */
  kill(): void {
    this.disk = mkdtempSync(join(tmpdir(), 'jr-identities-'));
    const { disk } = this;
    endings.push(() => rm(disk, { recursive: true, force: true }));
    for (const name of readdirSync(this.#folder))
      if (!name.endsWith('-shm')) copyFileSync(join(this.#folder, name), join(this.disk, name));
  }

  /** What the dead does not get to do. */
  #mustLive(): void {
    if (this.disk !== null) throw new Error('The process was killed.');
  }

  db(db: Db): Db {
    return {
      all: db.all.bind(db),
      get: db.get.bind(db),
      exec: db.exec.bind(db),
      transaction: db.transaction.bind(db),
      afterCommit: db.afterCommit.bind(db),
      close: db.close.bind(db),
      durable: async () => {
        await db.durable();
        this.#mustLive();
      },
      run: (sql, params) => {
        this.#mustLive();
        const done = db.run(sql, params);
        this.touch('its record is written');
        this.#mustLive();
        return done;
      },
    };
  }

  box(box: SecretBox): SecretBox {
    const changing = async (what: string, change: () => Promise<void>): Promise<void> => {
      this.#mustLive();
      await change();
      this.touch(what);
      this.#mustLive();
    };
    return {
      persistent: box.persistent,
      backend: box.backend,
      setAside: null,
      get: (name) => box.get(name),
      names: () => box.names(),
      put: (name, secret) => changing(`${kindOf(name)} is put into the secret box`, () => box.put(name, secret)),
      delete: (name) => changing(`${kindOf(name)} is taken out of the secret box`, () => box.delete(name)),
    };
  }

  fetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    return async (input, init) => {
      this.#mustLive();
      const answer = await fetch(input, init);
      const method = init?.method ?? 'GET';
      if (method !== 'GET')
        this.touch(`${method} ${new URL(String(input)).pathname.replace(/[0-9a-f-]{36}/, '…')} is carried out`);
      this.#mustLive();
      return answer;
    };
  }
}

const kindOf = (name: string): string => name.split(':')[0] ?? name;

const cipher = {
  persistent: true,
  backend: 'test',
  encrypt: async (text: string) => Buffer.from(text).reverse(),
  decrypt: async (bytes: Buffer) => Buffer.from(bytes).reverse().toString(),
};

/** The roof over real stand-ins for Ravi and GitHub, with a database and a secret box on the disk, started again as often as wanted. */
export async function startIdentities(plan: 'paid' | 'free' = 'paid') {
  const { github, control } = await startEmpty();
  control.createAccount('acme', 'Organization');
  await control.createRepo('acme', 'shop');
  const ravi = await startRavi({ clock: control.clock });
  endings.push(() => ravi.stop());
  control.deliverTo((mail) => ravi.deliver(mail));
  const account = ravi.createAccount({ plan, email: 'dana@acme.test' });
  const own = ravi.createIdentity(account.id, { name: 'Dana', address: 'dana.acme@raviapp.com' });
  const { base, settings } = await startGround();
  settings.update({ ravi: { baseUrl: ravi.url, identityUuid: own.uuid, identityName: 'Dana' } });
  const folder = await mkdtemp(join(tmpdir(), 'jr-identities-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const mark = vaultMarkOf(settings);
  const audited: AuditInput[] = [];
  const shown: IdentityView[] = [];
  const policies = new Map<string, ProjectPolicy>();
  const projects: Record<string, { name: string; repository: string }> = {
    p1: { name: 'shop', repository: 'acme/shop' },
    p2: { name: 'api', repository: 'acme/shop' },
  };
  let late = 0;
  let disk = folder;
  const now = (): number => Date.now() + late;
  const openBox = (): Promise<SecretBox> => openSecretBox({ file: join(disk, 'secrets.json'), cipher, now });
  await (await openBox()).put('ravi:management-key', Secret.of(account.managementKey));

  /** The app started once; `killedAt` kills it at its nth contact after {@link Killed.begin}. */
  const run = async (killedAt = 0) => {
    const killed = new Killed(disk, killedAt);
    const opened = ownDatabase(disk, now, () => undefined);
    const db = killed.db(opened);
    const box = killed.box(await openBox());
    const kept = { ...base, box, fetch: killed.fetch(fetch), now };
    const connection = new RaviConnection({ ...kept, isOurs: (note) => mark.isOurs(note) });
    const checked = vi.spyOn(connection, 'check');
    await connection.start();
    // Its own look at Ravi is not to meet what is meant for the checklist.
    await checked.mock.results[0]?.value;
    const policy = (id: string): ProjectPolicy => policies.get(id) ?? defaultProjectPolicy;
    const sources = new Sources({
      box,
      fetch: kept.fetch,
      now,
      github: () => ({ apiUrl: github.apiUrl, webUrl: github.webUrl }),
      clientId: async () => '',
      repositoryId: async () => 1,
      project: (id) => (projects[id] === undefined ? null : { ...projects[id], policy: policy(id) }),
      publish: () => undefined,
      onReplaced: () => undefined,
      onExpiring: () => undefined,
      audit: (entry) => void audited.push(entry),
    });
    await sources.start();
    const states = new Map<string, IdentityView>();
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
            of: policy,
            set: (id: string, wanted: ProjectPolicy) => {
              policies.set(id, wanted);
              killed.touch('the policy is written');
            },
          } as never,
        },
      },
      fetch: kept.fetch,
      now,
    });
    await identities.start();
    const view = (id = 'p1'): IdentityView => {
      const found = states.get(id);
      if (found === undefined) throw new Error('No identity is shown.');
      return found;
    };
    const step = (id: string, project = 'p1') => view(project).steps.find((one) => one.id === id);
    let ended = false;
    const stop = async (): Promise<void> => {
      if (ended) return;
      ended = true;
      await identities.stop();
      disk = killed.disk ?? disk;
      sources.stop();
      opened.close();
    };
    endings.push(stop);
    return { identities, view, step, states, stop, sources, killed, box, policy };
  };
  const later = (ms: number): void => {
    late += ms;
  };
  return { github, control, ravi, account, own, audited, shown, projects, run, later, openBox, disk: () => disk };
}

export type IdentitiesWorld = Awaited<ReturnType<typeof startIdentities>>;
export type IdentitiesRun = Awaited<ReturnType<IdentitiesWorld['run']>>;

/** The code that GitHub's mail has brought, as the page shows it. */
async function codeSeen({ identities, view }: IdentitiesRun): Promise<string> {
  identities.watch('p1', true);
  await vi.waitFor(() => expect(view().inbox?.messages[0]?.codes).toHaveLength(1), { timeout: 12_000 });
  const code = view().inbox?.messages[0]?.codes[0] ?? '';
  identities.watch('p1', false);
  return code;
}

/** What is done at a step, as a person does it; it may be done again. */
export type Act = (world: IdentitiesWorld, run: IdentitiesRun) => Promise<unknown>;

/** Signs up as the step's person does, and types the code. */
export async function signUp({ control }: IdentitiesWorld, run: IdentitiesRun): Promise<string> {
  const { login, password } = await run.identities.password('p1');
  expect(password.reveal()).toHaveLength(24);
  control.signUp(login, run.view().identity?.address ?? '');
  run.identities.signUpOpened('p1');
  control.confirm(login, await codeSeen(run));
  return login;
}

/** What has to be done for each step, in their order. */
export const acts: Readonly<Record<Exclude<IdentityStepId, 'address' | 'sign-up' | 'mail'>, Act>> = {
  identity: (_w, { identities }) => identities.create('p1', 'Sarah Johnson', 'sarah.johnson'),
  password: (_w, { identities }) => identities.keepPassword('p1'),
  account: async (world, run) => {
    await run.identities.login('p1', await signUp(world, run));
  },
  token: async ({ control }, { identities }) => {
    const token = control.createFineGrainedToken('sarah-johnson', { ...scope, expiresAt: null });
    expect(await identities.token('p1', Secret.of(token))).toBe('sarah-johnson');
  },
  invitation: async ({ control }, { identities }) => {
    control.invite('acme/shop', 'sarah-johnson');
    control.acceptInvitation('acme/shop', 'sarah-johnson');
    await identities.check('p1', 'invitation');
  },
  done: async (_w, { identities }) => identities.use('p1'),
};
export type ActStep = keyof typeof acts;
export const actSteps = Object.keys(acts) as readonly ActStep[];

/** Goes up to a step, which is not done yet. */
export async function goTo(step: ActStep | null, world: IdentitiesWorld, run: IdentitiesRun): Promise<void> {
  for (const one of actSteps) {
    if (one === step) return;
    await acts[one](world, run);
  }
}
