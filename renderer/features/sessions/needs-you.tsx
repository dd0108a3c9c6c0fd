import { useState } from 'react';
import { agoWords, askWords } from '../../../shared/format.ts';
import type { AppState, SessionView } from '../../../shared/model.ts';
import { useNow } from '../../clock.ts';
import { Button } from '../../ui/button.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { showRow } from '../../view.ts';
import { agentWords, isCode } from './rows.ts';

/** More than this many would push the list off the page. */
const most = 2;

function Ask({ session, state }: { readonly session: SessionView; readonly state: AppState }) {
  const now = useNow(session.since);
  const { words, text } = askWords(session.request);
  const where = [
    state.projects[session.projectId]?.name,
    state.worktrees[session.worktreeId]?.name,
    agentWords(session),
    `asked ${agoWords(session.since, now)}`,
  ];
  return (
    <article className="ask">
      <StatusShape shape="needs-you" />
      <div className="ask-text">
        <h2>
          {session.name} {words}{' '}
          {text !== null && (isCode(session.request) ? <code className="chip">{text}</code> : <q>{text}</q>)}
        </h2>
        <p className="cut">{where.filter(Boolean).join(' · ')}</p>
      </div>
      <Button onClick={() => showRow(session.id)} aria-label={`Look at what ${session.name} asks`}>
        Look and answer
      </Button>
    </article>
  );
}

/** What needs the person: the only loud thing on the page, and the first. */
export function NeedsYou({ sessions, state }: { readonly sessions: readonly SessionView[]; readonly state: AppState }) {
  const [all, setAll] = useState(false);
  const shown = all ? sessions : sessions.slice(0, most);
  return (
    <section className="asks" aria-label="Needs you" aria-live="polite">
      {shown.map((session) => (
        <Ask key={session.id} session={session} state={state} />
      ))}
      {sessions.length > most && (
        <Button look="quiet" className="asks-more" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${sessions.length}`}
        </Button>
      )}
    </section>
  );
}
