import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { Consent } from './consent.tsx';
import { useAsk } from './use-ask.ts';

const other = 'other';

/** Gets an identity a phone number: costs, and takes its time. */
export function Phone({
  projectId,
  name,
  onClose,
}: {
  readonly projectId: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const [country, setCountry] = useState('US');
  const [typed, setTyped] = useState('');
  const [agreed, agree] = useState(false);
  const [tried, setTried] = useState(false);
  const { busy, trouble, ask } = useAsk('identities.phone');
  const code = country === other ? typed.trim().toUpperCase() : country;
  const wrong = /^[A-Z]{2}$/.test(code) ? null : 'A country has two letters, as in US.';

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (wrong !== null || !agreed) return;
    if (await ask({ projectId, country: code })) onClose();
  };

  return (
    <Dialog title={`A phone number for ${name}`} className="identity-dialog" onClose={onClose}>
      <form className="identity-form" onSubmit={(event) => void submit(event)} noValidate>
        <p className="dialog-text">
          SMS to the number appear in the verification inbox. It takes up to a minute. If it fails it is not tried again by
          itself, so that no second number is paid for.
        </p>
        <div className="labelled">
          <label htmlFor="phone-country">Country</label>
          <select id="phone-country" className="field" value={country} onChange={(event) => setCountry(event.target.value)}>
            <option value="US">United States</option>
            <option value="CA">Canada</option>
            <option value={other}>Another</option>
          </select>
        </div>
        {country === other && (
          <Field
            label="Its two letters"
            hint="As in GB or DE. Ravi says whether it has numbers there."
            value={typed}
            maxLength={2}
            wrong={tried ? wrong : null}
            onText={setTyped}
          />
        )}
        <Consent agreed={agreed} missing={tried && !agreed} then="get one" onAgree={agree}>
          A number may be billed by Ravi, also in later months. The Companion can’t give it back.
        </Consent>
        {busy && (
          <p className="quiet" role="status">
            Ravi gets the number. This takes up to a minute; you may close this and go on.
          </p>
        )}
        <Trouble>{trouble}</Trouble>
        <div className="dialog-actions">
          <Button onClick={onClose}>{busy ? 'Close' : 'Cancel'}</Button>
          <Button look="primary" submit busy={busy}>
            Get a number
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
