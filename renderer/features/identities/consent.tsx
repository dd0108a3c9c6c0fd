import type { ReactNode } from 'react';

/** What a person ticks before something is done that may be billed. `missing`: they went on without; `then` says what ticking it allows. */
export function Consent({
  children,
  agreed,
  missing,
  then,
  onAgree,
}: {
  readonly children: ReactNode;
  readonly agreed: boolean;
  readonly missing: boolean;
  readonly then: string;
  readonly onAgree: (agreed: boolean) => void;
}) {
  return (
    <label className="identity-consent">
      <input
        type="checkbox"
        checked={agreed}
        aria-invalid={missing || undefined}
        onChange={(event) => onAgree(event.target.checked)}
      />
      <span>
        {children}
        {missing && <span className="labelled-wrong"> Tick this to {then}.</span>}
      </span>
    </label>
  );
}
