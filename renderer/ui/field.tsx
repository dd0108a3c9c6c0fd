import { type ComponentProps, useId } from 'react';
import './field.css';

interface FieldProps extends Omit<ComponentProps<'input'>, 'onChange' | 'id'> {
  readonly label: string;
  readonly hint?: string;
  /** What is wrong with it; null while nothing is. */
  readonly wrong?: string | null;
  readonly onText: (text: string) => void;
}

/** A line of text with its label, and what to do about it where it is wrong. */
export function Field({ label, hint, wrong = null, onText, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
        className="field"
        autoComplete="off"
        spellCheck={false}
        aria-invalid={wrong !== null || undefined}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onText(event.target.value)}
      />
      <p id={`${id}-hint`} className={wrong === null ? 'labelled-hint' : 'labelled-hint labelled-wrong'}>
        {wrong ?? hint}
      </p>
    </div>
  );
}
