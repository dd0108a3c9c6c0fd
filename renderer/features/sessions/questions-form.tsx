import { useId, useState } from 'react';
import type { PersonAnswer, QuestionView } from '../../../shared/acting.ts';
import { Button } from '../../ui/button.tsx';
import { keyed } from '../../ui/keyed.ts';

interface Choice {
  readonly options: readonly number[];
  readonly text: string;
}

interface FormProps {
  readonly questions: readonly QuestionView[];
  readonly busy: boolean;
  readonly onAnswer: (answer: PersonAnswer) => void;
}

/** A session's questions with their options, and room for words of one's own. */
export function QuestionsForm({ questions, busy, onAnswer }: FormProps) {
  const [choices, setChoices] = useState<readonly Choice[]>(() => questions.map(() => ({ options: [], text: '' })));
  const [told, setTold] = useState(false);
  const open = choices.filter(({ options, text }) => options.length === 0 && text.trim() === '').length;
  const set = (at: number, choice: Choice) => setChoices(choices.map((one, place) => (place === at ? choice : one)));
  return (
    <form
      className="questions"
      onSubmit={(event) => {
        event.preventDefault();
        setTold(true);
        if (busy || open > 0) return;
        const answers = choices.map(({ options, text }) => ({ options: [...options], text: text.trim() }));
        onAnswer({ kind: 'answers', answers });
      }}
    >
      {keyed(questions, ({ question }) => question).map(({ key, item: question, at }) => (
        <Question
          key={key}
          question={question}
          choice={choices[at] ?? { options: [], text: '' }}
          wrong={told && choices[at]?.options.length === 0 && choices[at].text.trim() === ''}
          onChoice={(choice) => set(at, choice)}
        />
      ))}
      <div className="act-buttons">
        <Button submit look="primary" busy={busy}>
          Send answer
        </Button>
      </div>
    </form>
  );
}

interface QuestionProps {
  readonly question: QuestionView;
  readonly choice: Choice;
  readonly wrong: boolean;
  readonly onChoice: (choice: Choice) => void;
}

function Question({ question, choice, wrong, onChoice }: QuestionProps) {
  const id = useId();
  const { header, options, several } = question;
  const choose = (at: number, on: boolean) => {
    const others = several ? choice.options.filter((one) => one !== at) : [];
    onChoice({ ...choice, options: on ? [...others, at].sort((a, b) => a - b) : others });
  };
  return (
    <fieldset className="question" aria-describedby={wrong ? `${id}-wrong` : undefined}>
      <legend>
        {header && <span className="question-header">{header}</span>}
        {question.question}
      </legend>
      {keyed(options, ({ label }) => label).map(({ key, item: { label, description }, at }) => (
        <label key={key} className="option">
          <input
            type={several ? 'checkbox' : 'radio'}
            name={id}
            checked={choice.options.includes(at)}
            onChange={(event) => choose(at, event.target.checked)}
          />
          <span>
            {label}
            {description && <span className="option-description">{description}</span>}
          </span>
        </label>
      ))}
      <label className="own-words" htmlFor={`${id}-text`}>
        {options.length > 0 ? 'In your own words' : 'Your answer'}
      </label>
      <textarea
        id={`${id}-text`}
        className="field area"
        rows={options.length > 0 ? 1 : 3}
        value={choice.text}
        aria-invalid={wrong || undefined}
        onChange={(event) => onChoice({ ...choice, text: event.target.value })}
      />
      {wrong && (
        <p id={`${id}-wrong`} className="labelled-hint labelled-wrong" role="alert">
          {options.length > 0 ? 'Choose an option, or write an answer.' : 'Write an answer.'}
        </p>
      )}
    </fieldset>
  );
}
