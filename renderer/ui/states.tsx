import { type ReactNode, useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { StatusShape } from './status-shape.tsx';
import './states.css';

interface Told {
  readonly title: string;
  readonly children?: ReactNode;
}

/** A page or list with nothing in it: says why, and what to do next. */
export function EmptyState({ title, children, action }: Told & { readonly action?: ReactNode }) {
  return (
    <div className="told">
      <StatusShape shape="offline" size={22} />
      <h2>{title}</h2>
      <div className="told-text">{children}</div>
      {action && <div className="told-actions">{action}</div>}
    </div>
  );
}

/** Something could not be got: says what, and offers to try again. */
export function ErrorState({ title, children, retry }: Told & { readonly retry?: () => void }) {
  return (
    <div className="told" role="alert">
      <StatusShape shape="failed" size={22} />
      <h2>{title}</h2>
      <div className="told-text">{children}</div>
      {retry && (
        <div className="told-actions">
          <Button onClick={retry}>Try again</Button>
        </div>
      )}
    </div>
  );
}

/** A part of a panel that could not be read: says why, and offers to try again. `what` is the part, for who can't see it. */
export function PartError({
  children,
  what,
  retry,
}: {
  readonly children: string;
  readonly what: string;
  readonly retry: () => void;
}) {
  return (
    <div className="part-failed" role="alert">
      <p>{children}</p>
      <Button aria-label={`Try again: ${what}`} onClick={retry}>
        Try again
      </Button>
    </div>
  );
}

/** What takes longer than this (ms) may never come: then there is a way to ask again. */
const slowMs = 10_000;

const anew = (): void => window.location.reload();

/** Something is on its way; appears only when it takes longer than a blink, and offers to ask again when it takes too long. */
export function Busy({ children, retry = anew }: { readonly children: string; readonly retry?: () => void }) {
  const [turn, setTurn] = useState(0);
  const [slowTurn, setSlowTurn] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSlowTurn(turn), slowMs);
    return () => clearTimeout(timer);
  }, [turn]);
  const again = (): void => {
    setTurn(turn + 1);
    retry();
  };
  return (
    <div className="told told-late" role="status">
      <StatusShape shape="running" size={22} />
      <p className="told-text">{children}</p>
      {slowTurn === turn && (
        <>
          <p className="told-text">It takes longer than usual. Nothing is lost by asking again.</p>
          <div className="told-actions">
            <Button onClick={again}>Ask again</Button>
          </div>
        </>
      )}
    </div>
  );
}
