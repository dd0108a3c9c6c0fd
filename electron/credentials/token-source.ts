import type { ProjectPolicy } from '../../shared/policy.ts';
import type { Secret } from '../base/secret.ts';

/** A token as GitHub issued it. Times are epoch ms. */
export interface IssuedToken {
  readonly token: Secret;
  /** base64(SHA-256(token)). */
  readonly fingerprint: string;
  /** `slug[bot]`: who GitHub says acts. */
  readonly holder: string;
  readonly permissions: Readonly<Record<string, string>>;
  /** `endless` for a token without an end. */
  readonly expiresAt: number;
  readonly requestId: string | null;
}

/** What a credential is to be good for. */
export interface MintOrder {
  readonly projectId: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly policy: ProjectPolicy;
}

/**
 * Where tokens come from. Errors carry a sentence and, where GitHub said so, `retryAfterMs`; `outOfReach` is true where GitHub lets nobody in
 * there until a person changes that.
 */
export interface TokenSource {
  mint(order: MintOrder): Promise<IssuedToken>;
  /** Resolves once the token is verified dead, or with `released` when it is not ours to kill. */
  revoke(token: Secret): Promise<'dead' | 'released'>;
  /** Whether GitHub still takes the token; `unknown` when it can't be asked. */
  probe(token: Secret): Promise<'alive' | 'dead' | 'unknown'>;
}
