import { useMemo } from 'react';
import type { AppState, CredentialView } from '../../../shared/model.ts';
import { PageHead } from '../../shell/page-head.tsx';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { openPage, useView } from '../../view.ts';
import { CredentialDetail } from './credential-detail.tsx';
import { credentialGroups } from './credential-groups.ts';
import { LifeSign } from './life-sign.tsx';
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

interface ItemsProps {
  readonly title: string;
  readonly list: readonly CredentialView[];
  readonly current: string;
  readonly state: AppState;
}

function None({ state }: { readonly state: AppState }) {
  const github = state.services.github;
  const missing = !github || github.health === 'absent';
  return (
    <EmptyState
      title="No credentials yet"
      action={
        missing && (
          <Button look="primary" onClick={() => openPage('setup')}>
            Open Set-up
          </Button>
        )
      }
    >
      {missing
        ? 'Connect a GitHub App, and every new worktree gets a credential for its repository alone.'
        : 'Create a worktree of a GitHub repository in Jean. Its credential appears here.'}
    </EmptyState>
  );
}

/** Every credential, and what is known of the one that is chosen. */
export function CredentialsPage() {
  const state = useFeed((feed) => feed.state);
  const chosen = useView((view) => view.credential);
  const { live, ended } = useMemo(() => credentialGroups(state.credentials), [state.credentials]);
  const current = (chosen === null ? undefined : state.credentials[chosen]) ?? live[0] ?? ended[0];
  const gone = chosen !== null && !state.credentials[chosen];
  return (
    <>
      <PageHead title="Credentials">
        {live.length > 0 ? `${live.length} live` : 'none live'}
        {ended.length > 0 && `, ${ended.length} ended`}
      </PageHead>
      {current === undefined ? (
        <div className="page-body">
          <None state={state} />
        </div>
      ) : (
        <div className="credentials">
          <nav className="list" aria-label="Credentials">
            <Items title="Live" list={live} current={current.worktreeId} state={state} />
            <Items title="Ended" list={ended} current={current.worktreeId} state={state} />
          </nav>
          <div className="detail">
            {gone && <p className="detail-gone quiet">The credential that you looked for is not kept any more.</p>}
            <CredentialDetail key={current.worktreeId} credential={current} state={state} />
          </div>
        </div>
      )}
    </>
  );
}
