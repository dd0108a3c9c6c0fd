import type { SourceKind } from '../../shared/policy.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Token } from './credential.ts';

/** Why nothing can be had from a source that is not there. */
export const notConnected: Readonly<Record<SourceKind, string>> = {
  app: 'No GitHub App is connected. Connect one in Settings.',
  shared: 'This project has no shared token yet. Add one under Projects.',
  user: 'You are not signed in to GitHub for this project. Sign in under Projects.',
};

/** What the audit log says of a token that a worktree has got. */
export function mintedWords(source: SourceKind, repository: string, holder: string): string {
  switch (source) {
    case 'app':
      return `GitHub issued a credential for ${repository} to ${holder}.`;
    case 'shared':
      return `This worktree got the shared token of ${holder} for ${repository}.`;
    case 'user':
      return `This worktree got the sign-in of ${holder} for ${repository}.`;
    default:
      return source satisfies never;
  }
}

const released: Readonly<Record<SourceKind, string>> = {
  app: 'Taken away from this worktree.',
  shared: 'Taken away from this worktree. The shared token itself lives on; only its owner can revoke it.',
  user: 'Taken away from this worktree. Your sign-in itself lives on until you sign out.',
};

/** How a token came to its end, for the audit log. */
export function deathWords({
  source,
  death,
}: {
  readonly source: SourceKind;
  readonly death: NonNullable<Token['death']>;
}): readonly [AuditInput['kind'], string] {
  switch (death) {
    case 'verified':
      return ['credential.verified-dead', 'Verified: GitHub answers 401 to it.'];
    case 'expired':
      return ['credential.expired', 'It has expired at GitHub.'];
    case 'released':
      return ['credential.removed', released[source]];
    default:
      return death satisfies never;
  }
}
