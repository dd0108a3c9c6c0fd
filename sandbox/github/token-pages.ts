import type { HttpRequest, Router } from '../http.ts';
import { visitorOf } from './account-pages.ts';
import { type AccessLevel, type Permissions, withMetadata } from './permissions.ts';
import { fullName, type Repository } from './repositories.ts';
import { escaped, page, refusal } from './web-page.ts';
import type { World } from './world.ts';

const title = 'New fine-grained personal access token';
const day = 24 * 3_600_000;
/** What the address may fill in besides permissions (contract github §1.4). */
const parameters = new Set(['name', 'description', 'target_name', 'expires_in']);

/** The form for a fine-grained token, filled in by its address as far as that goes: which repositories has no parameter (contract github §1.4). */
export function tokenPages(router: Router, world: World): void {
  router.on('GET', '/settings/personal-access-tokens/new', (request) => {
    const { query } = request;
    const value = (name: string, otherwise = '') => escaped(query.get(name) ?? otherwise);
    const visitor = visitorOf(request, world);
    const offered = reachedBy(visitor, world);
    const owners = [...new Set([visitor, ...offered.map(({ owner }) => owner.login)])];
    const wanted = [...query].filter(([name, level]) => !parameters.has(name) && isLevel(level));
    return page(
      200,
      title,
      `<form method="post"><p>Signed in as ${escaped(visitor)}.</p>
      <label>Token name <input name="name" maxlength="40" value="${value('name')}"></label>
      <label>Description <textarea name="description" maxlength="1024">${value('description')}</textarea></label>
      <label>Resource owner <select name="target_name">${owners
        .map((owner) => `<option${owner === query.get('target_name') ? ' selected' : ''}>${escaped(owner)}</option>`)
        .join('')}</select></label>
      <label>Expiration in days, or none <input name="expires_in" value="${value('expires_in', '30')}"></label>
      <fieldset><legend>Repository access</legend>
      <label><input type="radio" name="access" value="none" checked> Public repositories</label>
      <label><input type="radio" name="access" value="all"> All repositories</label>
      <label><input type="radio" name="access" value="selected"> Only select repositories</label>
      ${offered
        .map((repository) => escaped(fullName(repository)))
        .map((name) => `<label><input type="checkbox" name="repository" value="${name}"> ${name}</label>`)
        .join('')}</fieldset>
      <fieldset><legend>Permissions</legend>${wanted
        .map(
          ([name, level]) =>
            `<label>${escaped(name)} <select name="permission:${escaped(name)}">${['', 'read', 'write']
              .map((one) => `<option value="${one}"${one === level ? ' selected' : ''}>${one || 'No access'}</option>`)
              .join('')}</select></label>`,
        )
        .join('')}</fieldset>
      <button>Generate token</button></form>`,
    );
  });
  router.on('POST', '/settings/personal-access-tokens/new', (request) => {
    const form = new URLSearchParams(request.body.toString('utf8'));
    try {
      const token = generate(form, request, world);
      return page(
        200,
        'Personal access tokens',
        `<p role="status">Make sure to copy your personal access token now as you will not be able to see it again.</p>
        <label>${escaped(form.get('name') ?? '')} <input readonly autofocus onfocus="this.select()" value="${token}"></label>`,
        { 'cache-control': 'no-store' },
      );
    } catch (error) {
      return refusal(422, title, error);
    }
  });
}

/** @throws with what the form says where a field is wrong */
function generate(form: URLSearchParams, request: HttpRequest, world: World): string {
  const visitor = visitorOf(request, world);
  const name = form.get('name') ?? '';
  if (name.trim() === '' || name.length > 40) throw new Error('Name has to be of 1 to 40 characters.');
  const days = form.get('expires_in') ?? '';
  const count = Number(days);
  if (days !== 'none' && !(Number.isInteger(count) && count >= 1 && count <= 366))
    throw new Error('Expiration has to be 1 to 366 days, or none.');
  const owner = form.get('target_name') ?? '';
  const own = reachedBy(visitor, world).filter((repository) => repository.owner.login === owner);
  const chosen = form.getAll('repository');
  const access = form.get('access');
  if (access === 'selected' && chosen.length === 0) throw new Error('Select at least one repository.');
  const repositories =
    access === 'all' ? own : access === 'selected' ? own.filter((repository) => chosen.includes(fullName(repository))) : [];
  if (access === 'selected' && repositories.length !== chosen.length)
    throw new Error(`${owner} has no such repository that you reach.`);
  const permissions: Permissions = Object.fromEntries(
    [...form].flatMap(([key, level]): [string, AccessLevel][] =>
      key.startsWith('permission:') && isLevel(level) ? [[key.slice('permission:'.length), level]] : [],
    ),
  );
  return world.tokens.issueFineGrained(visitor, {
    repositories: new Set(repositories.map(({ id }) => id)),
    permissions: withMetadata(permissions),
    expiresAt: days === 'none' ? null : world.clock.now() + count * day,
  }).value;
}

const isLevel = (level: string): level is 'read' | 'write' => level === 'read' || level === 'write';

/** What the form offers: what is the person's own, and of an organization what its members reach (contract github §1.4). */
const reachedBy = (login: string, world: World): readonly Repository[] =>
  world.repositories
    .all()
    .filter(
      ({ owner, collaborators }) =>
        owner.login === login || (collaborators.has(login) && world.members.isMember(owner.login, login)),
    );
