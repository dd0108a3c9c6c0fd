import { z } from 'zod';
import { call, type HttpAnswer, HttpFailure, isLoopback, retryAfterMs, safeBaseUrl } from '../base/http-call.ts';
import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import type { Secret } from '../base/secret.ts';
import { RaviError, type RaviErrorKind } from './errors.ts';

/** Where Ravi has lived (contract ravi §1); a key is sent to no other host. */
export const raviHosts: ReadonlySet<string> = new Set(['api.ravi.id', 'api.ravi.app', 'ravi.id']);

/** How Ravi is reached. */
export interface RaviClientOptions {
  /** One of {@link raviHosts} over https, or plain http on this machine. */
  readonly baseUrl: string;
  /** A management or an identity key; null for a login. */
  readonly key: Secret | null;
  readonly fetch: typeof globalThis.fetch;
  /** Epoch ms. */
  readonly now: () => number;
  /** For one exchange, ms; 30 s when left out, as Ravi's own CLI has it. */
  readonly timeoutMs?: number | undefined;
}

/** One request. */
export interface RaviRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/api/…/`, percent-encoded, with the slash at its end that Ravi wants. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The uuid of the identity that it is for: a management key without one reaches all of the account. */
  readonly identity?: string | undefined;
  readonly body?: unknown;
  /** Values in the body that no error may quote. */
  readonly hide?: readonly Secret[];
  readonly signal?: AbortSignal | undefined;
  /** The subject of an error's sentence: "Reading a secret". */
  readonly what: string;
}

const maxBytes = 16 * 1024 * 1024;
const maxPages = 200;

interface Page<T> {
  readonly results: readonly T[];
  readonly next?: string | null | undefined;
}

/** Ravi's HTTP API: one request, one answer, no retries, since writing has no idempotency key (contract ravi §7). */
export class RaviClient {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly #o: RaviClientOptions;

  /** @throws RaviError `invalid` when the URL is not one of Ravi's. */
  constructor(options: RaviClientOptions) {
    const url = safeBaseUrl(options.baseUrl);
    // A port on a known host is another server.
    if (url === null || !(isLoopback(url.hostname) || raviHosts.has(url.host)) || !/^\/*$/.test(url.pathname)) {
      throw new RaviError('invalid', `Ravi’s address must be https:// and one of ${[...raviHosts].join(', ')}.`);
    }
    this.baseUrl = url.origin;
    this.#o = options;
  }

  /** Epoch ms. */
  now(): number {
    return this.#o.now();
  }

  /** The same Ravi with another key. */
  withKey(key: Secret | null): RaviClient {
    return new RaviClient({ ...this.#o, key });
  }

  /** Makes a request whose answer has no body that matters. @throws RaviError; the signal's reason. */
  async send(request: RaviRequest): Promise<void> {
    const { status, text } = await this.#exchange(request, this.#url(request));
    // The page of a proxy or of a hotel's network comes with status 200 too.
    if (text.trim() !== '' && jsonOf(text) === undefined)
      throw new RaviError('malformed', `${request.what} failed: Ravi’s answer was not understood (no JSON).`, { status });
  }

  /** Makes a request and reads the JSON. @throws RaviError `malformed` when it is not what the schema says. */
  async json<T>(request: RaviRequest, schema: z.ZodType<T>): Promise<T> {
    return parsed(request.what, await this.#exchange(request, this.#url(request)), schema);
  }

  /** Reads a whole list, whether Ravi sends a bare array or pages (contract ravi §1: documents and CLI disagree). */
  async list<T>(request: RaviRequest, row: z.ZodType<T>): Promise<readonly T[]> {
    const shape = z.union([z.array(row), z.object({ results: z.array(row), next: z.string().nullish() })]);
    const found: T[] = [];
    let url: URL | null = this.#url(request);
    const seen = new Set<string>();
    while (url !== null) {
      if (seen.has(url.href) || seen.size >= maxPages) {
        throw new RaviError('malformed', `${request.what} failed: Ravi’s pages don’t come to an end.`);
      }
      seen.add(url.href);
      const page: readonly T[] | Page<T> = parsed(request.what, await this.#exchange(request, url), shape);
      if (!('results' in page)) return [...found, ...page];
      found.push(...page.results);
      url = page.next ? this.#nextPage(url, page.next) : null;
    }
    return found;
  }

  #url(request: RaviRequest): URL {
    const url = new URL(this.baseUrl + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    if (request.identity !== undefined) url.searchParams.set('identity', request.identity);
    return url;
  }

  /** Only the query of `next` is taken: behind a proxy its host is another one, and the key must not follow it there. */
  #nextPage(from: URL, next: string): URL | null {
    if (!URL.canParse(next, from)) return null;
    const url = new URL(from);
    for (const [name, value] of new URL(next, from).searchParams) url.searchParams.set(name, value);
    return url;
  }

  async #exchange(request: RaviRequest, url: URL): Promise<HttpAnswer> {
    const { key } = this.#o;
    let answer: HttpAnswer;
    try {
      answer = await call(this.#o.fetch, {
        url,
        method: request.method ?? 'GET',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          ...(key === null ? {} : { authorization: `Bearer ${key.reveal()}` }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        signal: request.signal,
        timeoutMs: this.#o.timeoutMs ?? 30_000,
        maxBytes,
      });
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      throw new RaviError(error.kind === 'too-large' ? 'malformed' : 'unreachable', `${request.what} failed: ${error.message}`, {
        neverArrived: !error.mayHaveArrived,
      });
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(request, answer, this.#o.now());
  }
}

function parsed<T>(what: string, answer: HttpAnswer, schema: z.ZodType<T>): T {
  const fail = (why: string): RaviError =>
    new RaviError('malformed', `${what} failed: Ravi’s answer was not understood (${why}).`, { status: answer.status });
  const json = jsonOf(answer.text);
  if (json === undefined) throw fail('no JSON');
  const result = schema.safeParse(json);
  // Path and code only: a value could be a secret's.
  if (!result.success) throw fail(result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', '));
  return result.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's HTML page, or nothing.
    return undefined;
  }
}

const errorBody = z.object({
  detail: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  retry_after_seconds: z.number().nonnegative().optional(),
});
const fieldErrors = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

function refusal(request: RaviRequest, answer: HttpAnswer, now: number): RaviError {
  const { status, headers } = answer;
  const json = jsonOf(answer.text);
  const body = errorBody.safeParse(json).data;
  const fields = fieldErrors.safeParse(json).data;
  const said =
    body?.detail ??
    body?.error_description ??
    body?.error ??
    Object.entries(fields ?? {})
      .map(([name, text]) => `${name}: ${[text].flat().join(' ')}`)
      .join(' ');
  const quoted = clean(said, request.hide ?? []);
  const kind = kindOf(status);
  const bodyMs = body?.retry_after_seconds === undefined ? null : body.retry_after_seconds * 1000;
  return new RaviError(kind, sentence(request.what, kind, quoted === '' ? `status ${status}` : `“${quoted}”`), {
    status,
    retryAfterMs: bodyMs ?? retryAfterMs(headers.get('retry-after'), now) ?? (kind === 'throttled' ? 30_000 : null),
    code: body?.error ?? null,
  });
}

function clean(said: string, hide: readonly Secret[]): string {
  let text = said;
  for (const secret of hide) if (secret.reveal() !== '') text = text.replaceAll(secret.reveal(), '[secret]');
  return plainLine(redact(text), 300);
}

function kindOf(status: number): RaviErrorKind {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 402:
      return 'subscription';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 429:
      return 'throttled';
    default:
      if (status >= 500) return 'unavailable';
      // A redirect would take the key to another place.
      return status < 400 ? 'malformed' : 'invalid';
  }
}

function sentence(what: string, kind: RaviErrorKind, quoted: string): string {
  switch (kind) {
    case 'unauthorized':
      return `${what} failed: Ravi does not know the key any more (${quoted}). Log in again.`;
    case 'subscription':
      return `${what} failed: it needs a paid plan at Ravi (${quoted}).`;
    case 'forbidden':
      return `${what} failed: the key does not allow it (${quoted}).`;
    case 'throttled':
      return `${what} has to wait: Ravi is throttling us (${quoted}).`;
    case 'unavailable':
      return `${what} failed: Ravi has a problem of its own (${quoted}).`;
    case 'not-found':
    case 'foreign':
    case 'conflict':
    case 'invalid':
    case 'malformed':
    case 'unreachable':
    case 'login-expired':
    case 'login-denied':
      return `${what} failed: Ravi refused it (${quoted}).`;
    default:
      return kind satisfies never;
  }
}
