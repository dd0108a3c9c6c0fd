import { z } from 'zod';

/** What the audit log tells the page. Times are epoch ms. */

const ms = z.number().int().nonnegative();

/** Audit kinds, in the field's words; the page filters by them. */
export const auditKind = z.enum([
  'app.started',
  'app.stopped',
  'app.recovered',
  'app.checked',
  'jean.connected',
  'jean.lost',
  'jean.refused',
  'jean.added',
  'jean.removed',
  'ravi.connected',
  'ravi.disconnected',
  'github.connected',
  'github.disconnected',
  'github.looked',
  'policy.changed',
  'source.added',
  'source.renewed',
  'source.expiring',
  'source.removed',
  'source.revoked',
  'source.failed',
  'credential.minted',
  'credential.stored',
  'credential.installed',
  'credential.renewed',
  'credential.rotated',
  'credential.used',
  'credential.accepted',
  'credential.rejected',
  'credential.refused',
  'credential.revoked',
  'credential.verified-dead',
  'credential.expired',
  'credential.lapsed',
  'credential.removed',
  'credential.failed',
  'credential.reconciled',
  'worktree.appeared',
  'worktree.gone',
  'worktree.archived',
  'session.answered',
  'session.messaged',
  'session.cancelled',
  'session.archived',
  'session.opened',
  'pull.merged',
  'pull.closed',
  'pull.reopened',
  'git.pushed',
  'notification.sent',
  'notification.held',
  'channel.changed',
  'channel.stopped',
  'audit.exported',
  'grant.created',
  'grant.rotated',
  'grant.extended',
  'grant.suspended',
  'grant.resumed',
  'grant.revoked',
  'grant.expired',
  'grant.sent',
  'remote.listening',
  'remote.stopped',
  'remote.paused',
  'remote.resumed',
  'remote.connected',
  'remote.disconnected',
  'remote.refused',
  'remote.locked-out',
  'jean-token.stored',
  'jean-token.rotated',
  'credential.moved',
  'vault.moved',
  'ravi.key',
  'ravi.identity',
]);
export type AuditKind = z.infer<typeof auditKind>;

export const auditEntry = z.object({
  seq: z.number().int().positive(),
  at: ms,
  kind: auditKind,
  actor: z.enum(['companion', 'person', 'git', 'jean', 'github', 'guest']),
  outcome: z.enum(['ok', 'refused', 'failed']),
  worktreeId: z.string().nullable(),
  /** "shop · checkout-flake": readable after the worktree is gone. */
  subject: z.string().nullable(),
  /** base64(SHA-256(token)) of the credential that it is about. */
  fingerprint: z.string().nullable(),
  /** A plain sentence. */
  message: z.string(),
  /** Facts, flat: repository, permissions, request id. */
  facts: z.record(z.string(), z.string()),
  /** Hash of the entry before, and of this one (hex SHA-256). */
  previous: z.string(),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditFilter = z.object({
  text: z.string().max(200).default(''),
  worktreeId: z.string().nullable().default(null),
  kind: auditKind.nullable().default(null),
  /** A local day as `YYYY-MM-DD` with its bounds in epoch ms, `[from, to)`; the page knows the time zone. */
  from: ms.nullable().default(null),
  to: ms.nullable().default(null),
});
export type AuditFilter = z.infer<typeof auditFilter>;
