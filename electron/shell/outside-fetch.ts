import type { ClientRequest, ClientRequestConstructorOptions, Session } from 'electron';
import type { Lanes } from './lanes.ts';

/** What of Electron is needed: a session that keeps nothing, and `net.request`. */
export interface OutsideFetchOptions {
  readonly session: Session;
  readonly request: (options: ClientRequestConstructorOptions) => ClientRequest;
  /** For what must not be sent twice; sessions that keep nothing, too. */
  readonly lanes: Pick<Lanes, 'fetch'>;
}

/** Electron's words for a redirect that `redirect: 'manual'` does not follow; a browser would answer it (measured with 33.2). */
const cancelled = 'Redirect was cancelled';

/**
 * `fetch` over Electron's network stack, that is with the system's proxy and certificates. The session must be one in
 * memory and without a cache: the usual one writes answers, and so the vault's values, to the disk in clear (measured),
 * and sends cookies of one account with the next one's key.
 */
export function outsideFetch(options: OutsideFetchOptions): typeof fetch {
  return async (input, init) => {
    const address = input instanceof URL ? input.href : input;
    try {
      return await (init?.method === 'POST' ? options.lanes : options.session).fetch(address, init);
    } catch (error) {
      if (!(error instanceof Error && error.message === cancelled)) throw error;
      // Nothing was done where the answer was a redirect; only what can be asked twice is asked where it leads.
      if ((init?.method ?? 'GET') !== 'GET' || typeof address !== 'string') return new Response(null, { status: 307 });
      return await redirectOf(address, init ?? {}, options);
    }
  };
}

function redirectOf(url: string, init: RequestInit, { session, request }: OutsideFetchOptions): Promise<Response> {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const asked = request({ url, session, headers, redirect: 'manual', credentials: 'omit', cache: 'no-store' });
    const abort = (): void => asked.abort();
    init.signal?.addEventListener('abort', abort, { once: true });
    asked.once('redirect', (status, _method, to) => resolve(new Response(null, { status, headers: { location: to } })));
    asked.once('response', () => {
      reject(new Error('The server redirected, and then did not.'));
      asked.abort();
    });
    // Also emitted after a redirect that is not followed; the promise is settled by then.
    asked.on('error', reject);
    asked.once('abort', () => reject(new DOMException('The request was given up.', 'AbortError')));
    asked.once('close', () => init.signal?.removeEventListener('abort', abort));
    asked.end();
  });
}
