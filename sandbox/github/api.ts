import { createHash, randomBytes } from 'node:crypto';
import type { Handler, HttpAnswer, HttpRequest } from '../http.ts';
import { Refusal } from '../http.ts';
import type { App } from './apps.ts';
import { type Caller, identify, loginOf, poolOf } from './callers.ts';
import { problem, refuse } from './errors.ts';
import { ANONYMOUS_POOL, type Pool } from './rate-limits.ts';
import type { World } from './world.ts';

const VERSIONS: readonly string[] = ['2022-11-28', '2026-03-10'];

/** A REST call as the sandbox remembers it: no query, no header, no body. */
export interface Call {
  /** Epoch ms by the sandbox's clock. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** `slug[bot]`, a person, an app's slug for JWT calls, or null when nobody was known. */
  readonly login: string | null;
}

/** How a REST call is counted; `false`: not at all. */
type Counting = Pool | 'caller' | false;

/** What all REST calls have in common: who calls, quota, conditional requests, headers, the record. */
export class Api {
  readonly world: World;
  readonly calls: Call[] = [];
  readonly #logins = new WeakMap<HttpRequest, string | null>();

  constructor(world: World) {
    this.world = world;
  }

  /** A REST endpoint for any caller, also for none. */
  anyone(
    answer: (request: HttpRequest, caller: Caller) => HttpAnswer | Promise<HttpAnswer>,
    counting: Counting = 'caller',
  ): Handler {
    return async (request) => {
      const refused = refuseShape(request);
      if (refused !== undefined) return refused;
      let caller: Caller;
      try {
        caller = identify(request, this.world);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.world.rateLimits.count(ANONYMOUS_POOL);
        return withHeaders(error.answer, this.world.rateLimits.headers(ANONYMOUS_POOL));
      }
      this.remember(request, loginOf(caller));
      const pool = counting === 'caller' ? poolOf(caller) : counting;
      if (pool === false) return answerOf(answer, request, caller);
      if (this.world.rateLimits.isExhausted(pool)) {
        const holder = caller.kind === 'installation' ? `installation ID ${caller.installation.id}` : pool.key;
        const refusal = problem(403, `API rate limit exceeded for ${holder}.`);
        return withHeaders(refusal, this.world.rateLimits.headers(pool));
      }
      const given = conditional(request, await answerOf(answer, request, caller));
      // What has not changed costs nothing.
      if (given.status !== 304) this.world.rateLimits.count(pool);
      return withHeaders(given, { ...this.world.rateLimits.headers(pool), ...expiryHeader(caller) });
    };
  }

  /** A REST endpoint for apps with their JWT. */
  app(answer: (request: HttpRequest, app: App) => HttpAnswer | Promise<HttpAnswer>): Handler {
    return this.anyone((request, caller) => {
      if (caller.kind !== 'app') refuse(401, 'A JSON web token could not be decoded');
      return answer(request, caller.app);
    });
  }

  /** A REST endpoint for tokens. */
  token(
    answer: (
      request: HttpRequest,
      caller: Extract<Caller, { kind: 'installation' | 'user' }>,
    ) => HttpAnswer | Promise<HttpAnswer>,
  ) {
    return this.anyone((request, caller) => {
      if (caller.kind === 'anonymous') refuse(401, 'Requires authentication');
      if (caller.kind === 'app') refuse(401, 'Bad credentials');
      return answer(request, caller);
    });
  }

  /** Notes who made a request, for the record. */
  remember(request: HttpRequest, login: string | null): void {
    this.#logins.set(request, login);
  }

  /** Last touch on every answer, faults included. */
  finish(request: HttpRequest, answer: HttpAnswer): HttpAnswer {
    const at = this.world.clock.now();
    // A manifest's code stands in the path, and whoever has it gets the key.
    const path = request.path.replace(/^\/app-manifests\/[^/]+/, '/app-manifests/{code}');
    this.calls.push({ at, method: request.method, path, status: answer.status, login: this.#logins.get(request) ?? null });
    const asked = request.headers['x-github-api-version'];
    return withHeaders(answer, {
      date: new Date(at).toUTCString(),
      server: 'github.com',
      'x-github-request-id': randomBytes(12).toString('hex').toUpperCase(),
      'x-github-media-type': 'github.v3; format=json',
      'x-github-api-version-selected': typeof asked === 'string' ? asked : '2022-11-28',
    });
  }
}

function refuseShape(request: HttpRequest): HttpAnswer | undefined {
  if (request.headers['user-agent'] === undefined) {
    return problem(403, 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header');
  }
  const version = request.headers['x-github-api-version'];
  if (typeof version === 'string' && !VERSIONS.includes(version)) {
    return problem(400, `"${version}" is not a valid API version. See the documentation for a list of supported versions.`);
  }
  return undefined;
}

async function answerOf(
  answer: (request: HttpRequest, caller: Caller) => HttpAnswer | Promise<HttpAnswer>,
  request: HttpRequest,
  caller: Caller,
): Promise<HttpAnswer> {
  try {
    return await answer(request, caller);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function conditional(request: HttpRequest, answer: HttpAnswer): HttpAnswer {
  if (request.method !== 'GET' || answer.status !== 200 || answer.body === undefined) return answer;
  const etag = `W/"${createHash('sha256').update(JSON.stringify(answer.body)).digest('hex')}"`;
  const known = request.headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag || `W/${tag.trim()}` === etag);
  const tagged = withHeaders(answer, {
    etag,
    'cache-control': 'private, max-age=60, s-maxage=60',
    vary: 'Accept, Authorization',
  });
  return known === true ? { status: 304, headers: tagged.headers ?? {} } : tagged;
}

/** When the caller's token ends, as it is said of the tokens of people alone (contract github §1.7). */
function expiryHeader(caller: Caller): Readonly<Record<string, string>> {
  if (caller.kind !== 'user' || caller.token.kind !== 'fine-grained' || caller.token.expiresAt === null) return {};
  const at = new Date(caller.token.expiresAt).toISOString();
  return { 'github-authentication-token-expiration': `${at.slice(0, 10)} ${at.slice(11, 19)} UTC` };
}

/** The answer with these headers where it has none of its own. */
function withHeaders(answer: HttpAnswer, headers: Readonly<Record<string, string>>): HttpAnswer {
  return { ...answer, headers: { ...headers, ...answer.headers } };
}
