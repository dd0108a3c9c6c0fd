import { z } from 'zod';
import { type HttpRequest, jsonBody, type Router } from '../http.ts';
import type { Api } from './api.ts';
import { type Caller, demand, shownLevel } from './callers.ts';
import { refuse, refuseInvalid, refuseNotFound } from './errors.ts';
import { pageOf } from './paging.ts';
import type { AccessLevel } from './permissions.ts';
import { fullPullJson, type Pull, PullRefused, pullJson } from './pulls.ts';
import { type Repository, repositoryJson } from './repositories.ts';

const NewPullBody = z.object({
  title: z.string(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().optional(),
});

const MergeBody = z.object({ sha: z.string().optional(), merge_method: z.enum(['merge', 'squash', 'rebase']).optional() });

/** Repositories and their pull requests. */
export function repoRoutes(router: Router, api: Api): void {
  const { world } = api;

  const named = (request: HttpRequest, caller: Caller, permission: string, level: AccessLevel): Repository =>
    demand(world, caller, world.repositories.find(request.params.owner ?? '', request.params.repo ?? ''), permission, level);
  const numbered = (request: HttpRequest, repository: Repository): Pull =>
    world.pulls.find(repository, Number(request.params.number)) ?? refuseNotFound();
  const actor = (caller: Caller) =>
    (caller.kind === 'installation' || caller.kind === 'user' ? world.accounts.find(caller.token.login) : undefined) ??
    refuseNotFound();

  router.on(
    'GET',
    '/repos/:owner/:repo',
    api.anyone((request, caller) => {
      const repository = named(request, caller, 'metadata', 'read');
      return { status: 200, body: repositoryJson(repository, world.origin, shownLevel(world, caller, repository)) };
    }),
  );
  router.on(
    'GET',
    '/repos/:owner/:repo/pulls',
    api.anyone((request, caller) => {
      const repository = named(request, caller, 'pull_requests', 'read');
      const pulls = selected(world.pulls.of(repository), request.query).map((pull) => pullJson(pull, world.origin));
      return pageOf(request, pulls, world.origin);
    }),
  );
  router.on(
    'GET',
    '/repos/:owner/:repo/pulls/:number',
    api.anyone((request, caller) => {
      const repository = named(request, caller, 'pull_requests', 'read');
      return { status: 200, body: fullPullJson(numbered(request, repository), world.origin) };
    }),
  );
  router.on(
    'POST',
    '/repos/:owner/:repo/pulls',
    api.anyone(async (request, caller) => {
      const repository = named(request, caller, 'pull_requests', 'write');
      const body = NewPullBody.safeParse(jsonBody(request));
      if (!body.success) {
        const field = String(body.error.issues[0]?.path[0] ?? 'head');
        refuseInvalid('PullRequest', { code: 'missing_field', field });
      }
      const { title, head, base, body: text, draft } = body.data;
      const wanted = { title, base, head: head.replace(/^[^:]*:/, ''), body: text ?? '', draft: draft ?? false };
      try {
        const pull = await world.pulls.open(repository, actor(caller), wanted);
        return { status: 201, body: fullPullJson(pull, world.origin) };
      } catch (error) {
        if (!(error instanceof PullRefused)) throw error;
        const field = error.message === 'head' || error.message === 'base';
        refuseInvalid(
          'PullRequest',
          field ? { field: error.message, code: 'invalid' } : { code: 'custom', message: error.message },
        );
      }
    }),
  );
  router.on(
    'PUT',
    '/repos/:owner/:repo/pulls/:number/merge',
    api.anyone(async (request, caller) => {
      // Merging takes `contents: write`, not a right on pull requests (contract github §1.2).
      const repository = named(request, caller, 'contents', 'write');
      const pull = numbered(request, repository);
      const body = MergeBody.safeParse(jsonBody(request) ?? {});
      if (!body.success) refuse(422, `Invalid request.\n\n${z.prettifyError(body.error)}`);
      const { sha, merge_method: method } = body.data;
      if (sha !== undefined && sha !== pull.headSha) refuse(409, 'Head branch was modified. Review and try the merge again.');
      if (method === 'rebase') refuse(405, 'Rebase merges are not allowed on this repository.');
      try {
        const merged = await world.pushes.alone(repository, () => world.pulls.merge(pull, actor(caller), method));
        return { status: 200, body: { sha: merged, merged: true, message: 'Pull Request successfully merged' } };
      } catch (error) {
        if (!(error instanceof PullRefused)) throw error;
        refuse(405, error.message);
      }
    }),
  );
}

/** The filters of the list: `state` (open when left out), `head` as `owner:branch`, `base`; by `sort` and `direction`, newest first. */
function selected(pulls: readonly Pull[], query: URLSearchParams): readonly Pull[] {
  const state = query.get('state') ?? 'open';
  const [owner, branch] = (query.get('head') ?? '').split(':');
  const base = query.get('base');
  const found = pulls
    .filter((pull) => state === 'all' || pull.state === state)
    // A head without its owner is no filter at all: GitHub then lists everything.
    .filter((pull) => branch === undefined || (pull.head === branch && pull.repository.owner.login === owner))
    .filter((pull) => base === null || pull.base === base);
  const sorted = query.get('sort') === 'updated' ? found.toSorted((a, b) => a.updatedAt - b.updatedAt) : found;
  return query.get('direction') === 'asc' ? sorted : sorted.toReversed();
}
