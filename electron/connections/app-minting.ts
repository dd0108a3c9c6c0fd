import { missingPermissions, type ProjectPolicy, permissionsOf, profileWords, reachOf } from '../../shared/policy.ts';
import type { Installation } from '../github/app.ts';
import { GitHubError, type GitHubErrorKind } from '../github/errors.ts';
import type { InstallationTokens, MintedToken } from '../github/tokens.ts';
import type { KnownInstallations } from './known-installations.ts';

/** What a credential is to be good for. */
export interface AppMintOrder {
  /** `owner/name`. */
  readonly repository: string;
  readonly policy: ProjectPolicy;
}

/**
 * Mints by a project's policy, exactly: what the installation does not grant is said in a sentence before anything is minted, and never
 * left out in silence (contract github §3.2: GitHub would refuse the whole). @throws GitHubError
 */
export async function mintByPolicy(
  known: KnownInstallations,
  tokens: InstallationTokens,
  order: AppMintOrder,
): Promise<MintedToken> {
  const repositories = reachOf(order.repository, order.policy);
  const remembered = known.remembers(repositories);
  try {
    return await mintOnce(known, tokens, order, repositories);
  } catch (error) {
    known.forget(repositories);
    if (!remembered || !(error instanceof GitHubError) || !mayBeStale.has(error.kind)) throw error;
    return await mintOnce(known, tokens, order, repositories);
  }
}

/** Refusals, after which nothing was issued, and which an installation explains that has changed since we asked. */
const mayBeStale: ReadonlySet<GitHubErrorKind> = new Set(['not-installed', 'suspended', 'forbidden', 'invalid']);

async function mintOnce(
  known: KnownInstallations,
  tokens: InstallationTokens,
  order: AppMintOrder,
  repositories: readonly string[],
): Promise<MintedToken> {
  const [first, ...others] = await Promise.all(repositories.map((repository) => installationOf(known, repository)));
  if (first === undefined) throw new GitHubError('invalid', 'No repository was asked for.');
  if (first.suspended)
    throw new GitHubError('suspended', `The GitHub App is suspended at ${first.account}. Its owner can unsuspend it there.`);
  // Owners can be renamed so that two names mean two accounts now.
  if (others.some(({ id }) => id !== first.id))
    throw new GitHubError(
      'invalid',
      `Not all of ${repositories.join(', ')} belong to one account at GitHub. Change the extra repositories.`,
    );
  const permissions = permissionsOf(order.policy);
  const missing = missingPermissions(permissions, first.permissions);
  if (missing.length > 0)
    throw new GitHubError(
      'forbidden',
      `The profile “${profileWords[order.policy.profile]}” asks for ${missing.join(', ')}, which the GitHub App was not granted at ${first.account}. Grant it at GitHub, or choose a smaller profile under Projects.`,
    );
  return tokens.mint({ installationId: first.id, repositories, permissions });
}

async function installationOf(known: KnownInstallations, repository: string): Promise<Installation> {
  try {
    return await known.find(repository);
  } catch (error) {
    if (!(error instanceof GitHubError) || error.kind !== 'not-installed') throw error;
    throw new GitHubError(
      'not-installed',
      `The GitHub App is not installed for ${repository}. Choose it at GitHub: Settings has the button.`,
      error,
    );
  }
}
