import { Fragment, type ReactNode } from 'react';
import './facts.css';

/** Facts as a list of name and text; a null text is left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, text: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, text]) =>
        text === null ? null : (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </Fragment>
        ),
      )}
    </dl>
  );
}
