import type { InstanceView } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { healthOf, healthWords } from '../../shell/services.ts';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Card } from './card.tsx';

/** The worst health of all instances is the card's: it is what there is to do. */
function worst(instances: readonly InstanceView[]) {
  const all = instances.map((one) => healthOf(one.health));
  return all.find((one) => one === 'down') ?? all.find((one) => one === 'checking') ?? all[0] ?? 'absent';
}

/** Where the sessions are. */
export function JeanCard({ instances }: { readonly instances: readonly InstanceView[] }) {
  const [choosing, choose] = useRequest('setup.jean');
  const [looking, look] = useRequest('setup.retry');
  const health = worst(instances);
  return (
    <Card title="Jean" health={health} purpose="Runs your sessions. The Companion watches it and changes nothing in it.">
      {instances.length === 0 && (
        <p>No Jean was found on this machine. Start it once, or choose the folder where it keeps its data.</p>
      )}
      {instances.map((one) => (
        <div key={one.id} className="setup-found">
          <p>
            {instances.length > 1 && <strong>{one.name}: </strong>}
            {one.message || healthWords[healthOf(one.health)]}
          </p>
          <Facts
            facts={[
              ['Address', one.url],
              ['Version', one.version],
            ]}
          />
        </div>
      ))}
      <div className="setup-actions">
        <Button busy={choosing} onClick={() => void choose(undefined)}>
          Choose Jean's data folder…
        </Button>
        <Button look="quiet" busy={looking} aria-label="Look again for Jean" onClick={() => void look({ service: 'jean' })}>
          Look again
        </Button>
      </div>
    </Card>
  );
}
