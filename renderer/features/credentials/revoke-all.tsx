import { useState } from 'react';
import { many } from '../../../shared/format.ts';
import type { ResponseOf } from '../../../shared/ipc.ts';
import type { AppState, CredentialView } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { askToRevokeAll, useView } from '../../view.ts';
import { NotThrough } from './not-through.tsx';
import { peopleToRevoke, toRevoke } from './to-revoke.ts';
import './revoke-all.css';

type Report = ResponseOf<'credentials.revokeAll'>;

/** The way to the kill switch. */
export const RevokeAllButton = () => (
  <Button look="quiet" onClick={askToRevokeAll}>
    Revoke everything…
  </Button>
);

/** The kill switch: asks, shows how far it is, and reports what is verified. */
export function RevokeAll({ state }: { readonly state: AppState }) {
  const [busy, revokeAll] = useRequest('credentials.revokeAll');
  const [wish, setWish] = useState<Wish>({ suspend: false, people: false });
  const [begun, setBegun] = useState<Begun | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const close = () => useView.setState({ revokingAll: false });
  const start = async () => {
    const { mortal, shared, resting } = toRevoke(state.credentials);
    setBegun({ mortal: idsOf(mortal), shared: idsOf(shared), resting: idsOf(resting) });
    const answer = await revokeAll(wish);
    if (answer?.ok) setReport(answer.value);
    else setBegun(null);
  };
  return (
    <Dialog title={report ? 'Revoked' : 'Revoke everything'} onClose={close}>
      {begun === null ? (
        <Question state={state} wish={wish} onWish={setWish} />
      ) : (
        <Progress state={state} begun={begun} report={report} />
      )}
      <div className="dialog-actions">
        {begun === null ? (
          <>
            <Button onClick={close}>Keep them</Button>
            <Button look="danger" onClick={() => void start()}>
              Revoke everything
            </Button>
          </>
        ) : (
          <Button onClick={close}>{busy ? 'Go on in the background' : 'Close'}</Button>
        )}
      </div>
    </Dialog>
  );
}

const listed = (names: readonly string[]): string => new Intl.ListFormat('en').format(names);

/** How far the person wants it to go. */
interface Wish {
  readonly suspend: boolean;
  readonly people: boolean;
}

interface QuestionProps {
  readonly state: AppState;
  readonly wish: Wish;
  readonly onWish: (wish: Wish) => void;
}

function Question({ state, wish, onWish }: QuestionProps) {
  const people = peopleToRevoke(state.sources);
  const { mortal, shared, resting } = toRevoke(state.credentials);
  const github = state.services.github;
  return (
    <>
      <p className="dialog-text">
        {mortal.length === 0
          ? 'No credential is alive at GitHub now.'
          : `${many(mortal.length, 'credential dies', 'credentials die')} at GitHub at once; git in ${
              mortal.length === 1
                ? 'this worktree stops until you make a new one'
                : 'these worktrees stops until you make new ones'
            }.`}
      </p>
      {shared.length > 0 && (
        <p className="dialog-text">
          {many(shared.length, 'worktree loses', 'worktrees lose')} a shared token here.
          {!wish.people && ' The token itself lives on, for everybody else who uses it.'}
        </p>
      )}
      {resting.length > 0 && (
        <p className="dialog-text">
          {many(resting.length, 'worktree', 'worktrees')} without a live credential will not get one at the next use either.
        </p>
      )}
      {people.length > 0 && (
        <label className="also">
          <input type="checkbox" checked={wish.people} onChange={(event) => onWish({ ...wish, people: event.target.checked })} />
          <span>
            Also kill the tokens of people that projects share: {listed(people)}
            <span className="also-hint">
              Shared tokens and sign-ins die at GitHub for everybody who uses them, on other computers too, and can’t be brought
              back. GitHub sends an e-mail to each owner.
            </span>
          </span>
        </label>
      )}
      {github && github.health !== 'absent' && (
        <label className="also">
          <input
            type="checkbox"
            checked={wish.suspend}
            onChange={(event) => onWish({ ...wish, suspend: event.target.checked })}
          />
          <span>
            Also suspend the GitHub App everywhere
            <span className="also-hint">
              Nothing that it ever issued works any more, on other computers too, and no worktree gets a new credential, until an
              owner lifts the suspension in the App’s settings at GitHub.
            </span>
          </span>
        </label>
      )}
    </>
  );
}

const idsOf = (all: readonly CredentialView[]): readonly string[] => all.map(({ worktreeId }) => worktreeId);

/** Which worktrees it was about when it began, by what they had then. */
interface Begun {
  readonly mortal: readonly string[];
  readonly shared: readonly string[];
  readonly resting: readonly string[];
}

interface ProgressProps {
  readonly state: AppState;
  readonly begun: Begun;
  readonly report: Report | null;
}

function Progress({ state, begun, report }: ProgressProps) {
  const of = (ids: readonly string[]) => ids.flatMap((id) => state.credentials[id] ?? []);
  const unsure = new Set(report?.unverified);
  const left = of([...begun.mortal, ...begun.shared, ...begun.resting]).filter((one) => one.state !== 'revoked');
  const own = of(begun.mortal);
  const dead = own.filter((one) => one.state === 'revoked' || (report !== null && !unsure.has(one.worktreeId)));
  const unsureOfSome = left.some((one) => one.state === 'unverified') || report?.people.some(({ why }) => why !== null);
  const through = dead.length === own.length && !unsureOfSome;
  return (
    <div role="status">
      <p className="dialog-text figures kill-count">
        <StatusShape shape={report === null ? 'running' : through ? 'finished' : 'needs-you'} />
        {own.length === 0 ? 'No worktree had a live credential of its own.' : `${dead.length} of ${own.length} verified dead`}
      </p>
      {report === null && <progress className="kill-progress" value={dead.length} max={Math.max(1, own.length)} />}
      {report !== null && left.length > 0 && <NotThrough left={left} />}
      {report !== null && begun.shared.length > 0 && (
        <p className="dialog-text">A shared token was taken away from {many(begun.shared.length, 'worktree', 'worktrees')}.</p>
      )}
      {report !== null && report.people.length > 0 && <People people={report.people} />}
      {report !== null && report.suspended > 0 && (
        <p className="dialog-text">
          The GitHub App is suspended at {many(report.suspended, 'account', 'accounts')}. An owner lifts it in the App’s settings
          at GitHub.
        </p>
      )}
      {report?.notSuspended != null && (
        <p className="dialog-text kill-trouble">The GitHub App could not be suspended. {report.notSuspended}</p>
      )}
    </div>
  );
}

function People({ people }: { readonly people: Report['people'] }) {
  const failed = people.filter(({ why }) => why !== null);
  const dead = [...new Set(people.filter(({ why }) => why === null).map(({ login }) => login))];
  return (
    <>
      {dead.length > 0 && <p className="dialog-text">Dead at GitHub for everybody: the tokens of {listed(dead)}.</p>}
      {failed.length > 0 && (
        <>
          <p className="dialog-text kill-trouble">Not dead for certain. Try again under Projects:</p>
          <ul className="kill-left" aria-label="Tokens of people">
            {failed.map(({ projectName, kind, login, why }) => (
              <li key={`${projectName} ${kind}`}>
                <b>{projectName}:</b> {kind === 'shared' ? 'the shared token' : 'the sign-in'} of {login}. {why}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
