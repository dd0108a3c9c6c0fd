import { useEffect, useRef } from 'react';
import { durationWords } from '../../shared/format.ts';
import { useNow } from '../clock.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import './login-code.css';

interface LoginCodeProps {
  readonly login: { readonly userCode: string; readonly expiresAt: number };
  /** Whose page it is typed into: "Ravi". */
  readonly at: string;
  readonly cancelling: boolean;
  readonly onOpen: () => void;
  readonly onCancel: () => void;
}

/** The code of a sign-in that waits for its person: to be typed into a page in the browser. */
export function LoginCode({ login, at, cancelling, onOpen, onCancel }: LoginCodeProps) {
  const now = useNow(login.expiresAt);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), []);
  const over = login.expiresAt <= now;
  return (
    <div ref={box} className="login-code">
      <p>Open {at}'s page and type this code there.</p>
      <p className="login-code-text">
        <output aria-label="Code">{login.userCode}</output>
        <CopyButton text={login.userCode} what="the code" />
      </p>
      <p className="quiet">
        {over ? 'The code has expired. Cancel, and sign in again.' : `Good for ${durationWords(login.expiresAt - now)}`}
      </p>
      <div className="login-code-actions">
        <Button look="primary" onClick={onOpen}>
          Open the page
        </Button>
        <Button look="quiet" busy={cancelling} onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
