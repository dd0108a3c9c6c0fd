import { useState } from 'react';
import type { ResponseOf } from '../../../shared/ipc.ts';
import type { AppState } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import '../credentials/revoke-all.css';
import { held } from './held.ts';
import { ReleaseProgress, useBegun } from './release-progress.tsx';

type Report = ResponseOf<'credentials.releaseAll'>;

/** Gives every worktree back: asks, shows how far it is, and reports what is not through. */
export function ReleaseAll({ state, onClose }: { readonly state: AppState; readonly onClose: () => void }) {
  const [busy, release] = useRequest('credentials.releaseAll');
  const [begun, begin] = useBegun(state);
  const [report, setReport] = useState<Report | null>(null);
  const start = async () => {
    setReport(null);
    begin(true);
    const answer = await release(undefined);
    if (answer?.ok) setReport(answer.value);
    else begin(false);
  };
  const count = held(state.credentials).length;
  return (
    <Dialog title={report ? 'Released' : 'Release all worktrees'} onClose={onClose}>
      {begun === null ? (
        <>
          <p className="dialog-text">
            git in {count === 1 ? 'one worktree' : `${count} worktrees`} is yours again: its settings become what they were
            before, and sessions push with your own name and credential. Their credentials are revoked at GitHub and leave the
            vault.
          </p>
          <p className="dialog-text">
            These worktrees stay yours until you make a credential for them. New worktrees get one as before; under Projects you
            can switch that off.
          </p>
        </>
      ) : (
        <ReleaseProgress begun={begun} state={state} over={report !== null} />
      )}
      {report !== null && report.left.length > 0 && <NotThrough left={report.left} />}
      <div className="dialog-actions">
        {begun === null ? (
          <>
            <Button onClick={onClose}>Keep them</Button>
            <Button look="danger" onClick={() => void start()}>
              Release all
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>{busy ? 'Go on in the background' : 'Close'}</Button>
            {report !== null && report.left.length > 0 && <Button onClick={() => void start()}>Try again now</Button>}
          </>
        )}
      </div>
    </Dialog>
  );
}

function NotThrough({ left }: { readonly left: Report['left'] }) {
  return (
    <>
      <p className="dialog-text">Not through yet. The Companion goes on trying:</p>
      <ul className="kill-left" aria-label="Not through yet">
        {left.map(({ worktreeId, name, why }) => (
          <li key={worktreeId}>
            <b>{name}:</b> {why}
          </li>
        ))}
      </ul>
    </>
  );
}
