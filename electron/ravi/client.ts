import { z } from 'zod';
import { call, type HttpAnswer, HttpFailure, isLoopback, retryAfterMs, safeBaseUrl } from '../base/http-call.ts';
import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import type { Secret } from '../base/secret.ts';
import { RaviError, type RaviErrorKind } from './errors.ts';

/** Where Ravi has lived (contract ravi §1); a key is sent to no other host. */
export const raviHosts: ReadonlySet<string> = new Set(['api.ravi.id', 'api.ravi.app', 'ravi.id']);

/** Where a person sees and deletes keys; Ravi's API revokes none (contract ravi §3.2). */
export const raviDashboard = 'https://ravi.id/dashboard/api-keys/';

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
  /** The key is an identity's whose uuid is not known: it is fenced anyway, and a wrong uuid would answer with silence (contract ravi §1). */
  readonly fenced?: boolean | undefined;
  /** Told how each request ended: null, it went well. */
  readonly onOutcome?: ((request: RaviRequest, error: RaviError | null) => void) | undefined;
}

/** Ravi's address as it is used. @throws RaviError `invalid` with a sentence for one that no key may be sent to. */
export function raviAddress(baseUrl: string): string {
  const url = safeBaseUrl(baseUrl);
  // A port on a known host is another server.
  if (url === null || !(isLoopback(url.hostname) || raviHosts.has(url.host)) || !/^\/*$/.test(url.pathname)) {
    throw new RaviError('invalid', `Ravi’s address must be https:// and one of ${[...raviHosts].join(', ')}.`);
  }
  return url.origin;
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
  /** In place of the client's own, ms. */
  readonly timeoutMs?: number;
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
    this.baseUrl = raviAddress(options.baseUrl);
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
    await this.#observed(request, async () => {
      const { status, text } = await this.#exchange(request, this.#url(request));
      // The page of a proxy or of a hotel's network comes with status 200 too.
      if (text.trim() !== '' && jsonOf(text) === undefined)
        throw new RaviError('malformed', `${request.what} failed: Ravi’s answer was not understood (no JSON).`, { status });
    });
  }

  /** Makes a request and reads the JSON. @throws RaviError `malformed` when it is not what the schema says. */
  async json<T>(request: RaviRequest, schema: z.ZodType<T>): Promise<T> {
    return await this.#observed(request, async () =>
      parsed(request.what, await this.#exchange(request, this.#url(request)), schema),
    );
  }

  /** Reads a whole list, whether Ravi sends a bare array or pages (contract ravi §1: documents and CLI disagree). */
  async list<T>(request: RaviRequest, row: z.ZodType<T>): Promise<readonly T[]> {
    return await this.#observed(request, () => this.#pages(request, row));
  }

  async #observed<T>(request: RaviRequest, work: () => Promise<T>): Promise<T> {
    try {
      const value = await work();
      this.#o.onOutcome?.(request, null);
      return value;
    } catch (error) {
      if (error instanceof RaviError) this.#o.onOutcome?.(request, error);
      throw error;
    }
  }

  async #pages<T>(request: RaviRequest, row: z.ZodType<T>): Promise<readonly T[]> {
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
    if (request.identity !== undefined && this.#o.fenced !== true) url.searchParams.set('identity', request.identity);
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
        timeoutMs: request.timeoutMs ?? this.#o.timeoutMs ?? 30_000,
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
    inItsWords: quoted !== '',
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
