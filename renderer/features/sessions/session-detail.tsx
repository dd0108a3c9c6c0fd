import { durationWords } from '../../../shared/format.ts';
import type { ServiceView } from '../../../shared/model.ts';
import { run } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { showCredential } from '../../view.ts';
import { TimelineButton } from '../credentials/buttons.tsx';
import { GiveBase } from './give-base.tsx';
import { noCredential } from './no-credential.ts';
import { pullWords } from './pull-words.ts';
import { agentWords, type SessionRow } from './rows.ts';
import { SessionActs } from './session-acts.tsx';

/** What there is to know about a row beside its line. */
export function SessionDetail({ row, github }: { readonly row: SessionRow; readonly github: ServiceView | undefined }) {
  const { session, worktree, credential, project } = row;
  const now = useNow(credential?.retryAt);
  const retry =
    credential?.retryAt && credential.retryAt > now
      ? ` The Companion tries again in ${durationWords(credential.retryAt - now)}.`
      : '';
  return (
    <div className="row-detail">
      {session && <SessionActs key={session.id} row={row} session={session} />}
      <Facts
        facts={[
          ['Failed', session?.error ?? null],
          ['Agent', session ? [agentWords(session), session.model].filter(Boolean).join(', ') : null],
          ['Branch', <code key="branch">{worktree.branch}</code>],
          ['Folder', <code key="path">{worktree.path}</code>],
          ['Pull request', worktree.pull && pullWords(worktree.pull)],
          ['Credential', credential ? (credential.reason ? credential.reason + retry : null) : noCredential(row, github).why],
        ]}
      />
      <div className="row-actions">
        {worktree.pull && (
          <Button onClick={() => void run('open.external', { target: 'pull', worktreeId: worktree.id })}>
            Open PR #{worktree.pull.number}
          </Button>
        )}
        {credential && (
          <Button aria-label={`Credential of ${worktree.name}`} onClick={() => showCredential(worktree.id)}>
            Credential
          </Button>
        )}
        {!credential && noCredential(row, github).remedy === 'base' && (
          <GiveBase worktreeId={worktree.id} name={worktree.name} path={worktree.path} />
        )}
        {project.repository !== null && <TimelineButton worktreeId={worktree.id} name={worktree.name} />}
      </div>
    </div>
  );
}
