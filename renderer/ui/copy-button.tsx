import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { say } from '../actions.ts';
import { Button } from './button.tsx';

const shownMs = 1_600;

/** Copies a text. `what` completes "Copy …". */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), shownMs);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setDone(true),
      () => say('failed', `The system did not let us copy ${what}. Select it and copy it by hand.`),
    );
  return (
    <Button
      look="quiet"
      className="button-icon"
      aria-label={done ? 'Copied' : `Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => void copy()}
    >
      {done ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
    </Button>
  );
}
