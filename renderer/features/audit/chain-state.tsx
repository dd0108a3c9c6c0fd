import { useCallback, useEffect, useRef, useState } from 'react';
import type { ResponseOf } from '../../../shared/ipc.ts';
import { bridge } from '../../bridge.ts';
import { Button } from '../../ui/button.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';

/** The log is checked again once it has been quiet for this long (ms). */
const quietMs = 1_500;

type Verdict = ResponseOf<'audit.verify'> | { readonly ok: null; readonly message: string };

/** Whether the log's chain of hashes holds; checked when the page opens and after the log has grown. */
export function useChain(head: number): readonly [Verdict | null, () => void] {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const first = useRef(true);
  const check = useCallback(async () => {
    const answer = await bridge.request('audit.verify', undefined);
    setVerdict(answer.ok ? answer.value : { ok: null, message: answer.error.message });
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a log that has grown is to be checked again
  useEffect(() => {
    const timer = setTimeout(() => void check(), first.current ? 0 : quietMs);
    first.current = false;
    return () => clearTimeout(timer);
  }, [head, check]);
  return [verdict, () => void check()];
}

const number = new Intl.NumberFormat();

/** The verdict as a line for the head of the page. */
export function chainWords(verdict: Verdict | null): string {
  if (verdict === null) return 'checking the chain';
  if (verdict.ok === null) return 'chain not checked';
  if (!verdict.ok) return 'chain broken';
  return `chain verified, ${number.format(verdict.count)} ${verdict.count === 1 ? 'entry' : 'entries'}`;
}

/** A broken chain is the one loud thing of this page. */
export function ChainAlarm({ verdict, again }: { readonly verdict: Verdict | null; readonly again: () => void }) {
  if (verdict === null || verdict.ok === true) return null;
  return (
    <div className="alarm" role="alert">
      <StatusShape shape="failed" />
      <div>
        <h2>{verdict.ok === null ? 'The chain could not be checked' : 'This log was changed outside of the Companion'}</h2>
        <p>{verdict.message}</p>
      </div>
      <Button onClick={again}>Check again</Button>
    </div>
  );
}
