import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { redact } from '../base/redact.ts';
import type { Secret } from '../base/secret.ts';
import { type Admitted, admit, type Grant, type RefusalReason } from './grant.ts';
import { tokenKind } from './grant-token.ts';
import type { Target } from './http-target.ts';

/** What the door asks of the grants. Lookups are by hash. */
export interface DoorGrants {
  /** The grant that a token opens, alive or not; null when it opens none. */
  byToken(token: string): Grant | null;
  /** Spends a claim code. */
  redeem(code: string): Grant | null;
  byDevice(cookie: string): { readonly grant: Grant; readonly deviceId: string } | null;
  /** Why a credential that opens nothing does not, and whose it was. */
  refusalOf(text: string): { readonly reason: RefusalReason; readonly grant: Grant | null };
  /** Binds a browser; the token of a one-time grant is dead from here on. @throws when the grant has ended */
  bindDevice(grantId: string, userAgent: string | null): { readonly deviceId: string; readonly cookie: Secret };
  /** The token of a one-time grant was used without a device. */
  spend(grantId: string): void;
}

/** A request, as far as the door looks at it. */
export interface Knock {
  readonly method: string;
  readonly target: Target;
  readonly headers: IncomingHttpHeaders;
  /** Of the other end of the socket. */
  readonly address: string;
}

/** Somebody who is not let in. */
export interface Refused {
  readonly kind: 'out';
  readonly reason: RefusalReason | 'nothing';
  /** Whose credential it was, where it was one. */
  readonly grant: Grant | null;
  /** What was shown could be a guess. */
  readonly guess: boolean;
  /** The cookie that was shown is dead. */
  readonly staleCookie: boolean;
}

/** What the door says to a request. */
export type Decision =
  | { readonly kind: 'in'; readonly admitted: Admitted }
  /** A page's address holds a token: the browser is to get a cookie and go on without it. Null: it has a right cookie already. */
  | { readonly kind: 'settle'; readonly admitted: Admitted; readonly cookie: Secret | null }
  /** What is in the address can be used once; a person has to press a button, for messengers open links to show a preview. */
  | { readonly kind: 'ask'; readonly token: string }
  | Refused;

/** Says who a request is from. */
export class Door {
  readonly cookieName: string;
  readonly #cookieStart: string;

  constructor(
    private readonly grants: DoorGrants,
    private readonly instanceId: string,
    private readonly tls: boolean,
    private readonly now: () => number,
    /** Nobody gets in for now, and nothing is spent. */
    private readonly paused: () => boolean = () => false,
  ) {
    // Cookies of one host are not told apart by port, so the name tells the Jean.
    this.cookieName = `${tls ? '__Host-' : ''}jrc-${createHash('sha256').update(instanceId).digest('hex').slice(0, 8)}`;
    this.#cookieStart = `${this.cookieName}=`;
  }

  /** Decides on a request. A credential in the address is looked at first, then the header, then the cookie; the first one there has to be right. */
  decide(knock: Knock): Decision {
    const { target } = knock;
    if (target.token !== null) return this.#byAddress(knock, target.token);
    const bearer = bearerOf(knock.headers.authorization);
    if (bearer !== null) return this.#byToken(knock, bearer, 'bearer');
    const cookies = this.#cookies(knock.headers.cookie);
    if (cookies.length > 1) return out('malformed');
    const cookie = cookies[0];
    return cookie === undefined ? out('nothing') : this.#byCookie(knock, cookie);
  }

  /** A person pressed the button: spends what they came with, and gives this browser a cookie. */
  enter(knock: Knock, token: string): Extract<Decision, { kind: 'settle' }> | Refused {
    const kind = tokenKind(token);
    if (kind !== 'claim' && kind !== 'grant') return out('malformed');
    return kind === 'grant'
      ? this.#settle(knock, token, this.grants.byToken(token), 'token')
      : this.#settle(knock, token, this.grants.redeem(token), 'claim');
  }

  /** The header that stores a cookie, or with null takes it away. */
  setCookie(cookie: Secret | null, expiresAt: number): string {
    const life = cookie === null ? 0 : Math.max(0, Math.floor((expiresAt - this.now()) / 1_000));
    return `${this.cookieName}=${cookie?.reveal() ?? ''}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Strict${this.tls ? '; Secure' : ''}`;
  }

  #byAddress(knock: Knock, token: string): Decision {
    const kind = tokenKind(token);
    if (kind !== 'claim' && kind !== 'grant') return out('malformed');
    const page = isPage(knock);
    // A code is for a browser. Whether it is alive is not said before somebody presses the button.
    if (kind === 'claim') return page ? { kind: 'ask', token } : out('malformed');
    if (!page) return this.#byToken(knock, token, 'token');
    const grant = this.grants.byToken(token);
    if (grant === null) return this.#dead(token);
    const refused = this.#refusal(knock, grant);
    if (refused !== null) return refused;
    const own = this.#ownDevice(knock, grant);
    if (own !== null) return { kind: 'settle', admitted: this.#admitted(knock, grant, own, 'token'), cookie: null };
    if (grant.oneTime || knock.method === 'HEAD' || isPreview(knock.headers)) return { kind: 'ask', token };
    return this.#settle(knock, token, grant, 'token');
  }

  #byToken(knock: Knock, token: string, by: 'token' | 'bearer'): Decision {
    if (tokenKind(token) !== 'grant') return out('malformed');
    const grant = this.grants.byToken(token);
    if (grant === null) return this.#dead(token);
    const refused = this.#refusal(knock, grant);
    if (refused !== null) return refused;
    // It is spent before anything is answered.
    if (grant.oneTime) this.grants.spend(grant.id);
    return { kind: 'in', admitted: this.#admitted(knock, grant, null, by) };
  }

  #byCookie(knock: Knock, cookie: string): Decision {
    if (tokenKind(cookie) !== 'device') return { ...out('malformed'), staleCookie: true };
    const found = this.grants.byDevice(cookie);
    const refused = found === null ? this.#dead(cookie) : this.#refusal(knock, found.grant);
    if (refused !== null) return { ...refused, staleCookie: isOver(refused.reason) };
    return found === null
      ? out('unknown')
      : { kind: 'in', admitted: this.#admitted(knock, found.grant, found.deviceId, 'cookie') };
  }

  #settle(
    knock: Knock,
    token: string,
    grant: Grant | null,
    by: 'token' | 'claim',
  ): Extract<Decision, { kind: 'settle' }> | Refused {
    if (grant === null) return this.#dead(token);
    const refused = this.#refusal(knock, grant);
    if (refused !== null) return refused;
    const { deviceId, cookie } = this.grants.bindDevice(grant.id, userAgentOf(knock.headers));
    return { kind: 'settle', admitted: this.#admitted(knock, grant, deviceId, by), cookie };
  }

  #refusal(knock: Knock, grant: Grant): Refused | null {
    const admission = admit(grant, { now: this.now(), address: knock.address, instanceId: this.instanceId });
    if (!admission.ok) return { ...out(admission.reason), grant };
    // Before anything is spent: a link that works once is to work when it goes on.
    return this.paused() ? { ...out('paused'), grant } : null;
  }

  #dead(credential: string): Refused {
    const { reason, grant } = this.grants.refusalOf(credential);
    return { ...out(reason), grant };
  }

  #ownDevice(knock: Knock, grant: Grant): string | null {
    const cookies = this.#cookies(knock.headers.cookie);
    const own = cookies.length === 1 && cookies[0] !== undefined ? this.grants.byDevice(cookies[0]) : null;
    return own?.grant.id === grant.id ? own.deviceId : null;
  }

  #admitted(knock: Knock, grant: Grant, deviceId: string | null, by: Admitted['by']): Admitted {
    return { grant, deviceId, by, address: knock.address, userAgent: userAgentOf(knock.headers) };
  }

  /** The distinct values of our cookie: over plain HTTP another program on this host may have set one too. */
  #cookies(header: string | undefined): string[] {
    if (header === undefined || !header.includes(this.#cookieStart)) return [];
    const values = new Set<string>();
    for (const pair of header.split(';')) {
      const text = pair.trim();
      if (text.startsWith(this.#cookieStart) && text.length > this.#cookieStart.length)
        values.add(text.slice(this.#cookieStart.length));
    }
    return [...values];
  }
}

const out = (reason: Refused['reason']): Refused => ({
  kind: 'out',
  reason,
  grant: null,
  guess: reason === 'unknown' || reason === 'malformed',
  staleCookie: false,
});

/** Whether a cookie that was refused for this will never be right again. */
function isOver(reason: Refused['reason']): boolean {
  return reason === 'unknown' || reason === 'malformed' || reason === 'revoked' || reason === 'expired';
}

/** The token of `Authorization: Bearer`; null for no header and for another scheme. */
function bearerOf(authorization: string | undefined): string | null {
  return authorization === undefined ? null : (/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null);
}

/** What a browser says of itself, one plain line. It is shown and kept, and a script may say a token in it: redacted before it is cut. */
function userAgentOf(headers: IncomingHttpHeaders): string | null {
  const given = headers['user-agent'];
  if (given === undefined) return null;
  const known = agents.get(given);
  if (known !== undefined) return known;
  const said = redact(given.replace(/[^ -~]/g, ''))
    .slice(0, 200)
    .trim();
  // The same ones come with each request; whoever sends another each time fills no memory.
  if (agents.size >= mostAgents) agents.clear();
  agents.set(given, said === '' ? null : said);
  return said === '' ? null : said;
}

const agents = new Map<string, string | null>();
const mostAgents = 64;

const programPaths = /^\/(?:api|ws|healthz|readyz)(?:\/|$)/i;

/** Whether a browser asks for a page that a person is to see, as far as a request tells: an address that Jean answers with its page. */
export function isPage({ method, target, headers }: Pick<Knock, 'method' | 'target' | 'headers'>): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || programPaths.test(target.path)) return false;
  const mode = headers['sec-fetch-mode'];
  return mode === undefined || mode === 'navigate';
}

const previews = /bot\b|crawler|spider|preview|facebookexternalhit|whatsapp|telegram|slack|discord|skype|embedly|prefetch|scan/i;

/** Whether a link is opened ahead of a person, or for a picture of it. */
function isPreview(headers: IncomingHttpHeaders): boolean {
  const said = [headers['sec-purpose'], headers.purpose, headers['x-purpose'], headers['x-moz']].join(' ');
  return /prefetch|preview|prerender/i.test(said) || previews.test(headers['user-agent'] ?? '');
}
