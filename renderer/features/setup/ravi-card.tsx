import { useState } from 'react';
import type { ServiceView } from '../../../shared/model.ts';
import { run, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Field } from '../../ui/field.tsx';
import { LoginCode } from '../../ui/login-code.tsx';
import { addressOf } from './address.ts';
import { Advanced, Card } from './card.tsx';
import { ServiceMessage } from './service-message.tsx';

/** The vault, and later the phone and mail. */
export function RaviCard({ ravi, vault }: { readonly ravi: ServiceView | undefined; readonly vault: ServiceView | undefined }) {
  const [baseUrl, setBaseUrl] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [starting, start] = useRequest('setup.ravi');
  const [forgetting, forget] = useRequest('setup.ravi.forget');
  const [retrying, retry] = useRequest('setup.retry');
  const [cancelling, cancel] = useRequest('setup.ravi.cancel');
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
      <ServiceMessage service={ravi} />
      {!signedIn && <p>Without Ravi, credentials stay on this machine. {vault?.message}</p>}
      {ravi && <Facts facts={Object.entries(ravi.facts)} />}
      {ravi?.login ? (
        <LoginCode
          login={ravi.login}
          at="Ravi"
          cancelling={cancelling}
          onOpen={() => void run('open.external', { target: 'ravi-login', worktreeId: null })}
          onCancel={() => void cancel(undefined)}
        />
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
