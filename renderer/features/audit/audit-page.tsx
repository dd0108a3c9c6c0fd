import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { AuditFilter } from '../../../shared/audit.ts';
import { bridge } from '../../bridge.ts';
import { useNow } from '../../clock.ts';
import { PageHead } from '../../shell/page-head.tsx';
import { appOf, useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { moveBetweenRows } from '../../ui/row-keys.ts';
import { Busy, EmptyState, ErrorState, PartError } from '../../ui/states.tsx';
import { everything, useView } from '../../view.ts';
import { AuditLog } from './audit-log.ts';
import { AuditRow } from './audit-row.tsx';
import { ChainAlarm, chainWords, useChain } from './chain-state.tsx';
import { dayOf, dayWords } from './days.ts';
import { Filters } from './filters.tsx';
import { WhoCard } from './who-card.tsx';
import './audit.css';

const rowPx = 40;
/** Older entries are fetched when the reader is this many rows from the end. */
const ahead = 20;
/** Scrolled further than this, new entries wait instead of moving what is read. */
const topPx = 24;

/** The second value begins anew: an answer that never came is not waited for any more. */
function useAuditLog(filter: AuditFilter, head: number): readonly [AuditLog, () => void] {
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn is a new log.
  const log = useMemo(
    () => new AuditLog((before, limit) => bridge.request('audit.page', { filter, before, limit })),
    [filter, turn],
  );
  useEffect(() => void log.load(), [log]);
  useEffect(() => void log.reach(head), [log, head]);
  return [log, () => setTurn(turn + 1)];
}

function Entries({ log }: { readonly log: AuditLog }) {
  const { entries, held, next, total } = useStore(log.store);
  const [open, setOpen] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const now = useNow();
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    getItemKey: (at) => entries[at]?.seq ?? at,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const end = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (next !== null && end >= entries.length - ahead) void log.more();
  }, [log, next, end, entries.length]);

  return (
    <div className="log-frame">
      {held.length > 0 && (
        <Button className="log-new" look="primary" onClick={() => box.current?.scrollTo({ top: 0 })}>
          {held.length === 1 ? 'Show 1 new entry' : `Show ${held.length} new entries`}
        </Button>
      )}
      <section
        ref={box}
        className="log"
        aria-label="Entries"
        onKeyDown={moveBetweenRows}
        onScroll={(event) => log.hold(event.currentTarget.scrollTop > topPx)}
      >
        <ol style={{ height: rows.getTotalSize() }}>
          {items.map(({ index, key, start }) => {
            const entry = entries[index];
            if (!entry) return null;
            const before = entries[index - 1];
            const day = before && dayOf(before.at) === dayOf(entry.at) ? null : dayWords(entry.at, now);
            return (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                aria-posinset={index + 1}
                aria-setsize={total}
                style={{ transform: `translateY(${start}px)` }}
              >
                <AuditRow
                  entry={entry}
                  day={day}
                  open={open === entry.seq}
                  onToggle={() => setOpen(open === entry.seq ? null : entry.seq)}
                />
              </li>
            );
          })}
        </ol>
      </section>
    </div>
  );
}

interface LogProps {
  readonly log: AuditLog;
  readonly anew: () => void;
  readonly filtered: boolean;
}

function Log({ log, anew, filtered }: LogProps) {
  const phase = useStore(log.store, (state) => state.phase);
  const none = useStore(log.store, (state) => state.entries.length === 0);
  const message = useStore(log.store, (state) => state.message);
  if (phase === 'loading') return <Busy retry={anew}>Opening the log</Busy>;
  if (phase === 'failed') {
    return (
      <ErrorState title="The log could not be read" retry={() => void log.load()}>
        {message}
      </ErrorState>
    );
  }
  if (!none) {
    return (
      <>
        {message !== '' && (
          <PartError what="the log" retry={() => void log.again()}>
            {`Not all of the log could be read, so entries are missing here. ${message}`}
          </PartError>
        )}
        <Entries log={log} />
      </>
    );
  }
  return filtered ? (
    <EmptyState
      title="Nothing matches this filter"
      action={<Button onClick={() => useView.setState({ audit: everything })}>Clear the filter</Button>}
    >
      Try another word, worktree or day.
    </EmptyState>
  ) : (
    <EmptyState title="Nothing recorded yet">
      Every credential that is made, used, rotated, refused or revoked is written down here.
    </EmptyState>
  );
}

/** Everything that happened, newest first, and whether the record holds. */
export function AuditPage() {
  const filter = useView((view) => view.audit);
  const head = useFeed((feed) => appOf(feed.state)?.auditHead ?? 0);
  const [log, anew] = useAuditLog(filter, head);
  const [verdict, again] = useChain(head);
  return (
    <>
      <PageHead title="Audit">{chainWords(verdict)}</PageHead>
      <div className="audit">
        <ChainAlarm verdict={verdict} again={again} />
        <Filters />
        <WhoCard query={filter.text} />
        <Log log={log} anew={anew} filtered={filter !== everything} />
      </div>
    </>
  );
}
