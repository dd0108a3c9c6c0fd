import type { ReactNode } from 'react';
import { type Shape, StatusShape } from './status-shape.tsx';
import './notice.css';

/** A quiet line above a list: what is not as it should be, and the button for it. */
export function Notice({
  shape,
  children,
  action,
}: {
  readonly shape: Shape;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="notice" role="status">
      <StatusShape shape={shape} />
      <p>{children}</p>
      {action}
    </div>
  );
}
