import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { say } from '../actions.ts';
import { Button } from './button.tsx';

const shownMs = 1_600;

type CopyButtonProps = { readonly what: string } & (
  | { readonly text: string }
  /** Main copies it, and takes it off the clipboard again; answers whether it has. */
  | { readonly by: () => Promise<boolean> }
);

/** Copies a text. `what` completes "Copy …". */
export function CopyButton({ what, ...how }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), shownMs);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    if ('by' in how) return setDone(await how.by());
    await navigator.clipboard.writeText(how.text).then(
      () => setDone(true),
      () => say('failed', `The system did not let us copy ${what}. Select it and copy it by hand.`),
    );
  };
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
