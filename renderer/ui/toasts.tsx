import { X } from 'lucide-react';
import { dismiss, useToasts } from '../actions.ts';
import { Button } from './button.tsx';
import { StatusShape } from './status-shape.tsx';
import './toasts.css';

/** How things ended, said aloud and shown at the lower edge. A failure stays until it is dismissed. */
export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <section className="toasts" aria-label="Messages" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast toast-${toast.tone}`} role={toast.tone === 'failed' ? 'alert' : 'status'}>
          <StatusShape shape={toast.tone === 'failed' ? 'failed' : 'finished'} />
          <p>{toast.text}</p>
          <Button look="quiet" className="button-icon" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>
            <X size={14} aria-hidden="true" />
          </Button>
        </div>
      ))}
    </section>
  );
}
