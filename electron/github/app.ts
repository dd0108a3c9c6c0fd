import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { type GitHubAnswer, GitHubApi, type GitHubApiOptions, type GitHubRequest, parsed } from './api.ts';
import { AppKey } from './app-key.ts';
import { GitHubError } from './errors.ts';

/** Permission names and levels: `{ contents: 'write' }`. */
export type Permissions = Readonly<Record<string, string>>;

/** What GitHub says about the app itself. */
export interface AppFacts {
  readonly slug: string;
  readonly clientId: string | null;
  readonly name: string;
  readonly htmlUrl: string;
  readonly permissions: Permissions;
  readonly installationsCount: number | null;
  /** Whose App it is; `type` is `User` or `Organization`. */
  readonly owner: { readonly login: string; readonly type: string } | null;
}

/** Where the app is installed, and with what. */
export interface Installation {
  readonly id: number;
  readonly account: string;
  readonly permissions: Permissions;
  readonly suspended: boolean;
  readonly repositorySelection: 'all' | 'selected';
}

/** The account in whose name the app's tokens act: `slug[bot]`, with its own user id (contract github §2.1). */
export interface BotUser {
  readonly id: number;
  readonly login: string;
}

/** How an app is reached. */
export interface GitHubAppOptions extends GitHubApiOptions {
  /** The app id, or the client id. */
  readonly appId: string;
  /** The `.pem` from GitHub. */
  readonly privateKey: Secret;
  /** Told with each answer: GitHub's clock minus this machine's, ms; 0 while they agree to a few seconds. */
  readonly onClock?: ((skewMs: number) => void) | undefined;
}

const permissions = z.record(z.string(), z.string());
const appSchema = z.object({
  slug: z.string().min(1),
  client_id: z.string().optional(),
  name: z.string(),
  html_url: z.string(),
  permissions,
  installations_count: z.number().int().optional(),
  owner: z.object({ login: z.string(), type: z.string() }).nullish().catch(null),
});
const installationSchema = z.object({
  id: z.number().int().positive(),
  account: z.object({ login: z.string().optional(), slug: z.string().optional() }).nullable(),
  permissions,
  suspended_at: z.string().nullish(),
  repository_selection: z.enum(['all', 'selected']),
});
const userSchema = z.object({ id: z.number().int().positive(), login: z.string(), type: z.string() });

const pageSize = 100;
const maxPages = 50;
/** `Date` is whole seconds and answers take their time: less than this is no skew. */
const skewToleranceMs = 5_000;

/** Our own GitHub App: it proves itself by a JWT, and knows where it is installed. */
export class GitHubApp {
  /** The same API without the app's JWT: for requests by token, or by nobody. */
  readonly api: GitHubApi;
  /** Fingerprint of the private key, as GitHub's settings page shows it. */
  readonly keyFingerprint: string;
  readonly #key: AppKey;
  readonly #appId: string;
  readonly #onClock: GitHubAppOptions['onClock'];
  #skewMs = 0;
  #slug: string | undefined;

  /** @throws GitHubError `invalid` when the key is none of a GitHub App, or the URL is not safe. */
  constructor(options: GitHubAppOptions) {
    this.api = new GitHubApi(options);
    this.#key = AppKey.read(options.privateKey);
    this.keyFingerprint = this.#key.fingerprint;
    this.#appId = options.appId.trim();
    this.#onClock = options.onClock;
    if (!/^[A-Za-z0-9._-]+$/.test(this.#appId)) throw new GitHubError('invalid', 'That is no app id and no client id.');
  }

  /** GitHub's clock minus this machine's, ms; 0 while they agree to a few seconds. */
  get clockSkewMs(): number {
    return this.#skewMs;
  }

  /** Who the app is; proves that id and key belong together. */
  async verify(signal?: AbortSignal): Promise<AppFacts> {
    const app = await this.json({ path: '/app', what: 'Checking the GitHub App', signal }, appSchema).catch((error: unknown) => {
      throw error instanceof GitHubError && error.kind === 'unauthorized' ? this.#notOurs(error) : error;
    });
    this.#slug = app.slug;
    return {
      slug: app.slug,
      clientId: app.client_id ?? null,
      name: app.name,
      htmlUrl: app.html_url,
      permissions: app.permissions,
      installationsCount: app.installations_count ?? null,
      owner: app.owner ?? null,
    };
  }

  /** All installations, the suspended ones too. */
  async installations(signal?: AbortSignal): Promise<readonly Installation[]> {
    const found: Installation[] = [];
    for (let page = 1; page <= maxPages; page += 1) {
      const path = `/app/installations?per_page=${pageSize}&page=${page}`;
      const rows = await this.json({ path, what: 'Listing the installations', signal }, z.array(installationSchema));
      found.push(...rows.map(installation));
      if (rows.length < pageSize) break;
    }
    return found;
  }

  /** The installation that covers a repository. @throws GitHubError `not-installed` when there is none. */
  async installationFor(owner: string, name: string, signal?: AbortSignal): Promise<Installation> {
    const path = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/installation`;
    const what = `Finding the installation for ${owner}/${name}`;
    return installation(await this.json({ path, what, signal, notFound: 'not-installed' }, installationSchema));
  }

  /**
   * The app's bot account. Public, so asked for anonymously (60 an hour for each address), unless a token is at hand:
   * `/users` does not take an app's JWT, and a private server takes nobody without a token.
   */
  async botUser(signal?: AbortSignal, token?: Secret): Promise<BotUser> {
    const slug = this.#slug ?? (await this.verify(signal)).slug;
    const login = `${slug}[bot]`;
    const path = `/users/${encodeURIComponent(login)}`;
    const { value } = await this.api.json({ path, what: `Looking up ${login}`, signal, bearer: token }, userSchema);
    if (value.login.toLowerCase() !== login.toLowerCase() || value.type !== 'Bot') {
      throw new GitHubError('malformed', `Looking up ${login} failed: GitHub answered with the account ${value.login}.`);
    }
    return { id: value.id, login: value.login };
  }

  /** Suspends an installation: none of its tokens works any more, and none can be made, until its owner unsuspends it. */
  async suspend(installationId: number, signal?: AbortSignal): Promise<void> {
    const path = `/app/installations/${installationId}/suspended`;
    await this.send({ method: 'PUT', path, what: 'Suspending the installation', signal, notFound: 'not-installed' });
  }

  /** One request as the app. @throws GitHubError `malformed` when the answer is not what the schema says. */
  async json<T>(request: Omit<GitHubRequest, 'bearer'>, schema: z.ZodType<T>): Promise<T> {
    return parsed(request.what, await this.send(request), schema);
  }

  /**
   * One request as the app. When GitHub refuses the JWT and its `Date` says that our clock is wrong, the request is made once
   * more with the right time: a 401 did nothing, so this is safe for a POST too.
   */
  async send(request: Omit<GitHubRequest, 'bearer'>): Promise<GitHubAnswer> {
    const believed = this.#skewMs;
    try {
      const answer = await this.#attempt(request);
      this.#learnSkew(Date.parse(answer.headers.get('date') ?? ''));
      return answer;
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      this.#learnSkew(error.answeredAt ?? Number.NaN);
      if (error.kind !== 'unauthorized' || Math.abs(this.#skewMs - believed) < skewToleranceMs) throw error;
      return await this.#attempt(request);
    }
  }

  async #attempt(request: Omit<GitHubRequest, 'bearer'>): Promise<GitHubAnswer> {
    const bearer = await this.#key.jwt(this.#appId, this.api.now() + this.#skewMs);
    return await this.api.send({ ...request, bearer });
  }

  /** Id and key don't belong together (401), or there is no such App (404). */
  #notOurs({ status, requestId, answeredAt }: GitHubError): GitHubError {
    const message =
      status === 404
        ? `GitHub knows no App ${this.#appId}. Its id stands on the App’s settings page, under About.`
        : `GitHub does not accept this private key for the App ${this.#appId}. Check the id, or make a new key on the App’s settings page.`;
    return new GitHubError('unauthorized', message, { status, requestId, answeredAt });
  }

  #learnSkew(answeredAt: number): void {
    if (Number.isNaN(answeredAt)) return;
    const skew = answeredAt - this.api.now();
    this.#skewMs = Math.abs(skew) < skewToleranceMs ? 0 : skew;
    this.#onClock?.(this.#skewMs);
  }
}

function installation(row: z.infer<typeof installationSchema>): Installation {
  return {
    id: row.id,
    account: row.account?.login ?? row.account?.slug ?? '',
    permissions: row.permissions,
    suspended: row.suspended_at != null,
    repositorySelection: row.repository_selection,
  };
}
