import type { CredentialView } from '../../../shared/model.ts';

/** Fingerprint of each token that is to be replaced, by worktree. */
export type Begun = ReadonlyMap<string, string | null>;

/** Credentials that a rotation of everything replaces: those of their own that are in force. */
export const toRotate = (credentials: Readonly<Record<string, CredentialView>>): readonly CredentialView[] =>
  Object.values(credentials).filter(
    ({ state, shared }) => !shared && (state === 'active' || state === 'expiring' || state === 'rotating'),
  );

/** What still has its old token; with the report, only what it names. One that is gone has nothing left to rotate. */
export function notRotated(
  begun: Begun,
  credentials: Readonly<Record<string, CredentialView>>,
  report: { readonly kept: readonly { readonly worktreeId: string }[] } | null,
): readonly CredentialView[] {
  const kept = report && new Set(report.kept.map(({ worktreeId }) => worktreeId));
  return [...begun].flatMap(([id, before]) => {
    const now = credentials[id];
    if (now === undefined || (kept !== null && !kept.has(id))) return [];
    return now.state !== 'rotating' && now.fingerprint !== before ? [] : [now];
  });
}
