/** A page of GitHub's that a step leads to. */
export type StepPage = 'signup' | 'people' | 'repository' | 'invite' | 'profile';

interface Known {
  /** `https://github.com` */
  readonly webUrl: string;
  /** `owner/name`; null while it is not known. */
  readonly repository: string | null;
  /** Who owns it. */
  readonly owner: { readonly login: string; readonly type: string } | null;
  readonly account: { readonly login: string } | null;
}

/** Its address; null where there is none. An organization's invitation is a page of its own (contract github §1.4: its members alone get tokens). */
export function stepPage(what: StepPage, { webUrl, repository, owner, account }: Known): string | null {
  const at = (...parts: readonly string[]): string => [webUrl, ...parts.map(encodeURIComponent)].join('/');
  const parts = repository?.split('/') ?? null;
  switch (what) {
    case 'signup':
      return at('signup');
    case 'people':
      return parts && at('orgs', parts[0] ?? '', 'people');
    case 'repository':
      return parts && at(...parts, 'settings', 'access');
    case 'invite':
      return owner?.type === 'Organization' ? at('orgs', owner.login, 'invitation') : parts && at(...parts, 'invitations');
    case 'profile':
      return account && at(account.login);
    default:
      return what satisfies never;
  }
}
