import { z } from 'zod';
import { GitHubApi } from './github/api.ts';
import { GitHubError } from './github/errors.ts';
import { PersonTokens } from './github/person-tokens.ts';
import type { GitHubAccess } from './identities/github-account.ts';
import type { ProjectIdentitiesOptions } from './project-identities.ts';

type Around = Pick<ProjectIdentitiesOptions, 'fetch' | 'now' | 'world'>;

const personSchema = z.object({ id: z.number().int().positive(), login: z.string().min(1), type: z.string() });

/** GitHub as it is connected now. */
export const githubOf = ({ fetch, now, world }: Around): GitHubApi => new GitHubApi({ apiUrl: world.github.apiUrl, fetch, now });

/** What the checklist asks of GitHub and of the project's sources. */
export function githubFor(around: Around): GitHubAccess {
  const { world } = around;
  return {
    account: async (login, signal) => {
      const what = `Looking for ${login} at GitHub`;
      try {
        return (await githubOf(around).json({ path: `/users/${encodeURIComponent(login)}`, what, signal }, personSchema)).value;
      } catch (error) {
        if (error instanceof GitHubError && error.status === 404) return null;
        throw error;
      }
    },
    owner: (token, signal) => new PersonTokens(githubOf(around)).owner(token, signal),
    take: async (projectId, token) => void (await world.sources.take(projectId, token, 'the identity’s checklist')),
    use: (projectId) => {
      const { policies } = world.projects;
      policies.set(projectId, { ...policies.of(projectId), enabled: true, source: 'shared' });
    },
  };
}
