import type { CredentialFate } from '../../shared/attribution.ts';
import type { AuditEntry, AuditKind } from '../../shared/audit.ts';
import type { AuditLog } from '../audit/log.ts';
import { everything } from '../audit/log.ts';

const usedKinds: readonly AuditKind[] = ['credential.used', 'credential.accepted'];
const deadKinds: readonly AuditKind[] = ['credential.verified-dead', 'credential.revoked', 'credential.expired'];

/** What became of a credential by the audit log, which knows it longer than its record lives. `now`: epoch ms. */
export function fateOf(log: Pick<AuditLog, 'page'>, fingerprint: string, now: number): CredentialFate {
  const last = (kind: AuditKind): AuditEntry | undefined =>
    log.page({ ...everything, text: fingerprint, kind }, null, 1).entries.find((entry) => entry.fingerprint === fingerprint);
  const newest = (kinds: readonly AuditKind[]): AuditEntry | undefined =>
    kinds.flatMap((kind) => last(kind) ?? []).sort((a, b) => b.seq - a.seq)[0];
  const minted = last('credential.minted');
  const expires = Date.parse(minted?.facts.expires ?? '');
  const expiresAt = Number.isNaN(expires) ? null : expires;
  const dead = newest(deadKinds);
  const over = expiresAt !== null && expiresAt <= now ? { how: 'expired' as const, at: expiresAt } : null;
  return {
    fingerprint,
    issuedAt: minted?.at ?? null,
    expiresAt,
    lastUsedAt: newest(usedKinds)?.at ?? null,
    ended: dead ? { how: dead.kind === 'credential.expired' ? 'expired' : 'revoked', at: dead.at } : over,
  };
}
