import { useState } from 'react';
import type { BypassView, CredentialView } from '../../../shared/model.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { checkCommand } from './check-command.ts';
import './git-part.css';

interface GitPartProps {
  readonly credential: CredentialView;
  /** Null once the worktree is gone from Jean. */
  readonly path: string | null;
  /** Where git pushes to; null while GitHub is not connected. */
  readonly webUrl: string | null;
}

/** Whose git in a worktree is, what goes past the companion there, and how to look, check and give it back. */
export function GitPart({ credential, path, webUrl }: GitPartProps) {
  const [releasing, setReleasing] = useState(false);
  const { worktreeId, worktreeName: name, repository, managed, bypasses } = credential;
  if (path === null && !managed) return null;
  return (
    <section className="part" aria-label={`git in ${name}`}>
      <header className="part-head">
        <h3>git in this worktree</h3>
        {managed && <LookAgain worktreeId={worktreeId} name={name} />}
        {managed && path !== null && webUrl !== null && <CopyCheck command={checkCommand(path, webUrl, repository)} />}
        {managed && (
          <Button look="quiet" aria-label={`Release ${name}`} onClick={() => setReleasing(true)}>
            Release…
          </Button>
        )}
      </header>
      {!managed ? (
        <p className="quiet">Nothing of the Companion is in its settings: git there is your own.</p>
      ) : bypasses.length === 0 ? (
        <p className="quiet">It asks the Companion, and nothing that can be seen goes past it.</p>
      ) : (
        <>
          <p className="ways-head">
            It asks the Companion, but {bypasses.length === 1 ? 'one thing goes' : `${bypasses.length} things go`} past it:
          </p>
          <ul className="ways" aria-label="Ways past the Companion">
            {bypasses.map((bypass) => (
              <Way key={`${bypass.kind} ${bypass.name}`} bypass={bypass} />
            ))}
          </ul>
        </>
      )}
      {releasing && <Release credential={credential} onClose={() => setReleasing(false)} />}
    </section>
  );
}

function Way({ bypass: { what, remedy, command } }: { readonly bypass: BypassView }) {
  return (
    <li className="way">
      <StatusShape shape="needs-you" />
      <div>
        <p>{what}</p>
        <p className="way-remedy">{remedy}</p>
        {command !== null && (
          <p className="way-command">
            <code>{command}</code>
            <CopyButton text={command} what="the command" />
          </p>
        )}
      </div>
    </li>
  );
}

function LookAgain({ worktreeId, name }: { readonly worktreeId: string; readonly name: string }) {
  const [busy, look] = useRequest('credentials.look');
  return (
    <Button look="quiet" busy={busy} aria-label={`Look again at git in ${name}`} onClick={() => void look({ worktreeId })}>
      {busy ? 'Looking' : 'Look again'}
    </Button>
  );
}

function CopyCheck({ command }: { readonly command: string }) {
  const copy = () =>
    navigator.clipboard.writeText(command).then(
      () => say('done', 'Copied. In a terminal it shows what git would use here; the password is hidden.'),
      () => say('failed', 'The system did not let us copy the command.'),
    );
  return (
    <Button look="quiet" title={command} onClick={() => void copy()}>
      Copy check
    </Button>
  );
}

function Release({ credential, onClose }: { readonly credential: CredentialView; readonly onClose: () => void }) {
  const [busy, release] = useRequest('credentials.release');
  const { worktreeId, worktreeName: name, shared, state } = credential;
  const confirm = async () => {
    await release({ worktreeId });
    onClose();
  };
  return (
    <Confirm
      title={`Release ${name}`}
      says={[
        'git there is yours again: its settings become what they were before, and sessions in it push with your own name and credential.',
        ...(state === 'revoked'
          ? []
          : [
              shared
                ? 'The shared token is taken away from it.'
                : 'Its own credential is revoked at GitHub and leaves the vault.',
            ]),
        '“Make a credential” takes it back.',
      ]}
      keep="Keep it"
      yes="Release"
      busy={busy}
      onYes={() => void confirm()}
      onClose={onClose}
    />
  );
}
