import { useState } from 'react';
import { durationWords } from '../../../shared/format.ts';
import type { SourceView } from '../../../shared/model.ts';
import { run, useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Facts } from '../../ui/facts.tsx';
import { LoginCode } from '../../ui/login-code.tsx';
import { sharedByWords, stopWords } from './source-words.ts';

function SignOut({ projectId, name, chosen, onClose }: SignOutProps) {
  const [busy, revoke] = useRequest('sources.revoke');
  const confirm = async () => {
    const answer = await revoke({ projectId, source: 'user' });
    if (answer?.ok) onClose();
  };
  return (
    <Confirm
      title={`Sign out of GitHub for ${name}`}
      says={['The sign-in is revoked at GitHub, and GitHub sends you an e-mail of it.', stopWords(name, chosen)]}
      keep="Stay signed in"
      yes="Sign out"
      busy={busy}
      onYes={() => void confirm()}
      onClose={onClose}
    />
  );
}

interface SignOutProps {
  readonly projectId: string;
  readonly name: string;
  readonly chosen: boolean;
  readonly onClose: () => void;
}

function SignedIn({ user, projectId, name, used, chosen }: SignedInProps) {
  const now = useNow(user.renewsUntil);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Facts
        facts={[
          ['Signed in as', user.login ?? 'not known yet'],
          ['Token', 'ends after 8 hours, and is renewed'],
          ['Without use', user.renewsUntil <= now ? 'it has ended' : `it ends in ${durationWords(user.renewsUntil - now)}`],
          ['Used', chosen ? sharedByWords(used) : 'not now: the project has another source'],
        ]}
      />
      <div className="source-actions">
        <Button look="danger" onClick={() => setAsking(true)}>
          Sign out
        </Button>
      </div>
      {asking && <SignOut projectId={projectId} name={name} chosen={chosen} onClose={() => setAsking(false)} />}
    </>
  );
}

interface SignedInProps {
  readonly user: NonNullable<SourceView['user']>;
  readonly projectId: string;
  readonly name: string;
  readonly used: number;
  readonly chosen: boolean;
}

/** The developer's own name for a short while: signed in by a code, for this repository alone. `used`: worktrees that have it. */
export function UserSource({ project, source, used, chosen }: UserSourceProps) {
  const [starting, start] = useRequest('sources.signIn');
  const [cancelling, cancel] = useRequest('sources.signIn.cancel');
  const { id: projectId, name, repository } = project;
  if (source?.login)
    return (
      <LoginCode
        login={source.login}
        at="GitHub"
        cancelling={cancelling}
        onOpen={() => void run('open.external', { target: 'github-login', worktreeId: null, projectId })}
        onCancel={() => void cancel({ projectId })}
      />
    );
  const over = source?.troubles.user != null;
  return (
    <>
      {source?.user && !over && <SignedIn user={source.user} projectId={projectId} name={name} used={used} chosen={chosen} />}
      {chosen && (!source?.user || over) && (
        <>
          <p>
            Sign in at GitHub once. Commits and pushes carry your own name; the token is for <code>{repository}</code> alone, and
            all worktrees of {name} share it.
          </p>
          <div className="source-actions">
            <Button look="primary" busy={starting} onClick={() => void start({ projectId })}>
              Sign in at GitHub
            </Button>
          </div>
        </>
      )}
    </>
  );
}

interface UserSourceProps {
  readonly project: { readonly id: string; readonly name: string; readonly repository: string };
  readonly source: SourceView | undefined;
  readonly used: number;
  /** It is the project's source. */
  readonly chosen: boolean;
}
