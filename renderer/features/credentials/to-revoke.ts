import type { CredentialView, SourceView } from '../../../shared/model.ts';

/** What the kill switch would end: tokens that die at GitHub, shared ones that are only taken away, and worktrees that have none just now. */
export interface ToRevoke {
  readonly mortal: readonly CredentialView[];
  readonly shared: readonly CredentialView[];
  readonly resting: readonly CredentialView[];
}

/** Sorts all credentials by what the kill switch does to them; what has ended is in none. */
export function toRevoke(credentials: Readonly<Record<string, CredentialView>>): ToRevoke {
  const all = Object.values(credentials).filter(({ state }) => state !== 'revoked');
  const resting = all.filter(({ state, fingerprint }) => state === 'absent' || state === 'sleeping' || fingerprint === null);
  const alive = all.filter((one) => !resting.includes(one));
  return { mortal: alive.filter(({ shared }) => !shared), shared: alive.filter(({ shared }) => shared), resting };
}

/** Whose tokens the kill switch could kill at GitHub: machine users by their shared tokens, developers by their sign-ins; each once. */
export function peopleToRevoke(sources: Readonly<Record<string, SourceView>>): readonly string[] {
  const logins = Object.values(sources).flatMap(({ shared, user }) => [
    ...(shared === null ? [] : [shared.login]),
    ...(user === null ? [] : [user.login ?? 'you']),
  ]);
  return [...new Set(logins)].sort((a, b) => a.localeCompare(b));
}
