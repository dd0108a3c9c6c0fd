import { type IdentityStepId, type IdentityView, inboxLeaseMs } from '../shared/identities.ts';
import type { StateChange } from '../shared/model.ts';
import type { AuditInput } from './audit/log.ts';
import type { Secret } from './base/secret.ts';
import type { GitHubConnection } from './connections/github.ts';
import type { RaviConnection } from './connections/ravi.ts';
import { identityKeyName } from './connections/ravi-sign-in.ts';
import type { VaultMark } from './credentials/vault-mark.ts';
import { PersonTokens } from './github/person-tokens.ts';
import { accountDomain } from './identities/account-domain.ts';
import { IdentitiesAtRavi } from './identities/at-ravi.ts';
import { type IdentityFacts, ownToken } from './identities/checklist.ts';
import { Desk } from './identities/desk.ts';
import { GitHubAccount, type WaitingTokens } from './identities/github-account.ts';
import { InboxWatch } from './identities/inbox-watch.ts';
import { type StepPage, stepPage } from './identities/pages.ts';
import { PasswordKeeping } from './identities/password-keeping.ts';
import { type IdentityRecord, IdentityRecords } from './identities/records.ts';
import { Retiring, type RetiringOptions } from './identities/retiring.ts';
import { githubFor, githubOf } from './identity-github.ts';
import type { PersonSources } from './person-sources.ts';
import type { Projects } from './projects.ts';
import { type RaviClient, raviDashboard } from './ravi/client.ts';
import { receivedBy } from './ravi/inbox.ts';
import type { Boards } from './sessions/boards.ts';
import type { Db } from './storage/database.ts';
import type { SecretBox } from './storage/secret-box.ts';
import type { SettingsFile } from './storage/settings.ts';

export interface ProjectIdentitiesOptions {
  readonly db: Db;
  readonly box: SecretBox;
  readonly settings: SettingsFile;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly audit: (entry: AuditInput) => void;
  readonly mark: VaultMark;
  readonly board: Pick<Boards, 'state'>;
  /** Read when it is needed: some of it is put together later. */
  readonly world: {
    readonly ravi: Pick<RaviConnection, 'management' | 'clientOf'>;
    readonly github: Pick<GitHubConnection, 'apiUrl' | 'webUrl'>;
    readonly sources: Pick<PersonSources, 'take' | 'remove' | 'revoke' | 'formPage' | 'shared' | 'alsoUsing'>;
    readonly projects: Pick<Projects, 'policies'>;
  };
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/** How often an inbox that is looked at is read, ms. */
const everyMs = 5_000;
const tokenPrefix = 'identity-token:';
const tokenName = (projectId: string): string => tokenPrefix + projectId;

/** What the page is told goes by here too. */
export const heard = <T extends Pick<ProjectIdentitiesOptions, 'publish'>>(
  options: T,
  on: ProjectIdentitiesOptions['publish'],
): T => ({
  ...options,
  publish: (changes: readonly StateChange[]) => {
    options.publish(changes);
    on(changes);
  },
});

/** Part of the roof: who the projects' agents are to the outside, put between Ravi, GitHub and the projects' sources. */
export class ProjectIdentities {
  readonly #o: ProjectIdentitiesOptions;
  readonly #desk: Desk;
  readonly #ravi: IdentitiesAtRavi;
  readonly #passwords: PasswordKeeping;
  readonly #account: GitHubAccount;
  readonly #retiring: Retiring;
  readonly #inbox: InboxWatch;
  /** Identities whose key is in the secret box. */
  #held: ReadonlySet<string> = new Set();
  #started = false;

  constructor(options: ProjectIdentitiesOptions) {
    this.#o = options;
    const { audit, board, box, db, mark, now, publish } = options;
    this.#desk = new Desk({
      records: new IdentityRecords(db),
      projectName: (projectId) => board.state().projects[projectId]?.name ?? null,
      facts: (record) => this.#facts(record),
      inbox: (projectId) => this.#inbox.view(projectId),
      show: (id: string, value: IdentityView | null) => publish([{ collection: 'identities', id, value }]),
      audit,
      now,
    });
    const ravi = this.#raviAccess();
    const domain = (): string => accountDomain(options.world.github.webUrl);
    const waiting: WaitingTokens = {
      get: (projectId) => box.get(tokenName(projectId)),
      put: (projectId, token) => box.put(tokenName(projectId), token),
      delete: (projectId) => box.delete(tokenName(projectId)),
    };
    this.#ravi = new IdentitiesAtRavi(this.#desk, ravi, now);
    this.#passwords = new PasswordKeeping(this.#desk, ravi, domain, now);
    this.#account = new GitHubAccount(this.#desk, githubFor(options), waiting, this.#passwords, now);
    const { sources, projects } = { sources: () => options.world.sources, projects: () => options.world.projects };
    this.#retiring = new Retiring({
      desk: this.#desk,
      ravi,
      waiting,
      domain,
      isOurs: (note) => mark.isOurs(note),
      sources: {
        remove: (projectId) => sources().remove(projectId),
        revoke: (projectId) => sources().revoke(projectId, 'shared'),
        revokeWaiting: (token) => new PersonTokens(githubOf(options)).revoke(token),
        alsoUsing: (projectId) => sources().alsoUsing(projectId),
        leave: (projectId) => projects().policies.set(projectId, { ...projects().policies.of(projectId), source: 'app' }),
      },
    });
    this.#inbox = new InboxWatch({
      read: async (projectId, since, signal) => {
        const { identity } = this.#desk.named(projectId);
        return await receivedBy(await ravi.of(identity.uuid), identity.uuid, { since, phone: identity.phone !== null, signal });
      },
      webHost: () => new URL(options.world.github.webUrl).host,
      leaseMs: inboxLeaseMs,
      everyMs,
      now,
      onChange: (projectId) => {
        if (this.#started) this.#desk.publish(projectId);
      },
      onCode: (projectId) => this.#codeCame(projectId),
    });
  }

  /** Takes up what earlier runs left: what was asked of Ravi and never answered is looked up, and nothing is asked for again. */
  async start(): Promise<void> {
    this.#started = true;
    await this.#readKeys();
    this.publish();
    const names = new Set(await this.#o.box.names());
    if (!this.#started) return;
    for (const { projectId, intent } of this.#desk.all())
      void this.#resume(projectId, intent?.what ?? null, names.has(tokenName(projectId)));
  }

  async #resume(projectId: string, open: 'create' | 'phone' | 'key' | 'password' | null, waits: boolean): Promise<void> {
    if (open === 'password') await this.#passwords.check(projectId).catch(() => undefined);
    else if (open !== null && this.#o.world.ravi.management !== null) await this.#ravi.resume(projectId);
    if (waits && this.#started) await this.#account.resume(projectId);
  }

  async stop(): Promise<void> {
    this.#started = false;
    this.#inbox.stop();
    await this.#desk.stop();
  }

  publish(): void {
    if (this.#started) for (const { projectId } of this.#desk.all()) this.#desk.publish(projectId);
  }

  /** Somebody else changed what the steps depend on. */
  onState(changes: readonly StateChange[]): void {
    if (!this.#started) return;
    if (changes.some(({ collection }) => collection === 'ravi')) void this.#readKeys().then(() => this.publish());
    const changed = changes.filter(({ collection }) => collection === 'sources' || collection === 'policies');
    const ids = new Set(changed.map(({ id }) => id));
    for (const id of ids) if (this.#desk.find(id) !== null) this.#desk.publish(id);
  }

  list(): ReturnType<IdentitiesAtRavi['list']> {
    return this.#ravi.list();
  }

  pick(projectId: string, uuid: string): Promise<void> {
    return this.#ravi.pick(projectId, uuid);
  }

  create(projectId: string, name: string, localPart: string | null): Promise<void> {
    return this.#ravi.create(projectId, name, localPart);
  }

  phone(projectId: string, country: string): Promise<void> {
    return this.#ravi.phone(projectId, country);
  }

  keepPassword(projectId: string): Promise<void> {
    return this.#passwords.keep(projectId);
  }

  /** For the person alone. @throws with the reason */
  password(projectId: string): ReturnType<PasswordKeeping['show']> {
    return this.#passwords.show(projectId);
  }

  login(projectId: string, login: string): Promise<void> {
    return this.#account.login(projectId, login);
  }

  token(projectId: string, token: Secret): Promise<string> {
    return this.#account.token(projectId, token);
  }

  use(projectId: string): Promise<void> {
    return this.#account.use(projectId);
  }

  /** Looks at a step again, or tries it again where it failed. @throws with the reason */
  async check(projectId: string, step: IdentityStepId): Promise<void> {
    switch (step) {
      case 'identity':
        if (this.#desk.get(projectId).intent?.what === 'password') await this.#passwords.check(projectId);
        return await this.#ravi.check(projectId);
      case 'address':
        return await this.#ravi.checkAddress(projectId);
      case 'password':
        return await this.#passwords.check(projectId);
      case 'sign-up':
      case 'account':
        return await this.#account.check(projectId);
      case 'mail':
        return await this.#checkMail(projectId);
      case 'token':
        return await this.#account.checkToken(projectId);
      case 'invitation':
        return await this.#account.invitation(projectId);
      case 'done':
        return this.#desk.publish(projectId);
      default:
        return step satisfies never;
    }
  }

  watch(projectId: string, on: boolean): void {
    if (!on) return this.#inbox.end(projectId);
    this.#desk.named(projectId);
    this.#inbox.renew(projectId);
  }

  /** A code that is shown, to be copied; null where it is not. */
  code(projectId: string, message: string, nth: number): Secret | null {
    return this.#inbox.code(projectId, message, nth);
  }

  holdings(projectId: string): ReturnType<Retiring['holdings']> {
    return this.#retiring.holdings(projectId);
  }

  retire(...how: Parameters<Retiring['retire']>): ReturnType<Retiring['retire']> {
    this.#inbox.end(how[0]);
    return this.#retiring.retire(...how);
  }

  dismiss(projectId: string): Promise<void> {
    this.#inbox.end(projectId);
    return this.#retiring.dismiss(projectId);
  }

  /** Forgets the tokens that wait for their repository: the companion leaves for good. */
  async forgetTokens(): Promise<void> {
    const { box } = this.#o;
    for (const name of await box.names()) if (name.startsWith(tokenPrefix)) await box.delete(name);
    for (const { projectId, token } of this.#desk.all()) if (token !== null) this.#desk.change(projectId, { token: null });
  }

  /** The page of a step; null where there is none. */
  page(projectId: string, what: StepPage | 'token-form' | 'dashboard' | 'link', id: string | null): string | null {
    switch (what) {
      case 'token-form':
        return this.#o.world.sources.formPage(projectId);
      case 'dashboard':
        return raviDashboard;
      case 'link':
        return id === null ? null : this.#inbox.link(projectId, id);
      default: {
        const { owner = null, account = null } = this.#desk.find(projectId) ?? {};
        const { webUrl } = this.#o.world.github;
        return stepPage(what, { webUrl, repository: this.#repository(projectId), owner, account });
      }
    }
  }

  /** GitHub's sign-up was opened for the person. */
  signUpOpened(projectId: string): void {
    if (this.#desk.find(projectId)?.identity) this.#desk.change(projectId, { signUpAt: this.#o.now() });
  }

  #facts(record: IdentityRecord): Omit<IdentityFacts, 'doing'> {
    const { sources, projects } = this.#o.world;
    const { projectId, identity } = record;
    const shared = sources.shared(projectId);
    const { enabled, source } = projects.policies.of(projectId);
    const facts = {
      repository: this.#repository(projectId),
      keyHeld: identity !== null && this.#held.has(identity.uuid),
      sharedLogin: shared.login,
      sharedTrouble: shared.trouble,
    };
    return { ...facts, inUse: enabled && source === 'shared' && ownToken(record, facts) };
  }

  #repository(projectId: string): string | null {
    return this.#o.board.state().projects[projectId]?.repository ?? null;
  }

  #raviAccess(): RetiringOptions['ravi'] {
    const { box, settings, world } = this.#o;
    const management = (): RaviClient => {
      const client = world.ravi.management;
      if (client !== null) return client;
      throw new Error(
        settings.get().ravi === null
          ? 'You are not signed in to Ravi. Sign in under Settings.'
          : 'That takes the management key of your account at Ravi, which is not on this machine. Sign in to Ravi again under Settings.',
      );
    };
    return {
      management,
      of: async (uuid) => {
        const key = await box.get(identityKeyName(uuid));
        return (key && world.ravi.clientOf(key)) ?? management();
      },
      holds: async (uuid) => {
        const there = (await box.get(identityKeyName(uuid))) !== null;
        // A key that was kept just before a crash belongs to an identity that is found only now.
        if (there) this.#held = new Set([...this.#held, uuid]);
        return there;
      },
      keep: async (uuid, key) => {
        await box.put(identityKeyName(uuid), key);
        this.#held = new Set([...this.#held, uuid]);
      },
      forget: async (uuid) => {
        await box.delete(identityKeyName(uuid));
        this.#held = new Set([...this.#held].filter((one) => one !== uuid));
      },
      isAccounts: (uuid) => settings.get().ravi?.identityUuid === uuid,
    };
  }

  async #readKeys(): Promise<void> {
    const held = new Set<string>();
    const names = new Set(await this.#o.box.names());
    // Stopped meanwhile: the database may be closed.
    if (!this.#started) return;
    for (const { identity } of this.#desk.all())
      if (identity && names.has(identityKeyName(identity.uuid))) held.add(identity.uuid);
    this.#held = held;
  }

  /** Looks once whether GitHub's mail has come. */
  async #checkMail(projectId: string): Promise<void> {
    await this.#desk.work(projectId, { step: 'mail', sentence: 'Its mail is read.' }, async (signal) => {
      const { identity, since } = this.#desk.named(projectId);
      if (await this.#inbox.hasCode(projectId, Math.min(since, this.#o.now() - 24 * 60 * 60_000), signal))
        this.#codeCame(projectId);
      else throw new Error(`No mail of GitHub’s with a code has come to ${identity.inbox} yet.`);
    });
  }

  #codeCame(projectId: string): void {
    if (this.#desk.find(projectId)?.mailAt !== null) return;
    this.#desk.change(projectId, { mailAt: this.#o.now() });
    this.#desk.clear(projectId, 'mail');
    this.#desk.note('identity.checked', projectId, 'A mail of GitHub’s with a code has come.');
  }
}
