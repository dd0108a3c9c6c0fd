import { useState } from 'react';
import type { CliFound, RaviView } from '../../../shared/ravi.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { useAddress } from './address.tsx';

/** What the CLI keeps, and whether to use it. */
function TakeCli({ found, onClose }: { readonly found: CliFound; readonly onClose: () => void }) {
  const [busy, take] = useRequest('ravi.cli.take');
  const { management, identity } = found.keys;
  const confirm = async () => {
    const answer = await take(undefined);
    if (answer?.ok) onClose();
  };
  return (
    <Dialog title="Use the keys of Ravi’s CLI" onClose={onClose}>
      <div className="ravi-found">
        <Facts
          facts={[
            ['File', <code key="file">{found.path}</code>],
            ['Account', found.email],
            ['Identity', found.identityName],
            [
              'Keys',
              management && identity
                ? 'a management key and an identity’s'
                : management
                  ? 'a management key'
                  : 'an identity’s key',
            ],
          ]}
        />
      </div>
      <p className="dialog-text">
        They are copied into the Companion's encrypted store. The CLI's file stays as it is, and the CLI goes on using the same
        keys: deleting one in Ravi's dashboard ends it for both.
      </p>
      {found.looseMode !== null && (
        <p className="dialog-text ravi-wrong">
          Others on this computer may read that file (mode {found.looseMode}). Close it with <code>chmod 600</code>, or better:
          delete its keys in Ravi's dashboard and sign in anew.
        </p>
      )}
      <div className="dialog-actions">
        <Button onClick={onClose}>Leave them</Button>
        <Button look="primary" busy={busy} onClick={() => void confirm()}>
          Use these keys
        </Button>
      </div>
    </Dialog>
  );
}

/** `onStay`: another account is to take the place of the one that is used, unless the person thinks better of it. The ways to an account: a code that is approved at Ravi, the keys of an installed CLI, or a key that was copied. */
export function WaysIn({ ravi, onStay }: { readonly ravi: RaviView | undefined; readonly onStay?: () => void }) {
  const [starting, start] = useRequest('setup.ravi');
  const [looking, look] = useRequest('ravi.cli.look');
  const [pasting, paste] = useRequest('ravi.key');
  const [found, setFound] = useState<CliFound | null>(null);
  const { keep, field } = useAddress(ravi);

  const signIn = async () => {
    if (await keep()) await start({ baseUrl: null });
  };
  const takeFromCli = async () => {
    const answer = (await keep()) ? await look(undefined) : null;
    if (answer?.ok) setFound(answer.value);
  };
  const takeFromClipboard = async () => {
    const answer = (await keep()) ? await paste(undefined) : null;
    if (answer?.ok) say('done', 'Ravi takes the key. It is in the encrypted store now, and no longer on the clipboard.');
  };

  return (
    <>
      <Trouble>{ravi?.signInTrouble}</Trouble>
      <div className="setup-actions">
        <Button look={ravi?.account ? 'plain' : 'primary'} busy={starting} onClick={() => void signIn()}>
          {onStay ? 'Sign in with another account' : ravi?.account ? 'Sign in again' : 'Sign in to Ravi'}
        </Button>
        <Button look="quiet" busy={looking} onClick={() => void takeFromCli()}>
          Use the keys of Ravi’s CLI…
        </Button>
        <Button look="quiet" busy={pasting} onClick={() => void takeFromClipboard()}>
          Use a key from the clipboard
        </Button>
        {onStay && (
          <Button look="quiet" onClick={onStay}>
            Stay with this one
          </Button>
        )}
      </div>
      {field}
      {found && <TakeCli found={found} onClose={() => setFound(null)} />}
    </>
  );
}
