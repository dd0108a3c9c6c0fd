import type { ReactNode } from 'react';
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

/** Something is on its way; appears only when it takes longer than a blink. */
export function Busy({ children }: { readonly children: string }) {
  return (
    <div className="told told-late" role="status">
      <StatusShape shape="running" size={22} />
      <p className="told-text">{children}</p>
    </div>
  );
}
