import { createHash } from 'node:crypto';
import type { Secret } from './secret.ts';

/** base64(SHA-256(token)): names a credential without telling it, and joins GitHub's own `hashed_token` (contract github §1.7). */
export const fingerprintOf = (token: Secret): string => createHash('sha256').update(token.reveal()).digest('base64');
