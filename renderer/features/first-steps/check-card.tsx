import { useState } from 'react';
import { type CheckView, checkWords } from '../../../shared/first-check.ts';
import type { AppState } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { type Shape, StatusShape } from '../../ui/status-shape.tsx';
import { Card } from '../setup/card.tsx';

type Step = CheckView['steps'][number];

const shapes: Readonly<Record<Step['state'], Shape>> = {
  todo: 'idle',
  doing: 'running',
  done: 'finished',
  failed: 'failed',
  skipped: 'offline',
};
const stateWords: Readonly<Record<Step['state'], string>> = {
  todo: 'to come',
  doing: 'under way',
  done: 'done',
  failed: 'failed',
  skipped: 'left out',
};
const health = { running: 'checking', passed: 'ok', failed: 'down', stopped: 'warning' } as const;
const words = { running: 'under way', passed: 'everything works', failed: 'did not pass', stopped: 'was stopped' } as const;

function Steps({ check }: { readonly check: CheckView }) {
  return (
    <ol className="check-steps" aria-label="Steps of the check">
      {check.steps.map(({ step, state, sentence, tookMs }) => (
        <li key={step} className={`check-${state}`}>
          <StatusShape shape={shapes[state]} />
          <div>
            <p>
              {checkWords[step]}
              <span className="unseen">: {stateWords[state]}</span>
              {tookMs !== null && <span className="check-took figures">{(tookMs / 1000).toFixed(1)} s</span>}
            </p>
            {sentence !== '' && <p className="check-sentence">{sentence}</p>}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Does the real thing once: a credential is made, used by git, revoked and seen to be dead, in a work tree of its own. */
export function CheckCard({ state }: { readonly state: AppState }) {
  const check = state.check.check ?? null;
  const [starting, start] = useRequest('check.run');
  const [stopping, stop] = useRequest('check.stop');
  const offered = Object.values(state.projects)
    .filter(({ id, repository }) => repository !== null && state.policies[id]?.enabled !== false)
    .sort((a, b) => a.name.localeCompare(b.name));
  const [chosen, choose] = useState<string | null>(null);
  const projectId = offered.some(({ id }) => id === chosen) ? chosen : (offered[0]?.id ?? null);
  const running = check?.state === 'running';

  return (
    <Card
      title="Check"
      health={check ? health[check.state] : 'absent'}
      words={check ? words[check.state] : 'not tried yet'}
      purpose="Does the real thing once, in a scratch work tree: makes a credential, has git use it, revokes it, and sees that it is dead."
    >
      {offered.length === 0 ? (
        <p>
          It needs a project of Jean’s that is a clone of a repository at GitHub, and the GitHub App installed there. Connect Jean
          and GitHub above.
        </p>
      ) : (
        <div className="setup-actions">
          <select
            className="field"
            aria-label="Project to check with"
            value={projectId ?? ''}
            disabled={running}
            onChange={(event) => choose(event.target.value)}
          >
            {offered.map(({ id, name, repository }) => (
              <option key={id} value={id}>
                {name} ({repository})
              </option>
            ))}
          </select>
          {running ? (
            <Button busy={stopping} onClick={() => void stop(undefined)}>
              Stop
            </Button>
          ) : (
            <Button busy={starting} onClick={() => projectId !== null && void start({ projectId })}>
              {check ? 'Check again' : 'Check it'}
            </Button>
          )}
        </div>
      )}
      {check && <Steps check={check} />}
    </Card>
  );
}
