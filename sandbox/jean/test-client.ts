import { once } from 'node:events';
import { WebSocket } from 'ws';

/** An event as it came over the socket. */
export interface SeenEvent {
  readonly event: string;
  readonly payload: Record<string, unknown>;
  readonly seq: number;
}

/** A plain client of Jean for tests: real `ws`, bearer token. */
export class TestClient {
  /** Every event so far. */
  readonly events: SeenEvent[] = [];
  heartbeats = 0;
  /** Frames that are neither events nor heartbeats nor answers to `invoke`. */
  readonly strays: unknown[] = [];
  readonly #open = new Map<string, { resolve: (data: unknown) => void; reject: (error: Error) => void }>();
  #id = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.#take(JSON.parse(String(data))));
    // Nobody may await an answer when the sandbox cuts the line.
    socket.on('error', () => undefined);
  }

  static async connect(url: string, token: string): Promise<TestClient> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } });
    const client = new TestClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Sends a command and gives its data. @throws with Jean's error text */
  invoke(command: string, args: unknown = {}): Promise<unknown> {
    this.#id += 1;
    const id = String(this.#id);
    this.socket.send(JSON.stringify({ type: 'invoke', id, command, args }));
    return new Promise((resolve, reject) => this.#open.set(id, { resolve, reject }));
  }

  /** The names of the events so far that match. */
  names(pattern: RegExp): string[] {
    return this.events.map(({ event }) => event).filter((event) => pattern.test(event));
  }

  /** Waits until an event of that name came (`nth` of them). */
  async saw(event: string, nth = 1): Promise<SeenEvent> {
    for (let tries = 0; tries < 300; tries += 1) {
      const found = this.events.filter((seen) => seen.event === event)[nth - 1];
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`No ${event}; there were ${this.events.map((seen) => seen.event).join(', ')}`);
  }

  /** Resolves with true when the connection ended within the time, ms. */
  async ended(ms: number): Promise<boolean> {
    if (this.socket.readyState === WebSocket.CLOSED) return true;
    return await Promise.race([
      once(this.socket, 'close').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), ms)),
    ]);
  }

  close(): void {
    this.socket.terminate();
  }

  #take(frame: Record<string, unknown>): void {
    const waiting = this.#open.get(String(frame.id));
    if (frame.type === 'event') this.events.push(frame as unknown as SeenEvent);
    else if (frame.type === 'heartbeat') this.heartbeats += 1;
    else if (frame.type === 'response' && waiting) waiting.resolve(frame.data);
    else if (frame.type === 'error' && waiting) waiting.reject(new Error(String(frame.error)));
    else this.strays.push(frame);
  }
}
