import type { AuditEntry } from '../shared/audit.ts';
import type { Happening } from './notifications/happenings.ts';

type RemoteHappening = Extract<Happening, { type: 'remote-access' }>;

/** Reasons of a refusal that say something of a grant; what a stranger tries is told when they are locked out. */
const told: ReadonlySet<string> = new Set(['revoked', 'suspended', 'expired', 'instance', 'address', 'used']);

/** What of the log of doors is news for the person; null: nothing. */
export function remoteNews({ kind, facts, message, at }: AuditEntry): RemoteHappening | null {
  const { grant, person, address, reason } = facts;
  if (address === undefined) return null;
  if (kind === 'remote.locked-out')
    return { type: 'remote-access', event: 'locked-out', who: null, grantId: null, address, message, at };
  if (kind !== 'remote.refused' || grant === undefined || person === undefined || !told.has(reason ?? '')) return null;
  return { type: 'remote-access', event: 'refused', who: person, grantId: grant, address, message, at };
}
