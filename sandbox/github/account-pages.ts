import { bodyFields, type HttpAnswer, type HttpRequest, type Router } from '../http.ts';
import { escaped, page } from './page.ts';
import { withMetadata } from './permissions.ts';
import type { World } from './world.ts';

const dayMs = 24 * 60 * 60_000;
/** What of the form's address is no permission. */
const notPermissions: ReadonlySet<string> = new Set(['name', 'description', 'target_name', 'expires_in']);

/** The pages of github.com by which a person gets an account, a token for it, and into a repository. */
export function accountPages(router: Router, world: World): void {
  router.on('GET', '/signup', () =>
    page(
      200,
      'Sign up',
      `<form method="post" action="${world.origin}/signup"><label>Email <input name="email"></label>
      <label>Password <input name="password" type="password"></label> <label>Username <input name="login"></label>
      <button>Create account</button></form>`,
    ),
  );
  router.on('POST', '/signup', (request) =>
    told('Sign up', () => {
      const { login, email, password } = strings(request);
      world.signUps.begin(login ?? '', email ?? '', password ?? '');
      return page(
        200,
        'Confirm your email address',
        `<form method="post" action="${world.origin}/account_verifications"><input type="hidden" name="login" value="${escaped(login ?? '')}">
        <label>Code <input name="code"></label><button>Continue</button></form>`,
      );
    }),
  );
  router.on('POST', '/account_verifications', (request) =>
    told('Confirm your email address', () => {
      const { login = '', code = '' } = strings(request);
      world.signUps.confirm(login, code);
      world.signedInAs = world.accounts.ensure(login).login;
      return page(200, 'Welcome to GitHub', `You are signed in as ${escaped(login)}.`);
    }),
  );

  router.on('GET', '/settings/personal-access-tokens/new', (request) => {
    const fields = [...request.query].map(
      ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
    );
    return page(
      200,
      'New fine-grained personal access token',
      `<form method="post" action="${world.origin}/settings/personal-access-tokens"><p>For ${escaped(world.signedInAs)}</p>
      ${fields.join('\n')}<label>Only select repositories <input name="repository"></label><button>Generate token</button></form>`,
    );
  });
  router.on('POST', '/settings/personal-access-tokens', (request) =>
    told('New fine-grained personal access token', () => {
      const { repository = '', ...form } = strings(request);
      const permissions = Object.fromEntries(
        Object.entries(form).flatMap(([name, level]) =>
          !notPermissions.has(name) && (level === 'read' || level === 'write') ? [[name, level] as const] : [],
        ),
      );
      const days = Number(form.expires_in ?? '30');
      const { value } = world.tokens.issueFineGrained(world.signedInAs, {
        repositories: new Set([world.repositories.get(repository).id]),
        permissions: withMetadata(permissions),
        expiresAt: world.clock.now() + days * dayMs,
      });
      return page(200, 'Make sure to copy your token now', `<code id="token">${value}</code>`);
    }),
  );

  router.on('GET', '/:owner/:repo/invitations', (request) =>
    page(
      200,
      'Invitation',
      `<form method="post" action="${world.origin}${escaped(request.path)}"><button>Accept invitation</button></form>`,
    ),
  );
  router.on('POST', '/:owner/:repo/invitations', (request) => {
    const { owner = '', repo = '' } = request.params;
    const repository = world.repositories.find(owner, repo);
    if (repository === undefined || !repository.invited.delete(world.signedInAs))
      return page(404, 'Not found', 'This is not the web page you are looking for.');
    repository.collaborators.add(world.signedInAs);
    return page(200, 'Accepted', `You now have push access to the ${escaped(`${owner}/${repo}`)} repository.`);
  });
}

const strings = (request: HttpRequest): Record<string, string> =>
  Object.fromEntries(Object.entries(bodyFields(request)).map(([name, value]) => [name, String(value)]));

function told(title: string, act: () => HttpAnswer): HttpAnswer {
  try {
    return act();
  } catch (error) {
    return page(422, title, escaped(error instanceof Error ? error.message : String(error)));
  }
}
