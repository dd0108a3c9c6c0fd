import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Events } from './events.ts';

/** Carries out a command. 'drop' cuts the connection instead of an answer. */
export type Dispatch = (
  command: string,
  args: unknown,
) => Promise<{ readonly data: unknown } | { readonly error: string } | 'drop'>;

/** How often the server shows life and how long it bears silence, ms (contract jean §2: 20 s and 45 s). */
export interface Liveness {
  readonly heartbeatMs: number;
  readonly silenceMs: number;
}

/** Jean's WebSocket clients: invoke envelopes in, answers, events and heartbeats out. */
export class Sockets {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #clients = new Map<WebSocket, Duplex>();

  constructor(
    private readonly events: Events,
    private readonly dispatch: Dispatch,
    private readonly liveness: Liveness,
    /** An old Jean numbers no events and shows no heartbeat. */
    private readonly old = false,
  ) {}

  /** Completes an upgrade whose token was checked. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => this.#serve(client, socket));
  }

  /** The connections below the clients, for what is written as whole frames already. */
  wires(): Iterable<Duplex> {
    return this.#clients.values();
  }

  /** How many clients are connected. */
  count(): number {
    return this.#clients.size;
  }

  /** Cuts every connection without a goodbye. */
  drop(): void {
    for (const client of this.#clients.keys()) client.terminate();
  }

  #serve(client: WebSocket, wire: Duplex): void {
    this.#clients.set(client, wire);
    const unlisten = this.events.listen((frame) => client.send(this.old ? frame.replace(/,"seq":\d+}$/, '}') : frame));
    let heard = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - heard > this.liveness.silenceMs) {
        client.terminate();
        return;
      }
      client.ping();
      if (!this.old) client.send('{"type":"heartbeat"}');
    }, this.liveness.heartbeatMs);
    client.on('pong', () => {
      heard = performance.now();
    });
    client.on('message', (data: RawData, isBinary: boolean) => {
      heard = performance.now();
      if (!isBinary) void this.#take(client, String(data));
    });
    // What goes wrong with a connection ends it; `close` follows and cleans up.
    client.on('error', () => client.terminate());
    client.on('close', () => {
      clearInterval(timer);
      unlisten();
      this.#clients.delete(client);
    });
  }

  async #take(client: WebSocket, text: string): Promise<void> {
    const frame = invokeOf(text);
    if (frame === 'other') return;
    if ('invalid' in frame) {
      send(client, { type: 'error', id: 'unknown', error: `Invalid request: ${frame.invalid}` });
      return;
    }
    const { id, command, args } = frame;
    const outcome = await this.dispatch(command, args);
    if (outcome === 'drop') client.terminate();
    else
      send(
        client,
        'data' in outcome ? { type: 'response', id, data: outcome.data } : { type: 'error', id, error: outcome.error },
      );
  }
}

type Invoke = { readonly id: string; readonly command: string; readonly args: unknown };

function invokeOf(text: string): Invoke | { readonly invalid: string } | 'other' {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch (error) {
    return { invalid: error instanceof Error ? error.message : String(error) };
  }
  if (typeof frame !== 'object' || frame === null) return { invalid: 'expected a map' };
  // Frames of old clients carry no type.
  const { type = 'invoke', id, command, args }: Record<string, unknown> = { ...frame };
  if (type !== 'invoke') return 'other';
  if (typeof id !== 'string') return { invalid: 'missing or invalid field `id`, expected a string' };
  if (typeof command !== 'string') return { invalid: 'missing or invalid field `command`, expected a string' };
  return { id, command, args };
}

function send(client: WebSocket, frame: unknown): void {
  if (client.readyState === client.OPEN) client.send(JSON.stringify(frame));
}
