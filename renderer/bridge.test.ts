import { describe, expect, it } from 'vitest';
import type { CompanionBridge } from '../shared/ipc.ts';
import { bridgeOver } from './bridge.ts';

const answering = (answer: () => unknown): CompanionBridge => ({
  request: async () => answer() as never,
  on: () => () => undefined,
});

describe('the bridge', () => {
  it('passes on an answer that fits the contract', async () => {
    const bridge = bridgeOver(answering(() => ({ ok: true, value: { ok: true, count: 3, message: '' } })));
    expect(await bridge.request('audit.verify', undefined)).toEqual({ ok: true, value: { ok: true, count: 3, message: '' } });
  });

  it('takes an answer without a value for nothing', async () => {
    const bridge = bridgeOver(answering(() => ({ ok: true, value: null })));
    expect(await bridge.request('setup.done', undefined)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ['a value of the wrong form', { ok: true, value: { ok: 'yes' } }],
    ['no answer at all', undefined],
    ['a failure without words', { ok: false, error: {} }],
  ])('refuses %s', async (_what, answer) => {
    const bridge = bridgeOver(answering(() => answer));
    expect(await bridge.request('audit.verify', undefined)).toMatchObject({ ok: false, error: { code: 'invalid-answer' } });
  });

  it('turns a rejection into a failure that can be tried again', async () => {
    const bridge = bridgeOver(
      answering(() => {
        throw new Error('gone');
      }),
    );
    expect(await bridge.request('audit.verify', undefined)).toMatchObject({ ok: false, error: { retryable: true } });
  });

  it('says so when the page is not inside the app', async () => {
    expect(await bridgeOver(undefined).request('setup.done', undefined)).toMatchObject({
      ok: false,
      error: { code: 'no-bridge' },
    });
  });

  it('gives null for an event that does not fit', () => {
    let send: (payload: unknown) => void = () => undefined;
    const bridge = bridgeOver({
      request: async () => ({ ok: true, value: null }),
      on: (_name, listener) => {
        send = listener;
        return () => undefined;
      },
    });
    const heard: unknown[] = [];
    bridge.on('view.show', (wish) => heard.push(wish));
    send({ page: 'nowhere', id: null });
    send({ page: 'audit', id: null });
    expect(heard).toEqual([null, { page: 'audit', id: null }]);
  });
});
