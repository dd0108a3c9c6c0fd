import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CredentialView, PullView, ServiceView, SessionView, StateChange } from '../shared/model.ts';
import { type AuditInput, AuditLog } from './audit/log.ts';
import { redact } from './base/redact.ts';
import type { Secret } from './base/secret.ts';
import { GitHubConnection } from './connections/github.ts';
import { RaviConnection } from './connections/ravi.ts';
import { Broker, type DoorPaths } from './credentials/broker.ts';
import { refusalSentence, viewOf } from './credentials/credential.ts';
import { Lifecycle } from './credentials/lifecycle.ts';
import { CredentialRecords } from './credentials/records.ts';
import { localVault, type Vaults } from './credentials/vault.ts';
import { worktreeGit } from './credentials/worktree-git.ts';
import { WorktreeConfig } from './git/worktree-config.ts';
import { type InstanceWatch, watchInstance } from './jean/connection.ts';
import { watchJean } from './jean/discover.ts';
import { type Notice, noticesFor } from './notifications/notice.ts';
import { Provisioning } from './provisioning.ts';
import { Board } from './sessions/board.ts';
import type { Happening, WorktreeFacts } from './sessions/happening.ts';
import type { Db } from './storage/database.ts';
import type { SecretBox } from './storage/secret-box.ts';
import type { SettingsFile } from './storage/settings.ts';

/** What one world of services is built on: the person's own, or the sandbox's. */
export interface WorldOptions {
  /** Sockets for git lie below it; a short path, because sockets have no long ones. */
  readonly folder: string;
  readonly db: Db;
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  /** Jean's usual data folders. */
  readonly jeanFolders: readonly string[];
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly notify: (notice: Notice) => void;
  readonly log: (message: string) => void;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/** Half of the roof: every service that is about Jean, GitHub, Ravi and git, built and wired. The shell is put beside it in main.ts. */
export class World {
  readonly audit: AuditLog;
  readonly github: GitHubConnection;
  readonly ravi: RaviConnection;
  readonly lifecycle: Lifecycle;
  readonly #o: WorldOptions;
  readonly #records: CredentialRecords;
  readonly #broker: Broker;
  readonly #board: Board;
  readonly #provisioning: Provisioning;
  /** As they were when the person was last told, or could have been. */
  readonly #seenSessions = new Map<string, SessionView>();
  readonly #seenCredentials = new Map<string, CredentialView>();
  #leavingRavi = false;
  #watch: InstanceWatch | undefined;
  #watching = new AbortController();
  #following: Promise<void> = Promise.resolve();

  constructor(options: WorldOptions) {
    this.#o = options;
    const { db, settings, box, fetch, now } = options;
    const onView = (view: ServiceView): void => this.#publishService(view);
    const audit = (entry: AuditInput): void => void this.audit.append(entry);
    this.audit = new AuditLog({ db, now, redact });
    this.github = new GitHubConnection({ settings, box, fetch, now, onView, audit });
    this.ravi = new RaviConnection({ settings, box, fetch, now, onView, audit });
    this.#records = new CredentialRecords(db);
    this.#board = new Board({ now, instanceName: 'Jean, this computer' });
    const paths = (worktreeId: string): DoorPaths => doorPaths(options.folder, worktreeId);
    const webUrl = (): string => this.github.webUrl;
    this.#broker = new Broker({
      source: () => this.lifecycle,
      record: (worktreeId) => this.#records.get(worktreeId),
      used: (worktreeId, generation, lastUsedAt) => {
        this.#records.updateToken(worktreeId, generation, { lastUsedAt });
        this.#publishCredential(worktreeId);
      },
      webUrl,
      paths,
      audit,
      onError: (error) => options.log(`A socket for git failed: ${String(error)}`),
      now,
    });
    const local = localVault(box, box.persistent);
    const vaults: Vaults = {
      current: () => (this.#leavingRavi ? local : (this.ravi.vault ?? local)),
      find: (kind, identity) => (kind !== 'ravi' ? local : this.ravi.vault?.identity === identity ? this.ravi.vault : null),
    };
    this.lifecycle = new Lifecycle({
      records: this.#records,
      issuer: () => (this.github.connected ? this.github : null),
      vaults,
      box,
      git: worktreeGit({
        broker: this.#broker,
        config: new WorktreeConfig(),
        webUrl,
        author: () => this.github.author(),
        paths,
        onBypass: ({ worktreeId, subject }, ways) =>
          audit({
            kind: 'credential.failed',
            actor: 'git',
            outcome: 'failed',
            worktreeId,
            subject,
            message: `git here can get past the companion: ${ways.join('; ')}.`,
          }),
      }),
      refusal: refusalSentence,
      shortHash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 6),
      audit,
      onChange: (worktreeId) => this.#publishCredential(worktreeId),
      now,
      random: Math.random,
    });
    this.#provisioning = new Provisioning({
      board: this.#board,
      records: this.#records,
      lifecycle: this.lifecycle,
      github: this.github,
      publish: (changes) => this.#publishBoard(changes),
      watching: () => this.#watching.signal,
      log: options.log,
    });
  }

  /** Starts everything in order: what was left is finished first, then Jean is watched. */
  async start(): Promise<void> {
    this.#note('app.started', 'The companion was started.');
    this.#publishVault();
    await this.ravi.start();
    await this.github.start();
    await this.lifecycle.start();
    this.watchJean();
  }

  /** Stops in order: no new work from Jean, steps under way finished, sockets closed. */
  async stop(): Promise<void> {
    this.#watching.abort();
    this.ravi.cancelSignIn();
    await this.lifecycle.stop();
    await this.#broker.stop();
    await this.#watch?.stopped;
    await this.#following;
    this.#note('app.stopped', 'The companion was stopped; git in managed worktrees fails with a message until it runs again.');
  }

  /** Watches the Jean of the settings from now on. */
  watchJean(): void {
    this.#watching.abort();
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    this.#publishBoard(this.#board.clear().changes);
    const { jeanFolder } = this.#o.settings.get();
    const watch = watchInstance(
      {
        find: watchJean(jeanFolder ? [jeanFolder] : this.#o.jeanFolders, signal),
        now: this.#o.now,
        random: Math.random,
        fetch: this.#o.fetch,
        log: this.#o.log,
      },
      signal,
    );
    this.#watch = watch;
    this.#following = this.#follow(watch, signal);
  }

  /** The computer woke, or the network came back: every outside system is looked at again. */
  nudge(): void {
    this.#watch?.nudge();
    void this.checkGitHub();
    void this.ravi.check();
    this.lifecycle.retryAll();
  }

  /** Asks GitHub whether all is well. An App whose key could not be read before may be usable now. */
  async checkGitHub(): Promise<void> {
    const before = this.github.connected;
    await this.github.check();
    if (!before && this.github.connected) await this.#provisioning.provisionAll();
  }

  /** Connects a GitHub App; worktrees get their credentials from it. Those that another App made end first. Throws with the reason. */
  async connectGitHub(request: Parameters<GitHubConnection['connect']>[0], pem: Secret): Promise<string> {
    try {
      return await this.#provisioning.paused(() => this.github.connect(request, pem, () => this.#provisioning.endAll()));
    } finally {
      await this.#provisioning.provisionAll();
    }
  }

  /** Ends every credential, then forgets the App. Throws when one could not be verified dead; the App stays then. */
  async disconnectGitHub(): Promise<void> {
    await this.#provisioning.paused(async () => {
      await this.#provisioning.endAll();
      await this.github.forget();
    });
  }

  signInToRavi(baseUrl: string | null): Promise<void> {
    const leave = (): Promise<void> => this.lifecycle.leaveVault('ravi');
    return this.ravi.signIn(baseUrl, { leave, done: () => this.lifecycle.retryAll() });
  }

  /** Takes our entries out of Ravi's vault, then forgets the account. Throws when one could not be taken out; the account stays then. */
  async signOutOfRavi(): Promise<void> {
    this.#leavingRavi = true;
    try {
      await this.lifecycle.leaveVault('ravi');
      await this.ravi.forget();
    } finally {
      this.#leavingRavi = false;
      this.lifecycle.retryAll();
    }
  }

  /** Publishes all that is known; a page that opens later finds it in the state. */
  publishAll(): void {
    for (const { binding } of this.#records.all()) this.#publishCredential(binding.worktreeId);
  }

  async #follow(watch: InstanceWatch, signal: AbortSignal): Promise<void> {
    let reconciled = false;
    let wasEmpty = false;
    for await (const change of watch) {
      if (signal.aborted) return;
      const { changes, happenings } = this.#board.apply(change);
      this.#publishBoard(changes);
      for (const happening of happenings) this.#on(happening);
      if (change.type !== 'snapshot' || !change.snapshot.complete || reconciled) continue;
      // As on the board: nobody loses every project at once, so an empty list is believed when the next one is empty too.
      reconciled = wasEmpty || change.snapshot.projects.length > 0;
      wasEmpty = true;
      if (reconciled) this.#provisioning.endMissing();
    }
  }

  #publishBoard(changes: readonly StateChange[]): void {
    for (const { collection, id, value } of changes)
      if (collection === 'sessions' && value === null) this.#seenSessions.delete(id);
    this.#o.publish(changes);
  }

  #on(happening: Happening): void {
    switch (happening.type) {
      case 'worktree-appeared':
        if (!happening.first) this.#noteWorktree('worktree.appeared', happening.facts, 'Jean made a worktree.');
        return void this.#provisioning.provision(happening.facts);
      case 'worktree-changed':
        return void this.#provisioning.provision(happening.facts);
      case 'worktree-gone':
        this.#noteWorktree('worktree.gone', happening.facts, `The worktree was ${happening.why} in Jean.`);
        return void this.lifecycle.end(happening.worktreeId, happening.why);
      case 'pull-changed':
        return this.#onPull(happening.facts, happening.state);
      case 'online':
        return this.#note('jean.connected', `Connected to Jean${happening.version ? ` ${happening.version}` : ''}.`);
      case 'lost':
        return this.#note('jean.lost', happening.message);
      case 'refused':
        return this.#note('jean.refused', happening.message);
      case 'session-changed':
        return this.#onSession(happening.view);
      default:
        return happening satisfies never;
    }
  }

  #onSession(after: SessionView): void {
    const before = this.#seenSessions.get(after.id) ?? null;
    this.#seenSessions.set(after.id, after);
    const facts = this.#board.worktree(after.worktreeId);
    const subject = facts ? `${facts.project.name} · ${facts.worktree.name}` : after.name;
    for (const notice of noticesFor({ type: 'session', before, after, subject, at: this.#o.now() })) this.#o.notify(notice);
  }

  #onPull(facts: WorktreeFacts, state: PullView['state'] | null): void {
    if (state !== 'merged' && state !== 'closed') return;
    this.#noteWorktree(state === 'merged' ? 'pull.merged' : 'pull.closed', facts, `Its pull request was ${state}.`);
    void this.lifecycle.end(facts.worktree.id, state);
  }

  #publishCredential(worktreeId: string): void {
    const record = this.#records.get(worktreeId);
    const value = record && viewOf(record, this.#o.now());
    this.#o.publish([{ collection: 'credentials', id: worktreeId, value }]);
    const before = this.#seenCredentials.get(worktreeId) ?? null;
    if (value === null) return void this.#seenCredentials.delete(worktreeId);
    this.#seenCredentials.set(worktreeId, value);
    for (const notice of noticesFor({ type: 'credential', before, after: value, at: this.#o.now() })) this.#o.notify(notice);
  }

  #publishService(view: ServiceView): void {
    this.#o.publish([{ collection: 'services', id: view.id, value: view }]);
  }

  #publishVault(): void {
    const { persistent, backend } = this.#o.box;
    this.#publishService({
      id: 'vault',
      health: persistent ? 'ok' : 'warning',
      title: persistent ? 'Local vault' : 'Local vault, in memory only',
      message: persistent
        ? `Keys on this machine are encrypted by the system (${backend}).`
        : 'This system has no key store, so keys are kept in memory and are gone when the app quits. Install GNOME Keyring or KWallet to keep them.',
      facts: { 'Key store': backend },
      login: null,
      since: this.#o.now(),
    });
  }

  #note(kind: AuditInput['kind'], message: string): void {
    this.audit.append({
      kind,
      actor: kind.startsWith('jean.') ? 'jean' : 'companion',
      outcome: kind === 'jean.refused' ? 'refused' : 'ok',
      message,
    });
  }

  #noteWorktree(kind: AuditInput['kind'], { worktree, project }: WorktreeFacts, message: string): void {
    const subject = `${project.name} · ${worktree.name}`;
    this.audit.append({
      kind,
      actor: 'jean',
      outcome: 'ok',
      worktreeId: worktree.id,
      subject,
      message,
      facts: { branch: worktree.branch },
    });
  }
}

/** Short and stable: the socket's path stands in the worktree's git config, and survives restarts. */
function doorPaths(folder: string, worktreeId: string): DoorPaths {
  const name = createHash('sha256').update(worktreeId).digest('hex').slice(0, 16);
  return { socket: join(folder, 'git', `${name}.sock`), reason: join(folder, 'git', `${name}.txt`) };
}
