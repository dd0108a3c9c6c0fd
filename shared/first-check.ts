import { z } from 'zod';

/** What a new person connects; none is obligatory. */
export const firstStep = z.enum(['jean', 'github', 'ravi']);
export type FirstStep = z.infer<typeof firstStep>;

/** The check that does the real thing once, in a work tree of its own: made, used, ended, and seen to be dead. */

export const checkStep = z.enum(['worktree', 'mint', 'fill', 'ask', 'revoke', 'clear']);
export type CheckStep = z.infer<typeof checkStep>;

export const checkWords: Readonly<Record<CheckStep, string>> = {
  worktree: 'Make a scratch work tree',
  mint: 'Make a credential for it',
  fill: 'Have git ask for it',
  ask: 'Have git speak to the repository',
  revoke: 'Revoke the credential, and see that it is dead',
  clear: 'Take the scratch work tree away',
};

export const checkView = z.object({
  id: z.literal('check'),
  projectId: z.string(),
  projectName: z.string(),
  repository: z.string(),
  state: z.enum(['running', 'passed', 'failed', 'stopped']),
  steps: z
    .array(
      z.object({
        step: checkStep,
        state: z.enum(['todo', 'doing', 'done', 'failed', 'skipped']),
        /** What came of it, or why it failed and what to do. */
        sentence: z.string(),
        tookMs: z.number().nonnegative().nullable(),
      }),
    )
    .readonly(),
});
export type CheckView = z.infer<typeof checkView>;
