import './status-shape.css';

/** The shapes of the look: each tells its state without colour. */
export type Shape = 'idle' | 'running' | 'needs-you' | 'failed' | 'finished' | 'offline';

function drawing(shape: Shape) {
  switch (shape) {
    case 'idle':
      return <circle cx="8" cy="8" r="6" strokeWidth="1.5" />;
    case 'running':
      return (
        <>
          <circle className="shape-track" cx="8" cy="8" r="6" strokeWidth="2.25" />
          <path d="M8 2a6 6 0 0 1 6 6" strokeWidth="2.25" strokeLinecap="round" />
        </>
      );
    case 'needs-you':
      return (
        <>
          <rect className="shape-fill" x="2.7" y="2.7" width="10.6" height="10.6" rx="1.8" transform="rotate(45 8 8)" />
          <path className="shape-hole" d="M8 4.6v4" strokeWidth="1.7" strokeLinecap="round" />
          <circle className="shape-dot" cx="8" cy="11.1" r="1" />
        </>
      );
    case 'failed':
      return (
        <>
          <rect className="shape-fill" x="1.5" y="1.5" width="13" height="13" rx="3.4" />
          <path className="shape-hole" d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" strokeWidth="1.7" strokeLinecap="round" />
        </>
      );
    case 'finished':
      return (
        <>
          <circle className="shape-fill" cx="8" cy="8" r="6.8" />
          <path className="shape-hole" d="m5.2 8.2 2 2 3.7-4" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round" />
        </>
      );
    case 'offline':
      return <circle cx="8" cy="8" r="6" strokeWidth="1.6" strokeDasharray="2.6 2.11" />;
    default:
      return shape satisfies never;
  }
}

/** One of the state shapes. Without `label` the words beside it carry the meaning, and it is hidden from screen readers. */
export function StatusShape({
  shape,
  label,
  size = 16,
}: {
  readonly shape: Shape;
  readonly label?: string;
  readonly size?: number;
}) {
  const drawn = (
    <svg className={`shape shape-${shape}`} width={size} height={size} viewBox="0 0 16 16" fill="none" aria-hidden="true">
      {drawing(shape)}
    </svg>
  );
  if (label === undefined) return drawn;
  return (
    <span className="shape-said" title={label}>
      {drawn}
      <span className="unseen">{label}</span>
    </span>
  );
}
