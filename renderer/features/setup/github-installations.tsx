import type { AppState, InstallationView } from '../../../shared/model.ts';
import { Notice } from '../../ui/notice.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { ChooseRepositories } from '../projects/coverage-notice.tsx';

function words({ selection, suspended, missing }: InstallationView, reached: readonly string[]): string {
  if (suspended) return 'suspended: no credential can be made until its owner unsuspends it at GitHub';
  const among = reached.length === 0 ? 'none of your projects’' : reached.join(', ');
  const which = selection === 'all' ? 'all its repositories' : `chosen repositories, among them ${among}`;
  return missing.length === 0 ? which : `${which}; not granted: ${missing.join(', ')}`;
}

/** Where the GitHub App is installed, and which of Jean's projects it does not reach. */
export function GithubInstallations({ state }: { readonly state: AppState }) {
  const installations = Object.values(state.installations).sort((a, b) => a.account.localeCompare(b.account));
  const projects = Object.values(state.projects).flatMap(({ id, repository }) => {
    const policy = state.policies[id];
    return repository !== null && policy ? [{ id, repository, policy }] : [];
  });
  if (installations.length === 0)
    return projects.some(({ policy }) => policy.coverage === 'not-installed') ? (
      <Notice shape="needs-you" action={<ChooseRepositories look="primary" />}>
        The App is not installed anywhere yet. Choose the repositories that it may make credentials for.
      </Notice>
    ) : null;
  const reached = (account: string): readonly string[] =>
    projects
      .filter(
        ({ repository, policy }) =>
          policy.coverage === 'covered' && repository.split('/')[0]?.toLowerCase() === account.toLowerCase(),
      )
      .map(({ repository }) => repository);
  const left = projects
    .filter(({ policy: { enabled, source, coverage } }) => {
      const out = coverage === 'not-installed' || coverage === 'not-chosen';
      return enabled && source === 'app' && out;
    })
    .map(({ repository }) => repository);
  return (
    <>
      <ul className="setup-installations" aria-label="Installations">
        {installations.map((one) => (
          <li key={one.id}>
            <StatusShape shape={one.suspended || one.missing.length > 0 ? 'needs-you' : 'finished'} />
            <span>
              <strong>{one.account}</strong>: {words(one, reached(one.account))}
            </span>
          </li>
        ))}
      </ul>
      {left.length > 0 && (
        <Notice shape="needs-you" action={<ChooseRepositories />}>
          The App does not reach {left.join(', ')}: it is not installed there, or they are not among the chosen repositories.
        </Notice>
      )}
    </>
  );
}
