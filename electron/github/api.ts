import { z } from 'zod';
import { call, type HttpAnswer, HttpFailure, retryAfterMs, safeBaseUrl } from '../base/http-call.ts';
import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import type { Secret } from '../base/secret.ts';
import { GitHubError, type GitHubErrorKind } from './errors.ts';

/** How much of an installation's hourly pool is left (contract github §1.2: shared by all its tokens). */
export interface RateLimit {
  readonly remaining: number;
  readonly limit: number;
  /** Epoch ms, by GitHub's clock. */
  readonly resetAt: number;
  /** Null where the caller didn't say on whose behalf it asked. */
  readonly installationId: number | null;
}

/** How the REST API is reached. */
export interface GitHubApiOptions {
  /** `https://api.github.com`, `https://HOST/api/v3`, or plain http on this machine. */
  readonly apiUrl: string;
  readonly fetch: typeof globalThis.fetch;
  /** Epoch ms. */
  readonly now: () => number;
  readonly onLimits?: ((limit: RateLimit) => void) | undefined;
  /** For one exchange, ms; 15 s when left out. */
  readonly timeoutMs?: number | undefined;
}

/** One request. `path` is percent-encoded and begins with `/`. */
export interface GitHubRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** A JWT or a token; without it the request is anonymous. */
  readonly bearer?: Secret | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly installationId?: number | undefined;
  /** Of the answer, where it may be larger than 4 MiB. */
  readonly maxBytes?: number | undefined;
  /** What the request is about, as the subject of an error's sentence: "Minting a token for octo/hello". */
  readonly what: string;
  /** What a 404 means here; `invalid` when left out. */
  readonly notFound?: Extract<GitHubErrorKind, 'not-installed' | 'forbidden' | 'invalid'>;
}

/** An answer with status 2xx or 304. */
export interface GitHubAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly requestId: string | null;
}

const maxBytes = 4 * 1024 * 1024;
const maxRedirects = 3;

/**
 * GitHub's REST API, bare: one request, one answer, no retries and no cache. It pins the API version, follows redirects
 * (renamed repositories) to the same origin alone, and turns every failure into a {@link GitHubError}.
 */
export class GitHubApi {
  readonly #base: URL;
  readonly #o: GitHubApiOptions;

  /** @throws GitHubError `invalid` when the URL is neither https nor on this machine. */
  constructor(options: GitHubApiOptions) {
    const base = safeBaseUrl(options.apiUrl);
    if (base === null) throw new GitHubError('invalid', 'The address of GitHub’s API must begin with https://.');
    base.pathname = base.pathname.replace(/\/+$/, '');
    this.#base = base;
    this.#o = options;
  }

  /** Epoch ms. */
  now(): number {
    return this.#o.now();
  }

  /** @throws GitHubError; the signal's reason when aborted. */
  async send(request: GitHubRequest): Promise<GitHubAnswer> {
    const method = request.method ?? 'GET';
    let url = new URL(this.#base.href.replace(/\/$/, '') + request.path);
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#exchange(request, method, url);
      // An anonymous caller's 60 an hour say nothing about ours, and a token that is not accepted counts as anonymous.
      if (request.bearer !== undefined && answer.status !== 401)
        this.#reportLimits(answer.headers, request.installationId ?? null);
      const requestId = answer.headers.get('x-github-request-id');
      if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) {
        return { status: answer.status, headers: answer.headers, text: answer.text, requestId };
      }
      if (answer.status < 300 || answer.status > 399) throw refusal(request, answer, this.#o.now());
      const next = method === 'GET' ? sameOrigin(answer.headers.get('location'), url) : null;
      if (next === null || redirects >= maxRedirects) {
        throw new GitHubError('malformed', `${request.what} failed: GitHub redirects to a place that is not followed.`, {
          status: answer.status,
          requestId,
        });
      }
      url = next;
    }
  }

  /** As {@link send}, and reads the JSON. @throws GitHubError `malformed` when it is not what the schema says. */
  async json<T>(request: GitHubRequest, schema: z.ZodType<T>): Promise<{ readonly value: T; readonly answer: GitHubAnswer }> {
    const answer = await this.send(request);
    return { value: parsed(request.what, answer, schema), answer };
  }

  async #exchange(request: GitHubRequest, method: string, url: URL): Promise<HttpAnswer> {
    try {
      return await call(this.#o.fetch, {
        url,
        method,
        headers: {
          accept: 'application/vnd.github+json',
          // Octokit sends none, and an unpinned client moves with GitHub's default (contract github §7).
          'x-github-api-version': '2022-11-28',
          'user-agent': 'jean-ravi-companion',
          ...(request.bearer === undefined ? {} : { authorization: `Bearer ${request.bearer.reveal()}` }),
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        signal: request.signal,
        timeoutMs: this.#o.timeoutMs ?? 15_000,
        maxBytes: request.maxBytes ?? maxBytes,
      });
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      throw new GitHubError(
        error.kind === 'too-large' ? 'malformed' : 'unreachable',
        `${request.what} failed: ${error.message}`,
        {
          maybeIssued: method === 'POST' && error.mayHaveArrived,
        },
      );
    }
  }

  #reportLimits(headers: Headers, installationId: number | null): void {
    const [remaining, limit, reset] = ['remaining', 'limit', 'reset'].map((name) => {
      const text = headers.get(`x-ratelimit-${name}`);
      return text !== null && /^\d+$/.test(text) ? Number(text) : null;
    });
    if (remaining == null || limit == null || reset == null) return;
    this.#o.onLimits?.({ remaining, limit, resetAt: reset * 1000, installationId });
  }
}

/** The JSON of an answer. @throws GitHubError `malformed`. */
export function parsed<T>(what: string, answer: GitHubAnswer, schema: z.ZodType<T>): T {
  const fail = (why: string): GitHubError =>
    new GitHubError('malformed', `${what} failed: GitHub’s answer was not understood (${why}).`, {
      status: answer.status,
      requestId: answer.requestId,
    });
  let json: unknown;
  try {
    json = JSON.parse(answer.text);
  } catch {
    throw fail('no JSON');
  }
  const result = schema.safeParse(json);
  // The issue's path and code only: its message could quote what was received.
  if (!result.success) throw fail(result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', '));
  return result.data;
}

function sameOrigin(location: string | null, from: URL): URL | null {
  if (location === null || !URL.canParse(location, from)) return null;
  const next = new URL(location, from);
  return next.origin === from.origin && next.username === '' && next.password === '' ? next : null;
}

const errorBody = z.object({ message: z.string() });

function refusal(request: GitHubRequest, answer: HttpAnswer, now: number): GitHubError {
  const { status, headers } = answer;
  const said = messageOf(answer.text);
  const kind = kindOf(request, status, headers, said);
  const answeredAt = Date.parse(headers.get('date') ?? '');
  return new GitHubError(kind, sentence(request.what, kind, status, said, headers), {
    status,
    requestId: headers.get('x-github-request-id'),
    retryAfterMs: kind === 'throttled' ? throttleMs(headers, now) : retryAfterMs(headers.get('retry-after'), now),
    // A gateway's 5xx says nothing about what happened behind it.
    maybeIssued: request.method === 'POST' && status >= 500,
    answeredAt: Number.isNaN(answeredAt) ? null : answeredAt,
  });
}

function kindOf(request: GitHubRequest, status: number, headers: Headers, said: string): GitHubErrorKind {
  // The 404 of an app id that GitHub doesn't know says nothing about what was asked for.
  if (status === 401 || said === 'Integration not found') return 'unauthorized';
  if (status === 429) return 'throttled';
  if (status === 403) {
    if (/rate limit|abuse/i.test(said) || headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0') {
      return 'throttled';
    }
    return /suspended/i.test(said) ? 'suspended' : 'forbidden';
  }
  if (status === 404) return request.notFound ?? 'invalid';
  return status >= 500 ? 'unavailable' : 'invalid';
}

function sentence(what: string, kind: GitHubErrorKind, status: number, said: string, headers: Headers): string {
  const quoted = said === '' ? `status ${status}` : `“${said}”, status ${status}`;
  const needed = headers.get('x-accepted-github-permissions');
  switch (kind) {
    case 'unauthorized':
      return `${what} failed: GitHub does not accept the credential (${quoted}).`;
    case 'not-installed':
      return `${what} failed: the GitHub App is not installed there (${quoted}). Install it for this repository.`;
    case 'suspended':
      return `${what} failed: the installation of the GitHub App is suspended (${quoted}).`;
    case 'forbidden':
      return `${what} failed: GitHub forbids it (${quoted})${needed ? `; it needs ${needed}` : ''}.`;
    case 'throttled':
      return `${what} has to wait: GitHub’s rate limit is reached (${quoted}).`;
    case 'unavailable':
      return `${what} failed: GitHub has a problem of its own (${quoted}).`;
    case 'invalid':
    case 'malformed':
    case 'unreachable':
      return `${what} failed: GitHub refused it (${quoted}).`;
    default:
      return kind satisfies never;
  }
}

function messageOf(text: string): string {
  try {
    const body = errorBody.safeParse(JSON.parse(text));
    // A validation message can quote what was sent; tokens never belong into a sentence.
    return body.success ? plainLine(redact(body.data.message), 300) : '';
  } catch {
    return '';
  }
}

/** Primary limit: until the reset. Secondary without `Retry-After`: GitHub's docs say to wait a minute. */
function throttleMs(headers: Headers, now: number): number {
  const asked = retryAfterMs(headers.get('retry-after'), now);
  if (asked !== null) return asked;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (headers.get('x-ratelimit-remaining') === '0' && Number.isFinite(reset)) {
    const date = Date.parse(headers.get('date') ?? '');
    return Math.max(1_000, reset * 1000 - (Number.isNaN(date) ? now : date));
  }
  return 60_000;
}
