import type { CredentialView } from '../../../shared/model.ts';

/** Worktrees that have something of the Companion's: its settings in their git, or a credential that is not known to be dead. */
export const held = (credentials: Readonly<Record<string, CredentialView>>): readonly CredentialView[] =>
  Object.values(credentials).filter(isHeld);

/** Whether releasing a worktree would change anything. */
export const isHeld = ({ managed, state }: CredentialView): boolean => managed || state !== 'revoked';
