import { useState } from 'react';
import type { ResponseOf } from '../../../shared/ipc.ts';
import type { AppState, CredentialView } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { askToRotateAll, useView } from '../../view.ts';
import { NotThrough } from './not-through.tsx';
import { type Begun, notRotated, toRotate } from './to-rotate.ts';
import './revoke-all.css';

type Report = ResponseOf<'credentials.rotateAll'>;

/** The way to a rotation of everything. */
export const RotateAllButton = () => (
  <Button look="quiet" onClick={askToRotateAll}>
    Rotate everything…
  </Button>
);

/** Rotates every credential: asks, shows how far it is, and what keeps its old one. */
export function RotateAll({ state }: { readonly state: AppState }) {
  const [busy, rotateAll] = useRequest('credentials.rotateAll');
  const [begun, setBegun] = useState<Begun | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const left = begun === null ? [] : notRotated(begun, state.credentials, report);
  const close = () => useView.setState({ rotatingAll: false });
  const start = async () => {
    setReport(null);
    setBegun(new Map(toRotate(state.credentials).map(({ worktreeId, fingerprint }) => [worktreeId, fingerprint])));
    const answer = await rotateAll(undefined);
    if (answer?.ok) setReport(answer.value);
    else setBegun(null);
  };
  return (
    <Dialog title={report ? 'Rotated' : 'Rotate everything'} onClose={close}>
      {begun === null ? <Question state={state} /> : <Progress all={begun.size} left={left} done={report !== null} />}
      <div className="dialog-actions">
        {begun === null ? (
          <>
            <Button onClick={close}>Keep them</Button>
            <Button look="primary" onClick={() => void start()}>
              Rotate everything
            </Button>
          </>
        ) : (
          <>
            {report !== null && left.length > 0 && <Button onClick={() => void start()}>Try again now</Button>}
            <Button onClick={close}>{busy ? 'Go on in the background' : 'Close'}</Button>
          </>
        )}
      </div>
    </Dialog>
  );
}

function Question({ state }: { readonly state: AppState }) {
  const count = toRotate(state.credentials).length;
  const shared = Object.values(state.credentials).filter((one) => one.shared && one.state !== 'revoked').length;
  return (
    <>
      <p className="dialog-text">
        {count === 1 ? 'One credential is' : `${count} credentials are`} replaced by new ones. The old ones serve until then, so
        git goes on working; after that they are revoked, and verified dead.
      </p>
      {shared > 0 && (
        <p className="dialog-text">
          {shared === 1 ? 'One worktree shares its token with others' : `${shared} worktrees share a token`}, which is replaced
          under Projects.
        </p>
      )}
    </>
  );
}

interface ProgressProps {
  readonly all: number;
  readonly left: readonly CredentialView[];
  readonly done: boolean;
}

function Progress({ all, left, done }: ProgressProps) {
  const through = all - left.length;
  return (
    <div role="status">
      <p className="dialog-text figures kill-count">
        <StatusShape shape={!done ? 'running' : left.length > 0 ? 'needs-you' : 'finished'} />
        {through} of {all} rotated
      </p>
      {!done && <progress className="kill-progress" value={through} max={Math.max(1, all)} />}
      {done && left.length > 0 && <NotThrough left={left} />}
    </div>
  );
}
