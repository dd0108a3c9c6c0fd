import { useState } from 'react';
import type { LeavingPart, LeavingReport } from '../../../shared/ipc.ts';
import type { AppState } from '../../../shared/model.ts';
import { run, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import '../credentials/revoke-all.css';
import { held } from './held.ts';
import './leave.css';
import { ReleaseProgress, useBegun } from './release-progress.tsx';

const names: Readonly<Record<LeavingPart['part'], string>> = {
  worktrees: 'Worktrees',
  leftovers: 'Leftovers',
  accounts: 'Accounts',
  programs: 'Programs',
  banners: 'Jean’s own banners',
  remote: 'Remote access',
};

const quit = () => void run('leaving.quit', undefined);

/** Takes everything of ours out of what is the person's, reports part by part, and quits. */
export function Leave({ state, onClose }: { readonly state: AppState; readonly onClose: () => void }) {
  const [busy, remove] = useRequest('leaving.remove');
  const [begun, begin] = useBegun(state);
  const [report, setReport] = useState<LeavingReport | null>(null);
  const start = async () => {
    setReport(null);
    begin(true);
    const answer = await remove(undefined);
    if (answer?.ok) setReport(answer.value);
    else begin(false);
  };
  // What is under way has to be seen to its end; after it there is nothing to stay for.
  const close = () => {
    if (report?.done) quit();
    else if (!busy) onClose();
  };
  return (
    <Dialog title={report?.done ? 'Everything is out' : 'Quit for good'} onClose={close}>
      {begun === null ? <Question state={state} /> : <ReleaseProgress begun={begun} state={state} over={report !== null} />}
      {report !== null && (
        <ul className="leave-parts" aria-label="What was taken out">
          {report.parts.map(({ part, done, sentence }) => (
            <li key={part}>
              <StatusShape shape={done ? 'finished' : 'needs-you'} />
              <span>
                <b>{names[part]}</b> {sentence}
              </span>
            </li>
          ))}
        </ul>
      )}
      {report?.done === false && (
        <p className="dialog-text">
          The Companion stays until that is through, because nobody else could end it. If you quit now, it goes on at the next
          start.
        </p>
      )}
      {report?.done && (
        <p className="dialog-text">
          The audit log stays in the Companion's data folder, and the GitHub App at GitHub; delete them by hand if you want to.
        </p>
      )}
      <div className="dialog-actions">
        {begun === null && (
          <>
            <Button onClick={onClose}>Stay</Button>
            <Button look="danger" onClick={() => void start()}>
              Take everything out
            </Button>
          </>
        )}
        {begun !== null && report === null && <Button busy={busy}>Taking it out</Button>}
        {report !== null && !report.done && (
          <>
            <Button onClick={quit}>Quit anyway</Button>
            <Button look="primary" onClick={() => void start()}>
              Try again now
            </Button>
          </>
        )}
        {report?.done && (
          <Button look="primary" onClick={quit}>
            Quit
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function Question({ state }: { readonly state: AppState }) {
  const count = held(state.credentials).length;
  const leftovers = Object.keys(state.leftovers).length;
  const grants = Object.values(state.grants).filter(({ standing }) => standing === 'active' || standing === 'suspended').length;
  const identities = Object.keys(state.identities).length;
  return (
    <>
      <p className="dialog-text">This takes everything of the Companion's out of what is yours, and then quits:</p>
      <ul className="leave-list">
        <li>
          {count === 0
            ? 'No worktree has anything of it now.'
            : `git in ${count === 1 ? 'one worktree' : `${count} worktrees`} becomes what it was before; the credentials are revoked at GitHub, verified, and leave the vault.`}
        </li>
        {leftovers > 0 && <li>{leftovers === 1 ? 'One leftover is' : `${leftovers} leftovers are`} cleaned up.</li>}
        {grants > 0 && (
          <li>
            Remote access is turned off, and {grants === 1 ? 'the grant is revoked' : `${grants} grants are revoked`}: nobody gets
            in any more.
          </li>
        )}
        <li>The keys for GitHub and Ravi and sign-ins are deleted, and shared tokens here; at GitHub those live on.</li>
        <li>
          <code>jean-ravi</code> and the <code>gh</code> before GitHub CLI are deleted.
        </li>
        {state.notifying.notifying?.jeanBanners.ours && <li>Jean shows its own banners again.</li>}
      </ul>
      {count > 0 && <p className="dialog-text">Sessions in those worktrees then push with your own name and credential.</p>}
      {identities > 0 && (
        <p className="dialog-text">
          {identities === 1
            ? 'The identity at Ravi and its GitHub account stay: retire it under Identities first if it is to go.'
            : `The ${identities} identities at Ravi and their GitHub accounts stay: retire them under Identities first if they are to go.`}
        </p>
      )}
    </>
  );
}
