import { useState } from 'react';
import type { AppState, PolicyView, ProjectView } from '../../../shared/model.ts';
import { profileWords } from '../../../shared/policy.ts';
import { Button } from '../../ui/button.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { notGranted } from './consequences.ts';
import { CoverageNotice } from './coverage-notice.tsx';
import { PolicyForm } from './policy-form.tsx';
import { SourcePart } from './source-part.tsx';
import { sourceNames } from './source-words.ts';

const ended: ReadonlySet<string> = new Set(['revoked', 'revoking', 'unverified']);

function Summary({ policy }: { readonly policy: PolicyView }) {
  if (!policy.enabled) return <p className="quiet">Off: the Companion leaves its worktrees alone.</p>;
  const extra = policy.extraRepositories;
  if (policy.source !== 'app') return <p>{sourceNames[policy.source]}</p>;
  return (
    <p>
      Profile {profileWords[policy.profile]}
      {extra.length > 0 && `, also for ${extra.join(', ')}`}
    </p>
  );
}

/** One project: what its worktrees get, whether the GitHub App can give it, and the form to change it. */
export function ProjectCard({ project, policy, state }: ProjectCardProps) {
  const [open, setOpen] = useState(false);
  const { repository } = project;
  const missing = notGranted(policy, policy.grants);
  const affected = {
    credentials: Object.values(state.credentials).filter((one) => one.projectId === project.id && !ended.has(one.state)).length,
    worktrees: Object.values(state.worktrees).filter((one) => one.projectId === project.id && !one.base).length,
    grants: policy.grants,
  };
  return (
    <article className="project" aria-label={`Project ${project.name}`}>
      <header className="project-head">
        <div className="project-title">
          <h2>{project.name}</h2>
          {repository === null ? (
            <p className="quiet">
              {state.instances[project.instanceId]?.place === 'elsewhere'
                ? 'It is on another machine, so its worktrees get no credential from here.'
                : (state.services.github?.health ?? 'absent') === 'absent'
                  ? 'No GitHub App is connected, and its remote is not at github.com. Connect the App of its GitHub under Settings.'
                  : 'Its remote is not at the GitHub that is connected, so it gets no credentials.'}
            </p>
          ) : (
            <>
              <code className="quiet">{repository}</code>
              <Summary policy={policy} />
            </>
          )}
        </div>
        {repository !== null && !open && (
          <Button aria-label={`Change what ${project.name} gets`} onClick={() => setOpen(true)}>
            Change
          </Button>
        )}
      </header>
      {repository !== null && policy.enabled && policy.source === 'app' && (
        <CoverageNotice coverage={policy.coverage} repository={repository} />
      )}
      {policy.enabled && policy.coverage === 'covered' && missing.length > 0 && (
        <p className="project-missing">
          <StatusShape shape="needs-you" /> The GitHub App was not granted {missing.join(', ')}. Grant it at GitHub, or choose a
          smaller profile.
        </p>
      )}
      {repository !== null && <SourcePart project={{ ...project, repository }} policy={policy} state={state} />}
      {open && repository !== null && (
        <PolicyForm
          name={project.name}
          owner={repository.split('/')[0] ?? ''}
          policy={policy}
          affected={affected}
          onClose={() => setOpen(false)}
        />
      )}
    </article>
  );
}

interface ProjectCardProps {
  readonly project: ProjectView;
  readonly policy: PolicyView;
  readonly state: AppState;
}
