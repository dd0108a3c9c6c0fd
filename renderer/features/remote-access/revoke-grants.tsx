import { useState } from 'react';
import { type GrantView, remoteRoleWords } from '../../../shared/remote-access.ts';
import { useRequest } from '../../actions.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { revokeWords } from './grant-words.ts';

/** Asks before grants are revoked, and says what comes of it. With several, the person chooses among them. */
export function RevokeGrants({ among, onClose }: { readonly among: readonly GrantView[]; readonly onClose: () => void }) {
  const connections = useFeed((feed) => feed.state.connections);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [busy, revoke] = useRequest('grants.revoke');
  const chosen = among.filter(({ id }) => !left.has(id));
  const toggle = (id: string, on: boolean): void =>
    setLeft((before) => new Set(on ? [...before].filter((one) => one !== id) : [...before, id]));
  const confirm = async () => {
    const answer = await revoke({ grantIds: chosen.map(({ id }) => id) });
    if (answer?.ok) onClose();
  };
  const only = among.length === 1 ? among[0] : undefined;
  return (
    <Dialog title={only ? `Revoke the grant of ${only.person}` : 'Revoke grants'} onClose={onClose}>
      {!only && (
        <ul className="revoke-list">
          {among.map(({ id, person, role }) => (
            <li key={id}>
              <label className="choice">
                <input type="checkbox" checked={!left.has(id)} onChange={(event) => toggle(id, event.target.checked)} />
                <span>
                  {person} <span className="quiet">{remoteRoleWords[role].name}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      )}
      <p className="dialog-text" role="status">
        {chosen.length === 0 ? 'Nobody is chosen.' : revokeWords(chosen, Object.values(connections))}
      </p>
      <div className="dialog-actions">
        <Button onClick={onClose}>{only ? 'Keep it' : 'Keep them'}</Button>
        {chosen.length > 0 && (
          <Button look="danger" busy={busy} onClick={() => void confirm()}>
            {chosen.length === 1 ? 'Revoke it' : `Revoke ${chosen.length} grants`}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
