import { useState } from 'react';
import type { RemoteView } from '../../../shared/remote-settings.ts';
import { useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { PageHead } from '../../shell/page-head.tsx';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Busy, EmptyState } from '../../ui/states.tsx';
import { useView } from '../../view.ts';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import { offWords } from './asked-words.ts';
import { ConnectedPart } from './connected-part.tsx';
import { DoorsPart } from './doors-part.tsx';
import { groupGrants, remoteLine } from './grant-words.ts';
import { GrantsPart } from './grants-part.tsx';
import { JeanTokenPart } from './jean-token-part.tsx';
import { ListenersPart } from './listeners-part.tsx';
import { NewGrant } from './new-grant.tsx';
import { RevokeGrants } from './revoke-grants.tsx';
import { SharingPart } from './sharing-part.tsx';
import './remote.css';

function Off() {
  const [busy, turn] = useRequest('remote.turn');
  const locked = useLocked()('remoteAccess.enabled');
  return (
    <EmptyState
      title="Remote access is off"
      action={
        locked ? (
          <ManagedLine paths={['remoteAccess.enabled']} />
        ) : (
          <Button look="primary" busy={busy} onClick={() => void turn({ on: true })}>
            Turn on remote access
          </Button>
        )
      }
    >
      Jean’s web access has one token for everybody, and it opens a full shell. With remote access each person gets a key of their
      own: narrowed by role, timed, and gone within a second when you revoke it. Each door is in the log.
    </EmptyState>
  );
}

function On({ view, onRevoke, onOff }: { readonly view: RemoteView; readonly onRevoke: () => void; readonly onOff: () => void }) {
  const [pausing, pause] = useRequest('remote.pause');
  const locked = useLocked();
  return (
    <>
      {view.trouble !== null && <Notice shape="failed">{view.trouble}</Notice>}
      {view.paused && (
        <Notice
          shape="idle"
          action={
            <Button busy={pausing} disabled={locked('remoteAccess.paused')} onClick={() => void pause({ paused: false })}>
              Resume
            </Button>
          }
        >
          Remote access is paused: everybody is out, and nobody gets in until you resume. Grants go on to their ends.
        </Notice>
      )}
      <ListenersPart />
      <ConnectedPart />
      <GrantsPart onRevoke={onRevoke} />
      <DoorsPart />
      <SharingPart view={view} />
      <JeanTokenPart view={view} />
      <ManagedLine paths={['remoteAccess.enabled', 'remoteAccess.paused']} />
      <div className="remote-foot">
        {!view.paused && (
          <Button busy={pausing} disabled={locked('remoteAccess.paused')} onClick={() => void pause({ paused: true })}>
            Pause remote access
          </Button>
        )}
        <Button look="danger" disabled={locked('remoteAccess.enabled')} onClick={onOff}>
          Turn off remote access…
        </Button>
        <p className="quiet">Off, nothing listens and everybody is out. Grants stay, and are good again when you turn it on.</p>
      </div>
    </>
  );
}

function TurnOff({ onClose }: { readonly onClose: () => void }) {
  const [busy, turn] = useRequest('remote.turn');
  const state = useFeed((feed) => feed.state);
  const confirm = async () => {
    await turn({ on: false });
    onClose();
  };
  return (
    <Confirm
      title="Turn off remote access"
      says={offWords(state)}
      keep="Leave it on"
      yes="Turn it off"
      busy={busy}
      onYes={() => void confirm()}
      onClose={onClose}
    />
  );
}

/** What is asked before something is done; beside the page's body, whose widths are not a dialog's. */
function Questions({ asking, onClose }: { readonly asking: 'revoke' | 'off' | null; readonly onClose: () => void }) {
  const grants = useFeed((feed) => feed.state.grants);
  const making = useView((state) => state.makingGrant);
  const now = useNow();
  return (
    <>
      {making && <NewGrant onClose={() => useView.setState({ makingGrant: false })} />}
      {asking === 'off' && <TurnOff onClose={onClose} />}
      {asking === 'revoke' && <RevokeGrants among={groupGrants(grants, now).open} onClose={onClose} />}
    </>
  );
}

/** Who may come in to Jean from outside, who is in, and what happened at the doors. */
export function RemotePage() {
  const view = useFeed((feed) => feed.state.remote.remote);
  const line = useFeed((feed) => remoteLine(feed.state));
  const [asking, ask] = useState<'revoke' | 'off' | null>(null);
  if (!view)
    return (
      <>
        <PageHead title="Remote access" />
        <Busy>Getting who may come in</Busy>
      </>
    );
  return (
    <>
      <PageHead
        title="Remote access"
        action={
          view.enabled && (
            <Button look="primary" onClick={() => useView.setState({ makingGrant: true })}>
              New grant…
            </Button>
          )
        }
      >
        {line}
      </PageHead>
      <div className="page-body remote">
        {view.enabled ? <On view={view} onRevoke={() => ask('revoke')} onOff={() => ask('off')} /> : <Off />}
      </div>
      {view.enabled && <Questions asking={asking} onClose={() => ask(null)} />}
    </>
  );
}
