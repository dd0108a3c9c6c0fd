import { z } from 'zod';
import { readAnswer } from './protocol.ts';

const toolCall = z.object({ id: z.string(), name: z.string(), input: z.unknown().optional() });
const texts = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((items): readonly string[] => (items ?? []).filter((item) => typeof item === 'string'));

const message = z.object({
  id: z.string(),
  role: z.string(),
  content: z
    .string()
    .nullish()
    .catch(null)
    .transform((text) => text ?? ''),
  tool_calls: z
    .array(toolCall)
    .nullish()
    .catch(null)
    .transform((calls) => calls ?? []),
});

const session = z.object({
  messages: z
    .array(message)
    .nullish()
    .transform((messages) => messages ?? []),
  queued_messages: z
    .array(z.object({ id: z.string().nullish(), message: z.string().nullish() }))
    .nullish()
    .catch(null)
    .transform((messages) => messages ?? []),
  primary_surface: z.string().nullish(),
  answered_questions: texts,
});

/** A session as `get_session` answers it (contract jean §3), reduced to what answering it needs. */
export interface SessionReading {
  /** Newest last. */
  readonly messages: readonly {
    readonly id: string;
    readonly role: string;
    readonly content: string;
    readonly toolCalls: readonly z.output<typeof toolCall>[];
  }[];
  readonly queued: readonly { readonly id: string | null; readonly message: string | null }[];
  /** A native CLI in a terminal: messages do not reach it. */
  readonly terminal: boolean;
  readonly answered: readonly string[];
}

/** Parses the answer of `get_session`. @throws JeanError `malformed` */
export function readSession(answer: unknown): SessionReading {
  const read = readAnswer(session, answer, 'get_session');
  return {
    messages: read.messages.map(({ id, role, content, tool_calls }) => ({ id, role, content, toolCalls: tool_calls })),
    queued: read.queued_messages.map(({ id, message }) => ({ id: id ?? null, message: message ?? null })),
    terminal: read.primary_surface === 'terminal',
    answered: read.answered_questions,
  };
}
