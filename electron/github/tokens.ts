import { z } from 'zod';
import { backoffMs, delay } from '../base/backoff.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import { Secret } from '../base/secret.ts';
import { type GitHubAnswer, type GitHubApi, parsed } from './api.ts';
import type { GitHubApp, Permissions } from './app.ts';
import { GitHubError } from './errors.ts';

/** A token to be made: for these repositories, with these permissions and no others. */
export interface MintRequest {
  readonly installationId: number;
  /** Each `owner/name`, all of one owner. */
  readonly repositories: readonly string[];
  readonly permissions: Permissions;
  /** Asks for one of the two token formats (contract github §1.2); GitHub chooses when left out. */
  readonly format?: 'stateless' | 'classic';
}

/** A token that GitHub has just made. */
export interface MintedToken {
  readonly token: Secret;
  /** base64(SHA-256(token)): the same as `hashed_token` in GitHub's audit log (contract github §1.7). */
  readonly fingerprint: string;
  /** Epoch ms by this machine's clock: GitHub's time less the skew, so that a wrong clock here outlives nothing. */
  readonly expiresAt: number;
  /** As GitHub granted them. */
  readonly permissions: Permissions;
  /** Each `owner/name` as GitHub writes it. */
  readonly repositories: readonly string[];
  readonly requestId: string | null;
}

/** What an installation covers. */
export interface InstalledRepositories {
  /** How many there are; `names` (`owner/name`) ends at a thousand. */
  readonly total: number;
  readonly names: readonly string[];
  /** The token that listed them could not be revoked, and ends by itself within the hour. */
  readonly tokenLeft: boolean;
}

/** How a token is tested or killed. */
export interface TokenCall {
  readonly signal?: AbortSignal;
  /** Whose rate limit it is, for the report. */
  readonly installationId?: number;
}

const mintedSchema = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
  permissions: z.record(z.string(), z.string()).optional(),
  repositories: z.array(z.object({ full_name: z.string() })).optional(),
});
const tokenAlone = z.object({ token: z.string().min(1) });

const repositoriesSchema = z.object({
  total_count: z.number().int().nonnegative(),
  repositories: z.array(z.object({ full_name: z.string() })),
});
/** Of a hundred repositories each; nobody reads a longer list. */
const mostPages = 10;

/** GitHub may need a moment before a new token is known everywhere; auth-app waits as long (contract github §7). */
const replicationMs = 5_000;

/** Installation tokens: made, tested and killed by bare requests, never through a cache that two worktrees could share. */
export class InstallationTokens {
  readonly #api: GitHubApi;
  readonly #app: GitHubApp | null;
  readonly #random: () => number;

  /** Without an app (its key was removed), tokens can still be tested and revoked. */
  constructor(options: { readonly api: GitHubApi; readonly app: GitHubApp | null; readonly random?: () => number }) {
    this.#api = options.api;
    this.#app = options.app;
    this.#random = options.random ?? Math.random;
  }

  /**
   * Makes one token; never retried, because a lost answer is a token that nobody knows (`maybeIssued` on the error says so).
   * A token that turns out wider than asked for is revoked at once and refused.
   * @throws GitHubError
   */
  async mint(request: MintRequest, signal?: AbortSignal): Promise<MintedToken> {
    const what = `Minting a token for ${request.repositories.join(', ')}`;
    const names = request.repositories.map(nameOf);
    const owners = new Set(request.repositories.map((repository) => repository.split('/')[0]?.toLowerCase()));
    const named = owners.size === 1 && request.repositories.every((repository) => /^[^/]+\/[^/]+$/.test(repository));
    if (this.#app === null) throw new GitHubError('unauthorized', `${what} failed: no GitHub App is connected.`);
    if (!named || Object.keys(request.permissions).length === 0) {
      // Both fields left out would mean everything that was granted (contract github §1.2).
      throw new GitHubError('invalid', `${what} failed: it must name one owner’s repositories and the permissions.`);
    }
    const answer = await this.#app.send({
      method: 'POST',
      path: `/app/installations/${request.installationId}/access_tokens`,
      body: { repositories: names, permissions: request.permissions },
      headers: request.format ? { 'x-github-stateless-s2s-token': request.format === 'stateless' ? 'enabled' : 'disabled' } : {},
      what,
      notFound: 'not-installed',
      installationId: request.installationId,
      signal,
    });
    return await this.#accepted(request, what, answer, this.#app.clockSkewMs);
  }

  /**
   * Whether GitHub still takes a token. A token of a suspended or throttled installation is `unknown`, as is any when GitHub
   * can't be reached. With `justMinted` a 401 is asked again for up to 5 s before it counts.
   */
  async probe(token: Secret, options: TokenCall & { readonly justMinted?: boolean } = {}): Promise<'alive' | 'dead' | 'unknown'> {
    const giveUpAt = this.#api.now() + (options.justMinted ? replicationMs : 0);
    for (let attempt = 0; ; attempt += 1) {
      const state = await this.#probeOnce(token, options);
      if (state !== 'dead' || this.#api.now() >= giveUpAt) return state;
      await delay(backoffMs(attempt, this.#random, 250, 1_000), options.signal);
      options.signal?.throwIfAborted();
    }
  }

  /**
   * The repositories of an installation, which only a token of its own can list: one that may do nothing else is made, and revoked.
   * @throws GitHubError
   */
  async listRepositories(installationId: number, signal?: AbortSignal): Promise<InstalledRepositories> {
    const what = 'Listing the repositories of an installation';
    if (this.#app === null) throw new GitHubError('unauthorized', `${what} failed: no GitHub App is connected.`);
    const path = `/app/installations/${installationId}/access_tokens`;
    const body = { permissions: { metadata: 'read' } };
    const asked = { method: 'POST', path, body, what, notFound: 'not-installed', installationId, signal } as const;
    const bearer = Secret.of((await this.#app.json(asked, tokenAlone)).token);
    const names: string[] = [];
    let total = 0;
    let left = false;
    try {
      for (let page = 1; page <= mostPages; page += 1) {
        const list = { path: `/installation/repositories?per_page=100&page=${page}`, bearer, what, installationId, signal };
        const { value } = await this.#api.json(list, repositoriesSchema);
        total = value.total_count;
        names.push(...value.repositories.map(({ full_name: name }) => name));
        if (names.length >= total || value.repositories.length === 0) break;
      }
    } finally {
      // Alive it can list names for an hour, and no more: told, but no reason to keep the list from the person.
      left = await this.revoke(bearer).then(
        () => false,
        () => true,
      );
    }
    return { total, names, tokenLeft: left };
  }

  /** Kills a token; a dead one can't authenticate its own end, and its 401 is as good (contract github §1.2). @throws GitHubError */
  async revoke(token: Secret, options: TokenCall = {}): Promise<'revoked' | 'already-dead'> {
    try {
      const what = 'Revoking a token';
      const answer = await this.#api.send({ method: 'DELETE', path: '/installation/token', bearer: token, what, ...options });
      if (answer.status === 204) return 'revoked';
      throw new GitHubError('malformed', `${what} failed: GitHub answered ${answer.status}.`, { status: answer.status });
    } catch (error) {
      if (error instanceof GitHubError && error.kind === 'unauthorized') return 'already-dead';
      throw error;
    }
  }

  async #probeOnce(token: Secret, options: TokenCall): Promise<'alive' | 'dead' | 'unknown'> {
    const { signal, installationId } = options;
    try {
      // The endpoint that GitHub documents for it; /rate_limit costs nothing but answers anonymous callers too.
      const path = '/installation/repositories?per_page=1';
      await this.#api.send({ path, bearer: token, what: 'Testing a token', signal, installationId });
      return 'alive';
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      return error.kind === 'unauthorized' ? 'dead' : 'unknown';
    }
  }

  async #accepted(request: MintRequest, what: string, answer: GitHubAnswer, skewMs: number): Promise<MintedToken> {
    const { requestId, status } = answer;
    let minted: z.infer<typeof mintedSchema>;
    try {
      minted = parsed(what, answer, mintedSchema);
    } catch (error) {
      const left = await this.#drop(answer);
      throw error instanceof GitHubError
        ? new GitHubError('malformed', error.message, { status, requestId, maybeIssued: left })
        : error;
    }
    const token = Secret.of(minted.token);
    const reached = minted.repositories?.map(({ full_name: name }) => name) ?? [];
    // The owner may have been renamed since; an installation has one account, so the names alone tell.
    const wanted = new Set(request.repositories.map((repository) => nameOf(repository).toLowerCase()));
    const exact = reached.length === wanted.size && reached.every((repository) => wanted.has(nameOf(repository).toLowerCase()));
    if (!exact) {
      const maybeIssued = await this.#drop(answer);
      const got = minted.repositories === undefined ? 'every repository' : reached.join(', ') || 'no repository';
      throw new GitHubError('malformed', `${what} failed: GitHub made it for ${got}; it was not used.`, {
        status,
        requestId,
        maybeIssued,
      });
    }
    return {
      token,
      fingerprint: fingerprintOf(token),
      expiresAt: Date.parse(minted.expires_at) - skewMs,
      permissions: minted.permissions ?? request.permissions,
      repositories: reached,
      requestId,
    };
  }

  /** Revokes the token in an answer that can't be used; true when it may live on. */
  async #drop(answer: GitHubAnswer): Promise<boolean> {
    try {
      const { token } = parsed('Revoking a token', answer, tokenAlone);
      await this.revoke(Secret.of(token));
      return false;
    } catch {
      // The caller's own error goes on, and says by `maybeIssued` that this did not work.
      return true;
    }
  }
}

const nameOf = (repository: string): string => repository.split('/')[1] ?? '';
