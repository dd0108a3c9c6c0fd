import { z } from 'zod';
import { jsonBody, type Router } from '../http.ts';
import { accountJson } from './accounts.ts';
import type { Api } from './api.ts';
import { type Installation, installationJson, reaches } from './apps.ts';
import { type Caller, levelOn, poolOf } from './callers.ts';
import { problem, refuse, refuseIntegration, refuseNotFound } from './errors.ts';
import { pageOf } from './paging.ts';
import { MANIFEST_POOL, REVOKE_POOL } from './rate-limits.ts';
import { type Repository, repositoryJson } from './repositories.ts';

const RevokeBody = z.object({ credentials: z.array(z.string()).min(1).max(1000) });

/** What a token can find out about itself, its end, and who people are (contract github §§1.2, 1.5, 3.2). */
export function tokenRoutes(router: Router, api: Api): void {
  const { world } = api;

  const reachable = (caller: Caller, installation?: Installation) =>
    world.repositories
      .all()
      .filter((repository) => installation === undefined || reaches(installation, repository))
      .filter((repository) => levelOn(world, caller, repository, 'metadata') !== undefined)
      .map((repository: Repository) => repositoryJson(repository, world.origin, levelOn(world, caller, repository, 'contents')));

  router.on(
    'GET',
    '/installation/repositories',
    api.anyone((request, caller) => {
      if (caller.kind === 'anonymous') refuse(401, 'Requires authentication');
      if (caller.kind !== 'installation') {
        refuse(403, 'You must authenticate with an installation access token in order to list repositories for an installation.');
      }
      const narrowed = caller.token.repositories !== undefined || caller.installation.repositories !== 'all';
      return pageOf(request, reachable(caller), world.origin, (repositories, total) => ({
        total_count: total,
        repository_selection: narrowed ? 'selected' : 'all',
        repositories,
      }));
    }),
  );
  router.on(
    'DELETE',
    '/installation/token',
    api.token((_, caller) => {
      if (caller.kind !== 'installation') refuseIntegration();
      world.tokens.revoke(caller.token);
      return { status: 204 };
    }),
  );
  router.on('POST', '/credentials/revoke', (request) => {
    const guarded = api.anyone((inner) => {
      const body = RevokeBody.safeParse(jsonBody(inner));
      if (!body.success) return problem(422, 'Validation Failed', { errors: [{ resource: 'Credential', code: 'invalid' }] });
      for (const value of body.data.credentials) {
        const token = world.tokens.byValue(value);
        // Installation tokens are not taken here, and nothing says so.
        if (token !== undefined && token.kind !== 'installation') world.tokens.revoke(token);
      }
      return { status: 202, body: {} };
    }, REVOKE_POOL);
    // Even before the credentials are looked at: a dead token gets the same answer as a live one.
    return request.headers.authorization === undefined ? guarded(request) : problem(403, 'Must not be authenticated');
  });
  router.on(
    'GET',
    '/rate_limit',
    api.anyone((_, caller) => {
      const core = world.rateLimits.status(poolOf(caller));
      const manifest = world.rateLimits.status(MANIFEST_POOL);
      return { status: 200, body: { resources: { core, integration_manifest: manifest }, rate: core } };
    }, false),
  );
  router.on(
    'GET',
    '/user',
    api.token((_, caller) => {
      if (caller.kind === 'installation') refuseIntegration();
      const account = world.accounts.find(caller.token.login) ?? refuseNotFound();
      return { status: 200, body: { ...accountJson(account, world.origin), name: account.login } };
    }),
  );
  router.on(
    'GET',
    '/users/:login',
    api.anyone((request) => {
      const account = world.accounts.find(request.params.login ?? '') ?? refuseNotFound();
      return { status: 200, body: { ...accountJson(account, world.origin), name: account.login } };
    }),
  );
  router.on(
    'GET',
    '/user/installations',
    api.token((request, caller) => {
      const { app, login } = caller.token;
      if (caller.kind !== 'user' || app === undefined)
        refuse(403, 'You must authenticate with an access token authorized to a GitHub App');
      const seen = world.apps
        .installationsOf(app)
        .filter(
          (installation) =>
            installation.account.login === login ||
            world.repositories.all().some((repo) => reaches(installation, repo) && repo.collaborators.has(login)),
        )
        .map((installation) => installationJson(installation, world.origin));
      return pageOf(request, seen, world.origin, (installations, total) => ({ total_count: total, installations }));
    }),
  );
  router.on(
    'GET',
    '/user/installations/:id/repositories',
    api.token((request, caller) => {
      const installation = world.apps.installation(Number(request.params.id));
      if (caller.kind !== 'user' || installation === undefined || installation.app !== caller.token.app) refuseNotFound();
      return pageOf(request, reachable(caller, installation), world.origin, (repositories, total) => ({
        total_count: total,
        repositories,
      }));
    }),
  );
}
