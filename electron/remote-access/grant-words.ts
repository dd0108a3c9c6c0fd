import type { AuditInput } from '../audit/log.ts';
import type { Grant } from './grant.ts';

/** What the log tells about a grant. */

const time = (at: number): string => new Date(at).toISOString();

function entry(grant: Grant, kind: AuditInput['kind'], actor: AuditInput['actor'], message: string): AuditInput {
  const facts = {
    grant: grant.id,
    person: grant.person,
    role: grant.role,
    instances: grant.instanceIds.join(', '),
    addresses: grant.addresses.join(', ') || 'any',
    expires: time(grant.expiresAt),
  };
  return { kind, actor, outcome: 'ok', subject: grant.person, message, facts };
}

export const createdEntry = (grant: Grant, fingerprint: string): AuditInput => ({
  ...entry(
    grant,
    'grant.created',
    'person',
    `A grant for “${grant.person}” was made: ${grant.role}, until ${time(grant.expiresAt)}.`,
  ),
  fingerprint,
});

export const rotatedEntry = (grant: Grant, fingerprint: string, graceMs: number): AuditInput => ({
  ...entry(
    grant,
    'grant.rotated',
    'person',
    graceMs === 0
      ? `The grant of “${grant.person}” has a new token; the old one is dead.`
      : `The grant of “${grant.person}” has a new token; the old one goes on for ${Math.ceil(graceMs / 60_000)} minutes.`,
  ),
  fingerprint,
});

export const extendedEntry = (grant: Grant): AuditInput =>
  entry(grant, 'grant.extended', 'person', `The grant of “${grant.person}” goes on until ${time(grant.expiresAt)}.`);

export const resumedEntry = (grant: Grant): AuditInput =>
  entry(grant, 'grant.resumed', 'person', `The grant of “${grant.person}” works again.`);

export const endedEntry = (grant: Grant, how: 'revoked' | 'suspended', by: 'person' | 'companion'): AuditInput =>
  entry(grant, `grant.${how}`, by, `The grant of “${grant.person}” was ${how}: nobody gets in by it.`);

export const expiredEntry = (grant: Grant): AuditInput =>
  entry(grant, 'grant.expired', 'companion', `The grant of “${grant.person}” has run out: nobody gets in by it.`);
