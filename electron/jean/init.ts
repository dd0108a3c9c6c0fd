import { z } from 'zod';
import { call, type HttpAnswer, HttpFailure } from '../base/http-call.ts';
import { certificateError, pinnedFetch } from './certificate.ts';
import { JeanError } from './error.ts';
import { initAnswer, readAnswer } from './protocol.ts';
import type { JeanEndpoint } from './socket.ts';
import { eitherWay, withToken } from './token-way.ts';

/** ms for any answer of Jean that the companion waits for. */
export const answerWithinMs = 30_000;

/**
 * Reads `/api/init`: the only call that tells which sessions run; selecting no project keeps it free of side effects (contract jean §1).
 * @throws JeanError
 */
export async function readInit(
  { url, token, certificate }: JeanEndpoint,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
  timeoutMs = answerWithinMs,
): Promise<z.output<typeof initAnswer>> {
  const address = new URL('api/init?selected_project=none', url.endsWith('/') ? url : `${url}/`);
  let answer: HttpAnswer;
  try {
    answer = await eitherWay(
      token,
      () =>
        call(certificate === undefined ? fetch : pinnedFetch(certificate), {
          ...withToken(address, token),
          method: 'GET',
          signal,
          timeoutMs,
          maxBytes: 64 * 1024 * 1024,
        }),
      ({ status }) => status === 401,
    );
  } catch (error) {
    if (signal.aborted) throw new JeanError('closed', 'Reading from Jean was stopped.');
    if (error instanceof HttpFailure && error.kind === 'timeout') throw new JeanError('timeout', error.message);
    throw (error instanceof HttpFailure ? certificateError(error.code, url) : null) ?? JeanError.from(error);
  }
  if (answer.status === 401) throw new JeanError('unauthorized', 'Jean refused the token.');
  if (answer.status >= 300 && answer.status < 400) throw new JeanError('unreachable', elsewhereWords(url, answer));
  if (answer.status !== 200) throw new JeanError('command-failed', `Jean answered /api/init with ${answer.status}.`);
  return readAnswer(initAnswer, parseJson(answer.text), '/api/init');
}

/** The host alone: an address may hold the token. */
function elsewhereWords(url: string, { headers }: HttpAnswer): string {
  const to = headers.get('location');
  const host = to !== null && URL.canParse(to, url) ? new URL(to, url).origin : null;
  return `${url} sends its visitors to ${host ?? 'another address'}. Add its access address as it is there.`;
}

const projectIds = z.array(z.looseObject({ id: z.string().optional() }));

/** Who answers at an address: its version, and the projects by which it is known again. @throws JeanError */
export async function identifyJean(
  endpoint: JeanEndpoint,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<{ readonly version: string | null; readonly projects: readonly string[] }> {
  const init = await readInit(endpoint, fetch, signal, 10_000);
  // Every Jean that answers this at all names its version or its projects; another program's page names neither.
  if (init.appVersion === null && init.projects == null)
    throw new JeanError('malformed', `Something answers at ${endpoint.url}, but not as Jean does.`);
  return {
    version: init.appVersion,
    projects: projectIds
      .catch([])
      .parse(init.projects ?? [])
      .flatMap(({ id }) => id ?? []),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JeanError('malformed', "Jean's answer to /api/init is no JSON.");
  }
}
