import { EventEmitter } from 'node:events';
import type { ClientRequest, ClientRequestConstructorOptions, Session } from 'electron';
import { describe, expect, it } from 'vitest';
import { outsideFetch } from './outside-fetch.ts';

/** An Electron whose first answer is what `fetch` does, and whose `net.request` meets a redirect to `to`. */
function electron(fetched: () => Promise<Response>, to: string | null = null) {
  const asked: ClientRequestConstructorOptions[] = [];
  const request = (options: ClientRequestConstructorOptions): ClientRequest => {
    asked.push(options);
    const emitter = new EventEmitter();
    const end = (): void => {
      queueMicrotask(() => {
        if (to === null) return emitter.emit('response', {});
        emitter.emit('redirect', 301, 'GET', to, {});
        return emitter.emit('error', new Error('Redirect was cancelled'));
      });
    };
    return Object.assign(emitter, { end, abort: () => emitter.emit('abort') }) as unknown as ClientRequest;
  };
  const lanes = { fetch: async () => new Response('from a lane') };
  return { asked, fetch: outsideFetch({ session: { fetch: fetched } as unknown as Session, request, lanes }) };
}
const redirected = (): Promise<Response> => Promise.reject(new Error('Redirect was cancelled'));

describe('fetch over Electron’s network stack', () => {
  it('gives the answer as it came', async () => {
    const { fetch } = electron(async () => new Response('here', { status: 201 }));
    const answer = await fetch(new URL('https://api.github.com/app'), { redirect: 'manual' });
    expect([answer.status, await answer.text()]).toEqual([201, 'here']);
  });

  it('answers a redirect as a browser does, where Electron throws, and keeps nothing of it', async () => {
    const { fetch, asked } = electron(redirected, 'https://api.github.com/repositories/7');
    const answer = await fetch('https://api.github.com/repos/a/b', {
      redirect: 'manual',
      headers: { authorization: 'Bearer x' },
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([301, 'https://api.github.com/repositories/7']);
    expect(asked).toMatchObject([{ redirect: 'manual', credentials: 'omit', cache: 'no-store' }]);
  });

  it('never sends a request a second time that could do something', async () => {
    const { fetch, asked } = electron(redirected, 'https://elsewhere.example/');
    const answer = await fetch('https://api.github.com/installation/token', { method: 'DELETE' });
    expect([answer.status, answer.headers.get('location'), asked.length]).toEqual([307, null, 0]);
  });

  it('sends a POST over a lane, so that Chromium does not send it again by itself', async () => {
    const { fetch } = electron(() => Promise.reject(new Error('Not this way')));
    const answer = await fetch('https://api.github.com/app/installations/7/access_tokens', { method: 'POST' });
    expect(await answer.text()).toBe('from a lane');
  });

  it('passes every other failure on', async () => {
    const { fetch } = electron(() => Promise.reject(new Error('net::ERR_CONNECTION_REFUSED')));
    await expect(fetch('https://api.github.com/app')).rejects.toThrow('ERR_CONNECTION_REFUSED');
    const fickle = electron(redirected);
    await expect(fickle.fetch('https://api.github.com/app')).rejects.toThrow('redirected, and then did not');
  });
});
