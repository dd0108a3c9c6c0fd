import { z } from 'zod';

/** What a session asks, in full, and what the person can do about it from here. */

/** A piece of a request: shown as it is, never as markup. */
const part = z.object({ label: z.string(), text: z.string(), code: z.boolean() });

const question = z.object({
  header: z.string().nullable(),
  question: z.string(),
  options: z.array(z.object({ label: z.string(), description: z.string().nullable() })),
  /** More than one option may be chosen. */
  several: z.boolean(),
});

export type QuestionView = z.infer<typeof question>;

const requestInFull = z.discriminatedUnion('kind', [
  /** A command, a tool with its input, a permission. */
  z.object({ kind: z.literal('parts'), parts: z.array(part) }),
  z.object({ kind: z.literal('questions'), questions: z.array(question) }),
  z.object({ kind: z.literal('plan'), markdown: z.string() }),
]);

/** The ways in which a request can be answered. */
export const answerKind = z.enum(['allow-once', 'allow-session', 'deny', 'build', 'yolo', 'answers']);
export type AnswerKind = z.infer<typeof answerKind>;

/** What can be done with a session beside answering it. */
export const sessionAction = z.enum(['open', 'cancel', 'message', 'archive-session', 'archive-worktree']);
export type SessionAction = z.infer<typeof sessionAction>;

export const sessionRequest = z.object({
  /** Names the request as it is shown; an answer carries it, and is refused when the session asks something else by then. */
  fingerprint: z.string().nullable(),
  /** Null when it asks nothing, or nothing is known of what it asks. */
  request: requestInFull.nullable(),
  /** Characters in it that can't be seen are written out. */
  altered: z.boolean(),
  answers: z.array(answerKind),
  actions: z.array(sessionAction),
  /** Sentences: what an answer does beside the obvious, or why something can't be done from here, and where it can. */
  notes: z.array(z.string()),
});
export type SessionRequest = z.infer<typeof sessionRequest>;

/** Longest message or answer of a person, in characters. */
export const longestMessage = 20_000;

/** The person's answer to what was shown. */
export const personAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['allow-once', 'allow-session', 'deny', 'build', 'yolo']) }),
  z.object({
    kind: z.literal('answers'),
    /** One for each question: the options by their place in the list, and words of one's own. */
    answers: z.array(z.object({ options: z.array(z.number().int().nonnegative()), text: z.string().trim().max(longestMessage) })),
  }),
]);
export type PersonAnswer = z.infer<typeof personAnswer>;
