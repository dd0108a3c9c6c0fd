import type { AuditInput } from '../audit/log.ts';
import { delay } from '../base/backoff.ts';
import type { Secret } from '../base/secret.ts';
import type { CredentialSource } from './broker.ts';
import { type CredentialRecord, refusalSentence, type Token } from './credential.ts';
import { minimumLifeMs } from './plan.ts';

export interface HandOutOptions {
  readonly source: CredentialSource;
  readonly record: (worktreeId: string) => CredentialRecord | null;
  /** Writes down that a token was used (`lastUsedAt`). */
  readonly used: (worktreeId: string, generation: number, at: number) => void;
  readonly audit: (entry: AuditInput) => void;
  readonly now: () => number;
}

/** How long a command waits while a credential is being made or renewed, ms. */
const patienceMs = 20_000;

/**
 * Gives a worktree's credential to a command that the person started, as the broker gives it to git: never one that ends soon, never one
 * that has ended. `message` tells the audit log what it is for.
 */
export async function handOut(
  o: HandOutOptions,
  worktreeId: string,
  message: string,
): Promise<{ readonly ok: true; readonly token: Secret } | { readonly ok: false; readonly why: string }> {
  if (o.record(worktreeId) === null) return { ok: false, why: 'The companion does not know this worktree.' };
  const held = (await fresh(o, worktreeId)) ?? (await afterWaking(o, worktreeId));
  const record = o.record(worktreeId);
  if (record === null) return { ok: false, why: 'The companion does not know this worktree any more.' };
  const { subject, repository } = record.binding;
  const about = { actor: 'person', worktreeId, subject, facts: { repository } } as const;
  // Ended while we waited: then it is being revoked.
  if (held === null || record.binding.ending !== null) {
    const why = refusalSentence(record);
    o.audit({ ...about, kind: 'credential.refused', outcome: 'refused', message: why });
    return { ok: false, why };
  }
  const { fingerprint, generation } = held.token;
  o.audit({ ...about, kind: 'credential.used', outcome: 'ok', fingerprint, message });
  o.used(worktreeId, generation, o.now());
  return { ok: true, token: held.value };
}

type Held = { readonly token: Token; readonly value: Secret };

async function fresh({ source, now }: HandOutOptions, worktreeId: string): Promise<Held | null> {
  const held = await source.valueForGit(worktreeId);
  return held && held.token.expiresAt - now() >= minimumLifeMs ? held : null;
}

async function afterWaking(o: HandOutOptions, worktreeId: string): Promise<Held | null> {
  if (o.record(worktreeId)?.binding.ending !== null) return null;
  await Promise.race([o.source.wake(worktreeId), delay(patienceMs)]);
  return fresh(o, worktreeId);
}
