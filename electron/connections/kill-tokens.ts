import type { Secret } from '../base/secret.ts';
import { GitHubApi } from '../github/api.ts';
import { GitHubError } from '../github/errors.ts';
import { PersonTokens } from '../github/person-tokens.ts';
import type { PersonSource } from './person-order.ts';

/** A person's token that the kill switch is to end. */
export interface MortalToken {
  readonly projectId: string;
  readonly kind: PersonSource;
  /** Whose it is. */
  readonly login: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Where it is good: it is told to no other GitHub. */
  readonly apiUrl: string;
  readonly token: Secret;
  readonly refresh: Secret | null;
}

/** What became of one. */
export interface KilledToken {
  readonly projectId: string;
  /** Its repository where Jean does not know the project any more. */
  readonly projectName: string;
  readonly kind: PersonSource;
  readonly login: string;
  /** Why its end is not certain, in a sentence; null: it is dead. */
  readonly why: string | null;
}

/** Kills the tokens of people at the GitHub of each, by one request there; a GitHub that fails keeps none of the others alive. */
export async function killPeoplesTokens(
  all: readonly MortalToken[],
  over: { readonly fetch: typeof fetch; readonly now: () => number },
): Promise<readonly KilledToken[]> {
  const servers = [...new Set(all.map(({ apiUrl }) => apiUrl))];
  const killed = servers.map(async (apiUrl): Promise<readonly KilledToken[]> => {
    const tokens = all.filter((one) => one.apiUrl === apiUrl);
    const asked = tokens.map(({ token, refresh }) => ({ probed: token, others: refresh === null ? [] : [refresh] }));
    const results = await new PersonTokens(new GitHubApi({ ...over, apiUrl })).revokeAll(asked).catch((error: unknown) => {
      if (error instanceof GitHubError) return tokens.map(() => error);
      throw error;
    });
    return tokens.map(({ projectId, kind, login, repository }, at) => ({
      projectId,
      projectName: repository,
      kind,
      login,
      why: results[at]?.message ?? null,
    }));
  });
  return (await Promise.all(killed)).flat();
}
