import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer, RequestName } from '../../shared/ipc.ts';
import { requests } from '../../shared/ipc.ts';
import { emptyState } from '../../shared/model.ts';

type Listener = (event: { readonly senderFrame: unknown }, name: unknown, payload: unknown) => Promise<Answer<unknown>>;
const heard = vi.hoisted(() => new Map<string, unknown>());
vi.mock('electron', () => ({
  ipcMain: {
    handle: (channel: string, listener: unknown) => heard.set(channel, listener),
    removeHandler: (channel: string) => heard.delete(channel),
  },
  app: {},
  protocol: {},
}));
const { answerPage, sendToPage } = await import('./ipc.ts');

const channel = 'companion:request';
const page = { parent: null, origin: 'app://companion' };

describe('the page’s requests', () => {
  let reported: [string, unknown][];
  let asked: [string, unknown][];
  let answers: Record<string, (request: unknown) => unknown>;
  let stop: () => void;
  beforeEach(() => {
    reported = [];
    asked = [];
    answers = {};
    const handlers = Object.fromEntries(
      Object.keys(requests).map((name) => [
        name,
        (request: unknown) => {
          asked.push([name, request]);
          return answers[name]?.(request);
        },
      ]),
    ) as unknown as Parameters<typeof answerPage>[0];
    stop = answerPage(handlers, (name, error) => reported.push([name, error]));
  });
  const ask = (name: unknown, payload: unknown, senderFrame: unknown = page): Promise<Answer<unknown>> => {
    const listener = heard.get(channel) as Listener | undefined;
    if (!listener) throw new Error('nobody listens');
    return listener({ senderFrame }, name, payload);
  };

  it('are answered by their handler', async () => {
    answers['audit.verify'] = () => ({ ok: true, count: 7, message: 'All is well.' });
    expect(await ask('audit.verify', undefined)).toEqual({ ok: true, value: { ok: true, count: 7, message: 'All is well.' } });
    expect(await ask('credentials.rotate', { worktreeId: 'w1' })).toEqual({ ok: true, value: undefined });
    expect(asked).toEqual([
      ['audit.verify', undefined],
      ['credentials.rotate', { worktreeId: 'w1' }],
    ]);
  });

  it.each([
    ['a frame inside of our page', { parent: page, origin: page.origin }],
    ['another page', { parent: null, origin: 'https://companion' }],
    ['a page whose origin begins like ours', { parent: null, origin: 'app://companion.evil' }],
    ['a page without an origin', { parent: null, origin: 'null' }],
    ['a frame that is gone', null],
  ])('are not heard from %s', async (_who, frame) => {
    expect(await ask('state.snapshot', undefined, frame)).toMatchObject({
      ok: false,
      error: { code: 'forbidden', retryable: false },
    });
    expect(asked).toEqual([]);
  });

  it.each(['toString', '__proto__', 'constructor', 'secrets.read', '', 7, null, { name: 'state.snapshot' }])(
    'are refused when there is none of the name %j',
    async (name) => {
      expect(await ask(name, undefined)).toMatchObject({ ok: false, error: { code: 'unknown-request' } });
      expect(asked).toEqual([]);
    },
  );

  it.each<[RequestName, unknown]>([
    ['credentials.rotate', undefined],
    ['credentials.rotate', { worktreeId: '' }],
    ['credentials.rotate', { worktreeId: ['w1'] }],
    ['audit.page', { filter: {}, before: null, limit: 1e9 }],
    ['notifications.mute', { until: 'soon' }],
    ['setup.github', { appId: '../../etc', apiUrl: null, webUrl: null }],
    ['setup.ravi', { baseUrl: 'not an address' }],
    ['open.external', { target: 'https://evil.example', worktreeId: null }],
    ['state.snapshot', { all: true }],
  ])('are refused when what %s brings does not fit the contract: %j', async (name, payload) => {
    expect(await ask(name, payload)).toMatchObject({ ok: false, error: { code: 'invalid', retryable: false } });
    expect(asked).toEqual([]);
  });

  it('are answered with a sentence when they fail, and main has the error', async () => {
    const error = new Error('The old credential stays in use. GitHub is away.');
    answers['credentials.rotate'] = () => Promise.reject(error);
    const answer = await ask('credentials.rotate', { worktreeId: 'w1' });
    expect(answer).toEqual({ ok: false, error: { code: 'failed', message: error.message, retryable: true } });
    expect(reported).toEqual([['credentials.rotate', error]]);
    answers['credentials.rotate'] = () => {
      throw 'a string';
    };
    expect(await ask('credentials.rotate', { worktreeId: 'w1' })).toMatchObject({ error: { message: 'It did not work.' } });
  });

  it('are never answered with what the contract has no place for', async () => {
    answers['audit.verify'] = () => ({ ok: true, count: 1, message: '', token: 'ghs_1' });
    expect(JSON.stringify(await ask('audit.verify', undefined))).not.toContain('ghs_1');
    answers['audit.verify'] = () => ({ token: 'ghs_1' });
    const answer = await ask('audit.verify', undefined);
    expect([answer.ok, JSON.stringify(answer).includes('ghs_1')]).toEqual([false, false]);
    answers['state.snapshot'] = () => ({ seq: 1, state: { ...emptyState(), secrets: { a: 'ghs_1' } } });
    expect(JSON.stringify(await ask('state.snapshot', undefined))).not.toContain('ghs_1');
  });

  it('are not heard any more once answering has stopped', () => {
    stop();
    expect(heard.has(channel)).toBe(false);
  });
});

describe('an event for the page', () => {
  const contents = (destroyed = false) => {
    const sent: unknown[][] = [];
    const fake = { isDestroyed: () => destroyed, send: (...args: unknown[]) => sent.push(args) };
    return { sent, contents: fake as unknown as Parameters<typeof sendToPage>[0] };
  };

  it('is sent as the contract has it', () => {
    const page = contents();
    sendToPage(page.contents, 'view.show', { page: 'audit', id: null });
    expect(page.sent).toEqual([['companion:event', 'view.show', { page: 'audit', id: null }]]);
  });

  it('is not sent to a page that is gone', () => {
    const page = contents(true);
    sendToPage(page.contents, 'view.show', { page: 'audit', id: null });
    expect(page.sent).toEqual([]);
  });
});
