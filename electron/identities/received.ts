import type { ReceivedView } from '../../shared/identities.ts';
import type { Received } from '../ravi/inbox.ts';
import { codesIn } from './codes.ts';
import { harmlessLine, harmlessText, letterFrom } from './letter-text.ts';
import { linksIn } from './links.ts';

/** A message made harmless, with where its links lead, in the order of the view's. */
export interface Shown {
  readonly view: ReceivedView;
  readonly urls: readonly URL[];
}

/** What of a message may be shown. `webHost`: that of the GitHub that the companion works with. */
export function shownOf(received: Received, webHost: string): Shown {
  const letter = received.html === '' ? { text: '', links: [] } : letterFrom(received.html);
  const { text, cut } = harmlessText(received.text ?? letter.text);
  const subject = harmlessLine(received.subject, 300);
  const urls = linksIn(text, letter.links);
  return {
    urls,
    view: {
      id: received.id,
      over: received.over,
      from: harmlessLine(received.from, 200),
      subject,
      text,
      cut,
      codes: codesIn(`${subject}\n${text}`),
      links: urls.map(({ host }, nth) => ({ id: `${received.id}#${nth}`, host, known: host === webHost })),
      at: received.at,
    },
  };
}

/** Whether it is a mail of GitHub's with a code. */
export const isCode = ({ view }: Shown): boolean => isFromGitHub(view) && view.codes.length > 0;

/** Whether a message is as GitHub's verification comes. Its sender can be forged: it tells what to look at, and proves nothing. */
export const isFromGitHub = ({ from, over }: Pick<ReceivedView, 'from' | 'over'>): boolean =>
  over === 'mail' && /(?:^|[<\s])[^\s<>@]+@(?:[a-z0-9-]+\.)*github\.com>?$/i.test(from.trim());
