import { z } from 'zod';

/** Where a commit, a branch or a pull request came from. Times are epoch ms. */

const ms = z.number().int().nonnegative();
const id = z.string().min(1);

/** A session as it was when its worktree pushed; it may be gone since. */
export const sessionThen = z.object({ id, name: z.string(), model: z.string().nullable() });
export type SessionThen = z.infer<typeof sessionThen>;

/** One push out of a managed worktree. */
export const pushView = z.object({
  id: z.number().int(),
  worktreeId: id,
  subject: z.string(),
  /** `owner/name` */
  repository: z.string(),
  branch: z.string(),
  /** Null where the branch was new. */
  old: z.string().nullable(),
  new: z.string(),
  at: ms,
  /** How many commits went out with it. */
  commits: z.number().int().nonnegative(),
  /** base64(SHA-256(token)) of the credential. */
  fingerprint: z.string(),
  generation: z.number().int(),
  /** Those that were at work. */
  sessions: z.array(sessionThen),
});
export type PushView = z.infer<typeof pushView>;

/** What became of a credential. */
export const credentialFate = z.object({
  fingerprint: z.string(),
  issuedAt: ms.nullable(),
  expiresAt: ms.nullable(),
  lastUsedAt: ms.nullable(),
  ended: z.object({ how: z.enum(['revoked', 'expired']), at: ms }).nullable(),
});
export type CredentialFate = z.infer<typeof credentialFate>;

/** A managed worktree that something came from. */
export const origin = z.object({
  worktreeId: id,
  /** "shop · checkout-flake" */
  subject: z.string(),
  /** Null while it was not seen going out. */
  push: pushView.nullable(),
  sessions: z.array(sessionThen),
  credential: credentialFate.nullable(),
});
export type Origin = z.infer<typeof origin>;

/** The answer to "who was that?". */
export const attribution = z.object({
  about: z.enum(['commit', 'pull', 'branch']),
  /** "4be1f02", "acme/shop#12", "feature/x" */
  name: z.string(),
  /** A commit's subject, a pull request's title. */
  title: z.string().nullable(),
  repository: z.string().nullable(),
  /** Who the commit, or GitHub for the pull request, says made it. */
  author: z.string().nullable(),
  /** `outside`: of any managed worktree. */
  verdict: z.enum(['managed', 'outside', 'unknown']),
  /** The answer in a sentence. */
  sentence: z.string(),
  /** The newest first. */
  origins: z.array(origin),
});
export type Attribution = z.infer<typeof attribution>;
