const rays = [0, 45, 90, 135, 180, 225, 270, 315];

/** The mark: a small sun whose rays are the sessions. Hollow when all is idle, filled while something runs. */
export function Mark({ filled, size = 20 }: { readonly filled: boolean; readonly size?: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor" aria-hidden="true">
      <circle cx="10" cy="10" r="3.9" strokeWidth="1.7" />
      {filled && <circle cx="10" cy="10" r="1.9" fill="currentColor" stroke="none" />}
      {rays.map((angle) => (
        <path key={angle} d="M10 1.4v2.5" strokeWidth="1.7" strokeLinecap="round" transform={`rotate(${angle} 10 10)`} />
      ))}
    </svg>
  );
}
