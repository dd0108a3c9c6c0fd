import { useState } from 'react';
import type { ResponseOf } from '../../../shared/ipc.ts';
import type { AppState, InstallationView } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';

function words({ selection, suspended, missing }: InstallationView, reached: readonly string[]): string {
  if (suspended) return 'suspended: no credential can be made until its owner unsuspends it at GitHub';
  const among = reached.length === 0 ? 'none of your projects’' : reached.join(', ');
  const which = selection === 'all' ? 'all its repositories' : `chosen repositories, among them ${among}`;
  return missing.length === 0 ? which : `${which}; not granted: ${missing.join(', ')}`;
}

/** The repositories of projects that are to have credentials of the GitHub App, and that it does not reach. */
export function outOfReach(state: AppState): readonly string[] {
  return Object.values(state.projects).flatMap(({ id, repository }) => {
    const policy = state.policies[id];
    const out = policy?.coverage === 'not-installed' || policy?.coverage === 'not-chosen';
    return repository !== null && out && policy.enabled && policy.source === 'app' ? [repository] : [];
  });
}

function reached(state: AppState, account: string): readonly string[] {
  return Object.values(state.projects).flatMap(({ id, repository }) =>
    repository?.split('/')[0]?.toLowerCase() === account.toLowerCase() && state.policies[id]?.coverage === 'covered'
      ? [repository]
      : [],
  );
}

/** All that an installation covers, asked when it is opened: GitHub has no such list for the App itself, and it may be long. */
function Repositories({ installation, state }: { readonly installation: InstallationView; readonly state: AppState }) {
  const [busy, ask] = useRequest('setup.github.repositories');
  const [list, setList] = useState<ResponseOf<'setup.github.repositories'> | null>(null);
  const ours = new Set(Object.values(state.projects).map(({ repository }) => repository?.toLowerCase()));
  const open = async () => {
    const answer = await ask({ installationId: installation.id });
    if (answer?.ok) setList(answer.value);
  };
  const name = `Repositories at ${installation.account}`;
  if (list === null)
    return (
      <Button look="quiet" className="setup-list-button" busy={busy} aria-label={`List the ${name}`} onClick={() => void open()}>
        {busy ? 'Asking GitHub' : 'List its repositories'}
      </Button>
    );
  const sorted = list.names.toSorted(
    (a, b) => Number(ours.has(b.toLowerCase())) - Number(ours.has(a.toLowerCase())) || a.localeCompare(b),
  );
  return (
    <>
      <p className="setup-hint figures">
        {list.total === 1 ? '1 repository' : `${list.total} repositories`}
        {list.names.length < list.total && `, the first ${list.names.length} of which are listed`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard. */}
      <ul className="setup-repositories" aria-label={name} tabIndex={0}>
        {sorted.map((repository) => (
          <li key={repository}>
            <code>{repository}</code>
            {ours.has(repository.toLowerCase()) && <span className="quiet"> · a project in Jean</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Where the GitHub App is installed, and which of Jean's projects it does not reach. */
export function GithubInstallations({ state }: { readonly state: AppState }) {
  const installations = Object.values(state.installations).sort((a, b) => a.account.localeCompare(b.account));
  const left = outOfReach(state);
  return (
    <>
      {installations.length > 0 && (
        <ul className="setup-installations" aria-label="Installations">
          {installations.map((one) => (
            <li key={one.id}>
              <StatusShape shape={one.suspended || one.missing.length > 0 ? 'needs-you' : 'finished'} />
              <div>
                <strong>{one.account}</strong>: {words(one, reached(state, one.account))}
                {!one.suspended && <Repositories installation={one} state={state} />}
              </div>
            </li>
          ))}
        </ul>
      )}
      {left.length > 0 && (
        <Notice shape="needs-you">
          {installations.length === 0
            ? 'The App is not installed anywhere yet. Choose the repositories that it may make credentials for.'
            : `The App does not reach ${left.join(', ')}: it is not installed there, or they are not among the chosen repositories.`}
        </Notice>
      )}
    </>
  );
}
