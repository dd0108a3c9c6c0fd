import { useEffect, useState } from 'react';
import type { AuditEntry } from '../../../shared/audit.ts';
import { bridge } from '../../bridge.ts';
import { appOf, useFeed } from '../../store.ts';
import { PartError } from '../../ui/states.tsx';
import { everything } from '../../view.ts';
import { EntrySign } from '../audit/entry-sign.tsx';
import { TimelineButton } from './buttons.tsx';
import './timeline.css';

/** As many entries as a panel has room for; all of them are on the Audit page. */
const shown = 12;
/** git may use a credential many times a second; the panel is asked for anew at most this often (ms). */
const pauseMs = 300;

interface Newest {
  /** Null until the first answer. */
  readonly entries: readonly AuditEntry[] | null;
  readonly failed: string | null;
  readonly retry: () => void;
}

/** The newest entries about a worktree, as they come. */
function useNewest(worktreeId: string): Newest {
  const [found, setFound] = useState<Omit<Newest, 'retry'>>({ entries: null, failed: null });
  const [tries, setTries] = useState(0);
  const head = useFeed((feed) => appOf(feed.state)?.auditHead ?? 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a log that has grown is to be read again
  useEffect(() => {
    let over = false;
    const ask = async (): Promise<void> => {
      const filter = { ...everything, worktreeId };
      const answer = await bridge.request('audit.page', { filter, before: null, limit: shown });
      if (over) return;
      setFound((last) =>
        answer.ok ? { entries: answer.value.entries, failed: null } : { ...last, failed: answer.error.message },
      );
    };
    const timer = setTimeout(() => void ask(), found.entries === null ? 0 : pauseMs);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [worktreeId, head, tries]);
  return { ...found, retry: () => setTries(tries + 1) };
}

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const sameDay = (one: number, other: number): boolean => new Date(one).toDateString() === new Date(other).toDateString();

/** What has happened to a worktree's credential, newest first. */
export function Timeline({ worktreeId, name }: { readonly worktreeId: string; readonly name: string }) {
  const { entries, failed, retry } = useNewest(worktreeId);
  return (
    <section className="part" aria-label={`Timeline of ${name}`}>
      <header className="part-head">
        <h3>Timeline</h3>
        <TimelineButton worktreeId={worktreeId} name={name} words="All in Audit" />
      </header>
      {failed !== null && (
        <PartError what={`Timeline of ${name}`} retry={retry}>
          {`The audit log can’t be read now. ${failed}`}
        </PartError>
      )}
      {entries === null && failed === null && <p className="quiet">Reading the log.</p>}
      {entries?.length === 0 && <p className="quiet">Nothing is recorded of it yet.</p>}
      {entries !== null && entries.length > 0 && (
        <ol className="moments">
          {entries.map((entry) => (
            <li key={entry.seq} className="moment">
              <time dateTime={new Date(entry.at).toISOString()}>
                {sameDay(entry.at, Date.now()) ? time.format(entry.at) : day.format(entry.at)}
              </time>
              <EntrySign entry={entry} />
              <span>{entry.message}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
