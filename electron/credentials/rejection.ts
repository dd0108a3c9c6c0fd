import type { CredentialRecord, Token } from './credential.ts';
import type { StepsOptions } from './steps.ts';
import type { TokenValues } from './token-values.ts';

export interface RejectionOptions extends Pick<StepsOptions, 'records' | 'source' | 'audit'> {
  /** Knows the token's value, if it is on this machine still. */
  readonly values: TokenValues;
}

/**
 * git says that GitHub refused a token. GitHub itself is asked about it: any program in the worktree can say so, and a token that lives
 * must not be exchanged each time. A dead one is taken away at once; where GitHub gives no clear answer, a new one is asked for and the
 * old one kept until it is there. Resolves with whether there is something to do now.
 */
export async function lookAtRejected(o: RejectionOptions, worktreeId: string, generation: number): Promise<boolean> {
  const find = (record: CredentialRecord | null): Token | undefined => record?.tokens.find((t) => t.generation === generation);
  const record = o.records.get(worktreeId);
  const token = find(record);
  if (!record || !token) return false;
  const value = await o.values.find(record, token);
  const state = value === null ? 'unknown' : ((await o.source(token.source)?.probe(value)) ?? 'unknown');
  // It may have been replaced while GitHub was asked.
  if (find(o.records.get(worktreeId))?.phase !== 'serving') return false;
  switch (state) {
    case 'dead':
      o.records.updateToken(worktreeId, generation, { phase: 'retired', revokeAfter: 0 });
      return true;
    case 'unknown':
      o.records.update(worktreeId, { rotateGeneration: generation });
      return true;
    case 'alive': {
      const { subject, repository } = record.binding;
      const { fingerprint } = token;
      const message = 'Asked itself, GitHub still takes the credential that git said was refused. It stays.';
      const about = { worktreeId, subject, fingerprint, facts: { repository } };
      o.audit({ ...about, kind: 'credential.accepted', actor: 'github', outcome: 'ok', message });
      return false;
    }
    default:
      return state satisfies never;
  }
}
