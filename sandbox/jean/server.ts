import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Faults, strangePage } from '../faults.ts';
import { type RunningServer, startServer } from '../http.ts';
import { Args } from './args.ts';
import { type Command, commandsOf, type Jean, type ServerStatus } from './commands.ts';
import { admits, type Gate, routesOf } from './routes.ts';
import { type Dispatch, type Liveness, Sockets } from './sockets.ts';
import { webPage } from './web-page.ts';

/** What was asked of the stand-in. No query, so no token, is kept. */
export type JeanCall =
  | { readonly at: number; readonly kind: 'mcp'; readonly tool: string; readonly ok: boolean }
  | { readonly at: number; readonly kind: 'http'; readonly method: string; readonly path: string; readonly status: number }
  | { readonly at: number; readonly kind: 'invoke'; readonly command: string; readonly args: unknown; readonly ok: boolean };

/** How the server is set up. */
export interface JeanServerOptions {
  readonly faults: Faults;
  readonly control: object;
  readonly liveness: Liveness;
  readonly appVersion: string;
  /** Takes the token in the query alone, counts no events and shows no heartbeat, as 0.1.31 did (contract jean §§1, 2). */
  readonly old: boolean;
  /** Commands that this Jean is too old for, or a fork lost. */
  readonly without: readonly string[];
}

/** The HTTP and WebSocket server of one life of Jean; it keeps the token it started with until it is stopped. */
export class JeanServer {
  readonly calls: JeanCall[] = [];
  readonly #commands: ReadonlyMap<string, Command>;
  #running: { server: RunningServer; sockets: Sockets; gate: Gate } | undefined;
  #port = 0;
  /** Clients of servers that were turned off while they were connected. */
  readonly #left: Sockets[] = [];

  constructor(
    private readonly jean: Jean,
    private readonly options: JeanServerOptions,
  ) {
    this.#commands = commandsOf(jean);
  }

  /** Starts to listen, with token and port written to the preferences file. */
  async start(port: number): Promise<void> {
    const { jean, options } = this;
    const { preferences } = jean.state;
    const gate: Gate = {
      token: String(preferences.http_server_token),
      tokenRequired: preferences.http_server_token_required !== false,
      appVersion: options.appVersion,
      queryOnly: options.old,
    };
    const sockets = new Sockets(jean.events, this.#dispatch, options.liveness, options.old);
    const server = await startServer({
      port,
      router: routesOf(jean, gate),
      faults: options.faults,
      control: options.control,
      fallback: webPage,
      finish: (request, answer) => {
        this.#record(request.method, request.path, answer.status);
        return answer;
      },
      upgrade: (request, socket, head) => this.#upgrade(gate, sockets, request, socket, head),
    });
    this.#running = { server, sockets, gate };
    preferences.http_server_port = server.port;
    jean.state.savePreferences();
  }

  /**
   * Cuts every connection and stops listening. With `leaving`, sockets that are open live on with answers and heartbeats, as they do when
   * the person turns web access off (contract jean §1, token change semantics 4).
   */
  async stop(leaving = false): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) this.#port = running.server.port;
    if (leaving && running !== undefined) {
      running.server.stopListening();
      this.#left.push(running.sockets);
      return;
    }
    for (const left of this.#left.splice(0)) left.drop();
    running?.sockets.drop();
    await running?.server.stop();
  }

  get listening(): boolean {
    return this.#running !== undefined;
  }

  /** The port of now, or of the last time. */
  get port(): number {
    return this.#running?.server.port ?? this.#port;
  }

  /** Keeps a note of what came over the MCP socket. */
  noteTool(tool: string, ok: boolean): void {
    this.#keep({ kind: 'mcp', tool, ok });
  }

  /** @throws while it is stopped */
  status(): ServerStatus {
    if (this.#running === undefined) throw new Error('The HTTP server is not running');
    const { server, gate } = this.#running;
    return { url: server.url, port: server.port, token: gate.token };
  }

  /** The WebSocket connections of now. */
  connections(): number {
    return this.#running?.sockets.count() ?? 0;
  }

  /** The connections below the WebSockets of now. */
  wires(): Iterable<Duplex> {
    return this.#running?.sockets.wires() ?? [];
  }

  /** Cuts the WebSocket connections; the server goes on. */
  dropConnections(): void {
    this.#running?.sockets.drop();
  }

  #upgrade(gate: Gate, sockets: Sockets, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [path = '/', query = ''] = (request.url ?? '/').split('?');
    const refusal =
      path !== '/ws'
        ? { line: '404 Not Found', text: 'Not found' }
        : admits(gate, new URLSearchParams(query), request.headers.authorization)
          ? undefined
          : { line: '401 Unauthorized', text: 'Invalid token' };
    this.#record('GET', path, refusal === undefined ? 101 : Number(refusal.line.slice(0, 3)));
    if (refusal === undefined) sockets.accept(request, socket, head);
    else {
      socket.end(
        `HTTP/1.1 ${refusal.line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n` +
          `Content-Length: ${refusal.text.length}\r\n\r\n${refusal.text}`,
      );
    }
  }

  readonly #dispatch: Dispatch = async (command, args) => {
    // A command is a request like any other to the fault queue: method INVOKE, path its name.
    const fault = this.options.faults.take('INVOKE', command);
    if (fault === 'drop') return 'drop';
    if (typeof fault === 'object' && 'status' in fault)
      return fault.status < 400 ? { data: fault.body } : { error: wordsOf(fault.body) ?? `Failed with ${fault.status}` };
    if (typeof fault === 'object' && 'delayMs' in fault) await this.options.faults.hold(fault.delayMs);
    const outcome = await this.#carryOut(command, args);
    this.#keep({ kind: 'invoke', command, args: withoutSecrets(args), ok: 'data' in outcome });
    if (fault === 'garble') return { data: strangePage.body };
    return fault === 'lose' ? 'drop' : outcome;
  };

  async #carryOut(command: string, args: unknown): Promise<{ data: unknown } | { error: string }> {
    const carryOut = this.options.without.includes(command) ? undefined : this.#commands.get(command);
    if (carryOut === undefined) return { error: `Unknown command: ${command}` };
    try {
      return { data: (await carryOut(new Args(args))) ?? null };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }

  #record(method: string, path: string, status: number): void {
    this.#keep({ kind: 'http', method, path, status });
  }

  #keep(
    call:
      | Omit<Extract<JeanCall, { kind: 'http' }>, 'at'>
      | Omit<Extract<JeanCall, { kind: 'invoke' }>, 'at'>
      | Omit<Extract<JeanCall, { kind: 'mcp' }>, 'at'>,
  ): void {
    this.calls.push({ at: this.jean.state.milliseconds(), ...call });
    // Someone may leave the sandbox running for days.
    if (this.calls.length > 20_000) this.calls.splice(0, 10_000);
  }
}

function wordsOf(body: unknown): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

function withoutSecrets(args: unknown): unknown {
  if (args === undefined) return undefined;
  return JSON.parse(
    JSON.stringify(args, (key, value: unknown) => (/token|secret|key$/i.test(key) && value !== null ? '[secret]' : value)),
  );
}
