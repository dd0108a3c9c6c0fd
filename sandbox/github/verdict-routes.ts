import type { HttpRequest, Router } from '../http.ts';
import type { Api } from './api.ts';
import { type Caller, demand } from './callers.ts';
import { refuse, refuseNotFound } from './errors.ts';
import { pageOf } from './paging.ts';
import { type Repository, refValue } from './repositories.ts';

/** Checks and statuses of commits, reviews of pull requests. */
export function verdictRoutes(router: Router, api: Api): void {
  const { world } = api;
  const named = (request: HttpRequest, caller: Caller, permission: string): Repository =>
    demand(world, caller, world.repositories.find(request.params.owner ?? '', request.params.repo ?? ''), permission, 'read');

  router.on(
    'GET',
    '/repos/:owner/:repo/commits/:ref/check-runs',
    api.anyone(async (request, caller) => {
      const repository = named(request, caller, 'checks');
      const runs = world.verdicts.checkRuns(repository, await commitOf(repository, request), world.origin);
      return pageOf(request, runs, world.origin, (check_runs, total_count) => ({ total_count, check_runs }));
    }),
  );
  router.on(
    'GET',
    '/repos/:owner/:repo/commits/:ref/status',
    api.anyone(async (request, caller) => {
      const repository = named(request, caller, 'statuses');
      const sha = await commitOf(repository, request);
      return { status: 200, body: world.verdicts.combinedStatus(repository, sha, world.origin) };
    }),
  );
  router.on(
    'GET',
    '/repos/:owner/:repo/pulls/:number/reviews',
    api.anyone((request, caller) => {
      const repository = named(request, caller, 'pull_requests');
      const pull = world.pulls.find(repository, Number(request.params.number)) ?? refuseNotFound();
      return pageOf(request, world.verdicts.reviews(pull, world.origin), world.origin);
    }),
  );
}

/** A commit by its id, or a branch's. */
async function commitOf(repository: Repository, request: HttpRequest): Promise<string> {
  const ref = request.params.ref ?? '';
  if (/^[0-9a-f]{40}$/.test(ref)) return ref;
  return (await refValue(repository, `refs/heads/${ref}`)) ?? refuse(422, `No commit found for SHA: ${ref}`);
}
