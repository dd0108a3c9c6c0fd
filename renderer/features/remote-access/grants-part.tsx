import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { agoWords } from '../../../shared/format.ts';
import { type GrantView, remoteRoleWords } from '../../../shared/remote-access.ts';
import { useNow } from '../../clock.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { moveBetweenRows } from '../../ui/row-keys.ts';
import { StatusShape } from '../../ui/status-shape.tsx';
import { TimeRing } from '../../ui/time-ring.tsx';
import { useView } from '../../view.ts';
import { GrantActs } from './grant-acts.tsx';
import { agentWords, grantLifeWords, groupGrants, isOpen, lifeOfGrant, useWords } from './grant-words.ts';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function GrantDetail({ grant, now }: { readonly grant: GrantView; readonly now: number }) {
  const instances = useFeed((feed) => feed.state.instances);
  const names = grant.instanceIds.map((id) => instances[id]?.name ?? id);
  return (
    <div className="grant-detail">
      <Facts
        facts={[
          ['May', remoteRoleWords[grant.role].may],
          ['In', new Intl.ListFormat('en').format(names)],
          ['From', grant.addresses.length === 0 ? 'everywhere' : grant.addresses.join(', ')],
          ['Link', grant.oneTime ? 'works once' : 'works until the end'],
          ['E-mail', grant.mail],
          ['Phone', grant.phone],
          ['Made', exact.format(grant.createdAt)],
          ['Ends', exact.format(grant.expiresAt)],
          [
            'Old token',
            grant.graceUntil !== null && grant.graceUntil > now ? `goes on until ${exact.format(grant.graceUntil)}` : null,
          ],
          [
            'Devices',
            grant.devices.length === 0 ? null : (
              <ul key="devices">
                {grant.devices.map(({ id, userAgent, lastUsedAt, since }) => (
                  <li key={id}>
                    {agentWords(userAgent)},{' '}
                    {lastUsedAt === null ? `since ${exact.format(since)}` : `used ${agoWords(lastUsedAt, now)}`}
                  </li>
                ))}
              </ul>
            ),
          ],
        ]}
      />
      {isOpen(grant, grant.expiresAt, now) && <GrantActs grant={grant} />}
    </div>
  );
}

function GrantRow({
  grant,
  open,
  onToggle,
}: {
  readonly grant: GrantView;
  readonly open: boolean;
  readonly onToggle: () => void;
}) {
  const now = useNow(grant.expiresAt, grant.claimUntil);
  const connected = useFeed((feed) => Object.values(feed.state.connections).filter(({ grantId }) => grantId === grant.id).length);
  const life = lifeOfGrant(grant, now);
  return (
    <li className={open ? 'grant grant-open' : 'grant'}>
      <button type="button" className="grant-line" data-row aria-expanded={open} onClick={onToggle}>
        <ChevronRight size={14} aria-hidden="true" className="grant-fold" />
        <span className="grant-who">
          <span className="grant-name cut">{grant.person}</span>
          <span className="quiet cut">
            {remoteRoleWords[grant.role].name}, {useWords(grant, connected, now)}
          </span>
        </span>
        <span className={`life figures ${life?.soon ? 'life-expiring' : ''}`}>
          {grant.standing === 'suspended' ? <StatusShape shape="idle" /> : life && <TimeRing {...life} />}
          <span>{grantLifeWords(grant, now)}</span>
        </span>
      </button>
      {open && <GrantDetail grant={grant} now={now} />}
    </li>
  );
}

/** Who may come in, and who could until lately. */
export function GrantsPart({ onRevoke }: { readonly onRevoke: () => void }) {
  const grants = useFeed((feed) => feed.state.grants);
  const openRow = useView((view) => view.grant);
  const [all, setAll] = useState(false);
  const now = useNow(...Object.values(grants).map(({ expiresAt }) => expiresAt));
  const { open, ended } = groupGrants(grants, now);
  const row = (grant: GrantView) => (
    <GrantRow
      key={grant.id}
      grant={grant}
      open={grant.id === openRow}
      onToggle={() => useView.setState({ grant: grant.id === openRow ? null : grant.id })}
    />
  );
  return (
    <section className="remote-part" aria-labelledby="grants-head">
      <div className="remote-head">
        <h2 id="grants-head">Grants</h2>
        {open.length > 1 && (
          <Button look="quiet" onClick={onRevoke}>
            Revoke several…
          </Button>
        )}
      </div>
      {open.length === 0 ? (
        <p className="remote-none">Nobody may come in. Make a grant for each person, device or script.</p>
      ) : (
        <ul className="grants" onKeyDown={moveBetweenRows}>
          {open.map(row)}
        </ul>
      )}
      {ended.length > 0 && (
        <>
          <Button look="quiet" className="grants-ended" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Hide those that have ended' : `Show ${ended.length} that ${ended.length === 1 ? 'has' : 'have'} ended`}
          </Button>
          {all && (
            <ul className="grants" aria-label="Ended" onKeyDown={moveBetweenRows}>
              {ended.map(row)}
            </ul>
          )}
        </>
      )}
    </section>
  );
}
