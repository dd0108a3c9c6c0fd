import { bodyFields, type HttpRequest, type Router } from '../http.ts';
import { visitorOf } from './account-pages.ts';
import { fullName, type Repository } from './repositories.ts';
import { escaped, notFound, page, refusal } from './web-page.ts';
import type { World } from './world.ts';

/** Who may use a repository, or belongs to an organization: its owner invites on one page, and who is invited accepts on another. */
export function accessPages(router: Router, world: World): void {
  peoplePages(router, world);
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
    // Who belongs to the organization needs no invitation.
    if (world.members.isMember(repository.owner.login, account.login)) {
      repository.collaborators.add(account.login);
      return page(200, title, `<p role="status">${escaped(account.login)} may write now.</p>`);
    }
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

function peoplePages(router: Router, world: World): void {
  const organizationOf = ({ params }: HttpRequest): string | undefined => {
    const account = world.accounts.find(params.org ?? '');
    return account?.type === 'Organization' ? account.login : undefined;
  };
  router.on('GET', '/orgs/:org/people', (request) => {
    const organization = organizationOf(request);
    if (organization === undefined || visitorOf(request, world) !== world.signedInAs) return notFound();
    const rows = world.members.all(organization).map((login) => `<li>${escaped(login)}, Member</li>`);
    return page(
      200,
      `People of ${organization}`,
      `<ul>${rows.join('')}</ul><form method="post"><h2>Invite a member to ${escaped(organization)}</h2>
      <label>Username <input name="login"></label> <button>Send invitation</button></form>`,
    );
  });
  router.on('POST', '/orgs/:org/people', (request) => {
    const organization = organizationOf(request);
    if (organization === undefined || visitorOf(request, world) !== world.signedInAs) return notFound();
    const wanted = String(bodyFields(request).login ?? '');
    const account = world.accounts.find(wanted);
    if (account === undefined) return refusal(422, `People of ${organization}`, `There is no account ${wanted}.`);
    world.members.invite(organization, account.login);
    world.signUps.write(account.login, {
      subject: `${world.signedInAs} has invited you to join the ${organization} organization`,
      text: `Hi @${account.login},\n\n@${world.signedInAs} has invited you to join the ${organization} organization on GitHub.\n\nJoin ${organization}: ${world.origin}/orgs/${organization}/invitation\n`,
    });
    return page(
      200,
      `People of ${organization}`,
      `<p role="status">${escaped(account.login)} is invited. GitHub has sent a mail.</p>`,
    );
  });
  router.on('GET', '/orgs/:org/invitation', (request) => {
    const organization = organizationOf(request);
    const visitor = visitorOf(request, world);
    if (organization === undefined || !world.members.isInvited(organization, visitor)) return notFound();
    return page(
      200,
      `${organization} invited you to join`,
      `<p>You are ${escaped(visitor)}.</p><form method="post"><button name="answer" value="accept">Join ${escaped(organization)}</button>
      <button name="answer" value="decline">Decline</button></form>`,
    );
  });
  router.on('POST', '/orgs/:org/invitation', (request) => {
    const organization = organizationOf(request);
    const visitor = visitorOf(request, world);
    if (organization === undefined || !world.members.isInvited(organization, visitor)) return notFound();
    if (bodyFields(request).answer === 'accept') world.members.accept(organization, visitor);
    else world.members.decline(organization, visitor);
    const words = world.members.isMember(organization, visitor) ? `You are a member of ${organization}.` : 'Invitation declined.';
    return page(200, organization, `<p role="status">${escaped(words)}</p>`);
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
