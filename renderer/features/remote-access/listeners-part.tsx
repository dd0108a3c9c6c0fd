import { useState } from 'react';
import type { JeanWarning, ListenerView } from '../../../shared/remote-access.ts';
import { useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { showSettings } from '../../view.ts';
import { unsharedWords } from './asked-words.ts';
import { listenerWords, shapeOfListener } from './grant-words.ts';

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

function Warning({
  warning,
  instanceId,
  name,
}: {
  readonly warning: JeanWarning;
  readonly instanceId: string;
  readonly name: string;
}) {
  const [busy, mend] = useRequest('jeanToken.mend');
  return (
    <Notice
      shape="needs-you"
      action={
        warning.mendable && (
          <Button busy={busy} aria-label={`Mend it in ${name}`} onClick={() => void mend({ instanceId, warning: warning.id })}>
            Mend it
          </Button>
        )
      }
    >
      {warning.message} {warning.remedy}
    </Notice>
  );
}

function Listener({ listener }: { readonly listener: ListenerView }) {
  const [busy, share] = useRequest('remote.share');
  const [asking, setAsking] = useState<readonly string[] | null>(null);
  const { instanceId, name, state, address, tls, trouble, shared, port, warnings } = listener;
  const heading = `listener-${instanceId}`;
  const set = async (wanted: boolean) => {
    await share({ instanceId, shared: wanted, port: port < 1024 ? null : port });
    setAsking(null);
  };
  return (
    <section className="remote-part" aria-labelledby={heading}>
      <div className="remote-head">
        <h2 id={heading}>{name}</h2>
        <span className="with-sign quiet">
          <StatusShape shape={shapeOfListener(listener)} />
          {listenerWords[state]}
        </span>
        <Button
          look="quiet"
          busy={busy}
          aria-label={shared ? `Stop sharing ${name}` : `Share ${name}`}
          onClick={() => (shared ? setAsking(unsharedWords(listener, useFeed.getState().state)) : void set(true))}
        >
          {shared ? 'Stop sharing…' : 'Share it'}
        </Button>
      </div>
      {address !== null && (
        <p className="remote-address">
          <output aria-label={`Address of ${name}`}>{address}</output>
          <CopyButton text={address} what="the address" />
          <span className="quiet">The address alone opens nothing: each person needs a grant.</span>
        </p>
      )}
      {trouble !== null && <p className={state === 'failed' ? 'remote-trouble' : 'quiet'}>{trouble}</p>}
      {state === 'failed' && (
        <div className="grant-acts">
          <Button busy={busy} aria-label={`Try again: ${name}`} onClick={() => void set(true)}>
            Try again
          </Button>
        </div>
      )}
      {tls !== null && (
        <p className="remote-tls">
          {tls.kind === 'self-signed'
            ? 'Its certificate was made here, so browsers ask once. Tell people to compare the fingerprint before they go on:'
            : 'Your own certificate. Its fingerprint:'}
          <span className="with-copy">
            <code>{tls.fingerprint}</code>
            <CopyButton text={tls.fingerprint} what="the fingerprint" />
          </span>
          <span className="quiet">Good until {day.format(tls.validUntil)}.</span>
        </p>
      )}
      {warnings.map((warning) => (
        <Warning key={warning.id} warning={warning} instanceId={instanceId} name={name} />
      ))}
      {asking && (
        <Confirm
          title={`Stop sharing ${name}`}
          says={asking}
          keep="Go on sharing"
          yes="Stop sharing"
          busy={busy}
          onYes={() => void set(false)}
          onClose={() => setAsking(null)}
        />
      )}
    </section>
  );
}

/** Where each Jean is reached, and what is wrong with how it listens itself. */
export function ListenersPart() {
  const listeners = useFeed((feed) => feed.state.listeners);
  const list = Object.values(listeners).sort((a, b) => Number(b.shared) - Number(a.shared) || a.name.localeCompare(b.name));
  if (list.length === 0)
    return (
      <section className="remote-part" aria-label="Address">
        <p className="remote-none">No Jean is watched yet, so there is nothing to share.</p>
        <div className="grant-acts">
          <Button onClick={() => showSettings('jean')}>Add one in Settings</Button>
        </div>
      </section>
    );
  return list.map((listener) => <Listener key={listener.instanceId} listener={listener} />);
}
