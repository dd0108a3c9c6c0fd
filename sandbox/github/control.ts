import type { SandboxClock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import { invite } from './access-pages.ts';
import type { AccountType } from './accounts.ts';
import type { Api, Call } from './api.ts';
import { uninstall } from './app-routes.ts';
import type { Installation, NewApp } from './apps.ts';
import { reaches } from './apps.ts';
import { type Permissions, withMetadata } from './permissions.ts';
import type { Pull } from './pulls.ts';
import type { Push } from './pushes.ts';
import { installationPool } from './rate-limits.ts';
import { DEFAULT_BRANCH, fullName, type NewCommit } from './repositories.ts';
import type { OutgoingMail } from './sign-ups.ts';
import type { IssuedToken, TokenFormat, TokenKind } from './tokens.ts';
import type { World } from './world.ts';

/** A token that works now; its value is not told. */
export interface LiveToken {
  /** base64(SHA-256(token)). */
  readonly hash: string;
  readonly kind: TokenKind;
  readonly login: string;
  /** `owner/name` of what it reaches; empty for tokens of people. */
  readonly repositories: readonly string[];
  readonly permissions: Permissions;
  /** The installation's id. */
  readonly installation: number | null;
  /** Epoch ms, or null for never. */
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

/** What tests, the demo and hand work do to the sandbox's GitHub. Arguments and results are plain data, so that it also works over the control endpoint. */
export class GitHubControl {
  readonly faults: Faults;
  readonly clock: SandboxClock;
  readonly #api: Api;
  readonly #world: World;

  constructor(api: Api, faults: Faults) {
    this.#api = api;
    this.#world = api.world;
    this.clock = api.world.clock;
    this.faults = faults;
  }

  /** Registers an app. `privateKey` is PKCS#1 PEM; `botId` is the id in the bot's mail address. */
  async createApp(app: NewApp) {
    const { id, clientId, clientSecret, slug, privateKeyPem, bot } = await this.#world.apps.create(app);
    return { id, clientId, clientSecret, slug, privateKey: privateKeyPem, botId: bot.id };
  }

  /** Makes an account; those named elsewhere are made as users by themselves. */
  createAccount(login: string, type: AccountType = 'User'): { readonly id: number } {
    return { id: this.#world.accounts.ensure(login, type).id };
  }

  /** Makes a repository with one commit on `main`; the id is what `repository_ids` takes. */
  async createRepo(owner: string, name: string, options: { readonly files?: Readonly<Record<string, string>> } = {}) {
    const repository = await this.#world.repositories.create(owner, name, options.files);
    return {
      id: repository.id,
      fullName: fullName(repository),
      path: repository.path,
      url: `${this.#world.origin}/${fullName(repository)}.git`,
    };
  }

  /** Adds a commit to a branch as GitHub's own pages would; returns its id. */
  commit(repo: string, branch: string, commit: NewCommit): Promise<string> {
    const repository = this.#world.repositories.get(repo);
    return this.#world.pushes.alone(repository, () => this.#world.repositories.commit(repository, branch, commit));
  }

  /** Lets another person read and write a repository. */
  addCollaborator(repo: string, login: string): void {
    this.#world.repositories.get(repo).collaborators.add(this.#world.accounts.ensure(login).login);
  }

  /** A person signs up: GitHub mails a launch code to the address. */
  signUp(login: string, email: string, password = ''): void {
    this.#world.signUps.begin(login, email, this.#world.origin, password);
  }

  /** The person types the code from the mail, and has the account. */
  confirm(login: string, code: string): void {
    this.#world.signUps.confirm(login, code);
  }

  /** Where GitHub's mails go; in the whole sandbox that is Ravi. */
  deliverTo(deliver: (mail: OutgoingMail) => void): void {
    this.#world.signUps.deliver = deliver;
  }

  /** Invites a person to a repository; nothing is open to them until they accept. */
  invite(repo: string, login: string): void {
    invite(this.#world, this.#world.repositories.get(repo), login);
  }

  /** The person accepts. @throws without an invitation, or an account */
  acceptInvitation(repo: string, login: string): void {
    this.#world.repositories.accept(this.#world.repositories.get(repo), login);
  }

  /** Installs an app on an account, or changes what its installation there covers. `repositories` by name, without the owner. */
  installApp(
    appId: number,
    account: string,
    options: {
      readonly repositories: 'all' | readonly string[];
      readonly permissions?: Permissions;
      readonly suspended?: boolean;
    },
  ): { readonly id: number } {
    const { apps, accounts, repositories, clock } = this.#world;
    const chosen =
      options.repositories === 'all'
        ? 'all'
        : new Set(options.repositories.map((name) => repositories.get(`${account}/${name}`).id));
    const installation = apps.install(apps.byId(appId), accounts.ensure(account), chosen, options.permissions);
    if (options.suspended !== undefined) installation.suspendedAt = options.suspended ? clock.now() : undefined;
    return { id: installation.id };
  }

  uninstallApp(installationId: number): void {
    uninstall(this.#api, this.#installation(installationId));
  }

  suspend(installationId: number): void {
    this.#installation(installationId).suspendedAt ??= this.clock.now();
  }

  unsuspend(installationId: number): void {
    this.#installation(installationId).suspendedAt = undefined;
  }

  /** The shape of installation tokens from now on, where the request doesn't force one. */
  setTokenFormat(format: TokenFormat): void {
    this.#world.tokens.format = format;
  }

  /** Leaves an installation with this many requests until its hour is over. */
  setRemaining(installationId: number, remaining: number): void {
    this.#world.rateLimits.leave(installationPool(installationId), remaining);
  }

  /** A developer's own classic token: what git must never fall back to. */
  createPersonalToken(login: string): string {
    return this.#world.tokens.issuePersonal(this.#world.accounts.ensure(login).login).value;
  }

  /** A person's fine-grained token for these repositories (`owner/name`), until `expiresAt` (epoch ms; null: without end). */
  createFineGrainedToken(
    login: string,
    scope: { readonly repositories: readonly string[]; readonly permissions: Permissions; readonly expiresAt: number | null },
  ): string {
    const ids = scope.repositories.map((name) => this.#world.repositories.get(name).id);
    const permissions = withMetadata(scope.permissions);
    const { login: owner } = this.#world.accounts.ensure(login);
    return this.#world.tokens.issueFineGrained(owner, { ...scope, permissions, repositories: new Set(ids) }).value;
  }

  /** Tokens that work now, oldest first. */
  liveTokens(): readonly LiveToken[] {
    return this.#world.tokens
      .all()
      .filter((token) => this.#world.tokens.isLive(token))
      .map((token) => this.#shown(token));
  }

  /** The values of all tokens that were ever issued, to search logs and files for. */
  issuedTokens(): readonly string[] {
    return this.#world.tokens.all().map(({ value }) => value);
  }

  /** The codes of all device logins, to search logs and files for. */
  deviceCodes(): readonly string[] {
    return this.#world.devices.codes();
  }

  /** Lets a token expire now, by its hash. */
  expireToken(hash: string): void {
    this.#world.tokens.byHash(hash).expiresAt = this.clock.now();
  }

  /** Kills a token now, by its hash, as if somebody else had revoked it. */
  revokeToken(hash: string): void {
    this.#world.tokens.revoke(this.#world.tokens.byHash(hash));
  }

  /** Every ref that was pushed, oldest first. */
  pushes(): readonly Push[] {
    return this.#world.pushes.all();
  }

  /** Opens a pull request as the repository's owner. */
  async openPull(
    repo: string,
    wanted: { readonly head: string; readonly base?: string; readonly title?: string },
  ): Promise<{ readonly number: number }> {
    const repository = this.#world.repositories.get(repo);
    const { head, base = DEFAULT_BRANCH, title = head } = wanted;
    const { number } = await this.#world.pulls.open(repository, repository.owner, { head, base, title });
    return { number };
  }

  /** Merges a pull request as the repository's owner; returns the merge commit's id. */
  mergePull(repo: string, number: number): Promise<string> {
    const repository = this.#world.repositories.get(repo);
    return this.#world.pushes.alone(repository, () => this.#world.pulls.merge(this.#pull(repo, number), repository.owner));
  }

  /** Closes a pull request unmerged. */
  closePull(repo: string, number: number): void {
    this.#world.pulls.close(this.#pull(repo, number));
  }

  /** Opens a closed pull request again. */
  reopenPull(repo: string, number: number): Promise<void> {
    return this.#world.pulls.reopen(this.#pull(repo, number));
  }

  /** A check of a pull request's newest commit ends as GitHub words it (`success`, `failure`, …), or runs: null. */
  check(repo: string, number: number, name: string, conclusion: string | null): void {
    const { repository, headSha } = this.#pull(repo, number);
    this.#world.verdicts.check(repository, headSha, name, conclusion);
  }

  /** A status of a pull request's newest commit, by the older API. */
  commitStatus(repo: string, number: number, context: string, state: 'error' | 'failure' | 'pending' | 'success'): void {
    const { repository, headSha } = this.#pull(repo, number);
    this.#world.verdicts.status(repository, headSha, context, state);
  }

  /** A person reviews a pull request. */
  review(repo: string, number: number, login: string, state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED'): void {
    this.#world.verdicts.review(this.#pull(repo, number), this.#world.accounts.ensure(login), state);
  }

  /** Every request that was answered, oldest first. */
  calls(): readonly Call[] {
    return [...this.#api.calls];
  }

  /** Who is signed in in the browser, for the pages. */
  signInAs(login: string): void {
    this.#world.signedInAs = this.#world.accounts.ensure(login).login;
  }

  /** Whether the page for a new app approves at once, without a click. */
  autoApproveManifests(on: boolean): void {
    this.#world.manifests.autoApprove = on;
  }

  /** Switches an app's device flow, as its owner does in the settings. */
  setDeviceFlow(appId: number, on: boolean): void {
    this.#world.apps.byId(appId).deviceFlow = on;
  }

  /** The codes that device logins wait for. */
  pendingDevices(): readonly string[] {
    return this.#world.devices.pending().map(({ userCode }) => userCode);
  }

  approveDevice(userCode: string, login: string = this.#world.signedInAs): void {
    this.#world.devices.answer(userCode, { login: this.#world.accounts.ensure(login).login });
  }

  denyDevice(userCode: string): void {
    this.#world.devices.answer(userCode, 'denied');
  }

  #installation(id: number): Installation {
    const installation = this.#world.apps.installation(id);
    if (installation === undefined) throw new Error(`There is no installation ${id}`);
    return installation;
  }

  #pull(repo: string, number: number): Pull {
    return this.#world.pulls.get(this.#world.repositories.get(repo), number);
  }

  #shown(token: IssuedToken): LiveToken {
    const { hash, kind, login, installation, permissions, expiresAt, lastUsedAt } = token;
    const repositories = this.#world.repositories
      .all()
      .filter((repository) => (installation === undefined ? kind === 'fine-grained' : reaches(installation, repository)))
      .filter((repository) => token.repositories?.has(repository.id) ?? true)
      .map(fullName);
    return { hash, kind, login, repositories, permissions, installation: installation?.id ?? null, expiresAt, lastUsedAt };
  }
}
