import type { ServiceView } from '../../shared/model.ts';
import type { AuditInput } from '../audit/log.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import type { Secret } from '../base/secret.ts';
import { GitHubApi, type RateLimit } from '../github/api.ts';
import { type AppFacts, type BotUser, GitHubApp, type Installation } from '../github/app.ts';
import { GitHubError } from '../github/errors.ts';
import { PersonTokens } from '../github/person-tokens.ts';
import { InstallationTokens, type InstalledRepositories, type MintedToken } from '../github/tokens.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import type { Settings, SettingsFile } from '../storage/settings.ts';
import { type AppMintOrder, mintByPolicy } from './app-minting.ts';
import { AppRegistration, type WantedApp } from './app-registration.ts';
import { apiOf, appSettingsOf, checkAddresses, type GitHubAddress, isSameServer, webOf } from './github-address.ts';
import { githubView } from './github-view.ts';
import { KnownInstallations } from './known-installations.ts';

const keyName = 'github:app-key';
/** A token younger than this may still be unknown to some of GitHub's servers, ms. */
const newForMs = 10_000;

export interface GitHubConnectionOptions {
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly onView: (view: ServiceView) => void;
  readonly audit: (entry: AuditInput) => void;
  /** GitHub's clock less this machine's, ms, with each answer. */
  readonly onClock?: (skewMs: number) => void;
}

/** Who commits in a worktree: the App's bot, by the address that GitHub ties to it (contract github §2.1). */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** Which App, and where. */
interface AppAddress extends GitHubAddress {
  readonly appId: string;
}

/** Our GitHub App: connected by id and private key, used to mint and to revoke, with its health in words. */
export class GitHubConnection {
  readonly #o: GitHubConnectionOptions;
  #app: GitHubApp | null = null;
  #tokens: InstallationTokens | null = null;
  #known: KnownInstallations | null = null;
  #facts: AppFacts | null = null;
  #author: Author | null = null;
  #asking: Promise<Author> | null = null;
  #limits: RateLimit | null = null;
  #trouble: string | null = null;
  /** GitHub does not want to be asked before, epoch ms. */
  #waitUntil: number | null = null;
  readonly #registration: AppRegistration;
  /** Fingerprints of new tokens, and when they were made (epoch ms). */
  readonly #fresh = new Map<string, number>();
  #shown: Pick<ServiceView, 'health' | 'since'> = { health: 'checking', since: 0 };

  constructor(options: GitHubConnectionOptions) {
    this.#o = options;
    this.#registration = new AppRegistration({ now: options.now, onChange: () => this.#show() });
  }

  /** Takes up the App of an earlier run; its check goes on in the background. */
  async start(): Promise<void> {
    await this.#takeUp();
    if (this.#app) void this.check();
  }

  get connected(): boolean {
    return this.#app !== null;
  }

  /** Where git pushes to, without a slash at its end. */
  get webUrl(): string {
    return webOf(this.#o.settings.get().github);
  }

  /** Where its API is, without a slash at its end. */
  get apiUrl(): string {
    return apiOf(this.#o.settings.get().github);
  }

  /** The App's client id, which people sign in with. Throws with the reason while it can't be had. */
  async clientId(): Promise<string> {
    this.#mustBeConnected();
    if (!this.#facts) await this.check();
    const id = this.#facts?.clientId;
    if (!id) throw new Error(this.#trouble ?? 'GitHub does not tell the App’s client id.');
    return id;
  }

  /** GitHub's number for a repository: only a token can ask for it, so one is made for that, and revoked. Throws with the reason. */
  async repositoryId(order: AppMintOrder): Promise<number> {
    const { token } = await this.mint(order);
    try {
      return (await new PersonTokens(new GitHubApi(this.#api(this.apiUrl))).reach(token, order.repository)).repositoryId;
    } finally {
      await this.revoke(token);
    }
  }

  /** Page on which the App's repositories are chosen. */
  get installUrl(): string | null {
    const slug = this.#o.settings.get().github?.slug;
    return slug ? `${this.webUrl}/apps/${slug}/installations/new` : null;
  }

  /** Page of the App's own settings: its keys, its permissions, and whether people can sign in to it. Null while that is not known. */
  get settingsUrl(): string | null {
    return this.#facts && appSettingsOf(this.webUrl, this.#facts);
  }

  /** Takes another private key of the connected App, once GitHub has confirmed it. Answers its fingerprint. Throws with the reason. */
  async replaceKey(pem: Secret): Promise<string> {
    const known = this.#o.settings.get().github;
    if (known === null) throw new Error('No GitHub App is connected. Connect one in Settings.');
    const app = new GitHubApp({ ...this.#api(known.apiUrl), appId: known.appId, privateKey: pem });
    const facts = await app.verify();
    await this.#adopt(known, pem);
    this.#facts = facts;
    this.#show();
    this.#note('github.connected', `The GitHub App ${facts.slug} got another private key.`, { fingerprint: app.keyFingerprint });
    return app.keyFingerprint;
  }

  /** The repositories of an installation. A token that may only list them is made for that, and revoked. Throws with the reason. */
  async repositoriesOf(installationId: number): Promise<InstalledRepositories> {
    const tokens = this.#mustHaveTokens();
    const listed = await this.#watching(() => tokens.listRepositories(installationId));
    const how = listed.tokenLeft ? 'it could not be revoked, and ends within the hour.' : 'it was revoked.';
    this.#note('github.looked', `The repositories of an installation were listed by a token that may do nothing else; ${how}`, {
      installation: String(installationId),
    });
    return listed;
  }

  /**
   * Connects an App by id and private key after GitHub has confirmed that they belong together. `leave` is called before another App
   * takes the place of one: what that one made can be revoked at its own server alone. Throws with the reason.
   */
  async connect(settings: AppAddress, pem: Secret, leave: () => Promise<void>): Promise<string> {
    checkAddresses(settings);
    const app = new GitHubApp({ ...this.#api(settings.apiUrl), appId: settings.appId, privateKey: pem });
    const facts = await app.verify();
    const known = this.#o.settings.get().github;
    if (known && !(known.slug === facts.slug && isSameServer(known, settings))) await leave();
    await this.#adopt({ ...settings, slug: facts.slug }, pem);
    this.#facts = facts;
    this.#show();
    this.#note('github.connected', `The GitHub App ${facts.slug} was connected.`, { app: facts.slug });
    return facts.slug;
  }

  /**
   * Makes a private App through the person's browser, and connects it: its key goes from GitHub's answer into the secret box. Resolves with
   * its name, or with null when it was cancelled. Throws with the reason, which the view says too.
   */
  async create(wanted: Omit<WantedApp, 'webUrl'> & GitHubAddress, open: (url: string) => Promise<void>): Promise<string | null> {
    if (this.connected) throw new Error('A GitHub App is connected already. Disconnect it first.');
    checkAddresses(wanted);
    const { apiUrl } = wanted;
    const webUrl = webOf(wanted);
    this.#trouble = null;
    let slug = '';
    try {
      const made = await this.#registration.run({ ...wanted, webUrl }, this.#api(apiUrl), open, async (app) => {
        slug = app.slug;
        await this.#adopt({ appId: app.appId, apiUrl, webUrl: wanted.webUrl, slug }, app.privateKey).catch((error: unknown) => {
          const why = error instanceof Error ? error.message : String(error);
          throw new Error(
            `The App ${slug} was made, but its key could not be kept: ${why} Make a new key on its page at GitHub.`,
          );
        });
        this.#note('github.connected', `The GitHub App ${slug} was made at GitHub and connected.`, { app: slug });
        return `${webUrl}/apps/${slug}/installations/new`;
      });
      if (!made) return null;
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error);
      this.#show();
      throw error;
    }
    await this.check();
    return slug;
  }

  cancelCreate(): void {
    this.#registration.cancel();
  }

  /** Forgets App and key; tokens must have been revoked before. */
  async forget(): Promise<void> {
    const slug = this.#o.settings.get().github?.slug ?? '';
    await this.#o.box.delete(keyName);
    this.#o.settings.update({ github: null });
    this.#app = null;
    this.#tokens = null;
    this.#known = null;
    this.#facts = null;
    this.#author = null;
    this.#limits = null;
    this.#trouble = null;
    this.#show();
    this.#note('github.disconnected', `The GitHub App ${slug} was disconnected; its private key is no longer on this machine.`, {
      app: slug,
    });
  }

  /** Asks GitHub whether all is well; the answer is in the view. */
  async check(): Promise<void> {
    if (!this.#app) await this.#takeUp();
    if (!this.#app) return;
    await this.#watching(async () => {
      this.#facts = (await this.#app?.verify()) ?? null;
    }).catch(() => undefined);
  }

  /** Mints for a project's repositories, with the permissions of its policy. */
  async mint(order: AppMintOrder): Promise<MintedToken & { readonly holder: string }> {
    const known = this.#known;
    if (!known) throw new Error('No GitHub App is connected. Connect one in Settings.');
    const minted = await this.#watching(() => mintByPolicy(known, this.#mustHaveTokens(), order));
    for (const [fingerprint, at] of this.#fresh) if (!this.#isNew(at)) this.#fresh.delete(fingerprint);
    this.#fresh.set(minted.fingerprint, this.#o.now());
    return { ...minted, holder: `${this.#facts?.slug ?? this.#o.settings.get().github?.slug ?? 'app'}[bot]` };
  }

  /** Where the App is installed, the suspended ones too. */
  async installations(): Promise<readonly Installation[]> {
    const app = this.#mustBeConnected();
    return this.#watching(() => app.installations());
  }

  /** The installation that covers a repository (`owner/name`), or null. */
  async installationFor(repository: string): Promise<Installation | null> {
    const app = this.#mustBeConnected();
    const [owner = '', name = ''] = repository.split('/');
    return this.#watching(() =>
      app.installationFor(owner, name).catch((error: unknown) => {
        if (error instanceof GitHubError && error.kind === 'not-installed') return null;
        throw error;
      }),
    );
  }

  /** Revokes a token and makes sure that GitHub answers 401 to it. Throws while that is not certain. */
  async revoke(token: Secret): Promise<'dead'> {
    const tokens = this.#mustHaveTokens();
    await this.#watching(async () => {
      const how = await tokens.revoke(token);
      // A new token may not be known everywhere yet: then its 401 proves nothing (contract github §7).
      const justMinted = how === 'already-dead' && this.#isNew(this.#fresh.get(fingerprintOf(token)) ?? 0);
      const state = await tokens.probe(token, { justMinted });
      if (state !== 'dead')
        throw new GitHubError('unavailable', 'GitHub took the revocation, but still accepts the credential. Trying again.');
    });
    return 'dead';
  }

  /** Whether GitHub still takes a token; asked for up to 5 s where it is new (contract github §7). */
  async probe(token: Secret): Promise<'alive' | 'dead' | 'unknown'> {
    const justMinted = this.#isNew(this.#fresh.get(fingerprintOf(token)) ?? 0);
    return await this.#watching(() => this.#mustHaveTokens().probe(token, { justMinted }));
  }

  /** Suspends every installation of the App: the last resort of the kill switch. Answers how many. */
  async suspendAll(): Promise<number> {
    const app = this.#mustBeConnected();
    return this.#watching(async () => {
      const active = (await app.installations()).filter(({ suspended }) => !suspended);
      await Promise.all(active.map(({ id }) => app.suspend(id)));
      return active.length;
    });
  }

  /** Name and address for commits; GitHub is asked once for an App, because it is asked as nobody, who may ask 60 times an hour. */
  async author(): Promise<Author> {
    if (this.#author) return this.#author;
    this.#mustBeConnected();
    const { slug, botId } = this.#o.settings.get().github ?? {};
    if (botId !== undefined && slug !== undefined && slug === (this.#facts?.slug ?? slug)) {
      this.#author = this.#authorOf({ id: botId, login: `${slug}[bot]` });
      return this.#author;
    }
    this.#asking ??= this.#askAuthor().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #askAuthor(): Promise<Author> {
    const app = this.#mustBeConnected();
    const bot = await this.#watching(() => app.botUser());
    const known = this.#o.settings.get().github;
    // Another App may have been connected in the meantime.
    if (app !== this.#app || known === null) throw new Error('The GitHub App was exchanged. Trying again.');
    this.#o.settings.update({ github: { ...known, slug: bot.login.replace(/\[bot\]$/, ''), botId: bot.id } });
    this.#author = this.#authorOf(bot);
    return this.#author;
  }

  #authorOf({ id, login }: BotUser): Author {
    return { name: login, email: `${id}+${login}@users.noreply.${new URL(this.webUrl).hostname}` };
  }

  #api(apiUrl: string | null): { apiUrl: string; fetch: typeof fetch; now: () => number; onLimits: (limits: RateLimit) => void } {
    const onLimits = (limits: RateLimit): void => {
      this.#limits = limits;
      this.#show();
    };
    return { apiUrl: apiOf({ apiUrl }), fetch: this.#o.fetch, now: this.#o.now, onLimits };
  }

  async #adopt(github: NonNullable<Settings['github']>, key: Secret): Promise<void> {
    await this.#o.box.put(keyName, key);
    this.#o.settings.update({ github });
    this.#use(github.appId, key, github.apiUrl);
  }

  /** A key that can't be read now may be readable later: a key store is locked until somebody logs in. */
  async #takeUp(): Promise<void> {
    const known = this.#o.settings.get().github;
    try {
      const key = known && (await this.#o.box.get(keyName));
      if (known && key) return this.#use(known.appId, key, known.apiUrl);
      if (known) this.#trouble = 'The App’s private key is not on this machine any more. Choose it again.';
    } catch (error) {
      this.#trouble = `The GitHub App can’t be used. ${error instanceof Error ? error.message : String(error)}`;
    }
    this.#show();
  }

  #use(appId: string, key: Secret, apiUrl: string | null): void {
    this.#app = new GitHubApp({ ...this.#api(apiUrl), appId, privateKey: key, onClock: this.#o.onClock });
    this.#tokens = new InstallationTokens({ api: new GitHubApi(this.#api(apiUrl)), app: this.#app });
    this.#known = new KnownInstallations(this.#app, this.#o.now);
    this.#author = null;
    this.#trouble = null;
    this.#show();
  }

  #isNew(mintedAt: number): boolean {
    return this.#o.now() - mintedAt < newForMs;
  }

  #mustBeConnected(): GitHubApp {
    if (!this.#app) throw new Error('No GitHub App is connected. Connect one in Settings.');
    return this.#app;
  }

  #mustHaveTokens(): InstallationTokens {
    if (!this.#tokens) throw new Error('No GitHub App is connected. Connect one in Settings.');
    return this.#tokens;
  }

  /** Keeps the health line true: what GitHub answers, or fails to, is what it says. */
  async #watching<T>(work: () => Promise<T>): Promise<T> {
    try {
      const value = await work();
      this.#trouble = null;
      this.#show();
      return value;
    } catch (error) {
      const general =
        error instanceof GitHubError &&
        ['unreachable', 'unavailable', 'throttled', 'unauthorized', 'malformed'].includes(error.kind);
      // Any other answer of GitHub's says that it is there.
      if (error instanceof GitHubError) {
        this.#trouble = general ? error.message : null;
        this.#waitUntil = general && error.retryAfterMs !== null ? this.#o.now() + error.retryAfterMs : null;
      }
      this.#show();
      throw error;
    }
  }

  #show(): void {
    const view = githubView({
      slug: this.#o.settings.get().github?.slug ?? null,
      webUrl: this.webUrl,
      keyFingerprint: this.#app?.keyFingerprint ?? null,
      facts: this.#facts,
      limits: this.#limits,
      trouble: this.#trouble,
      registeringUntil: this.#registration.expiresAt,
    });
    const { health } = view;
    const wait = health === 'down' && this.#waitUntil !== null && { retryAt: this.#waitUntil };
    if (health !== this.#shown.health) this.#shown = { health, since: this.#o.now() };
    this.#o.onView({ ...view, ...wait, since: this.#shown.since });
  }

  #note(kind: AuditInput['kind'], message: string, facts: Record<string, string>): void {
    this.#o.audit({ kind, actor: 'person', outcome: 'ok', worktreeId: null, subject: null, fingerprint: null, message, facts });
  }
}
