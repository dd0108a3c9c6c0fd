import type { ServiceView } from '../../shared/model.ts';

function drawing(health: ServiceView['health']) {
  switch (health) {
    case 'ok':
      return <circle cx="5" cy="5" r="3.5" fill="currentColor" />;
    case 'warning':
      return <rect x="2" y="2" width="6" height="6" rx="1" transform="rotate(45 5 5)" fill="currentColor" />;
    case 'down':
      return <rect x="1.5" y="1.5" width="7" height="7" rx="2" fill="currentColor" />;
    case 'absent':
      return <circle cx="5" cy="5" r="3" stroke="currentColor" strokeWidth="1.4" strokeDasharray="1.9 1.24" />;
    case 'checking':
      return <circle cx="5" cy="5" r="3" stroke="currentColor" strokeWidth="1.4" />;
    default:
      return health satisfies never;
  }
}

/** The state of something we lean on as a dot of 10 px, by shape and colour; the words beside it say the same. */
export const HealthDot = ({ health }: { readonly health: ServiceView['health'] }) => (
  <svg className={`dot dot-${health}`} width="10" height="10" viewBox="0 0 10 10" fill="none" aria-hidden="true">
    {drawing(health)}
  </svg>
);
