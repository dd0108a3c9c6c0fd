import { createHash } from 'node:crypto';

/** What of a request's headers goes on to Jean: what its answers depend on. No cookie, no credential, nothing that names another host or way. */
const goesIn = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'range',
  'user-agent',
]);
const conditions = new Set([
  'if-modified-since',
  'if-none-match',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
  'accept-encoding',
]);

/** How an answer is to be handled. */
export type Handling =
  /** As it comes, compressed or not. */
  | 'stream'
  /** Read whole, to take out what nobody may see. */
  | 'strip'
  /** A page of Jean's: read whole, to know its scripts. */
  | 'document'
  /** A file that anybody may have written: it must not act as a page of Jean's. */
  | 'file';

/** Headers to Jean, name and value in turn. @param authorization null where the token goes into the query, or there is none */
export function headersIn(
  rawHeaders: readonly string[],
  host: string,
  authorization: string | null,
  handling: Handling,
): string[] {
  const headers = ['Host', host, 'Connection', 'keep-alive'];
  if (authorization !== null) headers.push('Authorization', authorization);
  const whole = handling === 'strip' || handling === 'document';
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    // What is read whole is not to come as "not modified", in part or compressed.
    if (name === 'accept-encoding' && handling === 'file') continue;
    if (goesIn.has(name) && !(whole && conditions.has(name))) headers.push(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  }
  return headers;
}

/** What of Jean's headers does not go on: of the connection (RFC 9110 §7.6.1), what names the server, what would act on our origin as a whole. */
const staysBehind = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'server',
  'x-powered-by',
  'via',
  'set-cookie',
  'set-cookie2',
  'www-authenticate',
  'authentication-info',
  'alt-svc',
  'clear-site-data',
  'refresh',
  'location',
  'sourcemap',
  'report-to',
  'nel',
  'reporting-endpoints',
  'service-worker-allowed',
  'strict-transport-security',
  'public-key-pins',
  'x-frame-options',
  'x-content-type-options',
  'referrer-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
]);

/** Headers of Jean's answer that go on, name and value in turn. `Connection` may name more that are of the connection alone. */
export function headersOut(rawHeaders: readonly string[], without: ReadonlySet<string> = nothing): string[] {
  const headers: string[] = [];
  let ofConnection: ReadonlySet<string> = nothing;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const value = rawHeaders[at + 1] ?? '';
    if (rawHeaders[at]?.toLowerCase() === 'connection' && !/^(?:keep-alive|close)$/i.test(value))
      ofConnection = new Set([...ofConnection, ...value.split(',').map((name) => name.trim().toLowerCase())]);
  }
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (staysBehind.has(name) || name.startsWith('access-control-') || without.has(name) || ofConnection.has(name)) continue;
    headers.push(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  }
  return headers;
}

const nothing: ReadonlySet<string> = new Set();
/** What no longer holds of an answer that was read whole, and perhaps changed. */
export const ofTheBody: ReadonlySet<string> = new Set([
  'content-length',
  'content-encoding',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'etag',
  'last-modified',
  'accept-ranges',
  'cache-control',
  'expires',
  'vary',
]);

/**
 * Where Jean sends a browser, as seen from outside: a path of its own, without the base path. Null for elsewhere.
 * @param base Jean's address without a slash at its end
 */
export function locationOut(location: string, base: string): string | null {
  if (!URL.canParse(location, `${base}/`)) return null;
  const to = new URL(location, `${base}/`);
  const from = new URL(base);
  const basePath = from.pathname.replace(/\/+$/, '');
  if (to.origin !== from.origin || !(to.pathname === basePath || to.pathname.startsWith(`${basePath}/`))) return null;
  to.searchParams.delete('token');
  const path = to.pathname.slice(basePath.length);
  return `${path.startsWith('/') ? path.replace(/^\/+/, '/') : '/'}${to.search}`;
}

/** How the answer to a path, decoded, is to be handled. */
export function handlingOf(path: string): Handling {
  if (/^\/api\/(?:init|auth|version|commit-jobs)\/?$/i.test(path)) return 'strip';
  if (/^\/api\/files\/.*\.json$/i.test(path)) return 'strip';
  if (/^\/api\/(?:files|project-files)\//i.test(path)) return 'file';
  return !path.startsWith('/api/') && /\.[a-z0-9]{1,8}$/i.test(path) && !/\.html?$/i.test(path) ? 'stream' : 'document';
}

const common = [
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
  'Cross-Origin-Resource-Policy',
  'same-origin',
];
const framed = ['X-Frame-Options', 'SAMEORIGIN', 'Cross-Origin-Opener-Policy', 'same-origin'];
const hsts = ['Strict-Transport-Security', 'max-age=31536000'];
const pageStart = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const pageRest =
  "; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; font-src 'self' data:; media-src 'self' data: blob:; " +
  "connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";
const filePolicy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'";

/**
 * The headers that make a browser careful, name and value in turn. Jean's page may run its own scripts and those that stand in the page
 * itself (by their hashes), and may speak to this gateway alone; a file out of a project runs nothing, for an agent or anybody with a pull
 * request may have written it.
 * @param scripts hashes of the scripts in a page, base64
 */
export function careful(handling: Handling, tls: boolean, scripts: readonly string[] = []): string[] {
  const headers = tls ? [...common, ...framed, ...hsts] : [...common, ...framed];
  if (handling === 'file') headers.push('Content-Security-Policy', filePolicy);
  else if (handling === 'document')
    headers.push('Content-Security-Policy', `${pageStart}${scripts.map((hash) => ` 'sha256-${hash}'`).join('')}${pageRest}`);
  else if (handling === 'strip') headers.push('Cache-Control', 'no-store');
  return headers;
}

/** Hashes of the scripts that stand in a page itself, base64. */
export function scriptsOf(html: string): string[] {
  const hashes: string[] = [];
  for (const [, attributes = '', script = ''] of html.matchAll(/<script\b([^>]{0,2000})>([\s\S]*?)<\/script\s*>/gi))
    if (!/\bsrc\s*=/i.test(attributes) && script !== '' && hashes.length < 20)
      hashes.push(createHash('sha256').update(script).digest('base64'));
  return hashes;
}
