import { describe, expect, it } from 'vitest';
import { type LaneSession, Lanes } from './lanes.ts';

/** Sessions that write down what is done with them; each answers with `answer`. */
function electron(answer: () => Promise<Response>) {
  const done: string[] = [];
  const make = (index: number): LaneSession => ({
    closeAllConnections: async () => void done.push(`${index} closes`),
    fetch: async () => {
      done.push(`${index} asks`);
      return answer();
    },
  });
  return { done, lanes: new Lanes(make) };
}

describe('requests that must not be sent twice', () => {
  it('go over a connection of their own each, one after the other by the same lane', async () => {
    const { lanes, done } = electron(async () => new Response('here', { status: 201, headers: { etag: 'x' } }));
    for (let i = 0; i < 2; i += 1) {
      const answer = await lanes.fetch('https://api.github.com/', { method: 'POST' });
      expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([201, 'x', 'here']);
    }
    expect(done).toEqual(['0 closes', '0 asks', '0 closes', '0 asks']);
  });

  it('never share a lane with an answer that is still being read', async () => {
    const { lanes, done } = electron(async () => new Response('here'));
    const first = await lanes.fetch('https://api.github.com/');
    const second = await lanes.fetch('https://api.github.com/');
    expect(done).toEqual(['0 closes', '0 asks', '1 closes', '1 asks']);
    await first.body?.cancel();
    await second.text();
    await lanes.fetch('https://api.github.com/');
    expect(done.at(-1)).toBe('1 asks');
  });

  it.each([
    ['has no body', async () => new Response(null, { status: 204 })],
    ['never came', () => Promise.reject(new Error('net::ERR_EMPTY_RESPONSE'))],
  ])('give their lane back when the answer %s', async (_what, answer) => {
    const { lanes, done } = electron(answer);
    for (let i = 0; i < 2; i += 1) await lanes.fetch('https://api.github.com/').catch(() => undefined);
    expect(done).toEqual(['0 closes', '0 asks', '0 closes', '0 asks']);
  });

  it('pass on what broke while the answer was read', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('cut')) });
    const { lanes } = electron(async () => new Response(broken));
    await expect((await lanes.fetch('https://api.github.com/')).text()).rejects.toThrow('cut');
  });
});
