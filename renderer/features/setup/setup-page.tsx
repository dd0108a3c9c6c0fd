import { useRequest } from '../../actions.ts';
import { PageHead } from '../../shell/page-head.tsx';
import { appOf, useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { openPage } from '../../view.ts';
import { LeavingCard } from '../leaving/leaving-card.tsx';
import { CommandLineCard } from './command-line-card.tsx';
import { CommitsCard } from './commits-card.tsx';
import { GithubCard } from './github-card.tsx';
import { JeanCard } from './jean-card.tsx';
import { RaviCard } from './ravi-card.tsx';
import './setup.css';

/** What the Companion found, what it misses, and how to mend that; also the first thing a new person sees. */
export function SetupPage() {
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
      <PageHead title="Set-up">{first ? 'what was found, and what is missing' : 'what the Companion leans on'}</PageHead>
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
        <CommitsCard />
        <CommandLineCard />
        {!first && <LeavingCard state={state} />}
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
