import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import type { Telling } from './delivery.ts';
import { cutToGsm, gsmLength, toGsm } from './gsm7.ts';

/** What fits into one SMS, in septets. */
export const smsLength = 160;
/** A title may take as much, so that the line that says where it is still fits. */
const longestTitle = 90;

/**
 * A notice as one SMS: the title, where it is, what an agent or a tool wrote where `detail` allows it, and the mark by which the message is
 * found again at Ravi.
 */
export function smsText(telling: Telling, options: { readonly detail: boolean; readonly mark: string }): string {
  const end = ` ${options.mark}`;
  const title = cutToGsm(gsmLine(telling.title), longestTitle);
  let text = title;
  const add = (line: string | null | undefined): void => {
    const room = smsLength - gsmLength(text) - gsmLength(end) - 1;
    // A few letters would say nothing.
    if (line && room >= 8) text += `\n${cutToGsm(gsmLine(line), room)}`;
  };
  add(telling.line);
  if (options.detail) add(telling.detail);
  return text + end;
}

/** Redacted before it is cut, so that no half of a secret is left, and once more as the reader sees it. */
const gsmLine = (text: string): string => redact(toGsm(plainLine(redact(text), Number.POSITIVE_INFINITY)));
