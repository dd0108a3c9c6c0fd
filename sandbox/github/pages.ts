import { bodyFields, type HttpAnswer, type HttpRequest, type Router } from '../http.ts';
import { accessPages } from './access-pages.ts';
import { accountPages, visitorOf } from './account-pages.ts';
import { type Installation, reaches } from './apps.ts';
import { type AppManifest, readManifest } from './manifests.ts';
import { fullName } from './repositories.ts';
import { tokenPages } from './token-pages.ts';
import { escaped, notFound, page, refusal } from './web-page.ts';
import type { World } from './world.ts';

/** The pages of github.com that a person clicks through; whoever is signed in acts (contract github §§1.3, 3.1). */
export function pageRoutes(router: Router, world: World): void {
  router.on('GET', '/login/device', (request) =>
    page(
      200,
      'Device activation',
      `<form method="post"><p>Enter the code shown on your device, ${escaped(visitorOf(request, world))}.</p>
      <input name="user_code" autofocus> <button name="answer" value="authorize">Authorize</button>
      <button name="answer" value="cancel">Cancel</button></form>`,
    ),
  );
  router.on('POST', '/login/device', (request) => {
    const { user_code: code, answer } = bodyFields(request);
    try {
      world.devices.answer(String(code ?? ''), answer === 'cancel' ? 'denied' : { login: visitorOf(request, world) });
    } catch (error) {
      return refusal(404, 'Device activation', error);
    }
    return page(200, 'Device activation', answer === 'cancel' ? 'Cancelled.' : 'Your device is now connected.');
  });

  accountPages(router, world);
  tokenPages(router, world);
  accessPages(router, world);

  router.on('POST', '/settings/apps/new', (request) => newApp(request, world, visitorOf(request, world)));
  router.on('POST', '/organizations/:org/settings/apps/new', (request) => newApp(request, world, request.params.org ?? ''));

  router.on('GET', '/apps/:slug/installations/new', (request) => {
    const app = world.apps.bySlug(request.params.slug ?? '');
    if (app === undefined) return notFound();
    const visitor = visitorOf(request, world);
    const boxes = world.repositories
      .all()
      .filter((repository) => repository.owner.login === visitor || repository.collaborators.has(visitor))
      .map((repository) => {
        const name = escaped(fullName(repository));
        return `<label><input type="checkbox" name="repository" value="${name}"> ${name}</label><br>`;
      });
    return page(
      200,
      `Install ${app.name}`,
      `<form method="post"><p>Nothing chosen: all repositories of <input name="account" value="${escaped(app.owner.login)}"></p>
      ${boxes.join('\n')}<button>Install</button></form>`,
    );
  });
  router.on('POST', '/apps/:slug/installations/new', (request) => {
    const app = world.apps.bySlug(request.params.slug ?? '');
    if (app === undefined) return notFound();
    const form = new URLSearchParams(request.body.toString('utf8'));
    try {
      const account = world.accounts.ensure(form.get('account') ?? app.owner.login);
      const names = form.getAll('repository');
      const ids = new Set(names.map((name) => world.repositories.get(name).id));
      const installation = world.apps.install(app, account, names.length === 0 ? 'all' : ids);
      return page(200, 'Installed', describeInstallation(installation, world));
    } catch (error) {
      return refusal(422, 'Not installed', error);
    }
  });
}

/** The manifest's first visit shows a form; with `approved`, or where the control says so, the app is made and the browser sent back. */
async function newApp(request: HttpRequest, world: World, owner: string): Promise<HttpAnswer> {
  const { manifest: text, approved } = bodyFields(request);
  const read = readManifest(String(text ?? ''));
  if (read.kind === 'wrong') return page(422, 'Register new GitHub App', escaped(read.why));
  if (approved !== 'yes' && !world.manifests.autoApprove) return confirmation(String(text), read.manifest, owner);
  try {
    const { app, code } = await world.manifests.approve(read.manifest, owner);
    const { redirect_url: redirect } = read.manifest;
    if (redirect === undefined) return page(200, `${app.name} is registered`, '');
    const target = new URL(redirect);
    target.searchParams.set('code', code);
    const state = request.query.get('state');
    if (state !== null) target.searchParams.set('state', state);
    return { status: 302, headers: { location: target.href } };
  } catch (error) {
    return refusal(422, 'Register new GitHub App', error);
  }
}

function confirmation(text: string, manifest: AppManifest, owner: string): HttpAnswer {
  const rights = Object.entries(manifest.default_permissions).map(([name, level]) => `<li>${escaped(name)}: ${level}</li>`);
  return page(
    200,
    `Create GitHub App for ${owner}`,
    `<form method="post"><p>${escaped(manifest.name)}</p><ul>${rights.join('')}</ul>
    <input type="hidden" name="manifest" value="${escaped(text)}"><input type="hidden" name="approved" value="yes">
    <button>Create GitHub App</button></form>`,
  );
}

function describeInstallation(installation: Installation, world: World): string {
  const names = world.repositories.all().filter((repository) => reaches(installation, repository));
  return `${escaped(installation.app.name)} may use: ${names.map((repository) => escaped(fullName(repository))).join(', ') || 'nothing yet'}.`;
}
