import type { HttpRequest } from '../http.ts';
import { appOfJwt, looksLikeJwt } from './app-auth.ts';
import { type App, type Installation, reaches } from './apps.ts';
import { refuse, refuseIntegration, refuseNotFound } from './errors.ts';
import { type AccessLevel, allows, lower } from './permissions.ts';
import { ANONYMOUS_POOL, appPool, installationPool, type Pool, userPool } from './rate-limits.ts';
import type { Repository } from './repositories.ts';
import type { IssuedToken } from './tokens.ts';
import type { World } from './world.ts';

/** Whoever makes a request. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app'; readonly app: App }
  | { readonly kind: 'installation'; readonly token: IssuedToken; readonly installation: Installation }
  | { readonly kind: 'user'; readonly token: IssuedToken };

/** Who makes this REST request. @throws Refusal (401, or 403 of a suspended installation). */
export function identify(request: HttpRequest, world: World): Caller {
  const header = request.headers.authorization;
  if (header === undefined) return { kind: 'anonymous' };
  const [scheme = '', given = ''] = header.trim().split(/\s+/, 2);
  const secret = scheme.toLowerCase() === 'basic' ? basicPassword(given) : given;
  if (looksLikeJwt(secret)) {
    if (scheme.toLowerCase() !== 'bearer') refuse(401, 'A JSON web token could not be decoded');
    return { kind: 'app', app: appOfJwt(secret, world.apps, world.clock.now()) };
  }
  const caller = callerOfToken(secret, world);
  if (caller === undefined) refuse(401, 'Bad credentials');
  if (caller.kind === 'installation' && caller.installation.suspendedAt !== undefined) {
    refuse(403, 'This installation has been suspended');
  }
  return caller;
}

/** Who a token belongs to; undefined when it is dead, unknown, or only good for a refresh. */
export function callerOfToken(value: string, world: World): Extract<Caller, { kind: 'installation' | 'user' }> | undefined {
  const token = world.tokens.byValue(value)?.kind === 'refresh' ? undefined : world.tokens.use(value);
  if (token === undefined) return undefined;
  if (token.kind !== 'installation') return { kind: 'user', token };
  return token.installation === undefined ? undefined : { kind: 'installation', token, installation: token.installation };
}

/** How far a caller's permission of this name goes on a repository; undefined when it doesn't reach it at all. */
export function levelOn(world: World, caller: Caller, repository: Repository, permission: string): AccessLevel | undefined {
  switch (caller.kind) {
    case 'anonymous':
    case 'app':
      return undefined;
    case 'installation': {
      const { token, installation } = caller;
      if (installation.suspendedAt !== undefined || !isWithin(token, installation, repository)) return undefined;
      return lower(token.permissions[permission], installation.permissions[permission]);
    }
    case 'user': {
      const { token } = caller;
      const { owner, collaborators } = repository;
      if (owner.login !== token.login && !collaborators.has(token.login)) return undefined;
      if (token.kind === 'fine-grained')
        return token.repositories?.has(repository.id) ? token.permissions[permission] : undefined;
      if (token.app === undefined) return owner.login === token.login ? 'admin' : 'write';
      const installation = world.apps.on(token.app, owner);
      if (installation === undefined || !isWithin(token, installation, repository)) return undefined;
      return installation.permissions[permission];
    }
  }
}

/** What GitHub shows as a caller's `permissions` on a repository: a person's own role there, however little the token may. */
export function shownLevel(world: World, caller: Caller, repository: Repository): AccessLevel | undefined {
  if (caller.kind !== 'user') return levelOn(world, caller, repository, 'contents');
  if (repository.owner.login === caller.token.login) return 'admin';
  return repository.collaborators.has(caller.token.login) ? 'write' : undefined;
}

/**
 * Demands a permission on a repository.
 * @throws Refusal: 404 when the caller can't even see it, 403 with the permission that is missing otherwise
 */
export function demand(
  world: World,
  caller: Caller,
  repository: Repository | undefined,
  permission: string,
  level: AccessLevel,
): Repository {
  if (repository === undefined || levelOn(world, caller, repository, 'metadata') === undefined) refuseNotFound();
  if (!allows(levelOn(world, caller, repository, permission), level)) refuseIntegration(`${permission}=${level}`);
  return repository;
}

/** The login that a call is recorded under; null when there is none. */
export function loginOf(caller: Caller): string | null {
  switch (caller.kind) {
    case 'anonymous':
      return null;
    case 'app':
      return caller.app.slug;
    case 'installation':
    case 'user':
      return caller.token.login;
  }
}

/** The pool that a caller's requests are counted in. */
export function poolOf(caller: Caller): Pool {
  switch (caller.kind) {
    case 'anonymous':
      return ANONYMOUS_POOL;
    case 'app':
      return appPool(caller.app.id);
    case 'installation':
      return installationPool(caller.installation.id);
    case 'user':
      return userPool(caller.token.login);
  }
}

/** User name and password of a Basic credential. */
export function basicCredential(encoded: string): { readonly username: string; readonly password: string } {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? { username: text, password: '' } : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function basicPassword(encoded: string): string {
  const { username, password } = basicCredential(encoded);
  return password === '' || password === 'x-oauth-basic' ? username : password;
}

function isWithin(token: IssuedToken, installation: Installation, repository: Repository): boolean {
  return reaches(installation, repository) && (token.repositories?.has(repository.id) ?? true);
}
