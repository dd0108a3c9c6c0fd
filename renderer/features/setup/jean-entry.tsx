import { useState } from 'react';
import { type AppState, type InstanceColour, type InstanceView, instanceColour } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { healthOf, healthWords } from '../../shell/services.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Field } from '../../ui/field.tsx';
import { InstanceMark } from '../../ui/instance-mark.tsx';
import { removalWords } from './removal-words.ts';

interface EntryProps {
  readonly instance: InstanceView;
  readonly several: boolean;
  readonly state: AppState;
}

const roadWords: Readonly<Record<NonNullable<InstanceView['road']>, string>> = {
  socket: 'its WebSocket',
  mcp: 'its MCP socket',
  files: 'its files',
};

/** One Jean: how it does, by which way it is watched, what that misses, and what can be done with it. */
export function JeanEntry({ instance, several, state }: EntryProps) {
  const [open, setOpen] = useState<'describe' | 'remove' | null>(null);
  const { id, name, colour, place, health, message, road, limits, url, version } = instance;
  return (
    <section className="setup-found" aria-label={name}>
      <h3 className="setup-jean">
        <InstanceMark colour={colour} />
        {name}
        {several && <span className={`setup-state setup-${healthOf(health)}`}>{healthWords[healthOf(health)]}</span>}
      </h3>
      <p>{message || healthWords[healthOf(health)]}</p>
      {limits && <p className="setup-limits">{limits}</p>}
      <Facts
        facts={[
          ['Address', url],
          ['Version', version],
          ['Watched by', road && roadWords[road]],
          ['Place', place === 'elsewhere' ? 'another machine: its worktrees get no credential from here' : null],
        ]}
      />
      {open === 'describe' ? (
        <Describe id={id} name={name} colour={colour} onDone={() => setOpen(null)} />
      ) : (
        <div className="setup-actions">
          <Button look="quiet" aria-label={`Name and colour of ${name}`} onClick={() => setOpen('describe')}>
            Name and colour
          </Button>
          <Button look="quiet" aria-label={`Remove ${name}`} onClick={() => setOpen('remove')}>
            Remove…
          </Button>
        </div>
      )}
      {open === 'remove' && <Remove instance={instance} state={state} onDone={() => setOpen(null)} />}
    </section>
  );
}

interface DescribeProps {
  readonly id: string;
  readonly name: string;
  readonly colour: InstanceColour;
  readonly onDone: () => void;
}

function Describe({ id, name, colour, onDone }: DescribeProps) {
  const [text, setText] = useState(name);
  const [chosen, setChosen] = useState(colour);
  const [busy, keep] = useRequest('jeans.describe');
  const wanted = text.trim();

  const save = async () => {
    const answer = await keep({ id, name: wanted === '' ? null : wanted, colour: chosen });
    if (answer?.ok) onDone();
  };

  return (
    <form
      className="setup-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field label="Name" hint="Empty: what it is called by itself." value={text} maxLength={60} onText={setText} />
      <fieldset className="setup-colours">
        <legend>Colour</legend>
        {instanceColour.options.map((one) => (
          <label key={one} title={one}>
            <input type="radio" name={`colour-${id}`} checked={one === chosen} onChange={() => setChosen(one)} />
            <InstanceMark colour={one} />
            <span className="unseen">{one}</span>
          </label>
        ))}
      </fieldset>
      <div className="setup-actions">
        <Button submit look="primary" busy={busy}>
          Save
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  );
}

function Remove({
  instance,
  state,
  onDone,
}: {
  readonly instance: InstanceView;
  readonly state: AppState;
  readonly onDone: () => void;
}) {
  const [busy, remove] = useRequest('jeans.remove');
  const confirm = async () => {
    const answer = await remove({ id: instance.id });
    if (answer?.ok) onDone();
  };
  return (
    <Confirm
      title={`Remove ${instance.name}?`}
      says={removalWords(instance, state)}
      keep="Keep it"
      yes="Remove"
      busy={busy}
      onYes={() => void confirm()}
      onClose={onDone}
    />
  );
}
