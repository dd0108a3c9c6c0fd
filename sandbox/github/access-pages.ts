import { bodyFields, type HttpRequest, type Router } from '../http.ts';
import { visitorOf } from './account-pages.ts';
import { fullName, type Repository } from './repositories.ts';
import { escaped, notFound, page, refusal } from './web-page.ts';
import type { World } from './world.ts';

/** Who may use a repository: its owner invites on one page, and who is invited accepts on another. */
export function accessPages(router: Router, world: World): void {
  router.on('GET', '/:owner/:repo/settings/access', (request) => {
    const repository = ownedBy(request, world);
    if (repository === undefined) return notFound();
    const rows = [
      ...[...repository.collaborators].map((login) => `<li>${escaped(login)}, Role: write</li>`),
      ...[...repository.invited].map((login) => `<li>${escaped(login)}, Pending invite</li>`),
    ];
    return page(
      200,
      `Who has access to ${fullName(repository)}`,
      `<ul>${rows.join('')}</ul><form method="post"><h2>Add people to ${escaped(repository.name)}</h2>
      <label>Find people by username <input name="login"></label>
      <label>Choose a role <select name="role"><option>Read</option><option selected>Write</option></select></label>
      <button>Add to repository</button></form>`,
    );
  });
  router.on('POST', '/:owner/:repo/settings/access', (request) => {
    const repository = ownedBy(request, world);
    if (repository === undefined) return notFound();
    const { login, role } = bodyFields(request);
    const title = `Who has access to ${fullName(repository)}`;
    if (role !== 'Write') return refusal(422, title, 'This stand-in for GitHub knows the role Write alone.');
    const account = world.accounts.find(String(login ?? ''));
    if (account === undefined) return refusal(422, title, `There is no account ${String(login ?? '')}.`);
    invite(world, repository, account.login);
    return page(200, title, `<p role="status">${escaped(account.login)} is invited. GitHub has sent a mail.</p>`);
  });

  router.on('GET', '/:owner/:repo/invitations', (request) => {
    const repository = invitedTo(request, world);
    if (repository === undefined) return notFound();
    return page(
      200,
      `${repository.owner.login} invited you to collaborate`,
      `<p>You are ${escaped(visitorOf(request, world))}. ${escaped(fullName(repository))} is to be open to you.</p>
      <form method="post"><button name="answer" value="accept">Accept invitation</button>
      <button name="answer" value="decline">Decline</button></form>`,
    );
  });
  router.on('POST', '/:owner/:repo/invitations', (request) => {
    const repository = invitedTo(request, world);
    if (repository === undefined) return notFound();
    const login = visitorOf(request, world);
    if (bodyFields(request).answer !== 'accept') {
      repository.invited.delete(login.toLowerCase());
      return page(200, 'Invitation declined', '');
    }
    world.repositories.accept(repository, login);
    return page(200, fullName(repository), `<p role="status">You now have push access to ${escaped(fullName(repository))}.</p>`);
  });
}

/** Invites a person to a repository, and writes to the address that they signed up with. */
export function invite(world: World, repository: Repository, login: string): void {
  repository.invited.add(login.toLowerCase());
  world.signUps.write(login, {
    subject: `${world.signedInAs} invited you to ${fullName(repository)}`,
    text: `@${world.signedInAs} has invited you to collaborate on the ${fullName(repository)} repository.\n\nView invitation: ${world.origin}/${fullName(repository)}/invitations\n`,
  });
}

/** The developer owns what the organizations here have; who signed up, only what stands under their own name. */
function ownedBy(request: HttpRequest, world: World): Repository | undefined {
  const repository = named(request, world);
  const visitor = visitorOf(request, world);
  const owns = repository?.owner.login === visitor || (repository?.owner.type === 'Organization' && visitor === world.signedInAs);
  return owns ? repository : undefined;
}

function invitedTo(request: HttpRequest, world: World): Repository | undefined {
  const repository = named(request, world);
  return repository?.invited.has(visitorOf(request, world).toLowerCase()) ? repository : undefined;
}

const named = ({ params }: HttpRequest, world: World): Repository | undefined =>
  world.repositories.find(params.owner ?? '', params.repo ?? '');
