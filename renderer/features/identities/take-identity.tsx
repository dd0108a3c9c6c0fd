import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { type IdentityToPick, localPart } from '../../../shared/identities.ts';
import { bridge } from '../../bridge.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { PartError } from '../../ui/states.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { Consent } from './consent.tsx';
import { useAsk } from './use-ask.ts';

interface Of {
  readonly projectId: string;
  readonly name: string;
  readonly onClose: () => void;
  /** It has one now. */
  readonly onTaken: () => void;
}

type Listed =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly identities: readonly IdentityToPick[] }
  | { readonly phase: 'failed'; readonly message: string };

/** The identities of the account, asked for once and again when the person says so. */
function useIdentities(): readonly [Listed, () => void] {
  const [listed, setListed] = useState<Listed>({ phase: 'loading' });
  const look = useCallback(() => {
    setListed({ phase: 'loading' });
    void bridge
      .request('identities.list', undefined)
      .then((answer) =>
        setListed(answer.ok ? { phase: 'ready', identities: answer.value } : { phase: 'failed', message: answer.error.message }),
      );
  }, []);
  useEffect(look, [look]);
  return [listed, look];
}

const newOne = 'new';

function Choice({ identity, chosen, onChoose }: ChoiceProps) {
  const { uuid, name, inbox, phone, projects } = identity;
  return (
    <label className="identity-choice">
      <input type="radio" name="identity" checked={chosen} onChange={onChoose} />
      <span>
        {name}
        <span className="identity-hint">{[inbox, phone].filter(Boolean).join(' · ')}</span>
        {projects.length > 0 && (
          <span className="identity-hint" id={`used-${uuid}`}>
            In use by {projects.join(', ')}: they would be the same to the outside.
          </span>
        )}
      </span>
    </label>
  );
}

interface ChoiceProps {
  readonly identity: IdentityToPick;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

/** Picks an identity of the account for a project, or makes one. */
export function TakeIdentity({ projectId, name, onClose, onTaken }: Of) {
  const [listed, look] = useIdentities();
  const [chosen, choose] = useState<string>(newOne);
  const [called, setCalled] = useState(name);
  const [part, setPart] = useState('');
  const [agreed, agree] = useState(false);
  const [tried, setTried] = useState(false);
  const pick = useAsk('identities.pick');
  const create = useAsk('identities.create');

  const wanted = part.trim() === '' ? null : localPart.safeParse(part);
  const wrong = {
    name: called.trim() === '' ? 'It needs a name.' : null,
    part: wanted && !wanted.success ? (wanted.error.issues[0]?.message ?? null) : null,
  };
  const trouble = chosen === newOne ? create.trouble : pick.trouble;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (chosen !== newOne) {
      if (await pick.ask({ projectId, uuid: chosen })) onTaken();
      return;
    }
    if (wrong.name !== null || wrong.part !== null || !agreed) return;
    if (await create.ask({ projectId, name: called.trim(), localPart: wanted?.data ?? null })) onTaken();
  };

  return (
    <Dialog title={`Who ${name} is to the outside`} className="identity-dialog" onClose={onClose}>
      <form className="identity-form" onSubmit={(event) => void submit(event)} noValidate>
        <p className="dialog-text">
          An identity at Ravi has a mail address, and a phone number if you want. With them it gets a GitHub account of its own,
          step by step.
        </p>
        <fieldset className="identity-choices">
          <legend className="unseen">Identity</legend>
          <label className="identity-choice">
            <input type="radio" name="identity" checked={chosen === newOne} onChange={() => choose(newOne)} />
            <span>Make a new one</span>
          </label>
          {listed.phase === 'ready' &&
            listed.identities.map((identity) => (
              <Choice
                key={identity.uuid}
                identity={identity}
                chosen={chosen === identity.uuid}
                onChoose={() => choose(identity.uuid)}
              />
            ))}
        </fieldset>
        {listed.phase === 'loading' && (
          <p className="quiet" role="status">
            Asking Ravi for those that there are
          </p>
        )}
        {listed.phase === 'failed' && (
          <PartError what="the list of identities" retry={look}>
            {listed.message}
          </PartError>
        )}
        {chosen !== newOne && (
          <p className="quiet">
            A key of its own is made for it at Ravi, unless one is on this computer. Keys have no end: only Ravi’s dashboard
            deletes them.
          </p>
        )}
        {chosen === newOne && (
          <div className="identity-new">
            <Field
              label="Name"
              hint="Others see it as the sender of its mails."
              value={called}
              maxLength={100}
              wrong={tried ? wrong.name : null}
              onText={setCalled}
            />
            <Field
              label="Address, before the @"
              hint="Empty: Ravi makes one up."
              value={part}
              wrong={tried ? wrong.part : null}
              onText={setPart}
            />
            <Consent agreed={agreed} missing={tried && !agreed} then="make one" onAgree={agree}>
              This may be billed by Ravi, and it is permanent: Ravi has no way to delete an identity.
            </Consent>
          </div>
        )}
        <Trouble>{trouble}</Trouble>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" submit busy={pick.busy || create.busy}>
            {chosen === newOne ? 'Make it' : 'Use this one'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
