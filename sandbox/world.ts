import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxClock } from './clock.ts';
import { type GitHubSandbox, startGitHub } from './github/server.ts';
import { type JeanSandbox, startJean } from './jean/jean.ts';
import { type RaviSandbox, startRavi } from './ravi/ravi.ts';

/** How the whole sandbox is started. */
export interface SandboxOptions {
  /** Left out: a temporary folder that goes when the sandbox stops. */
  readonly dir?: string;
  readonly clock?: SandboxClock;
  /** Ports of the three; 0, the default, takes free ones. */
  readonly ports?: { readonly jean?: number; readonly ravi?: number; readonly github?: number };
}

/** A repository of the sandbox with its project in Jean. */
export interface SandboxRepository {
  /** `acme/shop` */
  readonly fullName: string;
  readonly projectId: string;
  /** The bare repository behind GitHub. */
  readonly path: string;
  readonly url: string;
}

/** Jean, Ravi and GitHub on one clock, with a small company in them. */
export interface Sandbox {
  readonly clock: SandboxClock;
  readonly jean: JeanSandbox;
  readonly ravi: RaviSandbox;
  readonly github: GitHubSandbox;
  /** The GitHub App, installed on all of `acme`. */
  readonly app: {
    readonly id: number;
    readonly clientId: string;
    readonly slug: string;
    /** PKCS#1 PEM, mode 0600. */
    readonly pemPath: string;
    readonly botId: number;
    readonly installationId: number;
  };
  /** The Ravi account with its one identity. */
  readonly raviAccount: {
    readonly id: number;
    readonly managementKey: string;
    readonly identityUuid: string;
    readonly inbox: string;
    readonly phone: string;
  };
  readonly repositories: Readonly<Record<'shop' | 'api', SandboxRepository>>;
  readonly dir: string;
  stop(): Promise<void>;
}

/** What another program needs to reach the sandbox. Contains the sandbox's own keys, which are good for nothing else. */
export interface SandboxAddresses {
  /** What `XDG_DATA_HOME` has to be for an app to discover this Jean. */
  readonly dataHome: string;
  readonly jeanUrl: string;
  readonly raviUrl: string;
  readonly raviManagementKey: string;
  readonly raviIdentityUuid: string;
  readonly githubUrl: string;
  readonly appId: number;
  readonly appClientId: string;
  readonly appSlug: string;
  readonly appPemPath: string;
  readonly dir: string;
}

const files = {
  shop: { 'README.md': '# shop\n\nWhere acme sells.\n', 'package.json': '{ "name": "shop", "private": true }\n' },
  api: { 'README.md': '# api\n\nWhat everybody at acme calls.\n', 'package.json': '{ "name": "api", "private": true }\n' },
};

/** Starts the three with GitHub's `acme/shop` and `acme/api`, cloned as projects of Jean. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'jean-ravi-sandbox-'));
  const clock = options.clock ?? new SandboxClock();
  const { ports = {} } = options;
  mkdirSync(dir, { recursive: true });
  const github = await startGitHub({ dir: join(dir, 'github'), clock, port: ports.github ?? 0 });
  const ravi = await startRavi({ clock, port: ports.ravi ?? 0 });
  github.control.deliverTo((mail) => ravi.deliver(mail));
  const jean = await startJean({ dir: join(dir, 'jean'), clock, port: ports.jean ?? 0 });

  const addRepository = async (name: 'shop' | 'api'): Promise<SandboxRepository> => {
    const { fullName, path, url } = await github.control.createRepo('acme', name, { files: files[name] });
    const project = await jean.addProject({ name, cloneFrom: path, remoteUrl: url });
    return { fullName, projectId: project.id, path, url };
  };
  github.control.createAccount('acme', 'Organization');
  const shop = await addRepository('shop');
  const api = await addRepository('api');

  const slug = 'acme-agents';
  const made = await github.control.createApp({
    slug,
    name: 'Acme Agents',
    owner: 'acme',
    permissions: {
      contents: 'write',
      pull_requests: 'write',
      issues: 'write',
      metadata: 'read',
      checks: 'read',
      statuses: 'read',
      actions: 'read',
    },
  });
  const installation = github.control.installApp(made.id, 'acme', { repositories: 'all' });
  const pemPath = join(dir, `${slug}.private-key.pem`);
  writeFileSync(pemPath, made.privateKey, { mode: 0o600 });

  const account = ravi.createAccount({ plan: 'paid', email: 'dana@acme.test' });
  const identity = ravi.createIdentity(account.id, { name: 'Acme Agents', address: 'acme.agents@raviapp.com', phone: true });

  return {
    clock,
    jean,
    ravi,
    github,
    app: { id: made.id, clientId: made.clientId, slug, pemPath, botId: made.botId, installationId: installation.id },
    raviAccount: { ...account, identityUuid: identity.uuid, inbox: identity.inbox, phone: identity.phone },
    repositories: { shop, api },
    dir,
    async stop() {
      await Promise.all([jean.stop(), ravi.stop(), github.stop()]);
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The addresses of a running sandbox. */
export function addressesOf(sandbox: Sandbox): SandboxAddresses {
  const { jean, ravi, github, app, raviAccount, dir } = sandbox;
  return {
    dataHome: jean.dataHome,
    jeanUrl: jean.url,
    raviUrl: ravi.url,
    raviManagementKey: raviAccount.managementKey,
    raviIdentityUuid: raviAccount.identityUuid,
    githubUrl: github.apiUrl,
    appId: app.id,
    appClientId: app.clientId,
    appSlug: app.slug,
    appPemPath: app.pemPath,
    dir,
  };
}
