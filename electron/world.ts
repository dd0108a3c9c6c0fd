import { createHash } from 'node:crypto';
import type { ServiceView, StateChange } from '../shared/model.ts';
import type { SourceKind } from '../shared/policy.ts';
import { Accounts } from './accounts.ts';
import { Acting } from './acting.ts';
import { type AuditInput, AuditLog } from './audit/log.ts';
import { redact } from './base/redact.ts';
import { Channels } from './channels.ts';
import { GitHubConnection } from './connections/github.ts';
import type { RaviConnection } from './connections/ravi.ts';
import { vaultView } from './connections/vault-view.ts';
import { Broker, type DoorPaths } from './credentials/broker.ts';
import { Bypasses } from './credentials/bypasses.ts';
import { refusalSentence, viewOf } from './credentials/credential.ts';
import { doorPaths } from './credentials/door-paths.ts';
import { handOut } from './credentials/hand-out.ts';
import { Lifecycle } from './credentials/lifecycle.ts';
import { Reconciler } from './credentials/reconciler.ts';
import { CredentialRecords } from './credentials/records.ts';
import { type RotatedAll, rotateAll } from './credentials/rotate-all.ts';
import type { TokenSource } from './credentials/token-source.ts';
import { vaultMarkOf } from './credentials/vault-mark.ts';
import { worktreeGit } from './credentials/worktree-git.ts';
import { WorktreeConfig } from './git/worktree-config.ts';
import { tellingEnvironment } from './jean/environment.ts';
import { Jeans } from './jeans.ts';
import { KillOrder } from './kill-order.ts';
import { type Killed, KillSwitch, type KillWish } from './kill-switch.ts';
import { Leaving } from './leaving.ts';
import { Leftovers } from './leftovers.ts';
import { Notices } from './notices.ts';
import { Origins } from './origins.ts';
import { PersonSources } from './person-sources.ts';
import { heard, ProjectIdentities } from './project-identities.ts';
import { Projects } from './projects.ts';
import { Provisioning } from './provisioning.ts';
import { PullRequests } from './pull-requests.ts';
import { RaviAccount } from './ravi-account.ts';
import { Reactions } from './reactions.ts';
import { Rechecks } from './rechecks.ts';
import { Recovery } from './recovery.ts';
import { Remote } from './remote.ts';
import { Boards } from './sessions/boards.ts';
import { Watching } from './watching.ts';
import type { WorldOptions } from './world-options.ts';

/** Half of the roof: every service that is about Jean, GitHub, Ravi and git, built and wired. The shell is put beside it in main.ts. */
export class World {
  readonly audit: AuditLog;
  readonly github: GitHubConnection;
  readonly accounts: Accounts;
  readonly ravi: RaviConnection;
  readonly raviAccount: RaviAccount;
  readonly channels: Channels;
  readonly origins: Origins;
  readonly sources: PersonSources;
  readonly lifecycle: Lifecycle;
  readonly reconciler: Reconciler;
  readonly projects: Projects;
  readonly provisioning: Provisioning;
  readonly watching: Watching;
  readonly jeans: Jeans;
  readonly notices: Notices;
  readonly acting: Acting;
  readonly leaving: Leaving;
  readonly pulls: PullRequests;
  readonly remote: Remote;
  readonly identities: ProjectIdentities;
  readonly #o: WorldOptions;
  readonly #records: CredentialRecords;
  readonly #broker: Broker;
  readonly #board: Boards;
  readonly #bypasses: Bypasses;
  readonly #rechecks: Rechecks;
  readonly #recovery: Recovery;
  readonly #killSwitch: KillSwitch;

  constructor(given: WorldOptions) {
    const options = heard(given, (changes) => this.identities?.onState(changes));
    this.#o = options;
    const { db, settings, box, fetch, now } = options;
    const onView = (view: ServiceView): void => this.#publishService(view);
    const audit = (entry: AuditInput): void => void this.audit.append(entry);
    this.audit = new AuditLog({ db, now, redact });
    this.#recovery = new Recovery({ now, audit, world: () => this, records: () => this.#records });
    const { clock } = this.#recovery;
    this.github = new GitHubConnection({ settings, box, fetch, now, onView, audit, onClock: (skewMs) => clock.observe(skewMs) });
    const mark = vaultMarkOf(settings);
    const parts = { mark, onView, audit, lifecycle: () => this.lifecycle, resume: () => this.channels.resume() };
    this.raviAccount = new RaviAccount({ ...options, ...parts, jeanTokens: () => this.remote.tokens });
    this.ravi = this.raviAccount.ravi;
    this.channels = new Channels({ ...options, ravi: this.ravi, audit, onNowhere: ({ id }) => this.notices.onNowhere(id) });
    const later = { projects: () => this.projects, provisioning: () => this.provisioning };
    this.accounts = new Accounts({ github: this.github, ...later });
    this.#rechecks = new Rechecks({
      canAsk: (service) => (service === 'github' ? this.github.connected : this.ravi.vault !== null),
      ask: (service) => (service === 'github' ? this.accounts.checkGitHub() : this.ravi.check()),
      now,
      random: Math.random,
    });
    this.#records = new CredentialRecords(db);
    this.#board = new Boards({ now });
    this.notices = new Notices({
      ...options,
      audit: this.audit,
      boards: this.#board,
      post: this.channels.outbox,
      invoke: (id, command, args) => this.watching.invoke(id, command, args),
    });
    this.origins = new Origins({
      ...options,
      audit: this.audit,
      records: this.#records,
      board: this.#board,
      lifecycle: () => this.lifecycle,
      webUrl: () => this.github.webUrl,
      install: async (binding) => void (await git.install(binding)),
    });
    const paths = (worktreeId: string): DoorPaths => doorPaths(options.folder, worktreeId);
    const webUrl = (): string => this.github.webUrl;
    this.#broker = new Broker({
      source: () => this.lifecycle,
      record: (worktreeId) => this.#records.get(worktreeId),
      used: (...use) => this.#used(...use),
      repositories: (binding) => this.projects.policies.repositoriesOf(binding),
      accepted: (record, token) => this.origins.accepted(record, token),
      webUrl,
      paths,
      audit,
      onError: (error) => options.log(`A socket for git failed: ${String(error)}`),
      now,
    });
    this.#bypasses = new Bypasses({ webUrl, audit, onChange: (worktreeId) => this.#publishCredential(worktreeId) });
    const config = new WorktreeConfig();
    const git = worktreeGit({
      broker: this.#broker,
      config,
      webUrl,
      author: (binding) => this.sources.authorIn(binding),
      evenMain: (worktreeId) => settings.get().baseWorktrees.includes(worktreeId),
      paths,
      program: options.gitProgram ?? null,
      trailers: (worktreeId) => this.origins.trailersFor(worktreeId),
      onBypasses: (binding, bypasses) => this.#bypasses.found(binding, bypasses),
    });
    this.sources = new PersonSources({
      ...options,
      notify: (notice) => void this.notices.notify(notice),
      onReplaced: (projectId) => this.notices.onSourceReplaced(projectId),
      github: this.github,
      board: this.#board,
      projects: () => this.projects,
      lifecycle: () => this.lifecycle,
      audit,
    });
    const source = (kind: SourceKind): TokenSource | null => this.sources.of(kind);
    this.projects = new Projects({
      ...options,
      board: this.#board,
      github: this.github,
      lifecycle: () => this.lifecycle,
      provisioning: () => this.provisioning,
      audit,
    });
    const { policies } = this.projects;
    this.lifecycle = new Lifecycle({
      records: this.#records,
      source,
      projectPolicy: (projectId) => policies.of(projectId),
      lifePolicy: () => policies.life(),
      vaultKeyTemplate: () => policies.vaultKeyTemplate(),
      vaults: this.raviAccount,
      mark,
      box,
      git,
      refusal: refusalSentence,
      clock,
      shortHash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 6),
      audit,
      onChange: (worktreeId) => this.#publishCredential(worktreeId),
      now,
      random: Math.random,
      boundary: options.boundary,
    });
    const leftovers = new Leftovers(options.publish, (found) => this.notices.onLeftovers(found));
    this.reconciler = new Reconciler({
      records: this.#records,
      vault: () => this.ravi.vault,
      mark,
      projects: () => Object.values(this.#board.here().projects).map(({ path }) => path),
      config,
      git,
      broker: this.#broker,
      bypasses: this.#bypasses,
      environment: () => tellingEnvironment(Object.values(this.#board.here().instances)[0]?.url ?? null),
      kick: (worktreeId) => this.lifecycle.kick(worktreeId),
      onLeftovers: (found) => leftovers.show(found),
      audit,
      log: options.log,
    });
    this.provisioning = new Provisioning({
      ...options,
      board: this.#board,
      records: this.#records,
      lifecycle: this.lifecycle,
      github: this.github,
      policyOf: (projectId) => policies.of(projectId),
      connected: (kind) => source(kind) !== null,
      audit,
      publish: (changes) => this.#publishBoard(changes),
      watching: () => this.watching.signal,
    });
    this.pulls = new PullRequests({
      ...options,
      board: this.#board,
      records: this.#records,
      lifecycle: () => this.lifecycle,
      provisioning: () => this.provisioning,
      notices: this.notices,
      audit: this.audit,
      lastPushAt: (worktreeId) => this.origins.lastPushAt(worktreeId),
      apiUrl: () => this.github.apiUrl,
      publish: (changes) => this.#publishBoard(changes),
    });
    this.leaving = new Leaving({
      records: this.#records,
      lifecycle: this.lifecycle,
      reconciler: this.reconciler,
      leftovers: () => leftovers.ids(),
      provisioning: () => this.provisioning,
      github: this.github,
      ravi: this.ravi,
      sources: { forgetAll: () => this.identities.forgetTokens().then(() => this.sources.forgetAll()) },
      endBanners: () => this.notices.endBanners(),
      audit,
    });
    this.#killSwitch = new KillSwitch({
      lifecycle: this.lifecycle,
      github: this.github,
      sources: this.sources,
      order: new KillOrder(db),
      tell: (notice) => void this.notices.notify(notice),
      audit,
      now,
    });
    this.identities = new ProjectIdentities({ ...options, board: this.#board, mark, world: this, audit });
    this.remote = new Remote({ ...options, boards: this.#board, vaults: this.raviAccount, mark, world: this });
    const reactions = new Reactions({
      boards: this.#board,
      notices: this.notices,
      provisioning: this.provisioning,
      lifecycle: this.lifecycle,
      origins: this.origins,
      pulls: this.pulls,
      audit,
    });
    this.watching = new Watching({
      ...options,
      otherTokens: (id) => this.remote.tokens.others(id),
      boards: this.#board,
      publish: (changes) => this.#publishBoard(changes),
      happened: (happening, instanceId) => reactions.on(happening, instanceId),
      readWhole: () => this.#reconcile(),
    });
    this.acting = new Acting({ ...options, boards: this.#board, watching: () => this.watching, audit });
    this.jeans = new Jeans({
      ...options,
      boards: this.#board,
      watching: this.watching,
      publish: (changes) => this.#publishBoard(changes),
      audit,
      // One that has no record has nothing to end.
      release: async (ids) => void (await Promise.all(ids.map((id) => this.lifecycle.end(id, 'released')))),
      changed: () => this.projects.restart(),
    });
  }

  /** Starts everything in order: what was left is finished first, then Jean is watched. */
  async start(): Promise<void> {
    this.#note('app.started', 'The companion was started.');
    this.#publishService(vaultView(this.#o.box, this.#o.now()));
    await this.raviAccount.start();
    this.channels.start();
    await this.github.start();
    await this.sources.start();
    await this.identities.start();
    await this.origins.start();
    await this.#broker.sweep(this.#records.all().map(({ binding }) => binding.worktreeId));
    this.notices.start();
    await this.lifecycle.start().then(() => this.#recovery.begin());
    this.raviAccount.converge();
    void this.#killSwitch.resume();
    await this.remote.start();
    this.jeans.start();
  }

  /** Stops in order: no new work from Jean, steps under way finished, sockets closed. */
  async stop(): Promise<void> {
    this.jeans.stop();
    await this.remote.stop();
    await this.identities.stop();
    await this.notices.stop();
    const watchingEnded = this.watching.stop();
    this.github.cancelCreate();
    void this.ravi.signingIn.cancel('keep');
    this.sources.stop();
    this.#rechecks.stop();
    await this.pulls.stop();
    await this.reconciler.stop();
    await this.provisioning.check.close();
    await this.lifecycle.stop();
    await this.channels.stop();
    await this.#broker.stop();
    await this.origins.stop();
    await watchingEnded;
    this.#note('app.stopped', 'The companion was stopped; git in managed worktrees fails with a message until it runs again.');
  }

  /** The computer woke, or the network came back: every outside system is looked at again. */
  nudge(): void {
    this.watching.nudge();
    this.pulls.nudge();
    this.remote.nudge();
    void this.accounts.checkGitHub();
    void this.ravi.check();
    this.lifecycle.retryAll();
    void this.reconciler.run();
  }

  /** The kill switch: everything dead at once, as far as the person wants it to go. */
  revokeAll(wish: KillWish): Promise<Killed> {
    return this.#killSwitch.pull(wish);
  }

  /** Every worktree's own token is replaced; the old ones serve until then. */
  rotateAll(): Promise<RotatedAll> {
    return rotateAll(this.#records.all(), (worktreeId) => this.lifecycle.rotate(worktreeId));
  }

  /** A worktree's credential for a command that the person started; `message` tells the audit log what it is for. */
  handOut(worktreeId: string, message: string): ReturnType<typeof handOut> {
    const { lifecycle: source, audit } = this;
    const record = (id: string) => this.#records.get(id);
    const used = (...use: [id: string, generation: number, at: number]): void => this.#used(...use);
    return handOut({ source, record, used, audit: (entry) => void audit.append(entry), now: this.#o.now }, worktreeId, message);
  }

  /** Publishes all that is known; a page that opens later finds it in the state. */
  publishAll(): void {
    for (const { binding } of this.#records.all()) this.#publishCredential(binding.worktreeId);
    this.projects.policies.publish();
    this.sources.publishAll();
    this.notices.publish();
    this.remote.publish();
    this.identities.publish();
    this.raviAccount.publishAll();
  }

  /** What ended in Jean while we were not looking ends here too, once every Jean was read: a worktree may be any one's. */
  #reconcile(): void {
    if (this.watching.allRead) for (const told of [this.notices, this.channels]) told.onAllRead();
    if (!this.watching.allHereRead) return;
    this.provisioning.endMissing();
    this.reconciler.start();
  }

  #publishBoard(changes: readonly StateChange[]): void {
    this.notices.onBoard(changes);
    this.#o.publish(changes);
    this.projects.onBoard(changes);
    this.remote.onBoard(changes);
  }

  #used(worktreeId: string, generation: number, lastUsedAt: number): void {
    this.#records.updateToken(worktreeId, generation, { lastUsedAt });
    this.#publishCredential(worktreeId);
  }

  #publishCredential(worktreeId: string): void {
    this.origins.changed(worktreeId);
    const record = this.#records.get(worktreeId);
    const value = record && viewOf(record, this.#o.now(), this.#bypasses.of(record.binding));
    this.#o.publish([{ collection: 'credentials', id: worktreeId, value }]);
    this.notices.onCredential(worktreeId, value);
    this.raviAccount.publish();
  }

  #publishService(view: ServiceView): void {
    this.#o.publish([{ collection: 'services', id: view.id, value: this.#rechecks.seen(view) }]);
    if (view.id !== 'ravi') return;
    this.channels.publish();
    this.raviAccount.publish();
    if (view.health === 'ok') this.remote.onVault();
  }

  #note(kind: 'app.started' | 'app.stopped', message: string): void {
    this.audit.append({ kind, actor: 'companion', outcome: 'ok', message });
  }
}
