import { z } from 'zod';
import { type HttpAnswer, type HttpRequest, jsonBody } from '../http.ts';
import { type Installation, reaches } from './apps.ts';
import { refuse } from './errors.ts';
import { timestamp } from './format.ts';
import { covers, type Permissions, withMetadata } from './permissions.ts';
import { type Repository, repositoryJson } from './repositories.ts';
import type { TokenFormat } from './tokens.ts';
import type { World } from './world.ts';

const MOST_REPOSITORIES = 500;

const Body = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.int()).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])).optional(),
});

/** `POST /app/installations/{id}/access_tokens` (contract github §1.2). */
export function mint(request: HttpRequest, installation: Installation, world: World): HttpAnswer {
  if (installation.suspendedAt !== undefined) refuse(403, 'This installation has been suspended');
  const body = Body.safeParse(jsonBody(request) ?? {});
  if (!body.success) refuse(422, `Invalid request.\n\n${z.prettifyError(body.error)}`);
  const repositories = narrowedTo(world, installation, body.data.repositories ?? [], body.data.repository_ids ?? []);
  const permissions = permissionsOf(installation, body.data.permissions ?? {});
  const ids = repositories === undefined ? undefined : new Set(repositories.map(({ id }) => id));
  const scope = { permissions, ...(ids === undefined ? {} : { repositories: ids }) };
  const token = world.tokens.issueInstallation(installation, scope, formatAsked(request));
  const level = permissions.contents;
  return {
    status: 201,
    headers: { 'cache-control': 'public, max-age=60, s-maxage=60' },
    body: {
      token: token.value,
      expires_at: timestamp(token.expiresAt ?? 0),
      permissions,
      repository_selection: repositories === undefined && installation.repositories === 'all' ? 'all' : 'selected',
      // Listed only where the request narrowed to them.
      ...(repositories === undefined
        ? {}
        : { repositories: repositories.map((repo) => repositoryJson(repo, world.origin, level)) }),
    },
  };
}

function narrowedTo(
  world: World,
  installation: Installation,
  names: readonly string[],
  ids: readonly number[],
): readonly Repository[] | undefined {
  if (names.length === 0 && ids.length === 0) return undefined;
  if (names.length + ids.length > MOST_REPOSITORIES) {
    refuse(422, `The request exceeds the maximum of ${MOST_REPOSITORIES} repositories for a token`);
  }
  const byName = names.map((name) => world.repositories.find(installation.account.login, name));
  const byId = ids.map((id) => world.repositories.all().find((repository) => repository.id === id));
  const found = [...byName, ...byId].map((repository) => {
    if (repository !== undefined && reaches(installation, repository)) return repository;
    // A missing one and a forbidden one are told apart by nobody.
    return refuse(422, 'There is at least one repository that does not exist or is not accessible to the parent installation.');
  });
  return [...new Set(found)];
}

function permissionsOf(installation: Installation, asked: Permissions): Permissions {
  if (Object.keys(asked).length === 0) return installation.permissions;
  if (!covers(installation.permissions, asked)) refuse(422, 'The permissions requested are not granted to this installation.');
  return withMetadata(asked);
}

/** The header that forces a shape; any other value is ignored without a word. */
function formatAsked(request: HttpRequest): TokenFormat | undefined {
  switch (request.headers['x-github-stateless-s2s-token']) {
    case 'enabled':
      return 'stateless';
    case 'disabled':
      return 'classic';
    default:
      return undefined;
  }
}
