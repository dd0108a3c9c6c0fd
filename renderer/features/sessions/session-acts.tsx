import { useEffect, useRef, useState } from 'react';
import type { PersonAnswer, SessionRequest } from '../../../shared/acting.ts';
import { bucketOf, type SessionView } from '../../../shared/model.ts';
import { say } from '../../actions.ts';
import { bridge } from '../../bridge.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { ArchiveDialog } from './archive-dialog.tsx';
import { MessageForm } from './message-form.tsx';
import { answerWords, RequestPart } from './request-part.tsx';
import type { SessionRow } from './rows.ts';
import { type Act, useAct } from './use-act.ts';
import './session-acts.css';

type Loaded = SessionRequest | { readonly failed: string } | null;

/** What can be done with a session from here: its request in full with the answers to it, a next message, and the rest. */
export function SessionActs({ row, session }: { readonly row: SessionRow; readonly session: SessionView }) {
  const instance = useFeed(({ state }) => state.instances[session.instanceId]);
  const others = useFeed(
    ({ state }) => Object.values(state.sessions).filter(({ worktreeId }) => worktreeId === session.worktreeId).length - 1,
  );
  const [act, start, dismiss] = useAct();
  const [asked, setAsked] = useState(0);
  const [told, setTold] = useState<string | null>(null);
  const [archiving, setArchiving] = useState<'session' | 'worktree' | null>(null);
  const section = useRef<HTMLElement>(null);
  const busy = act.phase === 'sending';
  // What was shown stays before the person's eyes until it is answered, or the failure is put away.
  const frozen = act.phase !== 'idle';
  const moment = [session.status, session.since, session.request?.text, instance?.health, instance?.road, asked].join(' ');
  const loaded = useSessionRequest(session.id, moment, frozen);
  const shown = loaded !== null && 'answers' in loaded ? loaded : null;
  const { id: sessionId, name } = session;

  const again = () => {
    setTold(null);
    setAsked((count) => count + 1);
    // The button that had the focus is gone with the request.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) section.current?.focus();
    });
  };
  const done = (words: string) => () => {
    say('done', words);
    again();
  };
  const answer = (given: PersonAnswer) => {
    if (shown?.fingerprint)
      start({
        name: 'sessions.answer',
        payload: { sessionId, fingerprint: shown.fingerprint, answer: given },
        words: answerWords[given.kind],
        done: done(`${name} was answered.`),
      });
  };
  const may = (action: SessionRequest['actions'][number]): boolean => shown?.actions.includes(action) ?? false;
  const archive = (what: 'session' | 'worktree') => {
    setArchiving(null);
    start({
      name: what === 'session' ? 'sessions.archive' : 'sessions.archiveWorktree',
      payload: { sessionId },
      words: what === 'session' ? 'Archive session' : 'Archive worktree',
      done: () => say('done', `${what === 'session' ? name : row.worktree.name} was archived.`),
    });
  };

  return (
    <section ref={section} className="acts" aria-label={`Answer ${name}`} aria-busy={busy} tabIndex={-1}>
      {loaded !== null && 'failed' in loaded && (
        <p className="act-failed" role="alert">
          {loaded.failed} <Button onClick={again}>Try again</Button>
        </p>
      )}
      {shown && <RequestPart shown={shown} busy={busy} onAnswer={answer} />}
      {shown && shown.notes.length > 0 && (
        <ul className="act-notes">
          {shown.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <State
        act={act}
        told={told}
        onDismiss={() => {
          dismiss();
          again();
        }}
      />
      {may('message') && (
        <MessageForm
          name={name}
          running={bucketOf(session.status) === 'running'}
          busy={busy}
          onSend={({ text, messageId, clear }) =>
            start({
              name: 'sessions.message',
              payload: { sessionId, text, messageId },
              words: 'Send message',
              done: ({ queued }) => {
                clear();
                done(queued ? `The message waits until ${name} is done.` : `The message was sent to ${name}.`)();
              },
            })
          }
        />
      )}
      <div className="act-buttons">
        {may('open') && (
          <Button
            busy={busy}
            aria-label={`Open ${name} in Jean`}
            onClick={() =>
              start({
                name: 'sessions.open',
                payload: { sessionId },
                words: 'Open in Jean',
                done: ({ message }) => setTold(message),
              })
            }
          >
            Open in Jean
          </Button>
        )}
        {may('cancel') && (
          <Button
            busy={busy}
            aria-label={`Cancel the run of ${name}`}
            title="What it does now ends; what it changed stays. A message has it go on."
            onClick={() =>
              start({
                name: 'sessions.cancel',
                payload: { sessionId },
                words: 'Cancel run',
                done: done(`${name} was cancelled.`),
              })
            }
          >
            Cancel run
          </Button>
        )}
        {may('archive-session') && (
          <Button look="quiet" busy={busy} onClick={() => setArchiving('session')}>
            Archive session…
          </Button>
        )}
        {may('archive-worktree') && (
          <Button look="quiet" busy={busy} onClick={() => setArchiving('worktree')}>
            Archive worktree…
          </Button>
        )}
      </div>
      {archiving && (
        <ArchiveDialog
          what={archiving}
          session={session}
          worktree={row.worktree}
          credential={row.credential}
          others={others}
          onYes={() => archive(archiving)}
          onClose={() => setArchiving(null)}
        />
      )}
    </section>
  );
}

interface StateProps {
  readonly act: Act;
  /** What came of the last one. */
  readonly told: string | null;
  readonly onDismiss: () => void;
}

/** How the action stands, and what to do when it failed. */
function State({ act, told, onDismiss }: StateProps) {
  return (
    <div className="act-state" role="status">
      {act.phase === 'sending' && <p>{act.words}: sent to Jean, waiting until its state shows it…</p>}
      {act.phase === 'idle' && told && <p>{told}</p>}
      {act.phase === 'failed' && (
        <div className="act-failed">
          <p>
            <strong>{act.words} did not work.</strong> {act.message}
          </p>
          {act.retry && <Button onClick={act.retry}>Retry</Button>}
          <Button look="quiet" onClick={onDismiss}>
            {act.retry ? 'Never mind' : 'Look again'}
          </Button>
        </div>
      )}
    </div>
  );
}

/** What the session asks, asked of main anew at each `moment`, unless what is shown is to stay. */
function useSessionRequest(sessionId: string, moment: string, frozen: boolean): Loaded {
  const [loaded, setLoaded] = useState<Loaded>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment is what makes it ask again
  useEffect(() => {
    if (frozen) return;
    let over = false;
    void bridge.request('sessions.request', { sessionId }).then((answer) => {
      if (!over) setLoaded(answer.ok ? answer.value : { failed: answer.error.message });
    });
    return () => {
      over = true;
    };
  }, [sessionId, moment, frozen]);
  return loaded;
}
