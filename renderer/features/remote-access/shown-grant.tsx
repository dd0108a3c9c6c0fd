import { useState } from 'react';
import { remoteChannelWords } from '../../../shared/channels.ts';
import type { GrantView } from '../../../shared/remote-access.ts';
import type { ShownGrant } from '../../../shared/remote-requests.ts';
import { say, useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { QrCode } from '../../ui/qr-code.tsx';

/** Sends a link by Ravi, to where the grant's person can be reached. */
export function SendLink({ grant }: { readonly grant: GrantView }) {
  const [busy, send] = useRequest('grants.send');
  const ravi = useFeed((feed) => feed.state.services.ravi?.health === 'ok');
  const ways = [
    { over: 'email', to: grant.mail },
    { over: 'sms', to: grant.phone },
  ] as const;
  if (grant.standing !== 'active' || ways.every(({ to }) => to === null)) return null;
  if (!ravi) return <p className="quiet">To send the link by e-mail or SMS, sign in to Ravi under Settings.</p>;
  return ways.map(
    ({ over, to }) =>
      to !== null && (
        <Button
          key={over}
          busy={busy}
          title={`A link that works once and dies after 15 minutes goes to ${to}`}
          onClick={() =>
            void send({ grantId: grant.id, over }).then((answer) => {
              if (answer?.ok) say('done', answer.value);
            })
          }
        >
          Send by {over === 'email' ? 'e-mail' : remoteChannelWords.sms}
        </Button>
      ),
  );
}

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
