import { useState } from 'react';
import type { AppState } from '../../../shared/model.ts';
import type { RaviState } from '../../../shared/ravi.ts';
import { run, useRequest } from '../../actions.ts';
import { LoginCode } from '../../ui/login-code.tsx';
import { Card } from '../setup/card.tsx';
import { ServiceMessage } from '../setup/service-message.tsx';
import { Account } from './account.tsx';
import { Choosing } from './choosing.tsx';
import { KeepingPlace, Moving } from './place.tsx';
import { stateWords } from './state-words.ts';
import { WaysIn } from './ways-in.tsx';
import './ravi.css';

const lastKnown = 'git goes on meanwhile, and what is to go into the vault goes there later. What stands below was last known.';
/** What goes on, and what to do next, where the account's own sentence does not say it. */
const whileAway: Partial<Readonly<Record<RaviState, string>>> = {
  away: lastKnown,
  unavailable: lastKnown,
  strange: lastKnown,
  throttled: lastKnown,
  plan: 'The plan is changed in Ravi’s dashboard; what it includes goes on.',
  'key-unknown': 'Nothing in the vault was changed. Make a key anew or sign in again; credentials here go on meanwhile.',
};

/** The account at Ravi: the vault, the phone and mail. */
export function RaviCard({ state }: { readonly state: AppState }) {
  const { ravi: service, vault } = state.services;
  const ravi = state.ravi.ravi;
  const [cancelling, cancel] = useRequest('setup.ravi.cancel');
  const account = ravi?.account ?? null;
  const local = vault?.health === 'ok' ? 'Encrypted by the system’s key store.' : (vault?.message ?? '');
  const waiting = service?.login ? 'waits for your sign-in' : ravi?.choosing ? 'waits for your choice' : null;
  // Who has lost the key, or whose key is gone, signs in again.
  const again = ravi?.state === 'key-unknown' || ravi?.state === 'locked';
  // Over as soon as another account is there.
  const [leaving, setLeaving] = useState<string | null>(null);
  const used = account && `${account.email} ${account.identity.uuid}`;
  const other = used !== null && leaving === used;

  return (
    <Card
      title="Ravi"
      health={service?.health ?? 'absent'}
      words={waiting ?? stateWords[ravi?.state ?? 'signed-out']}
      purpose="Keeps the credentials in its vault, so that they are not only on this machine, and sends mail and SMS."
    >
      <ServiceMessage service={service} />
      {account && ravi && whileAway[ravi.state] !== undefined && <p className="quiet">{whileAway[ravi.state]}</p>}
      {!account && waiting === null && <p>Without Ravi, credentials stay on this machine. {vault?.message}</p>}
      {service?.login && (
        <LoginCode
          login={service.login}
          at="Ravi"
          cancelling={cancelling}
          onOpen={() => void run('open.external', { target: 'ravi-login', worktreeId: null })}
          onCancel={() => void cancel(undefined)}
        />
      )}
      {ravi?.choosing && <Choosing choosing={ravi.choosing} />}
      {ravi && account && !ravi.choosing && (
        <>
          <Account ravi={{ ...ravi, account }} told={service?.message ?? ''} onOther={() => setLeaving(used)} />
          <KeepingPlace ravi={ravi} local={local} />
        </>
      )}
      {ravi?.moving && !account && <Moving moving={ravi.moving} />}
      {!service?.login && !ravi?.choosing && (!account || again || other) && (
        <WaysIn ravi={ravi} {...(other && { onStay: () => setLeaving(null) })} />
      )}
    </Card>
  );
}
