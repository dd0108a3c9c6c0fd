import { anyJean } from '../../shell/away.ts';
import { AwayLines } from '../../shell/away.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { openPage } from '../../view.ts';
import { LifeSettings } from './life-settings.tsx';
import { ProjectCard } from './project-card.tsx';
import './projects.css';

/** What the worktrees of each project get, and when. */
export function ProjectsPage() {
  const state = useFeed((feed) => feed.state);
  const projects = Object.values(state.projects).sort((a, b) => a.order - b.order);
  const kept = state.settings.credentials;
  const getting = projects.filter(({ id, repository }) => repository !== null && state.policies[id]?.enabled).length;
  return (
    <>
      <PageHead title="Projects">{projects.length > 0 && `${getting} of ${projects.length} get credentials`}</PageHead>
      <div className="page-body projects">
        <AwayLines page="projects" />
        {projects.length > 0 && state.services.github?.health === 'absent' && (
          <Notice shape="needs-you" action={<Button onClick={() => openPage('settings')}>Connect GitHub</Button>}>
            No GitHub App is connected, so git in these worktrees uses your own login. What you choose here counts from when one
            is.
          </Notice>
        )}
        {projects.length === 0 &&
          (anyJean(state) ? (
            <EmptyState title="No projects yet">Add a repository as a project in Jean. It appears here at once.</EmptyState>
          ) : (
            <EmptyState title="No projects yet" action={<Button onClick={() => openPage('settings')}>Open Settings</Button>}>
              The Companion shows the projects of your Jean here, as soon as it has found it. Start Jean, or say under Settings
              where it is.
            </EmptyState>
          ))}
        {projects.map((project) => {
          const policy = state.policies[project.id];
          return policy && <ProjectCard key={project.id} project={project} policy={policy} state={state} />;
        })}
        {kept && <LifeSettings kept={kept} />}
      </div>
    </>
  );
}
