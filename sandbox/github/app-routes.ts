import type { HttpRequest, Router } from '../http.ts';
import type { Api } from './api.ts';
import { type App, appJson, type Installation, installationJson, reaches } from './apps.ts';
import { refuse, refuseNotFound } from './errors.ts';
import { mint } from './mint.ts';
import { pageOf } from './paging.ts';
import { MANIFEST_POOL } from './rate-limits.ts';

/** What an app does with its JWT, and the conversion that gives it its key (contract github §§1.2, 3). */
export function appRoutes(router: Router, api: Api): void {
  const { world } = api;

  const own = (request: HttpRequest, app: App): Installation => {
    const installation = world.apps.installation(Number(request.params.id));
    return installation?.app === app ? installation : refuseNotFound();
  };
  const on = (app: App, login: string | undefined, type?: 'Organization'): Installation => {
    const account = world.accounts.find(login ?? '');
    if (account === undefined || (type !== undefined && account.type !== type)) refuseNotFound();
    return world.apps.on(app, account) ?? refuseNotFound();
  };
  const shown = (installation: Installation) => ({ status: 200, body: installationJson(installation, world.origin) });

  router.on(
    'GET',
    '/app',
    api.app((_, app) => ({ status: 200, body: appJson(app, world.origin, world.apps.installationsOf(app).length) })),
  );
  router.on(
    'GET',
    '/app/installations',
    api.app((request, app) => {
      const all = world.apps.installationsOf(app).map((installation) => installationJson(installation, world.origin));
      return pageOf(request, all, world.origin);
    }),
  );
  router.on(
    'GET',
    '/app/installations/:id',
    api.app((request, app) => shown(own(request, app))),
  );
  router.on(
    'DELETE',
    '/app/installations/:id',
    api.app((request, app) => {
      uninstall(api, own(request, app));
      return { status: 204 };
    }),
  );
  router.on(
    'POST',
    '/app/installations/:id/access_tokens',
    api.app((request, app) => mint(request, own(request, app), world)),
  );
  router.on(
    'PUT',
    '/app/installations/:id/suspended',
    api.app((request, app) => {
      own(request, app).suspendedAt ??= world.clock.now();
      return { status: 204 };
    }),
  );
  router.on(
    'DELETE',
    '/app/installations/:id/suspended',
    api.app((request, app) => {
      own(request, app).suspendedAt = undefined;
      return { status: 204 };
    }),
  );
  router.on(
    'GET',
    '/repos/:owner/:repo/installation',
    api.app((request, app) => {
      const repository = world.repositories.find(request.params.owner ?? '', request.params.repo ?? '');
      if (repository === undefined) refuseNotFound();
      const installation = world.apps.on(app, repository.owner);
      return installation !== undefined && reaches(installation, repository) ? shown(installation) : refuseNotFound();
    }),
  );
  router.on(
    'GET',
    '/users/:login/installation',
    api.app((request, app) => shown(on(app, request.params.login))),
  );
  router.on(
    'GET',
    '/orgs/:login/installation',
    api.app((request, app) => shown(on(app, request.params.login, 'Organization'))),
  );
  router.on(
    'GET',
    '/apps/:slug',
    api.anyone((request) => {
      const app = world.apps.bySlug(request.params.slug ?? '') ?? refuseNotFound();
      return { status: 200, body: appJson(app, world.origin) };
    }),
  );
  router.on(
    'POST',
    '/app-manifests/:code/conversions',
    api.anyone((request, caller) => {
      if (caller.kind !== 'anonymous') refuse(403, 'This endpoint takes no credentials');
      const app = world.manifests.convert(request.params.code ?? '') ?? refuseNotFound();
      return {
        status: 201,
        body: {
          ...appJson(app, world.origin),
          client_secret: app.clientSecret,
          webhook_secret: app.webhookSecret,
          pem: app.privateKeyPem,
        },
      };
    }, MANIFEST_POOL),
  );
}

/** Ends an installation, and every token of it with it. */
export function uninstall(api: Api, installation: Installation): void {
  const { apps, tokens } = api.world;
  apps.uninstall(installation);
  for (const token of tokens.all()) if (token.installation === installation) tokens.revoke(token);
}
