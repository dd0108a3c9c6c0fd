import type { AppState } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { PageHead } from '../../shell/page-head.tsx';
import { appOf, useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { openPage } from '../../view.ts';
import { RaviCard } from '../ravi/ravi-card.tsx';
import { FileProblems } from '../settings/file-problems.tsx';
import { GithubCard } from '../setup/github-card.tsx';
import { JeanCard } from '../setup/jean-card.tsx';
import { CheckCard } from './check-card.tsx';
import { IdentitiesCard } from './identities-card.tsx';
import { EnterSandbox } from './sandbox-doors.tsx';
import { Step } from './step.tsx';
import '../setup/setup.css';
import './first-steps.css';

/** Nothing is missing; but what is there may not do. */
function troubledWords({ services }: AppState): string {
  const named = { github: 'GitHub', ravi: 'Ravi' } as const;
  const troubled = (['github', 'ravi'] as const).filter((one) => ['down', 'warning'].includes(services[one]?.health ?? ''));
  if (troubled.length === 0) return 'nothing is missing';
  const names = troubled.map((one) => named[one]).join(' and ');
  return `nothing is missing, but ${names} ${troubled.length === 1 ? 'needs' : 'need'} a look`;
}

/** What the Companion found, what it misses, and how to mend that; also the first thing a new person sees. */
export function FirstStepsPage() {
  const state = useFeed((feed) => feed.state);
  const app = appOf(state);
  const [finishing, finish] = useRequest('setup.done');
  const first = app?.firstRunDone === false;
  const found = {
    jean: Object.values(state.instances).some(({ health }) => health === 'online'),
    github: (state.services.github?.health ?? 'absent') !== 'absent',
    ravi: Boolean(state.ravi.ravi?.account) && !state.services.ravi?.login,
  };
  const missing = Object.entries(found).filter(([step, there]) => !there && !app?.skipped.some((one) => one === step)).length;

  const done = async () => {
    const answer = await finish(undefined);
    if (answer?.ok) openPage('sessions');
  };

  return (
    <>
      <PageHead title="First steps">
        {missing === 0
          ? troubledWords(state)
          : missing === 1
            ? 'one thing is to do, or to skip'
            : `${missing} things are to do, or to skip`}
      </PageHead>
      <div className="page-body setup">
        <FileProblems />
        {first && (
          <p className="setup-welcome">
            The Companion gives every session in Jean its own short-lived GitHub credential, and tells you when one needs you. It
            needs Jean and a GitHub App; Ravi is a vault that you may add.
          </p>
        )}
        <Step step="jean" name="Jean" found={found.jean} without="No session is seen, and no worktree gets a credential.">
          <JeanCard state={state} />
        </Step>
        <Step step="github" name="GitHub" found={found.github} without="Sessions are watched, and push with your own credential.">
          <GithubCard state={state} />
        </Step>
        <Step
          step="ravi"
          name="Ravi"
          found={found.ravi}
          without="Credentials stay on this computer; there is no SMS and no e-mail."
        >
          <RaviCard state={state} />
        </Step>
        <CheckCard state={state} />
        <IdentitiesCard state={state} />
        <footer className="setup-end">
          {app?.mode === 'live' && <EnterSandbox />}
          <p className="quiet">
            Companion {app?.version} · Electron {app?.electron}
          </p>
          <Button look="primary" busy={finishing} onClick={() => void done()}>
            Done
          </Button>
        </footer>
      </div>
    </>
  );
}
