import { useRequest } from '../../actions.ts';
import { PageHead } from '../../shell/page-head.tsx';
import { appOf, useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { openPage } from '../../view.ts';
import { GithubCard } from '../setup/github-card.tsx';
import { JeanCard } from '../setup/jean-card.tsx';
import { RaviCard } from '../setup/ravi-card.tsx';
import '../setup/setup.css';

/** What the Companion found, what it misses, and how to mend that; also the first thing a new person sees. */
export function FirstStepsPage() {
  const state = useFeed((feed) => feed.state);
  const app = appOf(state);
  const [finishing, finish] = useRequest('setup.done');
  const [entering, enter] = useRequest('sandbox.enter');
  const { ravi, vault } = state.services;
  const first = app?.firstRunDone === false;

  const done = async () => {
    const answer = await finish(undefined);
    if (answer?.ok) openPage('sessions');
  };

  return (
    <>
      <PageHead title="First steps">what was found, and what is missing</PageHead>
      <div className="page-body setup">
        {first && (
          <p className="setup-welcome">
            The Companion gives every session in Jean its own short-lived GitHub credential, and tells you when one needs you. It
            needs Jean and a GitHub App; Ravi is a vault that you may add.
          </p>
        )}
        <JeanCard state={state} />
        <GithubCard state={state} />
        <RaviCard ravi={ravi} vault={vault} />
        <footer className="setup-end">
          {app?.mode === 'live' && (
            <Button busy={entering} onClick={() => void enter(undefined)}>
              Explore with the sandbox
            </Button>
          )}
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
