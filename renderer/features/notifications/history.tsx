import { useCallback, useEffect, useRef, useState } from 'react';
import { kindWords, type NoticeEntry, type NoticeFilter, noticeKind } from '../../../shared/notifications.ts';
import { bridge } from '../../bridge.ts';
import { useNow } from '../../clock.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { moveBetweenRows } from '../../ui/row-keys.ts';
import { Busy, EmptyState, ErrorState } from '../../ui/states.tsx';
import { everyNotice, useView } from '../../view.ts';
import { dayOf, dayWords } from '../audit/days.ts';
import { NoticeRow } from './notice-row.tsx';

const portion = 50;
/** So many rows are enough to scroll through; what is older is found by kind and project. */
const mostRows = 500;

type Loaded =
  | { readonly phase: 'loading' }
  | { readonly phase: 'failed'; readonly message: string }
  | { readonly phase: 'ready'; readonly entries: readonly NoticeEntry[]; readonly more: boolean; readonly total: number };

/** The newest notices under a filter, kept up as `head` grows; the second value loads as many more. */
function useHistory(filter: NoticeFilter, head: number): readonly [Loaded, () => void, () => void] {
  const [loaded, setLoaded] = useState<Loaded>({ phase: 'loading' });
  const [wanted, setWanted] = useState(portion);
  const [turn, setTurn] = useState(0);
  const latest = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new head or turn asks again.
  useEffect(() => {
    latest.current += 1;
    const mine = latest.current;
    void bridge.request('notifications.page', { filter, before: null, limit: wanted }).then((answer) => {
      // An answer that was overtaken by a newer question is old.
      if (mine !== latest.current) return;
      if (!answer.ok) setLoaded({ phase: 'failed', message: answer.error.message });
      else
        setLoaded({
          phase: 'ready',
          entries: answer.value.entries,
          more: answer.value.next !== null,
          total: answer.value.total,
        });
    });
  }, [filter, head, wanted, turn]);
  const more = useCallback(() => setWanted((now) => Math.min(mostRows, now + portion)), []);
  const again = useCallback(() => {
    setLoaded({ phase: 'loading' });
    setTurn((now) => now + 1);
  }, []);
  return [loaded, more, again];
}

const shows: Readonly<Record<NoticeFilter['show'], string>> = {
  all: 'All',
  told: 'Told',
  held: 'Why was I not told?',
  failed: 'Failed',
};

const change = (part: Partial<NoticeFilter>): void => useView.setState((view) => ({ notices: { ...view.notices, ...part } }));

function Filters() {
  const filter = useView((view) => view.notices);
  const projects = useFeed((feed) => feed.state.projects);
  return (
    <search className="filters">
      <fieldset className="segments">
        <legend className="unseen">Which</legend>
        {noticeShow.map((show) => (
          <label key={show} className="segment">
            <input
              type="radio"
              name="notice-show"
              className="unseen"
              checked={filter.show === show}
              onChange={() => change({ show })}
            />
            <span>{shows[show]}</span>
          </label>
        ))}
      </fieldset>
      <select
        className="field"
        aria-label="Filter by kind"
        value={filter.kind ?? ''}
        onChange={(event) => change({ kind: noticeKind.safeParse(event.target.value).data ?? null })}
      >
        <option value="">Every kind</option>
        {noticeKind.options.map((kind) => (
          <option key={kind} value={kind}>
            {kindWords[kind]}
          </option>
        ))}
      </select>
      <select
        className="field"
        aria-label="Filter by project"
        value={filter.projectId ?? ''}
        onChange={(event) => change({ projectId: event.target.value || null })}
      >
        <option value="">Every project</option>
        {Object.values(projects).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </search>
  );
}

const noticeShow = ['all', 'told', 'held', 'failed'] as const;

function Entries({ entries }: { readonly entries: readonly NoticeEntry[] }) {
  const [open, setOpen] = useState<string | null>(null);
  const now = useNow(
    ...entries.flatMap(({ outcomes }) => outcomes.map(({ outcome }) => (outcome.type === 'waiting' ? outcome.nextAt : null))),
  );
  return (
    <section className="notices" aria-label="History" onKeyDown={moveBetweenRows}>
      <ol>
        {entries.map((entry, at) => {
          const before = entries[at - 1];
          const day = before && dayOf(before.at) === dayOf(entry.at) ? null : dayWords(entry.at, now);
          return (
            <li key={entry.id}>
              {day !== null && <h2 className="notices-day">{day}</h2>}
              <NoticeRow
                entry={entry}
                now={now}
                open={open === entry.id}
                onToggle={() => setOpen(open === entry.id ? null : entry.id)}
              />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** Everything that a person was told of, or not, and why. */
export function History({ head }: { readonly head: number }) {
  const filter = useView((view) => view.notices);
  const [loaded, more, again] = useHistory(filter, head);
  return (
    <>
      <Filters />
      {loaded.phase === 'loading' && <Busy retry={again}>Opening the history</Busy>}
      {loaded.phase === 'failed' && (
        <ErrorState title="The history could not be read" retry={again}>
          {loaded.message}
        </ErrorState>
      )}
      {loaded.phase === 'ready' && loaded.entries.length === 0 && <Nothing filter={filter} />}
      {loaded.phase === 'ready' && loaded.entries.length > 0 && (
        <>
          <Entries entries={loaded.entries} />
          {loaded.more && loaded.entries.length >= mostRows && (
            <p className="quiet notices-more">
              {loaded.total - loaded.entries.length} older ones are kept. Choose a kind or a project to find them.
            </p>
          )}
          {loaded.more && loaded.entries.length < mostRows && (
            <Button className="notices-more" onClick={more}>
              Show older ones ({loaded.total - loaded.entries.length})
            </Button>
          )}
        </>
      )}
    </>
  );
}

function Nothing({ filter }: { readonly filter: NoticeFilter }) {
  if (filter.show === 'held' && filter.kind === null && filter.projectId === null)
    return <EmptyState title="Nothing was held back">Everything there was to tell has reached you over some channel.</EmptyState>;
  if (filter.show !== 'all' || filter.kind !== null || filter.projectId !== null)
    return (
      <EmptyState
        title="Nothing matches this filter"
        action={<Button onClick={() => useView.setState({ notices: everyNotice })}>Clear the filter</Button>}
      >
        Try another kind or project.
      </EmptyState>
    );
  return (
    <EmptyState title="Nothing to tell yet">
      When a session finishes, fails or needs you, it is kept here, with who was told how, or why not.
    </EmptyState>
  );
}
