import type { ReactNode } from 'react';
import type { ServiceView } from '../../../shared/model.ts';
import { healthWords } from '../../shell/services.ts';
import { type Shape, StatusShape } from '../../ui/status-shape.tsx';

const shapes: Readonly<Record<ServiceView['health'], Shape>> = {
  ok: 'finished',
  warning: 'needs-you',
  down: 'failed',
  absent: 'offline',
  checking: 'running',
};

interface CardProps {
  readonly title: string;
  readonly health: ServiceView['health'];
  /** In place of the health's own words. */
  readonly words?: string;
  /** What it is for, in one sentence. */
  readonly purpose: string;
  readonly children: ReactNode;
}

/** One thing that the Companion leans on: what was found, what is missing, and the buttons that mend it. */
export function Card({ title, health, words = healthWords[health], purpose, children }: CardProps) {
  return (
    <section className="setup-card" aria-label={title}>
      <StatusShape shape={shapes[health]} size={20} />
      <div className="setup-inside">
        <header>
          <h2>{title}</h2>
          <p className={`setup-state setup-${health}`} role="status">
            {words}
          </p>
        </header>
        <p className="setup-purpose">{purpose}</p>
        {children}
      </div>
    </section>
  );
}

/** What is rarely needed, folded away. */
export const Advanced = ({ children }: { readonly children: ReactNode }) => (
  <details className="setup-advanced">
    <summary>Advanced</summary>
    <div className="setup-fields">{children}</div>
  </details>
);
