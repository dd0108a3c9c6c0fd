import { type FormEvent, useState } from 'react';
import { remoteRole, remoteRoleWords } from '../../../shared/remote-access.ts';
import type { ShownGrant } from '../../../shared/remote-requests.ts';
import { useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { blank, lives, type Typed, wishOf } from './grant-wish.ts';
import { ShownGrantPart } from './shown-grant.tsx';

const endWords = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  hour: '2-digit',
  minute: '2-digit',
});

interface FormProps {
  readonly onMade: (shown: ShownGrant) => void;
  readonly onClose: () => void;
}

function Form({ onMade, onClose }: FormProps) {
  const listeners = useFeed((feed) => feed.state.listeners);
  const [typed, setTyped] = useState(blank);
  const [tried, setTried] = useState(false);
  const [busy, create] = useRequest('grants.create');
  const change = (over: Partial<Typed>): void => setTyped((before) => ({ ...before, ...over }));
  const shared = Object.values(listeners).filter((one) => one.shared);
  const ids = shared.map(({ instanceId }) => instanceId);
  const { wish, wrong } = wishOf(typed, ids);
  const wrongIn = (field: string): string | null => (tried ? (wrong[field] ?? null) : null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (wish === null) return;
    const answer = await create(wish);
    if (answer?.ok) onMade(answer.value);
  };
  const chosen = typed.instanceIds ?? ids;
  return (
    <form className="new-grant" onSubmit={(event) => void submit(event)} noValidate>
      <Field
        label="Who"
        hint="A person, a device or a script; the log calls it so."
        value={typed.person}
        wrong={wrongIn('person')}
        onText={(person) => change({ person })}
        autoFocus
      />
      <fieldset className="roles">
        <legend>Role</legend>
        {remoteRole.options.map((role) => (
          <label key={role} className="choice">
            <input type="radio" name="role" checked={typed.role === role} onChange={() => change({ role })} />
            <span>
              {remoteRoleWords[role].name}
              <span className="choice-hint">{remoteRoleWords[role].may}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="labelled">
        <label htmlFor="grant-life">Until</label>
        <select
          id="grant-life"
          className="field"
          value={typed.lifeMs}
          onChange={(event) => change({ lifeMs: Number(event.target.value) })}
        >
          {lives.map(({ ms, words }) => (
            <option key={ms} value={ms}>{`${words} from now`}</option>
          ))}
        </select>
        <p className="labelled-hint">
          It ends on {endWords.format(Date.now() + typed.lifeMs)}. You can end it or make it longer at any time.
        </p>
      </div>
      <details className="more" open={tried && ['mail', 'phone', 'addresses', 'instanceIds'].some((field) => wrong[field])}>
        <summary>More choices</summary>
        <div className="more-inside">
          {(shared.length > 1 || wrongIn('instanceIds') !== null) && (
            <fieldset className="roles">
              <legend>Jeans</legend>
              {shared.map(({ instanceId, name }) => (
                <label key={instanceId} className="choice">
                  <input
                    type="checkbox"
                    checked={chosen.includes(instanceId)}
                    onChange={(event) =>
                      change({
                        instanceIds: event.target.checked ? [...chosen, instanceId] : chosen.filter((id) => id !== instanceId),
                      })
                    }
                  />
                  <span>{name}</span>
                </label>
              ))}
              {wrongIn('instanceIds') !== null && <p className="labelled-hint labelled-wrong">{wrong.instanceIds}</p>}
            </fieldset>
          )}
          <label className="choice">
            <input type="checkbox" checked={typed.oneTime} onChange={(event) => change({ oneTime: event.target.checked })} />
            <span>
              The link works once
              <span className="choice-hint">The first browser that opens it keeps the access; the link is dead then.</span>
            </span>
          </label>
          <Field
            label="Only from these addresses"
            hint="Empty: from everywhere. As in 203.0.113.7 or 192.168.1.0/24, with commas."
            value={typed.addresses}
            wrong={wrongIn('addresses')}
            onText={(addresses) => change({ addresses })}
          />
          <Field
            label="E-mail"
            hint="To send the link there by Ravi."
            type="email"
            value={typed.mail}
            wrong={wrongIn('mail')}
            onText={(mail) => change({ mail })}
          />
          <Field
            label="Phone"
            hint="To send the link there by SMS: with + and country code."
            type="tel"
            value={typed.phone}
            wrong={wrongIn('phone')}
            onText={(phone) => change({ phone })}
          />
        </div>
      </details>
      <div className="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" submit busy={busy}>
          Make the grant
        </Button>
      </div>
    </form>
  );
}

/** Three questions, then the link and its QR code. The link is kept here alone, and goes with the dialog. */
export function NewGrant({ onClose }: { readonly onClose: () => void }) {
  const [shown, setShown] = useState<ShownGrant | null>(null);
  return (
    <Dialog title={shown === null ? 'New grant' : 'Its link'} className="grant-dialog" firm={shown !== null} onClose={onClose}>
      {shown === null ? <Form onMade={setShown} onClose={onClose} /> : <ShownGrantPart shown={shown} onClose={onClose} />}
    </Dialog>
  );
}
