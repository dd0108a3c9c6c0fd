import { ipcMain, type WebContents, type WebFrameMain } from 'electron';
import {
  type Answer,
  type EventName,
  type EventOf,
  events,
  type Failure,
  type ParsedRequestOf,
  type RequestName,
  type ResponseOf,
  requests,
} from '../../shared/ipc.ts';
import { Refused } from '../base/refused.ts';
import { pageOrigin } from './security.ts';

const requestChannel = 'companion:request';
const eventChannel = 'companion:event';

/** One handler for every request of the contract; the compiler asks for each. */
export type Handlers = { readonly [N in RequestName]: (request: ParsedRequestOf<N>) => Promise<Value<N>> | Value<N> };
type Value<N extends RequestName> = ResponseOf<N> extends undefined ? void : ResponseOf<N>;

/**
 * Answers the page: only our own page in its main frame is heard, requests and answers are checked against the contract,
 * and a failure becomes a sentence. The one place where Electron's `ipcMain` is used. The answer takes it away again.
 */
export function answerPage(handlers: Handlers, report: (name: string, error: unknown) => void): () => void {
  ipcMain.handle(requestChannel, async (event, name: unknown, payload: unknown): Promise<Answer<unknown>> => {
    if (!isOurPage(event.senderFrame))
      return failed({ code: 'forbidden', message: 'This page may not ask the companion.', retryable: false });
    if (!isRequestName(name))
      return failed({ code: 'unknown-request', message: 'The companion has no such request.', retryable: false });
    return answer(handlers, name, payload, report);
  });
  return () => ipcMain.removeHandler(requestChannel);
}

/** Sends an event of the contract to a page. */
export function sendToPage<N extends EventName>(contents: WebContents, name: N, payload: EventOf<N>): void {
  if (!contents.isDestroyed()) contents.send(eventChannel, name, events[name].parse(payload));
}

async function answer<N extends RequestName>(
  handlers: Handlers,
  name: N,
  payload: unknown,
  report: (name: string, error: unknown) => void,
): Promise<Answer<unknown>> {
  const parsed = requests[name].request.safeParse(payload);
  if (!parsed.success)
    return failed({ code: 'invalid', message: parsed.error.issues[0]?.message ?? 'That can’t be read.', retryable: false });
  try {
    const value = await handlers[name](parsed.data as ParsedRequestOf<N>);
    return { ok: true, value: requests[name].response.parse(value) };
  } catch (error) {
    if (error instanceof Refused) return failed({ code: error.code, message: error.message, retryable: false });
    report(name, error);
    return failed({ code: 'failed', message: error instanceof Error ? error.message : 'It did not work.', retryable: true });
  }
}

const failed = (error: Failure): Answer<never> => ({ ok: false, error });

const isRequestName = (name: unknown): name is RequestName => typeof name === 'string' && Object.hasOwn(requests, name);

function isOurPage(frame: WebFrameMain | null): boolean {
  return frame !== null && frame.parent === null && frame.origin === pageOrigin;
}
