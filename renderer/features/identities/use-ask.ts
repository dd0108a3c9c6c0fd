import { useCallback, useState } from 'react';
import type { RequestName, RequestOf, ResponseOf } from '../../../shared/ipc.ts';
import { bridge } from '../../bridge.ts';

interface Asking<N extends RequestName> {
  readonly busy: boolean;
  /** Why it failed last; shown where it was asked for, because a dialog covers the edge of the page. */
  readonly trouble: string | null;
  /** Null where it failed, or is on its way already. */
  readonly ask: (payload: RequestOf<N>) => Promise<{ readonly value: ResponseOf<N> } | null>;
}

/** A request of a dialog: its failure stays in the dialog. */
export function useAsk<N extends RequestName>(name: N): Asking<N> {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const ask = useCallback(
    async (payload: RequestOf<N>) => {
      if (busy) return null;
      setBusy(true);
      setTrouble(null);
      const answer = await bridge.request(name, payload);
      setBusy(false);
      if (answer.ok) return { value: answer.value };
      setTrouble(answer.error.message);
      return null;
    },
    [busy, name],
  );
  return { busy, trouble, ask };
}
