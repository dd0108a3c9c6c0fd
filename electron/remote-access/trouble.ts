import type { ServerResponse } from 'node:http';
import { sendOwn } from './own-answer.ts';
import { turnedPage, upstreamPage } from './pages.ts';

/** Why Jean's answer does not come. */
export type Trouble = 'away' | 'silent' | 'broken' | 'token' | 'unreadable';

const told: Readonly<Record<Trouble, readonly [status: number, why: string, remedy: string]>> = {
  away: [
    502,
    'Jean is not running on that computer, or its web access is off.',
    'Ask the person who shares it to start Jean and to turn on Settings → Web Access. Then load this page again.',
  ],
  silent: [504, 'Jean did not answer in time.', 'It may be busy. Load this page again in a minute.'],
  broken: [502, 'The connection to Jean broke.', 'It may be restarting. Load this page again in a moment.'],
  token: [
    502,
    'Jean does not take the token by which this gateway comes to it.',
    'Ask the person who shares it to look at Remote access in Jean Ravi Companion.',
  ],
  unreadable: [
    502,
    'Jean gave an answer that can’t be passed on safely.',
    'Ask the person who shares it whether Jean is up to date.',
  ],
};

/** Tells a client why there is no answer of Jean's. @param close ends the connection with it */
export function sendTrouble(
  response: ServerResponse,
  trouble: Trouble,
  to: { readonly reader: 'person' | 'program'; readonly tls: boolean; readonly close: boolean; readonly body: boolean },
): void {
  const [status, why, remedy] = told[trouble];
  const answer = {
    status,
    page: upstreamPage(why, remedy),
    text: `${why} ${remedy}`,
    json: { ok: false, error: `${why} ${remedy}` },
    headers: trouble === 'away' || trouble === 'broken' ? ['Retry-After', '5'] : [],
    close: to.close,
  };
  sendOwn(response, answer, to.reader, to.tls, to.body);
}

/** Tells a client that what it sends is more than goes through here. */
export function sendTooLong(response: ServerResponse, to: 'person' | 'program', tls: boolean): void {
  const why = 'What was sent is too long.';
  sendOwn(response, { status: 413, page: turnedPage(why), text: why, json: { ok: false, error: why }, close: true }, to, tls);
}
