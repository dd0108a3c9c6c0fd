import { expiringSoonMs } from '../../../shared/format.ts';
import type { CredentialView } from '../../../shared/model.ts';
import type { Shape } from '../../ui/status-shape.tsx';

/** What is left of a credential's life: `left` from 0 to 1; `soon` under five minutes before its renewal or end. Null when it has none. */
export function lifeOf(credential: CredentialView, now: number): { readonly left: number; readonly soon: boolean } | null {
  const { state, issuedAt, expiresAt, renewAt } = credential;
  if (state !== 'active' && state !== 'expiring' && state !== 'rotating' && state !== 'failed') return null;
  if (expiresAt === null || issuedAt === null || expiresAt <= now) return null;
  const next = state === 'active' ? Math.min(renewAt ?? expiresAt, expiresAt) : expiresAt;
  return { left: (expiresAt - now) / Math.max(1, expiresAt - issuedAt), soon: next - now < expiringSoonMs };
}

/** Whether there is a token to take away now; one without an end has no ring, and can be taken away all the same. */
export function isRevocable(credential: CredentialView, now: number): boolean {
  const { state, expiresAt, issuedAt } = credential;
  const endless = expiresAt === null && issuedAt !== null && (state === 'active' || state === 'rotating');
  return endless || lifeOf(credential, now) !== null;
}

/** It has ended: dead at GitHub. One that could not be verified has not, and stays with those that need attention. */
export const hasEnded = (credential: CredentialView): boolean => credential.state === 'revoked';

/** The shape of a credential that has no ring, or needs more than one. Null: the ring says it all. */
export function shapeOf(credential: CredentialView): Shape | null {
  switch (credential.state) {
    case 'active':
    case 'expiring':
      return null;
    case 'minting':
    case 'storing':
    case 'installing':
    case 'rotating':
    case 'revoking':
      return 'running';
    case 'absent':
      return 'offline';
    case 'sleeping':
    case 'revoked':
      return 'idle';
    case 'unverified':
      return 'needs-you';
    case 'failed':
      return 'failed';
    default:
      return credential.state satisfies never;
  }
}
