import { useEffect, useRef, useState } from 'react';
import { durationWords } from '../../../shared/format.ts';
import type { ServiceView } from '../../../shared/model.ts';
import { run, useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Field } from '../../ui/field.tsx';
import { addressOf } from './address.ts';
import { Advanced, Card } from './card.tsx';

type Login = NonNullable<ServiceView['login']>;

function Code({ login }: { readonly login: Login }) {
  const now = useNow(login.expiresAt);
  const [cancelling, cancel] = useRequest('setup.ravi.cancel');
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), []);
  const over = login.expiresAt <= now;
  return (
    <div ref={box} className="setup-login">
      <p>Open Ravi's page and type this code there.</p>
      <p className="setup-code">
        <output aria-label="Code">{login.userCode}</output>
        <CopyButton text={login.userCode} what="the code" />
      </p>
      <p className="quiet">
        {over ? 'The code has expired. Cancel, and sign in again.' : `Good for ${durationWords(login.expiresAt - now)}`}
      </p>
      <div className="setup-actions">
        <Button look="primary" onClick={() => void run('open.external', { target: 'ravi-login', worktreeId: null })}>
          Open the page
        </Button>
        <Button look="quiet" busy={cancelling} onClick={() => void cancel(undefined)}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

/** The vault, and later the phone and mail. */
export function RaviCard({ ravi, vault }: { readonly ravi: ServiceView | undefined; readonly vault: ServiceView | undefined }) {
  const [baseUrl, setBaseUrl] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [starting, start] = useRequest('setup.ravi');
  const [forgetting, forget] = useRequest('setup.ravi.forget');
  const [retrying, retry] = useRequest('setup.retry');
  const health = ravi?.health ?? 'absent';
  const signedIn = health !== 'absent' && !ravi?.login;

  const signIn = () => {
    const address = addressOf(baseUrl);
    setWrong(address.ok ? null : address.wrong);
    if (address.ok) void start({ baseUrl: address.value });
  };

  return (
    <Card
      title="Ravi"
      health={health}
      {...(ravi?.login && { words: 'waits for your sign-in' })}
      purpose="Keeps the credentials in its vault, so that they are not only on this machine."
    >
      {ravi?.message && <p>{ravi.message}</p>}
      {!signedIn && <p>Without Ravi, credentials stay on this machine. {vault?.message}</p>}
      {ravi && <Facts facts={Object.entries(ravi.facts)} />}
      {ravi?.login ? (
        <Code login={ravi.login} />
      ) : (
        <>
          <div className="setup-actions">
            {signedIn ? (
              <>
                <Button busy={retrying} aria-label="Check Ravi again" onClick={() => void retry({ service: 'ravi' })}>
                  Check again
                </Button>
                <Button look="quiet" busy={forgetting} aria-label="Sign out of Ravi" onClick={() => void forget(undefined)}>
                  Sign out
                </Button>
              </>
            ) : (
              <Button busy={starting} onClick={signIn}>
                Sign in to Ravi
              </Button>
            )}
          </div>
          {!signedIn && (
            <Advanced>
              <Field
                label="Base URL"
                type="url"
                placeholder="https://api.ravi.id"
                hint="Only where Ravi is at another address than usual."
                value={baseUrl}
                wrong={wrong}
                onText={setBaseUrl}
              />
            </Advanced>
          )}
        </>
      )}
    </Card>
  );
}
