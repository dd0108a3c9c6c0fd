import { bodyFields, type HttpAnswer, type HttpRequest, type Router } from '../http.ts';
import { type Installation, reaches } from './apps.ts';
import { type AppManifest, readManifest } from './manifests.ts';
import { fullName } from './repositories.ts';
import type { World } from './world.ts';

/** The pages of github.com that a person clicks through; whoever is signed in acts (contract github §§1.3, 3.1). */
export function pageRoutes(router: Router, world: World): void {
  router.on('GET', '/login/device', () =>
    page(
      200,
      'Device activation',
      `<form method="post"><p>Enter the code shown on your device, ${escaped(world.signedInAs)}.</p>
      <input name="user_code" autofocus> <button name="answer" value="authorize">Authorize</button>
      <button name="answer" value="cancel">Cancel</button></form>`,
    ),
  );
  router.on('POST', '/login/device', (request) => {
    const { user_code: code, answer } = bodyFields(request);
    try {
      world.devices.answer(String(code ?? ''), answer === 'cancel' ? 'denied' : { login: world.signedInAs });
    } catch (error) {
      return page(404, 'Device activation', escaped(error instanceof Error ? error.message : String(error)));
    }
    return page(200, 'Device activation', answer === 'cancel' ? 'Cancelled.' : 'Your device is now connected.');
  });

  router.on('GET', '/signup', () =>
    page(
      200,
      'Sign up for GitHub',
      `<form method="post"><label>Email <input name="email" type="email"></label> <label>Password <input name="password" type="password"></label>
      <label>Username <input name="login"></label> <button>Create account</button></form>`,
    ),
  );
  router.on('POST', '/signup', (request) => {
    const { email, login } = bodyFields(request);
    try {
      world.signUps.begin(String(login ?? ''), String(email ?? ''), world.origin);
    } catch (error) {
      return page(422, 'Sign up for GitHub', escaped(error instanceof Error ? error.message : String(error)));
    }
    const name = escaped(String(login));
    return page(
      200,
      'Confirm your email address',
      `<form method="post" action="/account_verifications"><input type="hidden" name="login" value="${name}">
      <label>Code <input name="code" inputmode="numeric"></label> <button>Continue</button></form>`,
    );
  });
  router.on('POST', '/account_verifications', (request) => {
    const { login, code } = bodyFields(request);
    return confirmed(world, String(login ?? ''), String(code ?? ''));
  });
  router.on('GET', '/account_verifications/confirm/:login/:code', ({ params }) =>
    confirmed(world, params.login ?? '', params.code ?? ''),
  );

  router.on('POST', '/settings/apps/new', (request) => newApp(request, world, world.signedInAs));
  router.on('POST', '/organizations/:org/settings/apps/new', (request) => newApp(request, world, request.params.org ?? ''));

  router.on('GET', '/apps/:slug/installations/new', (request) => {
    const app = world.apps.bySlug(request.params.slug ?? '');
    if (app === undefined) return page(404, 'Not found', 'This is not the web page you are looking for.');
    const boxes = world.repositories
      .all()
      .filter((repository) => repository.owner.login === world.signedInAs || repository.collaborators.has(world.signedInAs))
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
    if (app === undefined) return page(404, 'Not found', 'This is not the web page you are looking for.');
    const form = new URLSearchParams(request.body.toString('utf8'));
    try {
      const account = world.accounts.ensure(form.get('account') ?? app.owner.login);
      const names = form.getAll('repository');
      const ids = new Set(names.map((name) => world.repositories.get(name).id));
      const installation = world.apps.install(app, account, names.length === 0 ? 'all' : ids);
      return page(200, 'Installed', describeInstallation(installation, world));
    } catch (error) {
      return page(422, 'Not installed', escaped(error instanceof Error ? error.message : String(error)));
    }
  });
}

/** The code makes the account, and whoever typed it is signed in. */
function confirmed(world: World, login: string, code: string): HttpAnswer {
  try {
    world.signUps.confirm(login, code);
  } catch (error) {
    return page(422, 'Confirm your email address', escaped(error instanceof Error ? error.message : String(error)));
  }
  world.signedInAs = world.accounts.find(login)?.login ?? world.signedInAs;
  return page(200, 'Welcome to GitHub', `You are signed in as ${escaped(login)}.`);
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
    return page(422, 'Register new GitHub App', escaped(error instanceof Error ? error.message : String(error)));
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

function page(status: number, title: string, content: string): HttpAnswer {
  const heading = escaped(title);
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${heading}</title><h1>${heading}</h1>${content}</html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
