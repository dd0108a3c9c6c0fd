import './time-ring.css';

const radius = 7;
const round = 2 * Math.PI * radius;

/** What is left of a life as a ring of 18 px; the words beside it say the same. `left` is from 0 to 1. */
export function TimeRing({ left, soon }: { readonly left: number; readonly soon: boolean }) {
  const share = Math.min(1, Math.max(0, left));
  return (
    <svg
      className={soon ? 'time-ring time-ring-soon' : 'time-ring'}
      width="18"
      height="18"
      viewBox="0 0 18 18"
      fill="none"
      aria-hidden="true"
    >
      <circle className="time-ring-track" cx="9" cy="9" r={radius} strokeWidth="2.25" />
      {share > 0 && (
        <circle
          cx="9"
          cy="9"
          r={radius}
          strokeWidth="2.25"
          strokeLinecap="round"
          transform="rotate(-90 9 9)"
          strokeDasharray={`${share * round} ${round}`}
        />
      )}
    </svg>
  );
}
