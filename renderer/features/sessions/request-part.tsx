import type { AnswerKind, PersonAnswer, SessionRequest } from '../../../shared/acting.ts';
import { Button } from '../../ui/button.tsx';
import { keyed } from '../../ui/keyed.ts';
import { PlanText } from './plan-text.tsx';
import { QuestionsForm } from './questions-form.tsx';

/** Each answer as its button says it. */
export const answerWords: Readonly<Record<AnswerKind, string>> = {
  'allow-once': 'Allow once',
  'allow-session': 'Allow for this session',
  deny: 'Deny',
  build: 'Approve plan',
  yolo: 'Approve in yolo mode',
  answers: 'Send answer',
};

interface RequestPartProps {
  readonly shown: SessionRequest;
  readonly busy: boolean;
  readonly onAnswer: (answer: PersonAnswer) => void;
}

/** What a session asks, in full, and below it the buttons that answer it. */
export function RequestPart({ shown, busy, onAnswer }: RequestPartProps) {
  const { request, answers, altered, fingerprint } = shown;
  if (request === null) return null;
  const asks = request.kind === 'questions' && answers.includes('answers');
  const buttons = answers.flatMap((kind) => (kind === 'answers' ? [] : [kind]));
  return (
    <>
      {request.kind === 'parts' && (
        <dl className="request-parts">
          {keyed(request.parts, ({ label }) => label).map(({ key, item: { label, text, code } }) => (
            <div key={key}>
              <dt>{label}</dt>
              <dd>{code ? <pre>{text}</pre> : text}</dd>
            </div>
          ))}
        </dl>
      )}
      {request.kind === 'plan' && <PlanText markdown={request.markdown} />}
      {asks && <QuestionsForm key={fingerprint} questions={request.questions} busy={busy} onAnswer={onAnswer} />}
      {request.kind === 'questions' && !asks && (
        <ul className="request-questions">
          {keyed(request.questions, ({ question }) => question).map(({ key, item: { question, options } }) => (
            <li key={key}>
              {question}
              {options.length > 0 && ` (${options.map(({ label }) => label).join(', ')})`}
            </li>
          ))}
        </ul>
      )}
      {altered && (
        <p className="request-altered">It has characters that can’t be seen; they are written out here as \u and their number.</p>
      )}
      {buttons.length > 0 && (
        <div className="act-buttons">
          {buttons.map((kind) => (
            <Button
              key={kind}
              look={kind === 'allow-once' || kind === 'build' ? 'primary' : kind === 'deny' ? 'danger' : 'plain'}
              busy={busy}
              onClick={() => onAnswer({ kind })}
            >
              {answerWords[kind]}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}
