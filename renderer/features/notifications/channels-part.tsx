import { useEffect, useState } from 'react';
import { type ChannelView, remoteChannel, remoteChannelWords, type Sender } from '../../../shared/channels.ts';
import { run, say, useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { type Shape, StatusShape } from '../../ui/status-shape.tsx';
import { openPage } from '../../view.ts';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import { Recipients } from './channels-recipients.tsx';
import './channels.css';

const shapes: Readonly<Record<ChannelView['state'], Shape>> = {
  off: 'offline',
  ready: 'finished',
  waiting: 'idle',
  stopped: 'needs-you',
};
const stateWords: Readonly<Record<ChannelView['state'], string>> = {
  off: 'Off',
  ready: 'Ready',
  waiting: 'Waits',
  stopped: 'Stopped',
};
const budgets = { sms: [5, 10, 20, 50, 100], email: [10, 20, 50, 100, 200] } as const;

function SenderChoice({ view, senders }: { readonly view: ChannelView; readonly senders: readonly Sender[] | null }) {
  const id = `sender-${view.id}`;
  const locked = useLocked();
  const from = (sender: Sender): string | null => (view.id === 'sms' ? sender.phone : sender.address);
  const able = (senders ?? []).filter((sender) => from(sender) !== null);
  const known = view.identity === null || able.some(({ identity }) => identity === view.identity);
  return (
    <div className="labelled">
      <label htmlFor={id}>Sent by</label>
      <select
        id={id}
        className="field"
        value={view.identity ?? ''}
        disabled={locked(`channels.${view.id}.identity`)}
        onChange={(event) => choose(view, { identity: event.target.value === '' ? null : event.target.value })}
      >
        <option value="">The identity you signed in with</option>
        {able.map((sender) => (
          <option key={sender.identity} value={sender.identity}>
            {`${sender.name}, ${from(sender)}`}
          </option>
        ))}
        {!known && (
          <option value={view.identity ?? ''}>
            {senders === null ? 'The identity that you chose' : 'An identity that can’t send here'}
          </option>
        )}
      </select>
      {view.id === 'sms' && senders !== null && senders.length > 0 && able.length === 0 && (
        <p className="labelled-hint labelled-wrong">None of your Ravi identities has a phone number. Get one at Ravi.</p>
      )}
    </div>
  );
}

function choose({ id, identity, budget, detail }: ChannelView, change: Partial<ChannelView>): void {
  void run('channels.choose', { channel: id, choice: { identity, budget, detail, ...change } });
}

function Budget({ view }: { readonly view: ChannelView }) {
  const id = `budget-${view.id}`;
  const locked = useLocked();
  const choices: readonly number[] = budgets[view.id];
  const options = choices.includes(view.budget) ? choices : [...choices, view.budget].sort((a, b) => a - b);
  return (
    <div className="labelled">
      <label htmlFor={id}>At most</label>
      <select
        id={id}
        className="field"
        value={view.budget}
        disabled={locked(`channels.${view.id}.budget`)}
        onChange={(event) => choose(view, { budget: Number(event.target.value) })}
      >
        {options.map((one) => (
          <option key={one} value={one}>{`${one} a day`}</option>
        ))}
      </select>
      <p className="labelled-hint">
        <span className="figures">{`${view.used} of ${view.budget}`}</span> used today. What is over the budget goes over the
        other channel.
      </p>
    </div>
  );
}

function Channel({ view, senders }: { readonly view: ChannelView; readonly senders: readonly Sender[] | null }) {
  const [testing, test] = useRequest('channels.test');
  const [retrying, retry] = useRequest('channels.retry');
  const locked = useLocked();
  const raviThere = useFeed(({ state: { services } }) => services.ravi !== undefined && services.ravi.health !== 'absent');
  const name = remoteChannelWords[view.id];
  const heading = `channel-${view.id}`;
  const sends = view.state === 'ready' || view.state === 'waiting';
  return (
    <section className="told-part" aria-labelledby={heading}>
      <div className="part-head">
        <h2 id={heading}>{name}</h2>
        {sends && (
          <Button
            busy={testing}
            aria-label={`Send a test by ${name}`}
            onClick={() =>
              void test({ channel: view.id }).then((answer) => {
                if (answer?.ok) say('done', answer.value);
              })
            }
          >
            Send a test
          </Button>
        )}
        {!raviThere && (
          <Button aria-label={`Sign in to Ravi for ${name}`} onClick={() => openPage('settings')}>
            Sign in to Ravi
          </Button>
        )}
        {view.state === 'stopped' && (
          <Button busy={retrying} aria-label={`Try ${name} again`} onClick={() => void retry({ channel: view.id })}>
            Try again
          </Button>
        )}
      </div>
      <p className="part-limit" role="status">
        <StatusShape shape={shapes[view.state]} />
        <span>
          <strong>{stateWords[view.state]}.</strong> {view.message}
        </span>
      </p>
      <ManagedLine paths={['identity', 'budget', 'detail'].map((what) => `channels.${view.id}.${what}`)} />
      <Recipients view={view} />
      <div className="channel-choices">
        <SenderChoice view={view} senders={senders} />
        <Budget view={view} />
      </div>
      <label className="choice">
        <input
          type="checkbox"
          checked={view.detail}
          disabled={locked(`channels.${view.id}.detail`)}
          onChange={(event) => choose(view, { detail: event.target.checked })}
        />
        <span>
          Also send what agents write
          <span className="choice-hint">
            {view.id === 'sms'
              ? 'Commands, questions, plans and errors. Off, an SMS only says what happened and where.'
              : 'Commands, questions and plans. Off, a mail says what happened, where, and the first lines of an error.'}{' '}
            Ravi can read what it sends. What looks like a secret is never sent.
          </span>
        </span>
      </label>
    </section>
  );
}

/** SMS and mail: who sends, to whom, how much, and what stands in the way. */
export function Channels() {
  const channels = useFeed((feed) => feed.state.channels);
  const signedIn = useFeed(({ state: { services } }) => services.ravi?.health === 'ok' || services.ravi?.health === 'warning');
  const [senders, setSenders] = useState<readonly Sender[] | null>(null);
  useEffect(() => {
    if (!signedIn) return setSenders(null);
    let gone = false;
    void run('channels.senders', undefined).then((answer) => {
      if (!gone && answer.ok) setSenders(answer.value);
    });
    return () => {
      gone = true;
    };
  }, [signedIn]);
  return remoteChannel.options.map((id) => {
    const view = channels[id];
    return view && <Channel key={id} view={view} senders={senders} />;
  });
}
