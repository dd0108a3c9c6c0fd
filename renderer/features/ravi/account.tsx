import { useState } from 'react';
import type { ChannelView } from '../../../shared/channels.ts';
import { agoWords, many } from '../../../shared/format.ts';
import type { RaviView } from '../../../shared/ravi.ts';
import { run, useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Identities } from './choosing.tsx';
import { keptAtRavi, otherAccountWords, signOutWords } from './sign-out-words.ts';
import { keyWords, stateWords } from './state-words.ts';

const openDashboard = () => void run('open.external', { target: 'ravi-dashboard', worktreeId: null });

const usedWords = (channel: ChannelView | undefined): string | null =>
  channel ? `${channel.used} of your ${channel.budget}` : null;

/** Signing out, and what it can't do. */
function SignOut({ ravi, onClose }: { readonly ravi: RaviView; readonly onClose: () => void }) {
  const [leaving, forget] = useRequest('setup.ravi.forget');
  const [abandoning, abandon] = useRequest('ravi.abandon');
  const [says] = useState(() => signOutWords(useFeed.getState().state));
  const refused = ravi.state === 'key-unknown';
  const out = async (how: typeof forget | typeof abandon) => {
    const answer = await how(undefined);
    if (answer?.ok) onClose();
  };
  return (
    <Dialog title="Sign out of Ravi" onClose={onClose}>
      {says.map((one) => (
        <p key={one} className="dialog-text">
          {one}
        </p>
      ))}
      <p className="dialog-text">
        Ravi has no way for an app to revoke a key: the keys go on working until you delete them in Ravi's dashboard.
      </p>
      {refused && (
        <p className="dialog-text">
          Ravi does not know the key any more, so what lies there can't be taken out. You may give it up: each credential is
          replaced first, and the old one is dead then.
        </p>
      )}
      {ravi.moving?.trouble && <p className="dialog-text ravi-wrong">{ravi.moving.trouble}</p>}
      <div className="dialog-actions">
        <Button look="quiet" onClick={openDashboard}>
          Open the dashboard
        </Button>
        <Button onClick={onClose}>Stay signed in</Button>
        {refused ? (
          <Button look="danger" busy={abandoning} onClick={() => void out(abandon)}>
            Replace them and sign out
          </Button>
        ) : (
          <Button look="danger" busy={leaving} onClick={() => void out(forget)}>
            Sign out
          </Button>
        )}
      </div>
    </Dialog>
  );
}

/** Another identity of the same account. */
function Switch({ ravi, onClose }: { readonly ravi: RaviView; readonly onClose: () => void }) {
  const used = ravi.account?.identity.uuid ?? null;
  const [chosen, setChosen] = useState(used);
  const kept = useFeed((feed) => keptAtRavi(feed.state));
  const [busy, choose] = useRequest('ravi.choose');
  const confirm = async () => {
    const answer = chosen === null ? null : await choose({ identity: chosen });
    if (answer?.ok) onClose();
  };
  return (
    <Dialog title="Use another identity" onClose={onClose}>
      <p className="dialog-text">
        {kept === 0 ? 'New credentials are kept in' : `${many(kept, 'credential moves', 'credentials move')} to`} its vault, and a
        key of its own is made where it has none here. SMS and e-mail come from it, where no other sender was chosen.
      </p>
      <Identities identities={ravi.identities} chosen={chosen} legend="Identity" onChoose={setChosen} />
      <div className="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" busy={busy} disabled={chosen === used} onClick={() => void confirm()}>
          Use it
        </Button>
      </div>
    </Dialog>
  );
}

interface AccountProps {
  readonly ravi: RaviView & { readonly account: NonNullable<RaviView['account']> };
  /** Another account is to take its place. */
  readonly onOther: () => void;
  /** What is said above already. */
  readonly told: string;
}

/** Who is signed in, with which keys, and how that goes. */
export function Account({ ravi, told, onOther }: AccountProps) {
  const [open, setOpen] = useState<'sign-out' | 'switch' | 'other' | null>(null);
  const [retrying, retry] = useRequest('setup.retry');
  const [making, makeKey] = useRequest('ravi.makeKey');
  const { sms, email } = useFeed((feed) => feed.state.channels);
  const { account, last, limits } = ravi;
  const now = useNow(last?.at);
  const { identity, keys } = account;
  return (
    <>
      <Facts
        facts={[
          ['Identity', `${identity.name}${identity.inbox && ` <${identity.inbox}>`}`],
          ['Phone', identity.phone],
          ['Account', account.email],
          ['Keys', keyWords(keys)],
          ['Address', account.address],
          ['Mail today', usedWords(email)],
          ['SMS today', usedWords(sms)],
          [
            'Last error',
            last && last.message !== told ? `${agoWords(last.at, now)}, ${stateWords[last.state]}: ${last.message}` : null,
          ],
        ]}
      />
      {limits.length > 0 && (
        <div className="ravi-part">
          <h3>Limits of the plan met so far</h3>
          <ul className="ravi-limits">
            {limits.map(({ what, message }) => (
              <li key={what}>{message}</li>
            ))}
          </ul>
        </div>
      )}
      <div className="setup-actions">
        <Button busy={retrying} aria-label="Check Ravi again" onClick={() => void retry({ service: 'ravi' })}>
          Check again
        </Button>
        {keys.management && (!keys.identity || ravi.state === 'key-unknown') && (
          <Button busy={making} onClick={() => void makeKey(undefined)}>
            Make a key for {identity.name}
          </Button>
        )}
        {ravi.identities.length > 1 && keys.management && (
          <Button look="quiet" onClick={() => setOpen('switch')}>
            Another identity…
          </Button>
        )}
        <Button look="quiet" onClick={() => setOpen('other')}>
          Another account…
        </Button>
        <Button look="quiet" aria-label="Keys in Ravi’s dashboard" onClick={openDashboard}>
          Dashboard
        </Button>
        <Button look="quiet" aria-label="Sign out of Ravi" onClick={() => setOpen('sign-out')}>
          Sign out…
        </Button>
      </div>
      {open === 'sign-out' && <SignOut ravi={ravi} onClose={() => setOpen(null)} />}
      {open === 'switch' && <Switch ravi={ravi} onClose={() => setOpen(null)} />}
      {open === 'other' && (
        <Confirm
          title="Use another account at Ravi"
          says={otherAccountWords(account.email ?? identity.name, useFeed.getState().state)}
          keep="Stay with this one"
          yes="Choose how to sign in"
          look="primary"
          onYes={() => {
            setOpen(null);
            onOther();
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}
