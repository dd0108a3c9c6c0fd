import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
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
        <label className="identity-consent">
          <input
            type="checkbox"
            checked={agreed}
            aria-invalid={(tried && !agreed) || undefined}
            onChange={(event) => agree(event.target.checked)}
          />
          <span>
            A number may be billed by Ravi, also in later months. The Companion can’t give it back.
            {tried && !agreed && <span className="labelled-wrong"> Tick this to get one.</span>}
          </span>
        </label>
        {busy && (
          <p className="quiet" role="status">
            Ravi gets the number. This takes up to a minute; you may close this and go on.
          </p>
        )}
        {trouble !== null && (
          <p className="identity-wrong" role="alert">
            {trouble}
          </p>
        )}
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
