import { Lock } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { type ChannelView, mostRecipients, type RemoteChannel, readAddress } from '../../../shared/channels.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Field } from '../../ui/field.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { useLocked } from '../settings/managed.tsx';

type RecipientView = ChannelView['recipients'][number];

function Code({ channel, address }: { readonly channel: RemoteChannel; readonly address: string }) {
  const [code, setCode] = useState('');
  const [confirming, confirm] = useRequest('channels.confirm');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await confirm({ channel, address, code });
    if (answer?.ok) say('done', `${address} is verified.`);
  };
  return (
    <form className="recipient-code" onSubmit={(event) => void submit(event)}>
      <Field
        label={`Code that came to ${address}`}
        inputMode="numeric"
        maxLength={7}
        value={code}
        onText={setCode}
        hint="It may take a minute to arrive, and is good for 15."
      />
      <Button submit busy={confirming} disabled={code.trim().length < 6}>
        Verify
      </Button>
    </form>
  );
}

interface RecipientProps {
  readonly channel: RemoteChannel;
  readonly recipient: RecipientView;
  /** An organization has set who is on the list: nothing of it can be changed here, its verification neither. */
  readonly locked: boolean;
}

function Recipient({ channel, recipient, locked }: RecipientProps) {
  const { address, verifiedAt, codeUntil, trouble } = recipient;
  const [verifying, verify] = useRequest('channels.verify');
  const [removing, remove] = useRequest('channels.remove');
  const [asking, setAsking] = useState(false);
  // Nothing but its verification is lost, so one that has none goes at once.
  const take = () => void (verifiedAt === null ? remove({ channel, address }) : setAsking(true));
  return (
    <li className="recipient">
      <div className="recipient-line">
        <StatusShape shape={verifiedAt === null ? 'idle' : trouble ? 'needs-you' : 'finished'} />
        <span className="recipient-address">{address}</span>
        <span className="quiet">
          {verifiedAt !== null ? 'verified' : locked ? 'not verified, so nothing goes there' : 'not verified'}
        </span>
        {!locked && (
          <span className="recipient-buttons">
            {verifiedAt === null && (
              <Button busy={verifying} aria-label={`Send a code to ${address}`} onClick={() => void verify({ channel, address })}>
                {codeUntil === null ? 'Send a code' : 'Send another code'}
              </Button>
            )}
            <Button look="quiet" busy={removing} aria-label={`Remove ${address}`} onClick={take}>
              Remove
            </Button>
          </span>
        )}
      </div>
      {asking && (
        <Confirm
          title={`Remove ${address}?`}
          says={['Nothing is sent there any more, also what waits now. To take it up again you verify it anew, by a code.']}
          keep="Keep it"
          yes="Remove"
          busy={removing}
          onYes={() => void remove({ channel, address })}
          onClose={() => setAsking(false)}
        />
      )}
      {trouble !== null && <p className="recipient-trouble">{trouble}</p>}
      {!locked && verifiedAt === null && codeUntil !== null && <Code channel={channel} address={address} />}
    </li>
  );
}

/** To whom a channel goes: each is verified by a code before anything else is sent there. */
export function Recipients({ view }: { readonly view: ChannelView }) {
  const channel = view.id;
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [adding, add] = useRequest('channels.add');
  const locked = useLocked()(`channels.${channel}.recipients`);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const read = readAddress(channel, typed);
    setWrong(read.ok ? null : read.wrong);
    if (!read.ok) return;
    const answer = await add({ channel, address: read.address });
    if (answer?.ok) setTyped('');
  };
  return (
    <div className="recipients">
      {view.recipients.length > 0 && (
        <ul aria-label={channel === 'sms' ? 'Numbers' : 'Addresses'}>
          {view.recipients.map((recipient) => (
            <Recipient
              key={recipient.address}
              channel={channel}
              locked={locked}
              // What stops all of the channel is said once, above.
              recipient={recipient.trouble === view.message ? { ...recipient, trouble: null } : recipient}
            />
          ))}
        </ul>
      )}
      {locked && (
        <p className="managed-line">
          <Lock size={12} aria-hidden="true" />
          {view.recipients.length === 0
            ? 'Your organization has set that it goes to nobody.'
            : 'Who is on this list is set by your organization. Ask there to change it.'}
        </p>
      )}
      {!locked && view.recipients.length < mostRecipients && (
        <form className="recipient-new" onSubmit={(event) => void submit(event)}>
          <Field
            label={channel === 'sms' ? 'Add a number' : 'Add an address'}
            type={channel === 'sms' ? 'tel' : 'text'}
            placeholder={channel === 'sms' ? '+15551234567' : 'you@example.com'}
            hint="Nothing but a code goes there until you have typed that code in here."
            value={typed}
            wrong={wrong}
            onText={setTyped}
          />
          <Button submit busy={adding} disabled={typed.trim() === ''}>
            Add
          </Button>
        </form>
      )}
    </div>
  );
}
