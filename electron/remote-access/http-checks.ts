import type { IncomingHttpHeaders } from 'node:http';
import { plainAddress } from './grant.ts';

/** Why a request is turned away before anybody looks at who sends it. */
export interface Turned {
  readonly status: 400 | 403 | 405 | 421;
  readonly why: string;
}

/** Headers of which a second one could mean something else to Jean than to us. */
const once = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'cookie',
  'origin',
  'content-type',
  'sec-websocket-key',
  'sec-websocket-version',
]);
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** What a request says of itself. */
export interface RequestHead {
  readonly method: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/**
 * Turns away what is ambiguous: two of a header that has one meaning, a body with two lengths (request smuggling), a method that only asks
 * about the way.
 */
export function checkForm(head: RequestHead): Turned | null {
  if (!methods.has(head.method)) return { status: 405, why: 'This method is not served here.' };
  let seen: Set<string> | undefined;
  let length = false;
  let coding = false;
  for (let at = 0; at < head.rawHeaders.length; at += 2) {
    const name = (head.rawHeaders[at] ?? '').toLowerCase();
    if (!once.has(name)) continue;
    seen ??= new Set();
    if (seen.has(name)) return { status: 400, why: 'A header is there twice.' };
    seen.add(name);
    if (name === 'content-length') length = true;
    if (name === 'transfer-encoding') {
      coding = true;
      if (!/^\s*chunked\s*$/i.test(head.rawHeaders[at + 1] ?? ''))
        return { status: 400, why: 'The body is coded in an unknown way.' };
    }
  }
  if (length && coding) return { status: 400, why: 'The body has two lengths.' };
  return null;
}

/** Names and addresses under which this gateway may be asked. A browser that was led here under another name says that one (DNS rebinding). */
export class OwnHosts {
  readonly #names: ReadonlySet<string>;
  /** The last Host that was one of ours: nearly every request says the same. */
  #last: string | undefined;

  /** @param names IP addresses and names without a port, as the person or the system has them */
  constructor(
    names: Iterable<string>,
    private readonly tls: boolean,
  ) {
    this.#names = new Set([...names].map(bare));
  }

  /** Whether a Host header means us. Its port is not looked at: a tunnel or a router may give another. */
  means(host: string | undefined): boolean {
    if (host !== undefined && host === this.#last) return true;
    const name = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1];
    if (name === undefined || !this.#names.has(bare(name))) return false;
    this.#last = host;
    return true;
  }

  /** Whether an Origin header is a page of this Host. Without TLS of ours there may be a tunnel before us that has it. */
  isOwn(origin: string, host: string): boolean {
    const [scheme, rest] = origin.toLowerCase().split('://');
    return rest === host.toLowerCase() && (scheme === 'https' || (scheme === 'http' && !this.tls));
  }
}

function bare(name: string): string {
  return plainAddress(name) ?? name.toLowerCase().replace(/\.$/, '');
}

/** What changes nothing and may be asked by a link on another page. */
const reading = new Set(['GET', 'HEAD']);

/**
 * Turns away what another page had a browser send: an Origin that is not ours on what changes something or opens a WebSocket, and what the
 * browser itself calls cross-site there. A program sends neither header.
 */
export function checkOrigin(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  hosts: OwnHosts,
  upgrade: boolean,
): Turned | null {
  const { host, origin } = request.headers;
  if (!hosts.means(host)) return { status: 421, why: 'This gateway is not known under that name.' };
  if (reading.has(request.method) && !upgrade) return null;
  const site = request.headers['sec-fetch-site'];
  const own = typeof origin !== 'string' || hosts.isOwn(origin, host ?? '');
  if (own && (site === undefined || site === 'same-origin' || site === 'none')) return null;
  return { status: 403, why: 'Another page asked for this.' };
}
