import { useCallback, useRef, useState } from 'react';
import type { RequestName, RequestOf, ResponseOf } from '../../../shared/ipc.ts';
import { bridge } from '../../bridge.ts';

/** How something that the person does to a session stands. */
export type Act =
  | { readonly phase: 'idle' }
  | { readonly phase: 'sending'; readonly words: string }
  /** `retry` is null where trying the same again would not help. */
  | { readonly phase: 'failed'; readonly words: string; readonly message: string; readonly retry: (() => void) | null };

interface Start<N extends RequestName> {
  readonly name: N;
  readonly payload: RequestOf<N>;
  /** What it is, as in "Allow once". */
  readonly words: string;
  readonly done: (value: ResponseOf<N>) => void;
}

/** One action at a time: it is on its way until main has seen it come to pass, and a failure stays until it is tried again or put away. */
export function useAct(): readonly [Act, <N extends RequestName>(start: Start<N>) => void, () => void] {
  const [act, setAct] = useState<Act>({ phase: 'idle' });
  const busy = useRef(false);
  const start = useCallback(<N extends RequestName>({ name, payload, words, done }: Start<N>): void => {
    const go = async (): Promise<void> => {
      if (busy.current) return;
      busy.current = true;
      setAct({ phase: 'sending', words });
      const answer = await bridge.request(name, payload);
      busy.current = false;
      if (answer.ok) {
        setAct({ phase: 'idle' });
        done(answer.value);
      } else {
        const { message, retryable } = answer.error;
        setAct({ phase: 'failed', words, message, retry: retryable ? () => void go() : null });
      }
    };
    void go();
  }, []);
  const dismiss = useCallback(() => setAct({ phase: 'idle' }), []);
  return [act, start, dismiss];
}
