import type { CredentialRecord } from './credential.ts';

/** What became of a rotation of everything: how many worktrees were asked, and those whose old credential stays in use, with the reason. */
export interface RotatedAll {
  readonly worktrees: number;
  readonly kept: readonly { readonly worktreeId: string; readonly reason: string }[];
}

/** Whether a worktree's token can be rotated: one of its own is in force. A shared one is replaced for all its worktrees at its source. */
const canRotate = ({ binding, tokens }: CredentialRecord): boolean =>
  binding.ending === null && tokens.findLast(({ phase }) => phase === 'serving')?.source === 'app';

/** Rotates every worktree's own token. Resolves when each was tried once; what failed is tried again by its plan. Never throws. */
export async function rotateAll(
  records: readonly CredentialRecord[],
  rotate: (worktreeId: string) => Promise<void>,
): Promise<RotatedAll> {
  const all = records.filter(canRotate).map(({ binding }) => binding.worktreeId);
  const kept = await Promise.all(
    all.map((worktreeId) =>
      rotate(worktreeId).then(
        () => [],
        (error: unknown) => [{ worktreeId, reason: error instanceof Error ? error.message : String(error) }],
      ),
    ),
  );
  return { worktrees: all.length, kept: kept.flat() };
}
