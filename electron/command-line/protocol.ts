import { join } from 'node:path';
import { z } from 'zod';
import { attribution } from '../../shared/attribution.ts';
import { auditEntry } from '../../shared/audit.ts';
import { credentialState } from '../../shared/model.ts';
import { leaveSocketFolder, socketFolder } from '../base/socket-place.ts';

/** What the command-line program and the running app say to each other: one JSON object a line, over a socket that is the person's alone. */

/** Raised when an older side would misunderstand a newer one. */
export const protocolVersion = 1;
/** A longer line, in either direction, ends the conversation. Bytes. */
export const longestRequest = 64 * 1024;
/** Audit entries and long lists of worktrees go this way. */
export const longestAnswer = 16 * 1024 * 1024;

/** Where the app listens, below its data folder unless its path is too long for a socket. On Windows it is a file that names a pipe. */
export function commandSocket(folder: string, platform: NodeJS.Platform = process.platform): string {
  const own = join(folder, 'command-line');
  return platform === 'win32' ? join(own, 'app.door') : join(socketFolder(own, 'app.sock'.length), 'app.sock');
}

/** When that socket is closed: nothing of it stays outside of the app's data. */
export const leaveCommandSocket = (folder: string): Promise<void> =>
  leaveSocketFolder(join(folder, 'command-line'), 'app.sock'.length);

/** A worktree as the person named it, and the absolute paths (as typed, and with links followed) that this would be. */
const worktreeName = z.object({ text: z.string().min(1).max(1_000), paths: z.array(z.string().max(4_096)).max(2) });
export type WorktreeName = z.infer<typeof worktreeName>;

const named = z.object({ worktree: worktreeName });
const nothing = z.object({});

/** Which worktree an answer is about. */
const worktree = z.object({ id: z.string(), project: z.string(), name: z.string(), branch: z.string(), path: z.string() });

const credential = z.object({
  state: credentialState,
  repository: z.string(),
  /** base64(SHA-256(token)), as in GitHub's own audit log. */
  fingerprint: z.string().nullable(),
  /** Epoch ms, as all times. */
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
  reason: z.string().nullable(),
});

const health = z.object({ name: z.string(), health: z.string(), message: z.string() });

/** Each command with the shapes of its arguments and of its answer. */
export const commands = {
  status: {
    request: nothing,
    answer: z.object({
      version: z.string(),
      mode: z.enum(['live', 'sandbox']),
      services: z.array(health),
      worktrees: z.number(),
      /** State to number of credentials. */
      credentials: z.record(z.string(), z.number()),
      /** Bucket to number of sessions. */
      sessions: z.record(z.string(), z.number()),
    }),
  },
  list: {
    request: nothing,
    answer: z.object({
      worktrees: z.array(
        worktree.extend({
          /** The project's own work tree: it has no credential of its own. */
          base: z.boolean(),
          credential: credential.nullable(),
          sessions: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })),
        }),
      ),
    }),
  },
  /** The one answer with a secret in it. Recorded in the audit log as handed to the person. */
  environment: {
    request: named.extend({ purpose: z.enum(['env', 'exec']) }),
    answer: z.object({ worktree, variables: z.record(z.string(), z.string()), git: z.array(z.tuple([z.string(), z.string()])) }),
  },
  rotate: { request: named, answer: z.object({ worktree, credential }) },
  revoke: { request: named, answer: z.object({ worktree, credential }) },
  /** git in the worktree is the person's own again, and its credential dead. */
  release: { request: named, answer: z.object({ worktree, credential }) },
  /** `left`: what could not be finished, with the reason. */
  'release.all': {
    request: nothing,
    answer: z.object({ released: z.number(), left: z.array(z.object({ name: z.string(), why: z.string() })) }),
  },
  /** Null when the text names no commit, pull request or branch that is known. */
  who: {
    request: z.object({
      query: z.string().min(1, 'That asks about nothing.').max(500, 'That is too long for a commit, a pull request or a branch.'),
    }),
    answer: attribution.nullable(),
  },
  'audit.tail': {
    request: z.object({ count: z.number().int().min(1).max(10_000) }),
    /** Oldest first. */
    answer: z.object({ entries: z.array(auditEntry) }),
  },
  'audit.verify': { request: nothing, answer: z.object({ ok: z.boolean(), count: z.number(), message: z.string() }) },
  'audit.export': {
    request: z.object({ path: z.string().min(1).max(4_096) }),
    answer: z.object({ path: z.string(), count: z.number() }),
  },
} as const;

/** Commands that are answered with one line for each item, for as long as the client stays. */
export const streams = {
  'audit.follow': {
    /** How many of the newest entries come first. */
    request: z.object({ count: z.number().int().min(0).max(10_000) }),
    item: auditEntry,
  },
} as const;

export type StreamName = keyof typeof streams;
export type StreamArgumentsOf<N extends StreamName> = z.output<(typeof streams)[N]['request']>;
export type ItemOf<N extends StreamName> = z.output<(typeof streams)[N]['item']>;

export const isStreamName = (name: string): name is StreamName => Object.hasOwn(streams, name);

export type CommandName = keyof typeof commands;
export type ArgumentsOf<N extends CommandName> = z.output<(typeof commands)[N]['request']>;
export type AnswerOf<N extends CommandName> = z.output<(typeof commands)[N]['answer']>;

export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** Why a command was not done. `refused`: there is no credential to give, and the message says why. */
const problemCode = z.enum(['version', 'invalid', 'no-such-worktree', 'not-known', 'refused', 'failed']);
export type ProblemCode = z.infer<typeof problemCode>;

/** A command that could not be done, with a sentence for the person. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: ProblemCode,
    message: string,
  ) {
    super(message);
  }
}

export const requestLine = z.object({ v: z.number(), command: z.string(), arguments: z.unknown() });

const failureLine = z.object({ v: z.number(), ok: z.literal(false), code: problemCode, message: z.string() });

export type FailureLine = z.infer<typeof failureLine>;

export const answerLine = z.union([z.object({ v: z.number(), ok: z.literal(true), value: z.unknown() }), failureLine]);
export type AnswerLine = z.infer<typeof answerLine>;

/** A stream ends with a failure, or with the conversation. */
export const itemLine = z.union([z.object({ v: z.number(), ok: z.literal(true), item: z.unknown() }), failureLine]);
export type ItemLine = z.infer<typeof itemLine>;
