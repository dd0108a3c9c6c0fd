import type { ReactNode } from 'react';
import type { FirstStep } from '../../../shared/first-check.ts';
import { useRequest } from '../../actions.ts';
import { appOf, useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';

interface StepProps {
  readonly step: FirstStep;
  readonly name: string;
  readonly found: boolean;
  /** What goes without it. */
  readonly without: string;
  readonly children: ReactNode;
}

/** One of the first steps: its card while it is to do or found, one line when the person put it off. */
export function Step({ step, name, found, without, children }: StepProps) {
  const skipped = useFeed((feed) => appOf(feed.state)?.skipped.includes(step) ?? false);
  const [busy, skip] = useRequest('setup.skip');
  if (found) return children;
  if (skipped)
    return (
      <section className="setup-card step-skipped" aria-label={name}>
        <StatusShape shape="offline" size={20} />
        <p>
          {name} <span className="quiet">skipped. {without}</span>
        </p>
        <Button busy={busy} aria-label={`Connect ${name} after all`} onClick={() => void skip({ step, skipped: false })}>
          Connect it after all
        </Button>
      </section>
    );
  return (
    <div className="step">
      {children}
      <Button look="quiet" busy={busy} aria-label={`Skip ${name} for now`} onClick={() => void skip({ step, skipped: true })}>
        Skip for now
      </Button>
    </div>
  );
}
