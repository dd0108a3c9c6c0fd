import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import './dialog.css';

interface DialogProps {
  /** What it is about; shown as its heading, or only to screen readers with `plain`. */
  readonly title: string;
  readonly plain?: boolean;
  readonly className?: string;
  /** Closed by its own buttons alone: what it shows can't be got again. */
  readonly firm?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * A modal dialog, open while it is mounted: the platform's own element, so that focus stays in it and goes back after it
 * without the style tags that the page's policy forbids.
 */
export function Dialog({ title, plain = false, className, firm = false, onClose, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();

  // Closed before it leaves the page: only then does the platform give the focus back.
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is the one outside of it; Escape does the same by `cancel`
    <dialog
      ref={box}
      className={`dialog ${className ?? ''}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (!firm) onClose();
      }}
      onClick={(event) => {
        if (event.target === box.current && !firm) onClose();
      }}
    >
      <div className="dialog-inside">
        <h2 id={heading} className={plain ? 'unseen' : undefined}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
