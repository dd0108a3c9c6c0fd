/** One HTTP exchange. */
export interface HttpCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** For the whole exchange, the body included; ms. */
  readonly timeoutMs: number;
  /** An answer whose body is longer is refused; bytes. */
  readonly maxBytes: number;
}

/** What came back. Redirects are answers like any other: they are never followed here. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Why there is no answer. */
export type HttpFailureKind = 'unreachable' | 'timeout' | 'too-large';

/** An exchange that ended without an answer. The message names the host and nothing else of the request. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';

  constructor(
    readonly kind: HttpFailureKind,
    message: string,
    /** False when the request certainly never arrived, so that a POST may be tried again. */
    readonly mayHaveArrived: boolean,
    /** Node's or Chromium's code; null when there is none. */
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

/** Whether a host name (without port) is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/** A base URL that a secret may be sent to: https, or http on this machine; no user, query or fragment. Null otherwise. */
export function safeBaseUrl(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) return null;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  return url;
}

/** How long a `Retry-After` header (seconds, or a date compared with `now` in epoch ms) asks to wait, ms; null when there is none. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Makes one exchange. @throws HttpFailure; and the signal's own reason when the caller aborts. */
export async function call(fetch: typeof globalThis.fetch, request: HttpCall): Promise<HttpAnswer> {
  const { url, signal, timeoutMs } = request;
  signal?.throwIfAborted();
  // Not AbortSignal.any with AbortSignal.timeout: Node 20 may collect such a signal before it fires.
  const control = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    control.abort();
  }, timeoutMs);
  const onAbort = (): void => control.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: { ...request.headers },
      redirect: 'manual',
      // Electron's fetch has the browser's cache, and GitHub lets its answers be kept for a minute: a token that was revoked would go on
      // being alive, an installation that was suspended in force. What Ravi answers would lie on disk.
      cache: 'no-store',
      // Nor a jar of cookies that two accounts share.
      credentials: 'omit',
      signal: control.signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const text = await cappedText(response, request.maxBytes, url.host);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    signal?.throwIfAborted();
    if (timedOut) throw new HttpFailure('timeout', `${url.host} did not answer within ${Math.round(timeoutMs / 1000)} s.`, true);
    if (error instanceof HttpFailure) throw error;
    const code = networkCode(error);
    throw new HttpFailure(
      'unreachable',
      `${url.host} could not be reached${code === null ? '' : ` (${code})`}.`,
      code === null || !neverArrived.has(code),
      code,
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

const neverArrived: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_CONNECTION_REFUSED',
  'ERR_NAME_NOT_RESOLVED',
  'ERR_INTERNET_DISCONNECTED',
  'ERR_ADDRESS_UNREACHABLE',
]);

async function cappedText(response: Response, maxBytes: number, host: string): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Breaking out of the loop cancels the stream, which closes the connection.
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new HttpFailure('too-large', `${host} sent more than ${maxBytes} bytes.`, true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Node's `fetch` hides the reason in a chain of causes; Electron's puts `net::ERR_…` into the message. */
function networkCode(error: unknown): string | null {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    if (cause instanceof AggregateError && cause.errors.length > 0) {
      const inner = networkCode(cause.errors[0]);
      if (inner !== null) return inner;
    }
    const chromium = /net::(ERR_[A-Z_]+)/.exec(cause.message);
    if (chromium?.[1] !== undefined) return chromium[1];
  }
  return null;
}
