import { useEffect, useState } from 'react';
import type { Attribution, CredentialFate, Origin } from '../../../shared/attribution.ts';
import { agoWords } from '../../../shared/format.ts';
import { bridge } from '../../bridge.ts';
import { useNow } from '../../clock.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { type Shape, StatusShape } from '../../ui/status-shape.tsx';
import { showCredential, showTimeline } from '../../view.ts';
import './who.css';

const shapes: Readonly<Record<Attribution['verdict'], Shape>> = { managed: 'finished', outside: 'idle', unknown: 'offline' };

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** What main answers about the text; null while it is only words. */
function useAnswer(query: string): { readonly answer: Attribution | null; readonly failed: string | null } {
  const [known, setKnown] = useState<{ answer: Attribution | null; failed: string | null }>({ answer: null, failed: null });
  useEffect(() => {
    let over = false;
    const asked = query.trim();
    const answering = asked === '' ? null : bridge.request('attribution.who', { query: asked });
    if (answering === null) setKnown({ answer: null, failed: null });
    void answering?.then((answer) => {
      if (over) return;
      setKnown(answer.ok ? { answer: answer.value, failed: null } : { answer: null, failed: answer.error.message });
    });
    return () => {
      over = true;
    };
  }, [query]);
  return known;
}

function When({ at, now }: { readonly at: number | null; readonly now: number }) {
  if (at === null) return 'not known';
  return (
    <>
      {agoWords(at, now)} <span className="quiet">· {exact.format(at)}</span>
    </>
  );
}

function lifeWords({ ended, expiresAt }: CredentialFate, now: number): string {
  if (ended !== null) return `${ended.how} ${agoWords(ended.at, now)}`;
  return expiresAt !== null && expiresAt <= now ? `expired ${agoWords(expiresAt, now)}` : 'in force';
}

function From({ from, now }: { readonly from: Origin; readonly now: number }) {
  const known = useFeed((feed) => feed.state.credentials[from.worktreeId] !== undefined);
  const { worktreeId, subject, push, sessions, credential } = from;
  const who = sessions.map(({ name, model }) => (model === null ? name : `${name} · ${model}`));
  return (
    <article className="who-from" aria-label={subject}>
      <Facts
        facts={[
          ['Worktree', subject],
          [
            'Session',
            who.length === 0 ? (
              'none was at work'
            ) : (
              <ul key="who">
                {who.map((words) => (
                  <li key={words}>{words}</li>
                ))}
              </ul>
            ),
          ],
          [
            'Pushed',
            push === null ? (
              'not yet'
            ) : (
              <span key="pushed">
                {push.commits === 1 ? '1 commit' : `${push.commits} commits`} to <code>{push.branch}</code>,{' '}
                <When at={push.at} now={now} />
              </span>
            ),
          ],
          ['Credential', credential === null ? 'none yet' : <code key="print">{credential.fingerprint}</code>],
          ['Issued', credential === null ? null : <When key="issued" at={credential.issuedAt} now={now} />],
          ['Last used', credential === null ? null : <When key="used" at={credential.lastUsedAt} now={now} />],
          ['State', credential === null ? null : lifeWords(credential, now)],
        ]}
      />
      <div className="who-actions">
        {known && (
          <Button aria-label={`Credential of ${subject}`} onClick={() => showCredential(worktreeId)}>
            Credential
          </Button>
        )}
        <Button look="quiet" aria-label={`Timeline of ${subject}`} onClick={() => showTimeline(worktreeId)}>
          Timeline
        </Button>
      </div>
    </article>
  );
}

/** Answers the search where it names a commit, a pull request or a branch: which worktree, session and credential that was. */
export function WhoCard({ query }: { readonly query: string }) {
  const { answer, failed } = useAnswer(query);
  const now = useNow();
  const there = answer !== null || failed !== null;
  return (
    <section className={there ? 'who' : 'who-none'} aria-label="Where it came from">
      <div role="status" className="who-answer">
        {answer && (
          <>
            <StatusShape shape={shapes[answer.verdict]} />
            <div>
              <h2>
                <code>{answer.name}</code> {answer.title}
              </h2>
              <p>{answer.sentence}</p>
              {answer.author !== null && <p className="quiet">By {answer.author}</p>}
            </div>
          </>
        )}
        {failed !== null && <p>{failed}</p>}
      </div>
      {answer?.origins.map((from) => (
        <From key={from.worktreeId} from={from} now={now} />
      ))}
    </section>
  );
}
