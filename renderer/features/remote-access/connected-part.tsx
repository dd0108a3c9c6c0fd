import { durationWords } from '../../../shared/format.ts';
import { type ConnectionView, remoteRoleWords } from '../../../shared/remote-access.ts';
import { useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { agentWords, byteWords } from './grant-words.ts';

function Connected({ connection, jean }: { readonly connection: ConnectionView; readonly jean: string | null }) {
  const now = useNow(connection.since);
  const [busy, disconnect] = useRequest('remote.disconnect');
  const { person, role, address, userAgent, since, bytesIn, bytesOut, commands, refusals } = connection;
  return (
    <li className="connected">
      <span className="grant-who">
        <span className="grant-name cut">{person}</span>
        <span className="quiet cut" title={userAgent ?? undefined}>
          {[remoteRoleWords[role].name, jean, agentWords(userAgent)].filter(Boolean).join(', ')}
        </span>
      </span>
      <code className="cut">{address}</code>
      <span className="figures quiet">
        for {durationWords(now - since)}
        <br />
        {commands} {commands === 1 ? 'command' : 'commands'}
        {refusals > 0 && `, ${refusals} refused`}, {byteWords(bytesIn + bytesOut)}
      </span>
      <Button
        busy={busy}
        aria-label={`Disconnect ${person}`}
        title="Cuts this connection. The grant stays good; suspend or revoke it to keep the person out."
        onClick={() => void disconnect({ connectionId: connection.id })}
      >
        Disconnect
      </Button>
    </li>
  );
}

/** Who is in now. */
export function ConnectedPart() {
  const connections = useFeed((feed) => feed.state.connections);
  const instances = useFeed((feed) => feed.state.instances);
  const several = Object.keys(instances).length > 1;
  const list = Object.values(connections).sort((a, b) => a.since - b.since || a.id.localeCompare(b.id));
  return (
    <section className="remote-part" aria-labelledby="connected-head">
      <h2 id="connected-head">Connected now</h2>
      {list.length === 0 ? (
        <p className="remote-none">Nobody is connected.</p>
      ) : (
        <ul className="grants">
          {list.map((one) => (
            <Connected key={one.id} connection={one} jean={several ? (instances[one.instanceId]?.name ?? null) : null} />
          ))}
        </ul>
      )}
    </section>
  );
}
