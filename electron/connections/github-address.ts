import { isLoopback, safeBaseUrl } from '../base/http-call.ts';
import type { AppFacts } from '../github/app.ts';

/** Where a GitHub is. Null: github.com. */
export interface GitHubAddress {
  readonly apiUrl: string | null;
  readonly webUrl: string | null;
}

/** Where its API is, without a slash at its end. */
export const apiOf = (address: Pick<GitHubAddress, 'apiUrl'> | null): string =>
  (address?.apiUrl ?? 'https://api.github.com').replace(/\/+$/, '');

/** Where people and git go, without a slash at its end. */
export const webOf = (address: Pick<GitHubAddress, 'webUrl'> | null): string =>
  (address?.webUrl ?? 'https://github.com').replace(/\/+$/, '');

/** Page of an App's own settings at a GitHub. */
export function appSettingsOf(webUrl: string, { slug, owner }: Pick<AppFacts, 'slug' | 'owner'>): string {
  const organization = owner?.type === 'Organization' ? `/organizations/${encodeURIComponent(owner.login)}` : '';
  return `${webUrl}${organization}/settings/apps/${encodeURIComponent(slug)}`;
}

export const isSameServer = (a: GitHubAddress, b: GitHubAddress): boolean => apiOf(a) === apiOf(b) && webOf(a) === webOf(b);

/** A token that one server made must never be shown to another by git. @throws with what is wrong */
export function checkAddresses(address: GitHubAddress): void {
  const web = safeBaseUrl(webOf(address));
  const api = safeBaseUrl(apiOf(address));
  if (web === null || api === null || web.pathname !== '/')
    throw new Error('GitHub’s addresses must begin with https://, and that of its pages has no path.');
  const local = isLoopback(web.hostname) && isLoopback(api.hostname);
  // Enterprise Server answers at HOST/api/v3, github.com and ghe.com at api.HOST (contract github §7).
  if (!local && api.host !== web.host && api.host !== `api.${web.host}`)
    throw new Error(`The API at ${api.host} and the pages at ${web.host} are not of the same GitHub.`);
}
