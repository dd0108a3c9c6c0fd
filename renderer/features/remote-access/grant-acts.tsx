import { useState } from 'react';
import { type GrantView, grantLife, longestGraceMs } from '../../../shared/remote-access.ts';
import type { ShownGrant } from '../../../shared/remote-requests.ts';
import { useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { lives } from './grant-wish.ts';
import { RevokeGrants } from './revoke-grants.tsx';
import { SendLink, ShownGrantPart } from './shown-grant.tsx';

const minuteMs = 60_000;
const graces = [0, 5 * minuteMs, 15 * minuteMs, longestGraceMs];
const graceWords = (ms: number): string => (ms === 0 ? 'is dead at once' : `goes on for ${ms / minuteMs} minutes`);

interface ActProps {
  readonly grant: GrantView;
  readonly onClose: () => void;
}

function Rotate({ grant, onClose }: ActProps) {
  const [graceMs, setGrace] = useState(0);
  const [shown, setShown] = useState<ShownGrant | null>(null);
  const [busy, rotate] = useRequest('grants.rotate');
  const confirm = async () => {
    const answer = await rotate({ grantId: grant.id, graceMs });
    if (answer?.ok) setShown(answer.value);
  };
  if (shown !== null)
    return (
      <Dialog title="Its new link" className="grant-dialog" firm onClose={onClose}>
        <ShownGrantPart shown={shown} onClose={onClose} />
      </Dialog>
    );
  return (
    <Dialog title={`New token for ${grant.person}`} onClose={onClose}>
      <p className="dialog-text">
        The grant stays as it is and gets a new link. Who came in by the old token goes on as long as that does, and then has to
        open the new link.
      </p>
      <div className="labelled dialog-field">
        <label htmlFor="grant-grace">The old token</label>
        <select id="grant-grace" className="field" value={graceMs} onChange={(event) => setGrace(Number(event.target.value))}>
          {graces.map((ms) => (
            <option key={ms} value={ms}>
              {graceWords(ms)}
            </option>
          ))}
        </select>
      </div>
      <div className="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" busy={busy} onClick={() => void confirm()}>
          Make a new token
        </Button>
      </div>
    </Dialog>
  );
}

function Extend({ grant, onClose }: ActProps) {
  const [lifeMs, setLife] = useState<number>(grantLife.usualMs);
  const [busy, extend] = useRequest('grants.extend');
  const confirm = async () => {
    const answer = await extend({ grantId: grant.id, lifeMs });
    if (answer?.ok) onClose();
  };
  return (
    <Dialog title={`How long ${grant.person} may come in`} onClose={onClose}>
      <div className="labelled dialog-field">
        <label htmlFor="grant-extend">It ends</label>
        <select id="grant-extend" className="field" value={lifeMs} onChange={(event) => setLife(Number(event.target.value))}>
          {lives.map(({ ms, words }) => (
            <option key={ms} value={ms}>{`${words} from now`}</option>
          ))}
        </select>
      </div>
      <div className="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" busy={busy} onClick={() => void confirm()}>
          Set the end
        </Button>
      </div>
    </Dialog>
  );
}

/** What can be done with one grant. */
export function GrantActs({ grant }: { readonly grant: GrantView }) {
  const [asking, setAsking] = useState<'rotate' | 'extend' | 'revoke' | null>(null);
  const [suspending, suspend] = useRequest('grants.suspend');
  const [resuming, resume] = useRequest('grants.resume');
  const close = () => setAsking(null);
  return (
    <div className="grant-acts">
      <SendLink grant={grant} />
      <Button onClick={() => setAsking('rotate')}>New token…</Button>
      <Button onClick={() => setAsking('extend')}>Set the end…</Button>
      {grant.standing === 'suspended' ? (
        <Button busy={resuming} onClick={() => void resume({ grantId: grant.id })}>
          Resume
        </Button>
      ) : (
        <Button busy={suspending} onClick={() => void suspend({ grantId: grant.id })}>
          Suspend
        </Button>
      )}
      <Button look="danger" onClick={() => setAsking('revoke')}>
        Revoke…
      </Button>
      {asking === 'rotate' && <Rotate grant={grant} onClose={close} />}
      {asking === 'extend' && <Extend grant={grant} onClose={close} />}
      {asking === 'revoke' && <RevokeGrants among={[grant]} onClose={close} />}
    </div>
  );
}
