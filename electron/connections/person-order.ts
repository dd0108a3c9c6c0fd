import type { ProjectPolicy } from '../../shared/policy.ts';
import type { Secret } from '../base/secret.ts';

/** A source whose tokens are a person's: they are handed to worktrees, and neither made nor killed with them. */
export type PersonSource = 'shared' | 'user';

/** What a worktree of a project wants a person's token for. */
export interface PersonOrder {
  readonly projectId: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly policy: ProjectPolicy;
}

/** A person's token, handed to a worktree. */
export interface IssuedToPerson {
  readonly token: Secret;
  /** base64(SHA-256(token)). */
  readonly fingerprint: string;
  readonly holder: string;
  readonly permissions: Readonly<Record<string, string>>;
  /** Epoch ms; null: without an end. */
  readonly expiresAt: number | null;
  readonly requestId: string | null;
}

/** A token that ends sooner is not handed out any more, ms: worktrees renew theirs this long before its end. */
export const lastMinutesMs = 10 * 60_000;

/** All that can be seen of a person's token; GitHub tells nobody what else it may (contract github §1.2). */
export const personPermissions = (mayPush: boolean): Readonly<Record<string, string>> => ({
  contents: mayPush ? 'write' : 'read',
  metadata: 'read',
});
