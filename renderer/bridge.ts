import { z } from 'zod';
import {
  type Answer,
  type CompanionBridge,
  type EventName,
  type EventOf,
  events,
  type Failure,
  failure,
  type RequestName,
  type RequestOf,
  type ResponseOf,
  requests,
} from '../shared/ipc.ts';

declare global {
  interface Window {
    readonly companion?: CompanionBridge;
  }
}

/** What the page can ask of main. Never rejects: every failure is a value. */
export interface Bridge {
  request<N extends RequestName>(name: N, payload: RequestOf<N>): Promise<Answer<ResponseOf<N>>>;
  /** `heard` gets null for an event that does not fit its schema. Returns the way to stop. */
  on<N extends EventName>(name: N, heard: (payload: EventOf<N> | null) => void): () => void;
}

const answerShape = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown().optional() }),
  z.object({ ok: z.literal(false), error: failure }),
]);

const failed = (code: string, message: string, retryable: boolean): { readonly ok: false; readonly error: Failure } => ({
  ok: false,
  error: { code, message, retryable },
});

/** Wraps what the preload script exposed, and checks every answer and event against the contract. */
export function bridgeOver(raw: CompanionBridge | undefined): Bridge {
  return {
    async request(name, payload) {
      if (!raw) return failed('no-bridge', 'This page works inside the Companion app only.', false);
      let sent: unknown;
      try {
        sent = await raw.request(name, payload);
      } catch (error) {
        return failed('unreachable', `The app did not answer: ${error instanceof Error ? error.message : String(error)}`, true);
      }
      const answer = answerShape.safeParse(sent);
      if (!answer.success)
        return failed('invalid-answer', `The app answered "${name}" in a form that this page does not know.`, false);
      if (!answer.data.ok) return { ok: false, error: answer.data.error };
      const value = requests[name].response.safeParse(answer.data.value);
      if (!value.success) return failed('invalid-answer', `The app's answer to "${name}" does not fit the contract.`, false);
      // The schema of `name` made it; the compiler can't follow the index.
      return { ok: true, value: value.data as ResponseOf<typeof name> };
    },
    on(name, heard) {
      if (!raw) return () => undefined;
      return raw.on(name, (payload) => {
        const parsed = events[name].safeParse(payload);
        heard(parsed.success ? (parsed.data as EventOf<typeof name>) : null);
      });
    },
  };
}

/** The one bridge of this page. */
export const bridge = bridgeOver(typeof window === 'undefined' ? undefined : window.companion);
