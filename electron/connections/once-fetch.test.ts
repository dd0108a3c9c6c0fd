import { describe, expect, it } from 'vitest';
import { onceFetch } from './once-fetch.ts';

function networks(answer: () => Response = () => new Response('made', { status: 201, headers: { 'x-request': '1' } })) {
  const log: string[] = [];
  const common: typeof fetch = async (_input, init) => {
    log.push(`common ${init?.method ?? 'GET'}`);
    return new Response('seen');
  };
  const fetchOnce = onceFetch(common, (n) => ({
    async closeAllConnections() {
      log.push(`close ${n}`);
    },
    async fetch(input) {
      log.push(`post ${n} ${input}`);
      return answer();
    },
  }));
  return { log, fetchOnce };
}
const url = new URL('https://api.github.com/mint');

describe('a POST', () => {
  it('goes over a connection that nothing used before, and gives its answer whole', async () => {
    const { log, fetchOnce } = networks();
    const answer = await fetchOnce(url, { method: 'POST' });
    expect([answer.status, answer.headers.get('x-request'), await answer.text()]).toEqual([201, '1', 'made']);
    await (await fetchOnce(url, { method: 'post' })).text();
    expect(log).toEqual(['close 0', `post 0 ${url.href}`, 'close 0', `post 0 ${url.href}`]);
  });

  it('never closes the connection of another one that is under way or whose answer is still read', async () => {
    const { log, fetchOnce } = networks();
    const [one, other] = await Promise.all([fetchOnce(url, { method: 'POST' }), fetchOnce(url, { method: 'POST' })]);
    await one.body?.cancel();
    await fetchOnce(url, { method: 'POST' });
    await other.text();
    expect(log.filter((line) => line.startsWith('close'))).toEqual(['close 0', 'close 1', 'close 0']);
  });

  it('leaves its network to the next one when it fails, and when it has no body', async () => {
    const broken = networks(() => {
      throw new Error('net::ERR_EMPTY_RESPONSE');
    });
    await expect(broken.fetchOnce(url, { method: 'POST' })).rejects.toThrow('ERR_EMPTY_RESPONSE');
    await expect(broken.fetchOnce(url, { method: 'POST' })).rejects.toThrow('ERR_EMPTY_RESPONSE');
    expect(broken.log).not.toContain('close 1');
    const empty = networks(() => new Response(null, { status: 204 }));
    await empty.fetchOnce(url, { method: 'POST' });
    await empty.fetchOnce(url, { method: 'POST' });
    expect(empty.log).not.toContain('close 1');
  });
});

it('what may be sent twice goes by the common network', async () => {
  const { log, fetchOnce } = networks();
  await fetchOnce(url);
  await fetchOnce(url, { method: 'DELETE' });
  expect(log).toEqual(['common GET', 'common DELETE']);
});
