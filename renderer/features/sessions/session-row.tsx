import { memo, useEffect, useRef } from 'react';
import { sessionWords } from '../../../shared/format.ts';
import { bucketOf, type ServiceView } from '../../../shared/model.ts';
import { useNow } from '../../clock.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Button } from '../../ui/button.tsx';
import { type Shape, StatusShape } from '../../ui/status-shape.tsx';
import { openPage, useView } from '../../view.ts';
import { NextStep, ProvisionButton } from '../credentials/buttons.tsx';
import { LifeSign } from '../credentials/life-sign.tsx';
import { GiveBase } from './give-base.tsx';
import { noCredential } from './no-credential.ts';
import { pullInShort } from './pull-words.ts';
import { mayHaveMoved, placeWords, type SessionRow as Row, sameFields } from './rows.ts';
import { SessionDetail } from './session-detail.tsx';

const shapeOfRow = ({ session, offlineSince }: Row): Shape => {
  if (!session) return 'idle';
  return offlineSince !== null && mayHaveMoved(session) ? 'offline' : bucketOf(session.status);
};

function Words({ row }: { readonly row: Row }) {
  const { session, worktree, offlineSince } = row;
  const now = useNow(session?.since);
  const parts = [session || worktree.branch !== worktree.name ? placeWords(worktree) : null];
  if (!session) parts.push('no session');
  else if (offlineSince !== null && mayHaveMoved(session)) parts.push(`last seen: ${sessionWords(session, offlineSince)}`);
  else parts.push(sessionWords(session, now));
  if (worktree.pull) parts.push(pullInShort(worktree.pull));
  if (session?.model) parts.push(session.model);
  return <span className="row-words cut">{parts.filter(Boolean).join(' · ')}</span>;
}

function Credential({ row, github }: { readonly row: Row; readonly github: ServiceView | undefined }) {
  const { credential, worktree, identity } = row;
  if (credential) {
    // While its first token is on the way, it is known already who it will be.
    const holder = credential.holder ?? identity;
    return (
      <>
        <span className="row-holder">
          {holder && (
            <>
              <Avatar login={holder} />
              <span className="cut" title={holder}>
                {holder.replace(/\[bot\]$/, '')}
              </span>
            </>
          )}
        </span>
        <LifeSign credential={credential} />
        <span className="row-next">{row.leads && <NextStep credential={credential} name={worktree.name} short />}</span>
      </>
    );
  }
  const none = noCredential(row, github);
  return (
    <>
      <span className="row-none cut" title={none.why}>
        {identity && <Avatar login={identity} />} {none.words}
      </span>
      <span className="row-next">
        {row.leads && none.remedy === 'set-up' && (
          <Button look="quiet" aria-label={`Set up GitHub for ${worktree.name}`} onClick={() => openPage('settings')}>
            Set up
          </Button>
        )}
        {row.leads && none.remedy === 'base' && (
          <GiveBase worktreeId={worktree.id} name={worktree.name} path={worktree.path} short />
        )}
        {row.leads && none.remedy === 'make' && (
          <ProvisionButton worktreeId={worktree.id} name={worktree.name} words="Make a credential" short="Make" />
        )}
      </span>
    </>
  );
}

interface RowProps {
  readonly row: Row;
  readonly open: boolean;
  readonly wanted: boolean;
  readonly github: ServiceView | undefined;
  /** Which of the list it is, where not all of them are drawn. */
  readonly place: number | null;
  readonly of: number;
}

/** A row of 54 px that unfolds. When `wanted` it scrolls into view and takes the focus. */
export const SessionRow = memo(function SessionRow({ row, open, wanted, github, place, of }: RowProps) {
  const item = useRef<HTMLLIElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!wanted) return;
    useView.setState({ wish: null });
    item.current?.scrollIntoView({ block: 'nearest' });
    button.current?.focus({ preventScroll: true });
  }, [wanted]);

  return (
    <li
      ref={item}
      className={['row', open && 'row-open', place === 1 && 'row-first', place === of && 'row-last'].filter(Boolean).join(' ')}
      aria-label={row.name}
      {...(place !== null && { 'aria-posinset': place, 'aria-setsize': of })}
      onFocus={() => useView.setState({ focused: row.key })}
      onBlur={() => useView.setState((view) => (view.focused === row.key ? { focused: null } : view))}
    >
      <div className="row-line">
        <button
          ref={button}
          type="button"
          className="row-main"
          data-row
          aria-expanded={open}
          onClick={() => useView.setState({ row: open ? null : row.key })}
        >
          <StatusShape shape={shapeOfRow(row)} />
          <span className="row-name">
            <span className="row-title cut">{row.name}</span>
            <Words row={row} />
          </span>
        </button>
        <Credential row={row} github={github} />
      </div>
      {open && <SessionDetail row={row} github={github} />}
    </li>
  );
}, sameRow);

/** Rows are made anew with each change of the state; what is in them is not. */
function sameRow(before: RowProps, after: RowProps): boolean {
  const { row: one, ...others } = before;
  const { row: other, ...otherOthers } = after;
  return sameFields(one, other) && sameFields(others, otherOthers);
}
