import { useState } from 'react';
import type { AppState } from '../../../shared/model.ts';
import { run, say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Facts } from '../../ui/facts.tsx';
import { ChooseRepositories } from '../projects/coverage-notice.tsx';
import { Card } from './card.tsx';
import { disconnectWords } from './disconnect-words.ts';
import { GithubConnect } from './github-connect.tsx';
import { GithubInstallations, outOfReach } from './github-installations.tsx';
import { ServiceMessage } from './service-message.tsx';

function Disconnect({ state, onClose }: { readonly state: AppState; readonly onClose: () => void }) {
  const [busy, forget] = useRequest('setup.github.forget');
  const confirm = async () => {
    await forget(undefined);
    onClose();
  };
  return (
    <Confirm
      title="Disconnect the GitHub App"
      says={disconnectWords(state)}
      keep="Keep it"
      yes="Disconnect"
      busy={busy}
      onYes={() => void confirm()}
      onClose={onClose}
    />
  );
}

/** What goes on, and what does not, while GitHub can't be asked. */
function whileGithubIsAway({ credentials }: AppState): string {
  const live = Object.values(credentials).filter(({ state }) => state === 'active').length;
  const held =
    live === 0 ? '' : live === 1 ? 'The live credential works to its end. ' : `The ${live} live credentials work to their ends. `;
  return `${held}New ones are made as soon as GitHub answers; what stands below is what was last known.`;
}

/** What makes the credentials. */
export function GithubCard({ state }: { readonly state: AppState }) {
  const { github, vault } = state.services;
  const [retrying, retry] = useRequest('setup.retry');
  const [replacing, replaceKey] = useRequest('setup.github.key');
  const [asking, setAsking] = useState(false);
  const takeKey = async () => {
    const answer = await replaceKey(undefined);
    if (answer?.ok && answer.value)
      say('done', 'GitHub accepts the new key. Now delete the old one in the App’s settings: the fingerprint tells them apart.');
  };
  const health = github?.health ?? 'absent';
  return (
    <Card
      title="GitHub App"
      health={health}
      {...(github?.registration && { words: 'waits for you at GitHub' })}
      purpose="Makes a credential for each worktree, good for an hour and for its repository alone."
    >
      <ServiceMessage service={github} />
      {health === 'down' && <p className="quiet">{whileGithubIsAway(state)}</p>}
      {github && <Facts facts={Object.entries(github.facts)} />}
      {health === 'absent' ? (
        <>
          {vault?.health === 'warning' && <p>{vault.message}</p>}
          <GithubConnect registration={github?.registration} />
        </>
      ) : (
        <>
          <GithubInstallations state={state} />
          <div className="setup-actions">
            <Button busy={retrying} aria-label="Check GitHub again" onClick={() => void retry({ service: 'github' })}>
              Check again
            </Button>
            <ChooseRepositories look={outOfReach(state).length > 0 ? 'primary' : 'plain'} />
            <Button look="quiet" busy={replacing} onClick={() => void takeKey()}>
              Replace key…
            </Button>
            {github?.facts.Installations !== undefined && (
              <Button
                look="quiet"
                aria-label="App settings at GitHub"
                onClick={() => void run('open.external', { target: 'github-app', worktreeId: null })}
              >
                App settings
              </Button>
            )}
            <Button look="quiet" aria-label="Disconnect GitHub" onClick={() => setAsking(true)}>
              Disconnect…
            </Button>
          </div>
        </>
      )}
      {asking && <Disconnect state={state} onClose={() => setAsking(false)} />}
    </Card>
  );
}
