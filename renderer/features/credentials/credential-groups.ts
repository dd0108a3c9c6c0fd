import type { CredentialView } from '../../../shared/model.ts';
import { hasEnded } from './life.ts';

const trouble = (credential: CredentialView): boolean => credential.state === 'failed' || credential.state === 'unverified';

/** Credentials that live, those in trouble first; and those that have ended, latest first. */
export function credentialGroups(credentials: Readonly<Record<string, CredentialView>>): {
  readonly live: readonly CredentialView[];
  readonly ended: readonly CredentialView[];
} {
  const all = Object.values(credentials);
  const byName = (a: CredentialView, b: CredentialView): number =>
    a.worktreeName.localeCompare(b.worktreeName) || a.worktreeId.localeCompare(b.worktreeId);
  return {
    live: all.filter((one) => !hasEnded(one)).sort((a, b) => Number(trouble(b)) - Number(trouble(a)) || byName(a, b)),
    ended: all.filter(hasEnded).sort((a, b) => (b.issuedAt ?? 0) - (a.issuedAt ?? 0) || byName(a, b)),
  };
}
