import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { RemoteChannel } from '../shared/channels.ts';
import type { LeavingPart } from '../shared/ipc.ts';
import type { StateChange } from '../shared/model.ts';
import type { GrantWish } from '../shared/remote-access.ts';
import type { ShownGrant } from '../shared/remote-requests.ts';
import { defaultSharedInstance, type RemoteSettings, type SharedInstance } from '../shared/remote-settings.ts';
import type { AuditInput, AuditLog } from './audit/log.ts';
import type { Secret } from './base/secret.ts';
import type { RaviConnection } from './connections/ravi.ts';
import type { Jeans } from './jeans.ts';
import { remotePart } from './leaving.ts';
import type { Notices } from './notices.ts';
import type { Admitted } from './remote-access/grant.ts';
import { Grants } from './remote-access/grants.ts';
import type { JeanTokens } from './remote-access/jean-token.ts';
import { GrantRecords } from './remote-access/records.ts';
import { Doors } from './remote-doors.ts';
import { RemoteEnding } from './remote-ending.ts';
import { type GatewayParts, openGateway } from './remote-gateway.ts';
import { RemoteJeans } from './remote-jeans.ts';

import { Listeners } from './remote-listeners.ts';
import { remoteNews } from './remote-news.ts';
import { RemoteSending } from './remote-sending.ts';
import { type RemoteTokensOptions, remoteTokens } from './remote-tokens.ts';
import { bindNames, linkTo, onlyHere } from './remote-words.ts';
import { RowsOf } from './rows-of.ts';
import type { Db } from './storage/database.ts';
import type { SecretBox } from './storage/secret-box.ts';
import type { SettingsFile } from './storage/settings.ts';
import type { Watching } from './watching.ts';

export interface RemoteOptions {
  readonly db: Db;
  readonly settings: SettingsFile;
  readonly boards: RemoteTokensOptions['boards'];
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly box: SecretBox;
  readonly vaults: RemoteTokensOptions['vaults'];
  readonly mark: RemoteTokensOptions['mark'];
  readonly fetch: typeof fetch;
  /** Read when it is needed: some of it is put together later. */
  readonly world: {
    readonly audit: AuditLog;
    readonly ravi: Pick<RaviConnection, 'messages'>;
    readonly notices: Pick<Notices, 'onRemote'>;
    readonly watching: Pick<Watching, 'endpoint' | 'invoke'>;
    readonly jeans: Pick<Jeans, 'adopt' | 'watches'>;
  };
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** What a gateway needs of the rest. */
export interface AroundGateway {
  readonly grants: Grants;
  readonly paused: boolean;
  readonly onChange: () => void;
  readonly onNewAddress: (admitted: Admitted) => void;
}

/** Part of the roof: grants, the gateways that they open, and what the page, the tray and the log learn of them. */
export class Remote {
  readonly grants: Grants;
  /** Jeans' own tokens. */
  readonly tokens: JeanTokens;
  readonly #o: RemoteOptions;
  readonly #stopped = new AbortController();
  readonly #jeans: RemoteJeans;
  readonly #listeners: Listeners;
  readonly #doors: Doors;
  readonly #sending: RemoteSending;
  readonly #ending: RemoteEnding;
  readonly #rows: RowsOf;
  readonly #unsubscribe: () => void;
  readonly #roads = new Map<string, string | null>();
  #started = false;

  constructor(options: RemoteOptions) {
    this.#o = options;
    const { db, now, log, publish, world } = options;
    this.#rows = new RowsOf(publish);
    const made = (id: string): readonly Secret[] => this.tokens.known(id);
    this.#jeans = new RemoteJeans((id) => world.watching.endpoint(id), made);
    this.grants = new Grants({
      records: new GrantRecords(db),
      now,
      steady: () => performance.now(),
      random: randomBytes,
      audit: this.#audit,
      log,
    });
    this.grants.onChange(() => this.#showGrants());
    this.tokens = remoteTokens(
      {
        ...options,
        watching: () => world.watching,
        adopt: (id, token) => world.jeans.adopt(id, token),
        settings: () => this.settings,
        audit: this.#audit,
        onChange: () => this.#show(),
      },
      this.#stopped.signal,
    );
    this.#ending = new RemoteEnding({
      ...options,
      grants: this.grants,
      tokens: this.tokens,
      isWatched: (id) => world.jeans.watches(id),
    });
    this.#doors = new Doors(world.audit, publish);
    this.#sending = new RemoteSending({ ...options, ravi: world.ravi, audit: this.#audit });
    this.#listeners = new Listeners({
      ...options,
      settings: () => this.settings,
      instances: () => Object.values(options.boards.state().instances),
      reachable: (id) => this.#jeans.knows(id),
      jeanToken: (id) => (this.#keepsTokenOf(id) ? this.tokens.view(id) : null),
      warnings: (id) => (this.#keepsTokenOf(id) ? this.tokens.warnings(id) : []),
      open: (wish) => openGateway(this.#parts(), wish, this.#around()),
      keepPort: (id, port) => this.#setInstance(id, { port }),
      onListening: (id, address) =>
        this.#note('remote.listening', `Remote access to ${this.#nameOf(id)} listens at ${address}.`, id),
      onStopped: (id) => this.#note('remote.stopped', `Remote access to ${this.#nameOf(id)} does not listen any more.`, id),
      onChange: () => this.#show(),
    });
    this.#unsubscribe = world.audit.onAppend((entry) => {
      const news = remoteNews(entry);
      if (news !== null) world.notices.onRemote(news);
    });
  }

  async start(): Promise<void> {
    this.#started = true;
    this.grants.start();
    await this.tokens.start();
    this.#doors.start();
    this.publish();
    void this.#listeners.settle();
  }

  /** Stops in order: nobody comes in any more, who is in is told, ports are closed, and then nothing watches grants. */
  async stop(): Promise<void> {
    this.#sending.stop();
    this.#stopped.abort();
    await this.#listeners.stop();
    await this.tokens.stop();
    this.grants.stop();
    this.#doors.stop();
    this.#unsubscribe();
  }

  /** The computer woke, or its network changed. */
  nudge(): void {
    this.grants.look();
    void this.#listeners.retry();
  }

  /** What is known of the Jeans has changed: one came or went, or it is known where it answers. */
  onBoard(changes: readonly StateChange[]): void {
    let settles = false;
    for (const { collection, id, value } of changes) {
      if (collection !== 'instances') continue;
      settles = true;
      const road = value?.road ?? null;
      if (value === null && this.#started && !this.#o.world.jeans.watches(id)) void this.#ending.forgetJean(id);
      // Connected anew: perhaps with another token, or after a restart.
      if (road === 'socket' && this.#roads.get(id) !== road && this.#keepsTokenOf(id)) void this.tokens.look(id);
      this.#roads.set(id, road);
    }
    if (settles) this.settle();
  }

  /** The vault is another one now: tokens are to be in that. */
  onVault(): void {
    void this.#ending.lookAgain((id) => this.#isShared(id));
    for (const { id, road } of Object.values(this.#o.boards.state().instances))
      if (road === 'socket' && this.#keepsTokenOf(id)) void this.tokens.look(id);
  }

  /** Opens and closes what should be open and closed now. */
  settle(): void {
    if (this.#started) void this.#listeners.settle();
  }

  turn(on: boolean): void {
    if (on === this.settings.enabled) return;
    this.#change({ enabled: on, paused: false });
    // Before it is written down: a door is closed also when that can't be.
    void this.#listeners.retry();
    this.#note(on ? 'remote.resumed' : 'remote.paused', on ? 'Remote access was turned on.' : 'Remote access was turned off.');
    if (on) this.onVault();
  }

  /** Everybody is out until it goes on. */
  pause(paused: boolean): void {
    if (!this.settings.enabled || paused === this.settings.paused) return;
    this.#change({ paused });
    this.#listeners.pause(paused);
    this.#note(
      paused ? 'remote.paused' : 'remote.resumed',
      paused ? 'Remote access was paused: nobody gets in.' : 'Remote access goes on.',
    );
    this.#show();
  }

  /** Where it listens, under which names, and how it is encrypted. */
  choose(wish: Pick<RemoteSettings, 'bind' | 'hosts' | 'tls'>): void {
    const { bind, hosts, tls } = this.settings;
    if (isDeepStrictEqual(wish, { bind, hosts, tls })) return void this.#listeners.retry();
    this.#change(wish);
    void this.#listeners.retry();
    this.#policyNote(`How remote access is shared was changed: ${bindNames[wish.bind]}.`);
  }

  share(instanceId: string, how: Pick<SharedInstance, 'shared' | 'port'>): void {
    this.#setInstance(instanceId, how);
    void this.#listeners.retry();
    this.#policyNote(`${this.#nameOf(instanceId)} is ${how.shared ? 'shared' : 'not shared any more'}.`);
    if (how.shared) void this.tokens.look(instanceId);
    else void this.#ending.forgetToken(instanceId).then(() => this.#show());
  }

  disconnect(connectionId: string): void {
    if (!this.#listeners.disconnect(connectionId)) throw new Error('That connection is over already.');
  }

  create(wish: GrantWish): ShownGrant {
    const unknown = wish.instanceIds.find((id) => !(id in this.#o.boards.state().instances));
    if (unknown !== undefined) throw new Error('One of these Jeans is not watched any more.');
    const { grant, token } = this.grants.create(wish);
    return this.#shown(grant.id, token);
  }

  rotate(grantId: string, graceMs: number): ShownGrant {
    return this.#shown(grantId, this.grants.rotate(grantId, graceMs).token);
  }

  extend(grantId: string, lifeMs: number): void {
    this.grants.extend(grantId, this.#o.now() + lifeMs);
  }

  /** Sends a link that dies when it is not used soon; answers a sentence. @throws with the reason */
  async send(grantId: string, over: RemoteChannel): Promise<string> {
    const grant = this.grants.get(grantId);
    if (grant === null) throw new Error('This grant is not there any more.');
    const places = this.#places(grant.instanceIds);
    const sentence = await this.#sending.send(grant, over, places, () => this.grants.claim(grantId).code);
    const { bind, hosts } = this.settings;
    return bind === 'loopback' && hosts.length === 0 ? `${sentence} ${onlyHere}` : sentence;
  }

  /** Everything of ours is to go: nobody gets in any more, and Jeans' tokens leave the vault. Null: there was nothing. */
  async leave(): Promise<LeavingPart | null> {
    const grants = this.grants.list();
    if (grants.length === 0 && !this.settings.enabled && !this.tokens.any) return null;
    this.turn(false);
    this.grants.revoke(grants.map(({ id }) => id));
    const left = await this.tokens.forgetAll();
    await this.#listeners.settle();
    await this.#ending.forgetCertificate();
    this.#show();
    return remotePart(left);
  }

  /** Publishes all that is known; a page that opens later finds it in the state. */
  publish(): void {
    this.#showGrants();
    this.#show();
  }

  /** Changes what is kept of one Jean. */
  setInstance(instanceId: string, change: Partial<SharedInstance>): void {
    this.#setInstance(instanceId, change);
    this.#show();
  }

  /** Changes when Jean's own token is made anew. */
  schedule(rotation: RemoteSettings['rotation']): void {
    this.#change({ rotation });
    this.tokens.reschedule();
    this.#policyNote('When Jean’s own token is made anew was changed.');
    this.#show();
  }

  /** Jean's own token is looked after while that Jean is shared. */
  #keepsTokenOf(instanceId: string): boolean {
    return this.settings.enabled && this.#isShared(instanceId);
  }

  #isShared(instanceId: string): boolean {
    return (this.settings.instances[instanceId] ?? defaultSharedInstance).shared;
  }

  get settings(): RemoteSettings {
    return this.#o.settings.get().remoteAccess;
  }

  #parts(): GatewayParts {
    return {
      ...this.#o,
      audit: (entry) => void this.#o.world.audit.append(entry, 'soon'),
      jean: (id) => this.#jeans.address(id),
      tokens: (id) => this.#jeans.tokens(id),
    };
  }

  #around(): AroundGateway {
    return {
      grants: this.grants,
      paused: this.settings.paused,
      onChange: () => this.#show(),
      onNewAddress: ({ grant, address, userAgent }) =>
        this.#o.world.notices.onRemote({
          type: 'remote-access',
          event: 'new-address',
          who: grant.person,
          grantId: grant.id,
          address,
          message: userAgent,
          at: this.#o.now(),
        }),
    };
  }

  #shown(grantId: string, token: Secret): ShownGrant {
    const links = this.#places(this.grants.get(grantId)?.instanceIds ?? []).map(({ instanceId, name, address }) => ({
      instanceId,
      name,
      link: linkTo(address, token.reveal()),
    }));
    return { grantId, links, token: token.reveal() };
  }

  #places(
    instanceIds: readonly string[],
  ): readonly { readonly instanceId: string; readonly name: string; readonly address: string }[] {
    return instanceIds.flatMap((instanceId) => {
      const address = this.#listeners.addressOf(instanceId);
      return address === null ? [] : [{ instanceId, name: this.#nameOf(instanceId), address }];
    });
  }

  #showGrants(): void {
    if (this.#started)
      this.#rows.set(
        'grants',
        this.grants.views().map((view) => [view.id, view]),
      );
  }

  #show(): void {
    if (!this.#started) return;
    const { instances: _kept, ...settings } = this.settings;
    this.#rows.set('remote', [['remote', { ...settings, hosts: [...settings.hosts], id: 'remote', trouble: null }]]);
    this.#rows.set(
      'listeners',
      this.#listeners.views().map((view) => [view.instanceId, view]),
    );
    this.#rows.set(
      'connections',
      this.#listeners.connections().map((view) => [view.id, view]),
    );
  }

  #change(change: Partial<RemoteSettings>): void {
    this.#o.settings.update({ remoteAccess: { ...this.settings, ...change } });
    this.#show();
  }

  #setInstance(instanceId: string, change: Partial<SharedInstance>): void {
    const { instances } = this.settings;
    const before = instances[instanceId] ?? defaultSharedInstance;
    this.#o.settings.update({
      remoteAccess: { ...this.settings, instances: { ...instances, [instanceId]: { ...before, ...change } } },
    });
  }

  #nameOf(instanceId: string): string {
    return this.#o.boards.state().instances[instanceId]?.name ?? 'Jean';
  }

  readonly #audit = (entry: AuditInput): void => void this.#o.world.audit.append(entry);

  #policyNote(message: string): void {
    this.#audit({ kind: 'policy.changed', actor: 'person', outcome: 'ok', message });
  }

  #note(
    kind: 'remote.listening' | 'remote.stopped' | 'remote.paused' | 'remote.resumed',
    message: string,
    instance: string | null = null,
  ): void {
    const actor = instance === null ? 'person' : 'companion';
    this.#audit({ kind, actor, outcome: 'ok', message, ...(instance !== null && { facts: { instance } }) });
  }
}
