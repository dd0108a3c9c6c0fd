import { useState } from 'react';
import { type RemoteChannel, remoteChannelWords } from '../../../shared/channels.ts';
import type { GrantView } from '../../../shared/remote-access.ts';
import type { ShownGrant } from '../../../shared/remote-requests.ts';
import { say, useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { sendWords } from './asked-words.ts';

/** Sends a link by Ravi, to where the grant's person can be reached. */
export function SendLink({ grant }: { readonly grant: GrantView }) {
  const [busy, send] = useRequest('grants.send');
  const [asking, setAsking] = useState<RemoteChannel | null>(null);
  const jeans = useFeed(({ state }) => grant.instanceIds.filter((id) => state.listeners[id]?.address != null).length);
  const ravi = useFeed((feed) => feed.state.services.ravi?.health === 'ok');
  const ways = [
    { over: 'email', to: grant.mail },
    { over: 'sms', to: grant.phone },
  ] as const;
  if (grant.standing !== 'active' || ways.every(({ to }) => to === null)) return null;
  if (!ravi) return <p className="quiet">To send the link by e-mail or SMS, sign in to Ravi under Settings.</p>;
  const confirm = async (over: RemoteChannel) => {
    const answer = await send({ grantId: grant.id, over });
    if (answer?.ok) say('done', answer.value);
    setAsking(null);
  };
  const asked = ways.find(({ over }) => over === asking);
  return (
    <>
      {ways.map(
        ({ over, to }) =>
          to !== null && (
            <Button key={over} busy={busy} onClick={() => setAsking(over)}>
              Send by {wayWords(over)}…
            </Button>
          ),
      )}
      {asked && asked.to !== null && (
        <Confirm
          title={`Send ${grant.person} a link by ${wayWords(asked.over)}`}
          says={sendWords(grant, asked.over, asked.to, jeans)}
          keep="Don’t send it"
          yes={`Send it to ${asked.to}`}
          look="primary"
          busy={busy}
          onYes={() => void confirm(asked.over)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

const wayWords = (over: RemoteChannel): string => (over === 'email' ? 'e-mail' : remoteChannelWords.sms);

/** A grant's link and QR code, the one time that they are there. */
export function ShownGrantPart({ shown, onClose }: { readonly shown: ShownGrant; readonly onClose: () => void }) {
  const grant = useFeed((feed) => feed.state.grants[shown.grantId]);
  const [at, setAt] = useState(0);
  const link = shown.links[at] ?? shown.links[0];
  const who = grant?.person ?? 'this grant';
  return (
    <>
      <p className="dialog-text">
        This is shown once. Hand it to {who} now: whoever has it gets in. It is stored as a hash only, so it can’t be shown again.
      </p>
      {shown.links.length > 1 && (
        <div className="labelled shown-which">
          <label htmlFor="shown-jean">Jean</label>
          <select id="shown-jean" className="field" value={at} onChange={(event) => setAt(Number(event.target.value))}>
            {shown.links.map(({ instanceId, name }, index) => (
              <option key={instanceId} value={index}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
      {link ? (
        <div className="shown">
          <QrCode text={link.link} what={`the link to ${link.name}`} />
          <div className="shown-texts">
            <p className="shown-secret">
              <output aria-label="Link">{link.link}</output>
              <CopyButton text={link.link} what="the link" />
            </p>
            {new URL(link.link).hostname === '127.0.0.1' && (
              <p className="quiet">
                This link works on this computer alone. For others, choose under “How it is shared” where it listens.
              </p>
            )}
            {grant?.oneTime && <p className="quiet">It works once: the first browser that opens it keeps the access.</p>}
            <details className="shown-script">
              <summary>For a script</summary>
              <p className="shown-secret">
                <output aria-label="Token">{shown.token}</output>
                <CopyButton text={shown.token} what="the token" />
              </p>
              <p className="quiet">
                As <code>Authorization: Bearer …</code>, on the WebSocket too.
              </p>
            </details>
            {grant && (
              <div className="shown-send">
                <SendLink grant={grant} />
              </div>
            )}
          </div>
        </div>
      ) : (
        <p className="dialog-text">
          No Jean of this grant listens now, so there is no link yet. The token: <code className="shown-bare">{shown.token}</code>{' '}
          <CopyButton text={shown.token} what="the token" />
        </p>
      )}
      <div className="dialog-actions">
        <Button look="primary" onClick={onClose}>
          I have handed it on
        </Button>
      </div>
    </>
  );
}
