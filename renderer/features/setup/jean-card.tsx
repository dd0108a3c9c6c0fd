import type { AppState, InstanceView } from '../../../shared/model.ts';
import { say, useRequest } from '../../actions.ts';
import { healthOf } from '../../shell/services.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from './card.tsx';
import { JeanEntry } from './jean-entry.tsx';

/** The worst health of all instances is the card's: it is what there is to do. */
function worst(instances: readonly InstanceView[]) {
  const all = instances.map((one) => healthOf(one.health));
  return all.find((one) => one === 'down') ?? all.find((one) => one === 'checking') ?? all[0] ?? 'absent';
}

/** Where the sessions are: every Jean that is watched, and how to watch another. */
export function JeanCard({ state }: { readonly state: AppState }) {
  const [choosing, choose] = useRequest('setup.jean');
  const [looking, look] = useRequest('setup.retry');
  const [adding, add] = useRequest('jeans.add');
  const [restoring, restore] = useRequest('jeans.restore');
  const instances = Object.values(state.instances);
  const health = worst(instances);
  const here = instances.some(({ place }) => place === 'here');

  const added = async () => {
    const answer = await add(undefined);
    if (!answer?.ok) return;
    const { name, renewed } = answer.value;
    say('done', renewed ? `The token of ${name} was replaced.` : `Jean at ${name} is watched from now on.`);
  };

  return (
    <Card
      title="Jean"
      health={health}
      {...(health === 'absent' && instances.length > 0 && { words: 'not found' })}
      purpose="Runs your sessions. The Companion watches it and changes nothing in it by itself."
    >
      {instances.length === 0 && <p>No Jean is watched.</p>}
      {instances.map((one) => (
        <JeanEntry key={one.id} instance={one} several={instances.length > 1} state={state} />
      ))}
      <p className="quiet setup-small">
        A Jean on another machine: copy its access address (Settings → Web Access), then add it. The token in it goes from the
        clipboard into the system’s keyring and is not shown here.
      </p>
      <div className="setup-actions">
        <Button busy={adding} onClick={() => void added()}>
          Add the copied address
        </Button>
        <Button busy={choosing} onClick={() => void choose(undefined)}>
          Choose Jean's data folder…
        </Button>
        {!here && (
          <Button busy={restoring} onClick={() => void restore(undefined)}>
            Watch the Jean on this computer
          </Button>
        )}
        <Button look="quiet" busy={looking} aria-label="Look again for Jean" onClick={() => void look({ service: 'jean' })}>
          Look again
        </Button>
      </div>
    </Card>
  );
}
