import { useState } from 'react';
import type { AppState, ProjectView } from '../../../shared/model.ts';
import type { RaviState } from '../../../shared/ravi.ts';
import { run, useRequest } from '../../actions.ts';
import { PageHead } from '../../shell/page-head.tsx';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Busy, EmptyState } from '../../ui/states.tsx';
import { showSettings, useView } from '../../view.ts';
import type { Question } from './checklist.tsx';
import { Phone } from './phone.tsx';
import { ProjectIdentity } from './project-identity.tsx';
import { Retire } from './retire.tsx';
import { hasToken, identitiesLine } from './step-words.ts';
import { TakeIdentity } from './take-identity.tsx';
import { ForgetIdentity, UseIdentity } from './use-identity.tsx';
import './identities.css';

const signsInAgain: ReadonlySet<RaviState> = new Set(['key-unknown', 'locked']);
/** In these, Ravi is not away: nothing is said, or something else. */
const waiting: ReadonlySet<RaviState> = new Set([
  ...signsInAgain,
  'checking',
  'signed-out',
  'well',
  'plan',
  'conflict',
  'forbidden',
]);

/** What keeps identities from being made or watched, and the button for it. */
function Services({ state }: { readonly state: AppState }) {
  const [retrying, retry] = useRequest('setup.retry');
  const ravi = state.ravi.ravi;
  const { github } = state.services;
  const again = (service: 'ravi' | 'github') => (
    <Button
      busy={retrying}
      aria-label={`Try ${service === 'ravi' ? 'Ravi' : 'GitHub'} again`}
      onClick={() => void retry({ service })}
    >
      Try again
    </Button>
  );
  return (
    <>
      {ravi && !ravi.account && (
        <Notice
          shape="needs-you"
          action={
            <Button look="primary" onClick={() => showSettings('ravi')}>
              Sign in to Ravi
            </Button>
          }
        >
          Identities come from Ravi: a mail address, a phone number and a vault for each. Without it, worktrees act as the App’s
          bot.
        </Notice>
      )}
      {ravi?.account && !ravi.account.keys.management && (
        <Notice shape="needs-you" action={<Button onClick={() => showSettings('ravi')}>Open Settings</Button>}>
          The key that the Companion has is good for one identity alone. To pick or make others, sign in to Ravi in Settings.
        </Notice>
      )}
      {ravi?.account && signsInAgain.has(ravi.state) && (
        <Notice
          shape="failed"
          action={
            <Button look="primary" onClick={() => showSettings('ravi')}>
              Mend it in Settings
            </Button>
          }
        >
          {ravi.last?.message ?? 'Ravi does not take the key any more.'} No identity is lost; the steps go on where they were.
        </Notice>
      )}
      {ravi?.account && ravi.state === 'plan' && (
        <Notice
          shape="needs-you"
          action={
            <Button onClick={() => void run('open.external', { target: 'ravi-dashboard', worktreeId: null })}>
              Ravi’s dashboard
            </Button>
          }
        >
          {ravi.last?.message ?? 'Ravi’s plan does not include something.'} The plan is changed in Ravi’s dashboard; the steps go
          on where they were.
        </Notice>
      )}
      {ravi?.account && !waiting.has(ravi.state) && (
        <Notice shape="offline" action={again('ravi')}>
          {ravi.last?.message ?? 'Ravi is not reachable.'} What is shown is what was last known; the steps go on where they were.
        </Notice>
      )}
      {github?.health === 'down' && (
        <Notice shape="offline" action={again('github')}>
          {github.message || 'GitHub is not reachable.'} Account, token and access can’t be checked meanwhile.
        </Notice>
      )}
    </>
  );
}

interface Asked {
  readonly question: Question;
  readonly project: ProjectView;
}

/** The open question; beside the page's body, and alive also when the row that asked it is gone. */
function Questions({ asked, state, onClose }: { readonly asked: Asked; readonly state: AppState; readonly onClose: () => void }) {
  const { question, project } = asked;
  const of = { projectId: project.id, name: project.name, onClose };
  const open = () => {
    useView.setState({ identity: project.id });
    onClose();
  };
  switch (question) {
    case 'take':
      return <TakeIdentity {...of} onTaken={open} />;
    case 'phone':
      return <Phone {...of} />;
    case 'use':
      return <UseIdentity project={project} state={state} onClose={onClose} />;
    case 'forget':
      return <ForgetIdentity project={project} onClose={onClose} />;
    case 'retire':
      return (
        <Retire
          project={project}
          view={state.identities[project.id]}
          hasToken={hasToken(state.identities[project.id], state.sources[project.id])}
          acting={Object.values(state.worktrees).filter((one) => one.projectId === project.id && !one.base).length}
          onClose={onClose}
        />
      );
    default:
      return question satisfies never;
  }
}

/** Who the projects' agents are to the outside. */
export function IdentitiesPage() {
  const state = useFeed((feed) => feed.state);
  const open = useView((view) => view.identity);
  const [asked, ask] = useState<Asked | null>(null);
  const projects = Object.values(state.projects).sort((a, b) => a.order - b.order || a.name.localeCompare(b.name));
  const ravi = state.ravi.ravi;
  if (!ravi)
    return (
      <>
        <PageHead title="Identities" />
        <Busy>Getting who your projects are</Busy>
      </>
    );
  return (
    <>
      <PageHead title="Identities">{identitiesLine(state)}</PageHead>
      <div className="page-body identities">
        <Services state={state} />
        {projects.length === 0 && (
          <EmptyState title="No projects yet" action={<Button onClick={() => showSettings('jean')}>Open Settings</Button>}>
            The projects of your Jean stand here, as soon as it is found; each can have an identity of its own then.
          </EmptyState>
        )}
        {projects.map((project) => (
          <ProjectIdentity
            key={project.id}
            project={project}
            view={state.identities[project.id]}
            policy={state.policies[project.id]}
            able={ravi.account !== null}
            open={open === project.id}
            onAsk={(question) => ask({ question, project })}
          />
        ))}
      </div>
      {asked && <Questions asked={asked} state={state} onClose={() => ask(null)} />}
    </>
  );
}
