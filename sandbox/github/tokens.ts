import { randomBytes } from 'node:crypto';
import type { SandboxClock } from '../clock.ts';
import type { App, Installation } from './apps.ts';
import { randomLetters, tokenHash } from './format.ts';
import type { Permissions } from './permissions.ts';

const HOUR = 3_600_000;
const USER_LIFE = 8 * HOUR;
const REFRESH_LIFE = 184 * 24 * HOUR;

/** The two shapes of an installation token: 40 characters, or about 520 with dots and dashes (contract github §1.2). */
export type TokenFormat = 'classic' | 'stateless';

/** What a token is: `ghs_`, `ghu_`, `ghr_`, `ghp_` or `github_pat_`. */
export type TokenKind = 'installation' | 'user' | 'refresh' | 'personal' | 'fine-grained';

/** A token that was handed out, dead or alive. */
export interface IssuedToken {
  readonly value: string;
  readonly hash: string;
  readonly kind: TokenKind;
  /** Who acts with it: `slug[bot]` or a person. */
  readonly login: string;
  readonly app?: App;
  readonly installation?: Installation;
  /** Repository ids that it was narrowed to; undefined for all that its holder reaches. */
  readonly repositories?: ReadonlySet<number>;
  readonly permissions: Permissions;
  readonly issuedAt: number;
  /** Epoch ms, or null for one that never expires. */
  expiresAt: number | null;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

/** A user token and what renews it. */
export interface UserTokens {
  readonly access: IssuedToken;
  readonly refresh: IssuedToken;
}

/** Every token the sandbox gave out. */
export class Tokens {
  /** The shape of installation tokens where the request doesn't ask for one. */
  format: TokenFormat = 'stateless';
  readonly #clock: SandboxClock;
  readonly #byValue = new Map<string, IssuedToken>();
  /** Each half of a user token and its refresh token, to the other half. */
  readonly #partners = new Map<IssuedToken, IssuedToken>();

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** A token of an installation, good for exactly one hour. */
  issueInstallation(
    installation: Installation,
    scope: { readonly repositories?: ReadonlySet<number>; readonly permissions: Permissions },
    format: TokenFormat = this.format,
  ): IssuedToken {
    const { app } = installation;
    const value = format === 'classic' ? `ghs_${randomLetters(36)}` : statelessToken(app.id, installation.id, this.#clock.now());
    return this.#keep({ value, kind: 'installation', login: app.bot.login, app, installation, ...scope }, HOUR);
  }

  /** A user token for 8 hours and the refresh token for it. */
  issueUser(app: App, login: string, repositories?: ReadonlySet<number>): UserTokens {
    const scope = { login, app, permissions: {}, ...(repositories === undefined ? {} : { repositories }) };
    const access = this.#keep({ ...scope, kind: 'user', value: `ghu_${randomLetters(36)}` }, USER_LIFE);
    const refresh = this.#keep({ ...scope, kind: 'refresh', value: `ghr_${randomLetters(76)}` }, REFRESH_LIFE);
    this.#partners.set(access, refresh);
    this.#partners.set(refresh, access);
    return { access, refresh };
  }

  /** A developer's own classic token, which lasts until it is revoked. */
  issuePersonal(login: string): IssuedToken {
    return this.#keep({ value: `ghp_${randomLetters(36)}`, kind: 'personal', login, permissions: {} }, null);
  }

  /** A person's fine-grained token: for chosen repositories, with chosen permissions, until `expiresAt` (epoch ms; null: without end). */
  issueFineGrained(
    login: string,
    scope: { readonly repositories: ReadonlySet<number>; readonly permissions: Permissions; readonly expiresAt: number | null },
  ): IssuedToken {
    const { expiresAt, ...rest } = scope;
    const value = `github_pat_${randomLetters(22)}_${randomLetters(59)}`;
    const token = this.#keep({ value, kind: 'fine-grained', login, ...rest }, null);
    token.expiresAt = expiresAt === null ? null : Math.floor(expiresAt / 1000) * 1000;
    return token;
  }

  /** The token when it is neither expired nor revoked, marked as used now; undefined otherwise. */
  use(value: string): IssuedToken | undefined {
    const token = this.#byValue.get(value);
    if (token === undefined || !this.isLive(token)) return undefined;
    token.lastUsedAt = this.#clock.now();
    return token;
  }

  isLive(token: IssuedToken): boolean {
    return token.revokedAt === null && (token.expiresAt === null || token.expiresAt > this.#clock.now());
  }

  /** Kills a token at once. A refresh token and its user token don't die together: only a refresh does that. */
  revoke(token: IssuedToken): void {
    token.revokedAt ??= this.#clock.now();
  }

  /** Uses up a refresh token for a new pair; the old pair is dead (contract github §1.3). Undefined when it is no live one of this app. */
  refresh(value: string, app: App): UserTokens | undefined {
    const old = this.#byValue.get(value);
    if (old?.kind !== 'refresh' || old.app !== app || !this.isLive(old)) return undefined;
    this.revoke(old);
    const partner = this.#partners.get(old);
    if (partner !== undefined) this.revoke(partner);
    return this.issueUser(app, old.login, old.repositories);
  }

  /** Every token there was, in the order of issue. */
  all(): readonly IssuedToken[] {
    return [...this.#byValue.values()];
  }

  byValue(value: string): IssuedToken | undefined {
    return this.#byValue.get(value);
  }

  /** @throws when no token has that hash. */
  byHash(hash: string): IssuedToken {
    const token = this.all().find((candidate) => candidate.hash === hash);
    if (token === undefined) throw new Error(`No token was issued with the hash ${hash}`);
    return token;
  }

  #keep(
    parts: Omit<IssuedToken, 'hash' | 'issuedAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt'>,
    lifeMs: number | null,
  ): IssuedToken {
    // In whole seconds, as the answer states it: what it says and what holds must not differ.
    const now = Math.floor(this.#clock.now() / 1000) * 1000;
    const expiresAt = lifeMs === null ? null : now + lifeMs;
    const token: IssuedToken = {
      ...parts,
      hash: tokenHash(parts.value),
      issuedAt: now,
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    };
    this.#byValue.set(token.value, token);
    return token;
  }
}

/** Shaped as the new tokens are, `ghs_<APPID>_<JWT>`. The signature is noise: nobody but GitHub may look into it. */
function statelessToken(appId: number, installationId: number, nowMs: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'RS256', typ: 'JWT' });
  const seconds = Math.floor(nowMs / 1000);
  const claims = part({ ins: installationId, jti: randomBytes(18).toString('base64url'), iat: seconds, exp: seconds + 3600 });
  return `ghs_${appId}_${header}.${claims}.${randomBytes(256).toString('base64url')}`;
}
