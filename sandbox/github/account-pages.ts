import { bodyFields, type HttpAnswer, type HttpRequest, type Router } from '../http.ts';
import { escaped, page, refusal } from './web-page.ts';
import type { World } from './world.ts';

/** Whom a page acts for: the account of its browser, or else the developer. */
export const visitorOf = (request: HttpRequest, world: World): string => world.webSessions.loginOf(request) ?? world.signedInAs;

/** Signing up, in and out. */
export function accountPages(router: Router, world: World): void {
  router.on('GET', '/signup', () =>
    page(
      200,
      'Sign up for GitHub',
      `<form method="post"><label>Email <input name="email" type="email"></label> <label>Password <input name="password" type="password"></label>
      <label>Username <input name="login"></label> <button>Create account</button></form>`,
    ),
  );
  router.on('POST', '/signup', (request) => {
    const { email, login, password } = bodyFields(request);
    try {
      world.signUps.begin(String(login ?? ''), String(email ?? ''), world.origin, String(password ?? ''));
    } catch (error) {
      return refusal(422, 'Sign up for GitHub', error);
    }
    return page(
      200,
      'Confirm your email address',
      `<form method="post" action="/account_verifications"><input type="hidden" name="login" value="${escaped(String(login))}">
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

  router.on('GET', '/login', (request) =>
    page(
      200,
      'Sign in to GitHub',
      `<p>You are ${escaped(visitorOf(request, world))} in this browser.</p><form method="post">
      <label>Username <input name="login"></label> <label>Password <input name="password" type="password"></label> <button>Sign in</button></form>
      <form method="post" action="/logout"><button>Sign out</button></form>`,
    ),
  );
  router.on('POST', '/login', (request) => {
    const { login, password } = bodyFields(request);
    const account = world.accounts.find(String(login ?? ''));
    if (account === undefined || !world.signUps.knows(account.login, String(password ?? '')))
      return refusal(422, 'Sign in to GitHub', 'Incorrect username or password.');
    return welcome(world, account.login);
  });
  router.on('POST', '/logout', (request) =>
    page(200, 'Signed out', `<p>This browser is ${escaped(world.signedInAs)}’s again.</p>`, {
      'set-cookie': world.webSessions.end(request),
    }),
  );
}

/** The code makes the account, and whoever typed it is signed in. */
function confirmed(world: World, login: string, code: string): HttpAnswer {
  try {
    world.signUps.confirm(login, code);
  } catch (error) {
    return refusal(422, 'Confirm your email address', error);
  }
  return welcome(world, login);
}

function welcome(world: World, login: string): HttpAnswer {
  const account = world.accounts.ensure(login);
  return page(200, 'Welcome to GitHub', `<p>You are signed in as ${escaped(account.login)}.</p>`, {
    'set-cookie': world.webSessions.begin(account),
  });
}
