import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Secret } from '../base/secret.ts';
import type { JeanEvent } from './events.ts';
import { JeanSocket, type SocketOptions } from './socket.ts';

let server: WebSocketServer;
let clients: WebSocket[];
let requests: IncomingMessage[];
let control: AbortController;
let url: string;
beforeEach(async () => {
  clients = [];
  requests = [];
  control = new AbortController();
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/ws', perMessageDeflate: false });
  server.on('connection', (client, request) => {
    clients.push(client);
    requests.push(request);
  });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  control.abort();
  for (const client of clients) client.terminate();
  server.close();
});

const token = Secret.of('jean-secret-token');

async function open(over: Partial<SocketOptions> = {}): Promise<{ socket: JeanSocket; events: JeanEvent[]; losses: string[] }> {
  const events: JeanEvent[] = [];
  const losses: string[] = [];
  const socket = await JeanSocket.open(
    { url, token, folder: null },
    { onEvent: (event) => events.push(event), onLoss: (reason) => losses.push(reason), ...over },
    control.signal,
  );
  return { socket, events, losses };
}

/** What the server sends, and time for it to arrive. */
async function send(...frames: (object | string)[]): Promise<void> {
  for (const frame of frames) clients[0]?.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The server answers each call as `answer` says. */
function answering(answer: (call: { id: string; command: string; args: unknown }) => object | string | undefined): void {
  server.on('connection', (client) =>
    client.on('message', (data) => {
      const given = answer(JSON.parse(String(data)));
      if (given !== undefined) client.send(typeof given === 'string' ? given : JSON.stringify(given));
    }),
  );
}

const kindOf = (failing: Promise<unknown>): Promise<string> =>
  failing.then(
    () => 'none',
    (error: unknown) => (error instanceof Error && 'kind' in error ? String(error.kind) : String(error)),
  );

describe('calling Jean', () => {
  it('sends the token in a header and in no address', async () => {
    await open();
    expect(requests[0]?.headers.authorization).toBe('Bearer jean-secret-token');
    expect(requests[0]?.url).toBe('/ws');
  });

  it('gives each call its own answer, in whatever order they come', async () => {
    const held: string[] = [];
    answering(({ id, command }) => {
      held.push(JSON.stringify({ type: 'response', id, data: command }));
      if (held.length === 2) for (const one of held.reverse()) clients[0]?.send(one);
      return undefined;
    });
    const { socket } = await open();
    expect(await Promise.all([socket.invoke('a'), socket.invoke('b')])).toEqual(['a', 'b']);
  });

  it.each([
    ['unknown-command', (id: string) => ({ type: 'error', id, error: 'Unknown command: x' })],
    ['command-failed', (id: string) => ({ type: 'error', id, error: 'Missing field: project_id' })],
    ['malformed', (id: string) => ({ type: 'error', id, error: { code: 7 } })],
    ['timeout', () => undefined],
  ] as const)('fails as %s', async (kind, answer) => {
    answering(({ id }) => answer(id));
    const { socket } = await open();
    expect(await kindOf(socket.invoke('x', {}, { timeoutMs: 100 }))).toBe(kind);
  });

  it('fails at once when the caller stops waiting, and when the connection ends', async () => {
    const { socket } = await open();
    const stop = new AbortController();
    const stopped = kindOf(socket.invoke('x', {}, { signal: stop.signal }));
    const cut = kindOf(socket.invoke('y'));
    stop.abort();
    expect(await stopped).toBe('closed');
    clients[0]?.terminate();
    expect(await cut).toBe('closed');
    expect((await socket.closed).kind).toBe('closed');
    expect(await kindOf(socket.invoke('z'))).toBe('closed');
  });
});

describe('listening to Jean', () => {
  it('hands on what matters and leaves the rest', async () => {
    const { events, losses } = await open();
    await send(
      { type: 'heartbeat' },
      { type: 'event', event: 'chat:chunk', payload: { session_id: 's', content: 'x' }, seq: 1 },
      { type: 'event', event: 'something:new', payload: {}, seq: 2 },
      { type: 'gossip' },
      { type: 'event', event: 'chat:done', payload: { session_id: 's', worktree_id: 'w' }, seq: 3 },
      // Jean 0.1.31 gave no numbers.
      { type: 'event', event: 'queue:updated', payload: { sessionId: 's', queue: [] } },
    );
    expect(events.map(({ type }) => type)).toEqual(['chat:done', 'queue:updated']);
    expect(losses).toEqual([]);
  });

  it('tells when events were lost, also among those of no interest, but not for disorder', async () => {
    const { losses } = await open({ disorderMs: 80 });
    const chunk = (seq: number): object => ({ type: 'event', event: 'chat:chunk', payload: {}, seq });
    await send(chunk(1), chunk(3), chunk(2), chunk(4));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(losses).toEqual([]);
    await send(chunk(7));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(losses).toEqual(['2 events of Jean were lost']);
    await send(chunk(1));
    expect(losses).toEqual(['2 events of Jean were lost', 'Jean counts its events anew']);
  });

  it('tells when an event that matters could not be read', async () => {
    const { losses } = await open();
    await send({ type: 'event', event: 'chat:done', payload: {} }, '{"broken');
    expect(losses).toEqual(["Jean's event chat:done could not be read", 'Jean sent a frame that is no JSON']);
  });

  it('ends after silence, and not while there are signs of life', async () => {
    const { socket } = await open({ silenceMs: 150 });
    const signs = setInterval(() => clients[0]?.ping(), 50);
    const early = await Promise.race([socket.closed, new Promise((resolve) => setTimeout(resolve, 400, 'alive'))]);
    expect(early).toBe('alive');
    clearInterval(signs);
    expect((await socket.closed).kind).toBe('timeout');
  });

  it('ends when nothing answers after a wake', async () => {
    const { socket } = await open();
    clients[0]?.pause();
    socket.probe(100);
    expect((await socket.closed).kind).toBe('timeout');
  });

  it('goes on when something answers after a wake', async () => {
    const { socket } = await open();
    socket.probe(100);
    const first = await Promise.race([socket.closed, new Promise((resolve) => setTimeout(resolve, 250, 'alive'))]);
    expect(first).toBe('alive');
  });

  it('ends when it is told to', async () => {
    const { socket } = await open();
    control.abort();
    expect((await socket.closed).kind).toBe('closed');
  });
});

describe('what is no Jean', () => {
  async function opening(status: number | 'silent' | 'closed'): Promise<{ kind: string; error: unknown }> {
    const other = createServer((_request, response) => {
      if (status !== 'silent') response.writeHead(Number(status)).end('Invalid token');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    if (status === 'closed') await new Promise((resolve) => other.close(resolve));
    try {
      await JeanSocket.open(
        { url: `http://127.0.0.1:${port}`, token, folder: null },
        { onEvent() {}, onLoss() {}, handshakeMs: 100 },
        control.signal,
      );
      return { kind: 'none', error: null };
    } catch (error) {
      return { kind: await kindOf(Promise.reject(error)), error };
    } finally {
      other.closeAllConnections();
      other.close();
    }
  }

  it.each([
    [401, 'unauthorized'],
    [200, 'unreachable'],
    [404, 'unreachable'],
    ['silent', 'timeout'],
    ['closed', 'unreachable'],
  ] as const)('%s is %s, and the error holds no token', async (status, kind) => {
    const failed = await opening(status);
    expect(failed.kind).toBe(kind);
    expect(inspect(failed.error, { depth: 9, showHidden: true })).not.toContain('jean-secret-token');
  });
});
