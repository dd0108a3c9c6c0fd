import { describe, expect, it } from 'vitest';
import type { AuditInput } from '../audit/log.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import { Secret } from '../base/secret.ts';
import type { CredentialRecord, Ending, Token } from './credential.ts';
import { handOut } from './hand-out.ts';

const now = 1_800_000_000_000;
const minute = 60_000;
const value = Secret.of('ghs_worktree');

/** What is read of a record and a token here; the rest of both does not matter. */
const token = (leftMs: number): Token =>
  ({ generation: 4, expiresAt: now + leftMs, fingerprint: fingerprintOf(value) }) as Partial<Token> as Token;
const record = (ending: Ending | null): CredentialRecord =>
  ({
    binding: { worktreeId: 'w1', subject: 'shop · pay', repository: 'acme/shop', ending, trouble: null },
    tokens: [],
  }) as unknown as CredentialRecord;

function source(
  o: { leftMs?: number; renewedMs?: number; ending?: Ending | null; endsMeanwhile?: boolean; unknown?: boolean } = {},
) {
  const audited: AuditInput[] = [];
  const used: number[] = [];
  let ending = o.ending ?? null;
  let left = o.leftMs;
  let woken = 0;
  const options = {
    source: {
      valueForGit: async () => {
        if (o.endsMeanwhile) ending = 'revoked-by-person';
        return left === undefined ? null : { token: token(left), value };
      },
      wake: async () => {
        woken += 1;
        left = o.renewedMs ?? left;
      },
      rejected: async () => undefined,
    },
    record: () => (o.unknown ? null : record(ending)),
    used: (_id: string, generation: number) => void used.push(generation),
    audit: (entry: AuditInput) => void audited.push(entry),
    now: () => now,
  };
  return { audited, used, woken: () => woken, ask: () => handOut(options, 'w1', 'Given to a command.') };
}

describe('a credential for a command of the person', () => {
  it('is given, and recorded as theirs', async () => {
    const { ask, audited, used, woken } = source({ leftMs: 40 * minute });
    expect(await ask()).toEqual({ ok: true, token: value });
    expect(audited).toEqual([
      expect.objectContaining({
        kind: 'credential.used',
        actor: 'person',
        outcome: 'ok',
        worktreeId: 'w1',
        fingerprint: fingerprintOf(value),
        message: 'Given to a command.',
      }),
    ]);
    expect({ used, woken: woken() }).toEqual({ used: [4], woken: 0 });
  });

  it('is made first where there is none, and renewed where it ends soon', async () => {
    for (const leftMs of [undefined, minute]) {
      const { ask, woken } = source({ ...(leftMs ? { leftMs } : {}), renewedMs: 60 * minute });
      expect(await ask()).toMatchObject({ ok: true });
      expect(woken()).toBe(1);
    }
  });

  it('is refused with the reason where it ended, also while it was asked for', async () => {
    for (const over of [{ ending: 'revoked-by-person' as const }, { leftMs: 40 * minute, endsMeanwhile: true }]) {
      const { ask, audited, used } = source(over);
      expect(await ask()).toEqual({ ok: false, why: expect.stringContaining('You revoked it.') });
      expect(audited).toEqual([expect.objectContaining({ kind: 'credential.refused', actor: 'person', outcome: 'refused' })]);
      expect(used).toEqual([]);
    }
  });

  it('is refused where the worktree is not known', async () => {
    expect(await source({ unknown: true }).ask()).toMatchObject({ ok: false });
  });
});
