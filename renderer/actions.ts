import { useCallback, useState } from 'react';
import { create } from 'zustand';
import type { Failure, RequestName, RequestOf, ResponseOf } from '../shared/ipc.ts';
import { bridge } from './bridge.ts';

/** One line that tells how something ended. */
export interface Toast {
  readonly id: number;
  readonly tone: 'done' | 'failed';
  readonly text: string;
}

/** What is said at the edge of the page until it is dismissed or over. */
export const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

let last = 0;
/** A result stays this long (ms); a failure stays until it is dismissed. */
const doneMs = 6_000;
const most = 3;

export const dismiss = (id: number): void =>
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));

/** Says how something ended. */
export function say(tone: Toast['tone'], text: string): void {
  last += 1;
  const id = last;
  useToasts.setState(({ toasts }) => ({
    toasts: [...toasts.filter((toast) => toast.text !== text), { id, tone, text }].slice(-most),
  }));
  if (tone === 'done') setTimeout(() => dismiss(id), doneMs);
}

type Ended<N extends RequestName> =
  | { readonly ok: true; readonly value: ResponseOf<N> }
  | { readonly ok: false; readonly error: Failure };

/** Asks main; a failure is said at the edge of the page. */
export async function run<N extends RequestName>(name: N, payload: RequestOf<N>): Promise<Ended<N>> {
  const answer = await bridge.request(name, payload);
  if (!answer.ok) say('failed', answer.error.message);
  return answer;
}

/** A request behind a button: whether it is on its way, and how to start it. A second click while it is on its way does nothing. */
export function useRequest<N extends RequestName>(
  name: N,
): readonly [boolean, (payload: RequestOf<N>) => Promise<Ended<N> | null>] {
  const [busy, setBusy] = useState(false);
  const start = useCallback(
    async (payload: RequestOf<N>) => {
      if (busy) return null;
      setBusy(true);
      const answer = await run(name, payload);
      setBusy(false);
      return answer;
    },
    [busy, name],
  );
  return [busy, start];
}
