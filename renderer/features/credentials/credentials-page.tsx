import { useMemo } from 'react';
import type { AppState, CredentialView, LeftoverView } from '../../../shared/model.ts';
import { anyJean, awayFrom } from '../../shell/away.ts';
import { AwayLines } from '../../shell/away.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { openPage, useView } from '../../view.ts';
import { CredentialDetail } from './credential-detail.tsx';
import { credentialGroups } from './credential-groups.ts';
import { LeftoverDetail, leftoverWords } from './leftover-detail.tsx';
import { LifeSign } from './life-sign.tsx';
import { RevokeAll, RevokeAllButton } from './revoke-all.tsx';
import { RotateAll, RotateAllButton } from './rotate-all.tsx';
import { peopleToRevoke, toRevoke } from './to-revoke.ts';
import { toRotate } from './to-rotate.ts';
import './credentials.css';

function Items({ title, list, current, state }: ItemsProps) {
  if (list.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 className="list-head">{title}</h2>
      <ul>
        {list.map((credential) => (
          <li key={credential.worktreeId}>
            <button
              type="button"
              className="item"
              aria-current={credential.worktreeId === current || undefined}
              onClick={() => useView.setState({ credential: credential.worktreeId })}
            >
              <span className="item-name cut">{credential.worktreeName}</span>
              <span className="item-place cut">{state.projects[credential.projectId]?.name ?? credential.repository}</span>
              <LifeSign credential={credential} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is ours and belongs to no worktree. */
function Leftovers({ list, current }: { readonly list: readonly LeftoverView[]; readonly current: string }) {
  if (list.length === 0) return null;
  return (
    <section aria-label="Left over">
      <h2 className="list-head">Left over</h2>
      <ul>
        {list.map((leftover) => (
          <li key={leftover.id}>
            <button
              type="button"
              className="item"
              aria-current={leftover.id === current || undefined}
              onClick={() => useView.setState({ credential: leftover.id })}
            >
              <span className="item-name cut">{leftover.title}</span>
              <span className="item-place cut">{leftoverWords(leftover).place}, of no worktree</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ItemsProps {
  readonly title: string;
  readonly list: readonly CredentialView[];
  readonly current: string;
  readonly state: AppState;
}

function None({ state }: { readonly state: AppState }) {
  const github = state.services.github;
  const missing = !github || github.health === 'absent';
  // One that is away is told of above, with its buttons.
  const jean = anyJean(state) || awayFrom(state, 'credentials').some(({ service }) => service === 'jean');
  return (
    <EmptyState
      title="No credentials yet"
      action={
        (missing || !jean) && (
          <Button look="primary" onClick={() => openPage('settings')}>
            Open Settings
          </Button>
        )
      }
    >
      {missing
        ? 'Connect a GitHub App, and every new worktree gets a credential for its repository alone.'
        : jean
          ? 'Create a worktree of a GitHub repository in Jean. Its credential appears here.'
          : 'They belong to the worktrees of your Jean, which was not found yet. Start it, or say under Settings where it is.'}
    </EmptyState>
  );
}

/** Every credential, and what is known of the one that is chosen. */
export function CredentialsPage() {
  const state = useFeed((feed) => feed.state);
  const chosen = useView((view) => view.credential);
  const { live, ended } = useMemo(() => credentialGroups(state.credentials), [state.credentials]);
  const { mortal, shared } = useMemo(() => toRevoke(state.credentials), [state.credentials]);
  const alive = mortal.length + shared.length;
  const leftovers = useMemo(
    () => Object.values(state.leftovers).sort((a, b) => a.title.localeCompare(b.title)),
    [state.leftovers],
  );
  const revokingAll = useView((view) => view.revokingAll);
  const rotatingAll = useView((view) => view.rotatingAll);
  const leftover = chosen === null ? undefined : state.leftovers[chosen];
  const current = (chosen === null ? undefined : state.credentials[chosen]) ?? live[0] ?? ended[0];
  const shown = leftover ?? (current ? undefined : leftovers[0]);
  const id = shown?.id ?? current?.worktreeId;
  const gone = chosen !== null && !state.credentials[chosen] && !leftover;
  return (
    <>
      <PageHead
        title="Credentials"
        action={
          <>
            {toRotate(state.credentials).length > 1 && <RotateAllButton />}
            {(live.length > 0 || peopleToRevoke(state.sources).length > 0) && <RevokeAllButton />}
          </>
        }
      >
        {alive > 0 ? `${alive} live` : 'none live'}
        {ended.length > 0 && `, ${ended.length} ended`}
        {leftovers.length > 0 && `, ${leftovers.length} left over`}
      </PageHead>
      {id === undefined ? (
        <div className="page-body">
          <AwayLines page="credentials" />
          <None state={state} />
        </div>
      ) : (
        <div className="credentials">
          <AwayLines page="credentials" />
          <nav className="list" aria-label="Credentials">
            <Items title="Current" list={live} current={id} state={state} />
            <Items title="Ended" list={ended} current={id} state={state} />
            <Leftovers list={leftovers} current={id} />
          </nav>
          <div className="detail">
            {gone && <p className="detail-gone quiet">What you looked for is not kept any more.</p>}
            {shown ? (
              <LeftoverDetail key={shown.id} leftover={shown} />
            ) : (
              current && <CredentialDetail key={current.worktreeId} credential={current} state={state} />
            )}
          </div>
        </div>
      )}
      {revokingAll && <RevokeAll state={state} />}
      {rotatingAll && <RotateAll state={state} />}
    </>
  );
}
