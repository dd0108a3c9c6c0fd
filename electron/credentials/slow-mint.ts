import { delay } from '../base/backoff.ts';
import type { CredentialRecord } from './credential.ts';
import type { ActiveStep } from './steps.ts';

/** git in a new worktree acts as the person until its first credential is there; it must not for longer than this, ms. */
export const actsAsPersonMs = 5_000;

/** Whether git is the person's own while this step is under way, and should not stay so. */
export const leavesGitOpen = (step: ActiveStep, { binding }: CredentialRecord): boolean =>
  step.do === 'mint' && !binding.installed;

/** Does `act`, and where that takes longer than `afterMs`, also `meanwhile`; resolves when all that was begun is done. */
export async function withMeanwhile(act: Promise<void>, afterMs: number, meanwhile: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const late = delay(afterMs, over.signal).then(() => (over.signal.aborted ? undefined : meanwhile()));
  try {
    await act;
  } finally {
    over.abort();
    await late;
  }
}
