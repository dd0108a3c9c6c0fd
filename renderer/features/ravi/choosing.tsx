import { type FormEvent, useId, useState } from 'react';
import { requests } from '../../../shared/ipc.ts';
import type { RaviIdentityView, RaviView } from '../../../shared/ravi.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Trouble } from '../../ui/trouble.tsx';

const localPart = requests['ravi.create'].request.shape.localPart;

/** Identities to pick one of. */
export function Identities({
  identities,
  chosen,
  legend,
  onChoose,
}: {
  readonly identities: readonly RaviIdentityView[];
  readonly chosen: string | null;
  readonly legend: string;
  readonly onChoose: (uuid: string) => void;
}) {
  const name = useId();
  return (
    <fieldset className="ravi-identities">
      <legend>{legend}</legend>
      {identities.map(({ uuid, name: called, inbox, phone }) => (
        <label key={uuid}>
          <input type="radio" name={name} checked={uuid === chosen} onChange={() => onChoose(uuid)} />
          <span>
            {called}
            <small>{phone ? `${inbox}, ${phone}` : inbox}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The first identity of an account: the person decides, since it stays for good and may cost something. */
function NewIdentity() {
  const [name, setName] = useState('');
  const [address, setAddress] = useState('');
  const [agreed, setAgreed] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, create] = useRequest('ravi.create');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = localPart.safeParse(address.trim() === '' ? null : address.trim());
    setWrong(wanted.success ? null : (wanted.error.issues[0]?.message ?? null));
    if (wanted.success && agreed) await create({ name: name.trim() === '' ? null : name.trim(), localPart: wanted.data });
  };
  return (
    <form className="ravi-new" onSubmit={(event) => void submit(event)}>
      <Field
        label="Name"
        placeholder="Acme Companion"
        hint="Ravi makes one up where you give none."
        value={name}
        onText={setName}
      />
      <Field
        label="Address before the @"
        placeholder="acme.companion"
        hint="Ravi makes one up where you give none."
        value={address}
        wrong={wrong}
        onText={setAddress}
      />
      <label className="ravi-consent">
        <input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.target.checked)} />
        <span>I know that an identity can’t be deleted, and that it may be billed.</span>
      </label>
      <Button submit look="primary" busy={busy} disabled={!agreed}>
        Create the identity
      </Button>
    </form>
  );
}

/** A sign-in that went through, and waits for the person to say as whom. */
export function Choosing({ choosing }: { readonly choosing: NonNullable<RaviView['choosing']> }) {
  const { identities, email, trouble } = choosing;
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, choose] = useRequest('ravi.choose');
  const [looking, look] = useRequest('ravi.look');
  const [cancelling, cancel] = useRequest('setup.ravi.cancel');
  const picked = chosen ?? null;
  return (
    <div className="ravi-part">
      <p>{email === null ? 'Ravi takes the key.' : `Ravi knows you as ${email}.`}</p>
      <Trouble>{trouble}</Trouble>
      {identities !== null && identities.length > 0 && (
        <Identities
          identities={identities}
          chosen={picked}
          legend="Whose vault is to keep the credentials, and who sends the Companion’s mail and SMS?"
          onChoose={setChosen}
        />
      )}
      {identities?.length === 0 && (
        <>
          <p>This account has no identity yet, and a vault belongs to one. Create the first here, or at Ravi.</p>
          <NewIdentity />
        </>
      )}
      <div className="setup-actions">
        {identities !== null && identities.length > 0 && (
          <Button
            look="primary"
            busy={busy}
            disabled={picked === null}
            onClick={() => void (picked !== null && choose({ identity: picked }))}
          >
            Use this identity
          </Button>
        )}
        <Button busy={looking} onClick={() => void look(undefined)}>
          List them again
        </Button>
        <Button look="quiet" busy={cancelling} onClick={() => void cancel(undefined)}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
