import { credentialWords, durationWords } from '../../../shared/format.ts';
import type { CredentialView } from '../../../shared/model.ts';
import { useNow } from '../../clock.ts';

/** What is left of an action on many credentials: why each is not through, and when it is tried again. */
export function NotThrough({ left }: { readonly left: readonly CredentialView[] }) {
  const now = useNow(...left.map(({ retryAt }) => retryAt));
  return (
    <>
      <p className="dialog-text">Not through yet. The Companion goes on by itself:</p>
      <ul className="kill-left" aria-label="Not through yet">
        {left.map((one) => (
          <li key={one.worktreeId}>
            <b>{one.worktreeName}:</b> {credentialWords(one, now)}.
            {(one.retryAt !== null || one.state === 'unverified') && ` ${one.reason ?? ''}`}
            {one.retryAt !== null && one.retryAt > now && ` Tries again in ${durationWords(one.retryAt - now)}.`}
          </li>
        ))}
      </ul>
    </>
  );
}
