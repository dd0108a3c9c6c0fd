import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { SandboxClock } from '../clock.ts';
import { type Account, type Accounts, accountJson } from './accounts.ts';
import { counter, nodeId, randomLetters, timestamp, timestampOrNull } from './format.ts';
import { type Permissions, withMetadata } from './permissions.ts';
import type { Repository } from './repositories.ts';

const makeKeyPair = promisify(generateKeyPair);

/** A GitHub App with its key pair. */
export interface App {
  readonly id: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly webhookSecret: string;
  readonly slug: string;
  readonly name: string;
  readonly owner: Account;
  /** The account that commits and pushes are shown under: its id is not the app's (contract github §2.1). */
  readonly bot: Account;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  readonly externalUrl: string;
  /** A private app can only be installed on its owner's account. */
  readonly public: boolean;
  /** PKCS#1, as GitHub hands it out. */
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  readonly createdAt: number;
  deviceFlow: boolean;
}

/** One app on one account. */
export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: Account;
  readonly createdAt: number;
  /** Repository ids, or everything the account has. */
  repositories: 'all' | ReadonlySet<number>;
  permissions: Permissions;
  suspendedAt: number | undefined;
  updatedAt: number;
}

/** What a new app is made of. */
export interface NewApp {
  readonly slug: string;
  readonly name?: string;
  readonly permissions: Permissions;
  readonly events?: readonly string[];
  /** Login of the owner; made when it isn't there. */
  readonly owner?: string;
  readonly public?: boolean;
  readonly deviceFlow?: boolean;
  readonly externalUrl?: string;
}

/** The apps and where they are installed. */
export class Apps {
  readonly #clock: SandboxClock;
  readonly #accounts: Accounts;
  readonly #apps = new Map<number, App>();
  readonly #installations = new Map<number, Installation>();
  readonly #nextAppId = counter(1_210_417);
  readonly #nextInstallationId = counter(61_504_233);

  constructor(clock: SandboxClock, accounts: Accounts) {
    this.#clock = clock;
    this.#accounts = accounts;
  }

  /** Registers an app and makes its key. @throws when the slug is taken: app names are unique on all of GitHub. */
  async create(wanted: NewApp): Promise<App> {
    if (this.bySlug(wanted.slug) !== undefined) throw new Error(`There is already an app named ${wanted.slug}`);
    const { privateKey, publicKey } = await makeKeyPair('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const app: App = {
      id: this.#nextAppId(),
      clientId: `Iv23li${randomLetters(14)}`,
      clientSecret: randomLetters(40),
      webhookSecret: randomLetters(40),
      slug: wanted.slug,
      name: wanted.name ?? wanted.slug,
      owner: this.#accounts.ensure(wanted.owner ?? 'octo-dev'),
      bot: this.#accounts.ensure(`${wanted.slug}[bot]`, 'Bot'),
      permissions: withMetadata(wanted.permissions),
      events: wanted.events ?? [],
      externalUrl: wanted.externalUrl ?? 'https://example.com',
      public: wanted.public ?? true,
      privateKeyPem: privateKey,
      publicKeyPem: publicKey,
      createdAt: this.#clock.now(),
      deviceFlow: wanted.deviceFlow ?? true,
    };
    this.#apps.set(app.id, app);
    return app;
  }

  all(): readonly App[] {
    return [...this.#apps.values()];
  }

  /** @throws when there is none. */
  byId(id: number): App {
    const app = this.#apps.get(id);
    if (app === undefined) throw new Error(`There is no app ${id}`);
    return app;
  }

  bySlug(slug: string): App | undefined {
    return this.all().find((app) => app.slug === slug);
  }

  /** The app of a client id, or of an app id written as text or number: both are good as a JWT's issuer. */
  byIssuer(issuer: string | number): App | undefined {
    return this.all().find((app) => app.clientId === issuer || String(app.id) === String(issuer));
  }

  /** Installs an app, or changes what its one installation on that account covers. */
  install(app: App, account: Account, repositories: 'all' | ReadonlySet<number>, permissions?: Permissions): Installation {
    if (!app.public && app.owner !== account) throw new Error(`${app.slug} is private: only ${app.owner.login} can install it`);
    const now = this.#clock.now();
    const granted = withMetadata(permissions ?? app.permissions);
    const existing = this.on(app, account);
    if (existing !== undefined) {
      existing.repositories = repositories;
      existing.permissions = granted;
      existing.updatedAt = now;
      return existing;
    }
    const id = this.#nextInstallationId();
    const times = { createdAt: now, updatedAt: now, suspendedAt: undefined };
    const installation: Installation = { id, app, account, repositories, permissions: granted, ...times };
    this.#installations.set(id, installation);
    return installation;
  }

  uninstall(installation: Installation): void {
    this.#installations.delete(installation.id);
  }

  installation(id: number): Installation | undefined {
    return this.#installations.get(id);
  }

  installationsOf(app: App): readonly Installation[] {
    return [...this.#installations.values()].filter((installation) => installation.app === app);
  }

  /** The app's installation on an account. */
  on(app: App, account: Account): Installation | undefined {
    return this.installationsOf(app).find((installation) => installation.account === account);
  }
}

/** Whether an installation reaches a repository. */
export function reaches(installation: Installation, repository: Repository): boolean {
  if (repository.owner !== installation.account) return false;
  return installation.repositories === 'all' || installation.repositories.has(repository.id);
}

/** An app as `GET /app` shows it; `installations_count` only for the app itself. */
export function appJson(app: App, origin: string, installationsCount?: number) {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: accountJson(app.owner, origin),
    name: app.name,
    description: '',
    external_url: app.externalUrl,
    html_url: `${origin}/apps/${app.slug}`,
    created_at: timestamp(app.createdAt),
    updated_at: timestamp(app.createdAt),
    permissions: app.permissions,
    events: app.events,
    ...(installationsCount === undefined ? {} : { installations_count: installationsCount }),
  };
}

/** An installation (contract github §3.2). */
export function installationJson(installation: Installation, origin: string) {
  const { app, account } = installation;
  return {
    id: installation.id,
    client_id: app.clientId,
    account: accountJson(account, origin),
    repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
    access_tokens_url: `${origin}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${origin}/installation/repositories`,
    html_url: `${origin}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: app.events,
    created_at: timestamp(installation.createdAt),
    updated_at: timestamp(installation.updatedAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === undefined ? null : accountJson(account, origin),
    suspended_at: timestampOrNull(installation.suspendedAt),
  };
}
