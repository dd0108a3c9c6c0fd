import { useEffect, useState } from 'react';
import type { PushView } from '../../../shared/attribution.ts';
import { agoWords } from '../../../shared/format.ts';
import { bridge } from '../../bridge.ts';
import { useNow } from '../../clock.ts';
import { appOf, useFeed } from '../../store.ts';
import { PartError } from '../../ui/states.tsx';
import { everything, useView } from '../../view.ts';
import './pushes.css';
import './timeline.css';

interface Known {
  readonly pushes: readonly PushView[];
  readonly failed: string | null;
  readonly retry: () => void;
}

/** A worktree's newest pushes, read again as the audit log grows: each push is an entry there. */
function usePushes(worktreeId: string): Known {
  const [known, setKnown] = useState<Omit<Known, 'retry'>>({ pushes: [], failed: null });
  const [tries, setTries] = useState(0);
  const head = useFeed((feed) => appOf(feed.state)?.auditHead ?? 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new head is the reason to ask again.
  useEffect(() => {
    let over = false;
    void bridge.request('attribution.pushes', { worktreeId }).then((answer) => {
      if (!over)
        setKnown((last) => (answer.ok ? { pushes: answer.value, failed: null } : { ...last, failed: answer.error.message }));
    });
    return () => {
      over = true;
    };
  }, [worktreeId, head, tries]);
  return { ...known, retry: () => setTries(tries + 1) };
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const askWho = (sha: string): void =>
  useView.setState({ page: 'audit', settled: true, palette: false, audit: { ...everything, text: sha } });

/** What went out of a worktree, the newest first; each leads to who that was. */
export function Pushes({ worktreeId, name }: { readonly worktreeId: string; readonly name: string }) {
  const { pushes, failed, retry } = usePushes(worktreeId);
  const now = useNow(...pushes.map(({ at }) => at));
  if (pushes.length === 0 && failed === null) return null;
  return (
    <section className="part pushes" aria-label={`Pushes of ${name}`}>
      <div className="part-head">
        <h3>Pushes</h3>
      </div>
      {failed !== null && (
        <PartError what={`Pushes of ${name}`} retry={retry}>
          {`The pushes can’t be read now. ${failed}`}
        </PartError>
      )}
      <ol>
        {pushes.map((push) => (
          <li key={push.id}>
            <time dateTime={new Date(push.at).toISOString()} title={exact.format(push.at)}>
              {agoWords(push.at, now)}
            </time>
            <span className="cut">
              <code>{push.branch}</code>
            </span>
            <span className="figures">{push.commits === 1 ? '1 commit' : `${push.commits} commits`}</span>
            <button
              type="button"
              className="pushes-sha"
              aria-label={`Who pushed ${push.new.slice(0, 7)}`}
              onClick={() => askWho(push.new.slice(0, 10))}
            >
              <code>{push.new.slice(0, 7)}</code>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
