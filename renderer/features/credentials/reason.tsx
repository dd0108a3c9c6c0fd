import { durationWords } from '../../../shared/format.ts';
import type { CredentialView } from '../../../shared/model.ts';
import { useNow } from '../../clock.ts';
import { ProvisionButton } from './buttons.tsx';

/** Why a credential is as it is, what happens next and when; with a way to try at once where the head of the panel has none. */
export function Reason({ credential }: { readonly credential: CredentialView }) {
  const { state, retryAt, worktreeId, worktreeName } = credential;
  const now = useNow(retryAt);
  const reason = credential.reason ?? restingWords(state);
  if (reason === null) return null;
  const inHead = state === 'failed' || state === 'unverified';
  return (
    <div className={`reason reason-${state}`}>
      <p>
        {reason}
        {retryAt !== null &&
          (retryAt > now ? ` The Companion tries again in ${durationWords(retryAt - now)}.` : ' The Companion is trying again.')}
      </p>
      {retryAt !== null && !inHead && <ProvisionButton worktreeId={worktreeId} name={worktreeName} words="Try again now" />}
    </div>
  );
}

function restingWords(state: CredentialView['state']): string | null {
  if (state === 'absent') return 'GitHub is asked for it when git here needs it for the first time.';
  if (state === 'sleeping') return 'Nobody used it, so it was not renewed. It wakes when git here needs it again.';
  return null;
}
