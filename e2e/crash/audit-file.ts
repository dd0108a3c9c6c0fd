import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'libsql';

/** An entry of the audit log as it lies in the file. */
export interface FiledEntry {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly outcome: string;
  readonly worktree_id: string | null;
  readonly subject: string | null;
  readonly fingerprint: string | null;
  readonly message: string;
  readonly facts: string;
  readonly previous: string;
  readonly hash: string;
}

/** The audit log in a data folder, oldest first, read while the app may run. It knows nothing of the app's own code. */
export function readAudit(userData: string): readonly FiledEntry[] {
  const db = new Database(join(userData, 'companion.db'), { readonly: true, timeout: 5_000 });
  try {
    return db.prepare('SELECT * FROM audit_entry ORDER BY seq').all() as FiledEntry[];
  } finally {
    db.close();
  }
}

/** What is wrong with the chain; null when each entry follows the one before it, from the first. */
export function brokenAt(entries: readonly FiledEntry[]): string | null {
  let previous = '0'.repeat(64);
  for (const [index, entry] of entries.entries()) {
    if (entry.seq !== index + 1) return `entry ${index + 1} of the audit log is missing`;
    if (entry.previous !== previous) return `entry ${entry.seq} of the audit log does not follow the one before it`;
    if (hashOf(entry) !== entry.hash) return `entry ${entry.seq} of the audit log was changed`;
    previous = entry.hash;
  }
  return null;
}

function hashOf(entry: FiledEntry): string {
  const facts = Object.entries(JSON.parse(entry.facts) as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1));
  const { seq, at, kind, actor, outcome, worktree_id, subject, fingerprint, message, previous } = entry;
  const body = ['jean-ravi-audit-1', seq, at, kind, actor, outcome, worktree_id, subject, fingerprint, message, facts];
  return createHash('sha256')
    .update(`${previous}\n${JSON.stringify(body)}`)
    .digest('hex');
}
