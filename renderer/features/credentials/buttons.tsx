import type { CredentialView } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { openPage, showTimeline } from '../../view.ts';

interface Of {
  readonly worktreeId: string;
  readonly name: string;
}

function RotateButton({ worktreeId, name, rotating }: Of & { readonly rotating: boolean }) {
  const [busy, rotate] = useRequest('credentials.rotate');
  return (
    <Button busy={busy || rotating} aria-label={`Rotate ${name}`} onClick={() => void rotate({ worktreeId })}>
      Rotate
    </Button>
  );
}

const ReplaceButton = () => <Button onClick={() => openPage('projects')}>Open Projects</Button>;

/** Mints for a worktree that has no credential, or tries the step that failed again. `short` is what a row has room for. */
export function ProvisionButton({ worktreeId, name, words, short = words }: ProvisionProps) {
  const [busy, provision] = useRequest('credentials.provision');
  return (
    <Button busy={busy} aria-label={`${words} for ${name}`} onClick={() => void provision({ worktreeId })}>
      {short}
    </Button>
  );
}

interface ProvisionProps extends Of {
  readonly words: string;
  readonly short?: string;
}

/** Opens the audit log at a worktree. */
export const TimelineButton = ({ worktreeId, name, words = 'Timeline' }: Of & { readonly words?: string }) => (
  <Button look="quiet" aria-label={`${words} of ${name}`} onClick={() => showTimeline(worktreeId)}>
    {words}
  </Button>
);

interface NextStepProps {
  readonly credential: CredentialView;
  readonly name: string;
  readonly short?: boolean;
}

/** The one thing to do next with a credential. */
export function NextStep({ credential, name, short = false }: NextStepProps) {
  const of = { worktreeId: credential.worktreeId, name };
  switch (credential.state) {
    case 'active':
    case 'expiring':
    case 'rotating':
      // A token that is shared is replaced for all its worktrees at once, on the Projects page.
      if (credential.shared) return short ? null : <ReplaceButton />;
      return <RotateButton {...of} rotating={credential.state === 'rotating'} />;
    case 'absent':
    case 'sleeping':
      return <ProvisionButton {...of} words="Make a credential" short={short ? 'Make' : 'Make it now'} />;
    case 'failed':
    case 'unverified':
      return <ProvisionButton {...of} words="Try again now" short={short ? 'Try again' : 'Try again now'} />;
    case 'minting':
    case 'storing':
    case 'installing':
    case 'revoking':
    case 'revoked':
      return <TimelineButton {...of} />;
    default:
      return credential.state satisfies never;
  }
}
