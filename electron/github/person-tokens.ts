import { z } from 'zod';
import { backoffMs, delay } from '../base/backoff.ts';
import type { Secret } from '../base/secret.ts';
import type { GitHubApi } from './api.ts';
import { GitHubError } from './errors.ts';
import { tokenExpiry } from './token-shape.ts';

/** What a person's token comes to at one repository. */
export interface Reach {
  readonly repositoryId: number;
  /** Whether its person may; the token itself may fall short of that. */
  readonly mayPush: boolean;
  /** Epoch ms by this machine's clock; null where GitHub names no end. */
  readonly expiresAt: number | null;
  readonly requestId: string | null;
}

/** The account behind a token. */
export interface Person {
  readonly id: number;
  readonly login: string;
}

const repositorySchema = z.object({
  id: z.number().int().positive(),
  permissions: z.object({ push: z.boolean() }).optional(),
});
const personSchema = z.object({ id: z.number().int().positive(), login: z.string().min(1) });

/** What is listed to try a permission: GitHub tells nobody what a token may (contract github §1.2), but refuses what it may not. */
const lists: Readonly<Record<string, string>> = { pull_requests: 'pulls', issues: 'issues', actions: 'actions/runs' };

/** GitHub takes a revocation and carries it out later (202, contract github §1.5); this long we look whether it has, ms. */
const revokedWithinMs = 15_000;
/** GitHub takes 1000 tokens with one request (contract github §1.5); a sign-in has two. */
const tokensAtOnce = 500;
/** `Date` is whole seconds and answers take their time: less than this is no skew. */
const skewToleranceMs = 5_000;

/** Tokens of people, fine-grained ones and those of a sign-in: tested, and killed where nothing else helps. We can't make any. */
export class PersonTokens {
  readonly #api: GitHubApi;
  readonly #random: () => number;

  constructor(api: GitHubApi, random: () => number = Math.random) {
    this.#api = api;
    this.#random = random;
  }

  /** What the token comes to at `owner/name`. @throws GitHubError `unauthorized` for a dead token, `forbidden` where it does not reach. */
  async reach(token: Secret, repository: string, signal?: AbortSignal): Promise<Reach> {
    const [owner = '', name = ''] = repository.split('/');
    const path = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
    const what = `Trying the token at ${repository}`;
    try {
      const request = { path, bearer: token, what, notFound: 'forbidden', signal } as const;
      const { value, answer } = await this.#api.json(request, repositorySchema);
      return {
        repositoryId: value.id,
        mayPush: value.permissions?.push ?? false,
        expiresAt: this.#ours(tokenExpiry(answer.headers.get('github-authentication-token-expiration')), answer.headers),
        requestId: answer.requestId,
      };
    } catch (error) {
      throw error instanceof GitHubError ? inWords(error, repository) : error;
    }
  }

  /**
   * Whether GitHub refuses the token a push to `owner/name`: asks `git` as a push begins, and sends nothing. What the API calls `permissions`
   * is the person's role there, which a token may fall short of.
   */
  async refusesPush(token: Secret, git: GitHubApi, repository: string, signal?: AbortSignal): Promise<boolean> {
    const path = `/${repository.split('/').map(encodeURIComponent).join('/')}.git/info/refs?service=git-receive-pack`;
    const basic = Buffer.from(`x-access-token:${token.reveal()}`).toString('base64');
    const what = `Trying a push to ${repository}`;
    return await git.send({ path, what, headers: { authorization: `Basic ${basic}` }, signal }).then(
      () => false,
      // Whatever else it is, an outage or a list of refs that is too long, it is no refusal.
      (error: unknown) => error instanceof GitHubError && error.kind === 'forbidden',
    );
  }

  /** Which of these kinds of thing the token may not even read at `owner/name`: one question each, answered with 403. @throws GitHubError */
  async unreadable(
    token: Secret,
    repository: string,
    wanted: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly string[]> {
    const [owner = '', name = ''] = repository.split('/');
    const base = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
    const refused: string[] = [];
    for (const permission of wanted) {
      const list = lists[permission];
      if (list === undefined) continue;
      const request = { path: `${base}/${list}?per_page=1`, bearer: token, what: `Trying the token at ${repository}`, signal };
      await this.#api.send(request).catch((error: unknown) => {
        // 404: the repository has switched it off; whatever else it is, it is no refusal.
        if (!(error instanceof GitHubError) || (error.kind !== 'forbidden' && error.status !== 404)) throw error;
        if (error.kind === 'forbidden') refused.push(permission);
      });
    }
    return refused;
  }

  /** Whose token it is. @throws GitHubError */
  async owner(token: Secret, signal?: AbortSignal): Promise<Person> {
    const request = { path: '/user', bearer: token, what: 'Asking whose token it is', signal } as const;
    const { value } = await this.#api.json(request, personSchema);
    return { id: value.id, login: value.login };
  }

  /** Whether GitHub still takes the token. */
  async probe(token: Secret, signal?: AbortSignal): Promise<'alive' | 'dead' | 'unknown'> {
    try {
      await this.owner(token, signal);
      return 'alive';
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      return error.kind === 'unauthorized' ? 'dead' : 'unknown';
    }
  }

  /**
   * Kills tokens for good, for everybody who uses them; their owner gets an e-mail (contract github §1.5). `probed` is the one that
   * is looked at until GitHub answers 401 to it.
   * @throws GitHubError; `unavailable` while GitHub still takes the token
   */
  async revoke(probed: Secret, others: readonly Secret[] = [], signal?: AbortSignal): Promise<void> {
    await this.#askToRevoke([probed, ...others], signal);
    await this.#waitForEnd(probed, signal);
  }

  /**
   * As {@link revoke}, for the tokens of many people by one request: GitHub takes 60 of them an hour. Answers for each sign-in or token
   * why its end is not certain, or null. @throws GitHubError when GitHub did not take the request
   */
  async revokeAll(
    all: readonly { readonly probed: Secret; readonly others: readonly Secret[] }[],
    signal?: AbortSignal,
  ): Promise<readonly (GitHubError | null)[]> {
    for (let at = 0; at < all.length; at += tokensAtOnce)
      await this.#askToRevoke(
        all.slice(at, at + tokensAtOnce).flatMap(({ probed, others }) => [probed, ...others]),
        signal,
      );
    return Promise.all(
      all.map(({ probed }) =>
        this.#waitForEnd(probed, signal).then(
          () => null,
          (error: unknown) => {
            if (error instanceof GitHubError) return error;
            throw error;
          },
        ),
      ),
    );
  }

  async #askToRevoke(tokens: readonly Secret[], signal: AbortSignal | undefined): Promise<void> {
    const credentials = [...new Set(tokens.map((token) => token.reveal()))];
    const what = tokens.length === 1 ? 'Revoking the token at GitHub' : 'Revoking the tokens at GitHub';
    // Without a bearer: any authenticated request is refused here.
    await this.#api
      .send({ method: 'POST', path: '/credentials/revoke', body: { credentials }, what, signal })
      .catch((error: unknown) => {
        throw error instanceof GitHubError && error.status === 404 ? notOffered(error) : error;
      });
  }

  async #waitForEnd(token: Secret, signal: AbortSignal | undefined): Promise<void> {
    const giveUpAt = this.#api.now() + revokedWithinMs;
    for (let attempt = 0; (await this.probe(token, signal)) !== 'dead'; attempt += 1) {
      if (this.#api.now() >= giveUpAt)
        throw new GitHubError('unavailable', 'GitHub took the revocation, but still accepts the token. Try again in a moment.');
      await delay(backoffMs(attempt, this.#random, 250, 2_000), signal);
      signal?.throwIfAborted();
    }
  }

  /** A time of GitHub's clock by ours, which may be wrong. */
  #ours(at: number | null, headers: Headers): number | null {
    const skew = Date.parse(headers.get('date') ?? '') - this.#api.now();
    return at === null || Number.isNaN(skew) || Math.abs(skew) < skewToleranceMs ? at : at - skew;
  }
}

function inWords(error: GitHubError, repository: string): GitHubError {
  const { kind, status, requestId, retryAfterMs } = error;
  const facts = { status, requestId, retryAfterMs };
  if (kind === 'unauthorized')
    return new GitHubError(kind, 'GitHub does not accept the token: it has expired, or was revoked.', facts);
  if (kind === 'forbidden')
    return new GitHubError(
      kind,
      `The token does not reach ${repository}. Choose that repository for it at GitHub, as a member of the organization that owns it; where that has to approve the token, it may still be to come.`,
      facts,
    );
  return error;
}

function notOffered({ status, requestId }: GitHubError): GitHubError {
  return new GitHubError(
    'invalid',
    'This GitHub server can’t revoke a token this way. Its owner deletes it in their settings there.',
    {
      status,
      requestId,
    },
  );
}
