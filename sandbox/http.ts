import { setMaxListeners } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { callControl } from './control-call.ts';
import { type FaultAnswer, type Faults, strangePage } from './faults.ts';

/** A request with its body read. */
export interface HttpRequest {
  readonly method: string;
  /** The path as it was sent (percent-encoded), without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Decoded values of the route's `:name` and `*name` parts. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Aborted when the server stops. A handler that waits has to end then: stopping waits for it. */
  readonly signal: AbortSignal;
}

/** What a handler answers. A string or Buffer body is sent as it is, anything else as JSON; no body at all when undefined. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
}

/** Thrown by a handler to end a request with this answer from wherever it is. */
export class Refusal extends Error {
  constructor(readonly answer: HttpAnswer) {
    super(`Refused with ${answer.status}`);
  }
}

/** Answers one request. */
export type Handler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

/** The routes of a server, tried in the order in which they were added. */
export class Router {
  readonly #routes: Route[] = [];

  /** Adds a route, as in `on('GET', '/repos/:owner/:repo', …)`; a last part `*rest` takes all that follows. */
  on(method: string, pattern: string, handler: Handler): this {
    this.#routes.push({ method, segments: pattern.split('/').slice(1), handler });
    return this;
  }

  /** The handler of a request and its parameters; undefined when no route fits. */
  find(method: string, path: string): { handler: Handler; params: Record<string, string> } | undefined {
    const parts = path.split('/').slice(1);
    for (const route of this.#routes) {
      if (route.method !== method) continue;
      const params = matchSegments(route.segments, parts);
      if (params !== undefined) return { handler: route.handler, params };
    }
    return undefined;
  }
}

/** The request's body as JSON; undefined when there is none. @throws Refusal (400) when it is no JSON. */
export function jsonBody(request: HttpRequest): unknown {
  if (request.body.length === 0) return undefined;
  try {
    return JSON.parse(request.body.toString('utf8'));
  } catch {
    throw new Refusal({ status: 400, body: { message: 'Problems parsing JSON' } });
  }
}

/** The fields of a body in JSON or in form encoding, as OAuth endpoints take it. */
export function bodyFields(request: HttpRequest): Record<string, unknown> {
  if (request.headers['content-type']?.includes('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(request.body.toString('utf8')));
  }
  const body = jsonBody(request);
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/** How a server of the sandbox is put together. */
export interface ServerOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly router: Router;
  readonly faults: Faults;
  /** Its methods are callable by `POST /__control/<name>` with a JSON array of arguments; `a.b` reaches the method b of its part a. */
  readonly control: object;
  /** Answers what no route takes. */
  readonly fallback: Handler;
  /** Last touch on each answer, faults included: common headers, records. */
  readonly finish?: (request: HttpRequest, answer: HttpAnswer) => HttpAnswer;
  /** WebSocket upgrades that no fault took. Without it they are cut. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** A running server. */
export interface RunningServer {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string;
  /** Closes the port, and every connection but those that were upgraded. */
  stopListening(): void;
  /** Cuts every connection, closes the port, and waits for what is still being carried out. */
  stop(): Promise<void>;
}

/** Starts a server on 127.0.0.1. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const sockets = new Set<Duplex>();
  const controlled = new Set<Duplex>();
  const upgraded = new Set<Duplex>();
  const stopping = new AbortController();
  // One listener for each answer that is being held back.
  setMaxListeners(0, stopping.signal);
  const inProgress = new Set<Promise<void>>();

  const server = createServer((raw, response) => {
    const { method, path, query } = target(raw);
    const isControl = path.startsWith('/__control/');
    if (isControl) controlled.add(raw.socket);
    response.on('close', () => controlled.delete(raw.socket));
    const answering = answerRequest(method, path, query, isControl, raw, response)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted && !raw.destroyed) console.error(`sandbox: ${method} ${path} failed:`, error);
        raw.socket.destroy();
      })
      .finally(() => inProgress.delete(answering));
    inProgress.add(answering);
  });

  async function answerRequest(
    method: string,
    path: string,
    query: URLSearchParams,
    isControl: boolean,
    raw: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const fault = isControl ? undefined : options.faults.take(method, path);
    if (fault === 'drop') {
      raw.socket.destroy();
      return;
    }
    const body = await readBody(raw);
    if (isDelay(fault)) await options.faults.hold(fault.delayMs, stopping.signal);
    const found = isControl ? { handler: controlHandler(options.control), params: {} } : options.router.find(method, path);
    const request: HttpRequest = {
      method,
      path,
      query,
      headers: raw.headers,
      params: found?.params ?? {},
      body,
      signal: stopping.signal,
    };
    let answer = isStatus(fault) ? fault : await answerOf(found?.handler ?? options.fallback, request);
    if (!isControl) answer = options.finish?.(request, answer) ?? answer;
    answerWith(fault, answer, raw, response);
  }

  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (raw: IncomingMessage, socket: Duplex, head: Buffer) => {
    // An upgraded socket has left node:http's care: without a listener its reset would end the process.
    socket.on('error', () => socket.destroy());
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    const { method, path } = target(raw);
    const taken = options.faults.take(method, path);
    const fault = taken === 'garble' ? strangePage : taken;
    if (isStatus(fault)) socket.end(`HTTP/1.1 ${fault.status} Fault\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else if (fault === 'drop' || fault === 'lose' || fault === 'cut' || options.upgrade === undefined) socket.destroy();
    else if (isDelay(fault)) {
      options.faults.hold(fault.delayMs, stopping.signal).then(
        () => options.upgrade?.(raw, socket, head),
        () => socket.destroy(),
      );
    } else options.upgrade(raw, socket, head);
  });
  const offDown = options.faults.onDown(() => {
    for (const socket of sockets) if (!controlled.has(socket)) socket.destroy();
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    stopListening() {
      offDown();
      server.close();
      for (const socket of sockets) if (!upgraded.has(socket)) socket.destroy();
    },
    async stop() {
      offDown();
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await Promise.all(inProgress);
    },
  };
}

function matchSegments(segments: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    if (segment.startsWith('*')) {
      const rest = decode(parts.slice(index).join('/'));
      if (rest === undefined) return undefined;
      params[segment.slice(1)] = rest;
      return params;
    }
    if (segment.startsWith(':')) {
      const value = decode(part);
      if (value === undefined || value === '') return undefined;
      params[segment.slice(1)] = value;
    } else if (segment !== part) return undefined;
  }
  return parts.length === segments.length ? params : undefined;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function target(raw: IncomingMessage): { method: string; path: string; query: URLSearchParams } {
  const [path = '/', ...rest] = (raw.url ?? '/').split('?');
  return { method: raw.method ?? 'GET', path, query: new URLSearchParams(rest.join('?')) };
}

async function readBody(raw: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of raw) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function answerOf(handler: Handler, request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await handler(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    console.error(`sandbox: ${request.method} ${request.path} failed:`, error);
    return { status: 500, body: { message: error instanceof Error ? error.message : String(error) } };
  }
}

/** What is left of an answer when its fault is through with it. */
function answerWith(fault: FaultAnswer | undefined, answer: HttpAnswer, raw: IncomingMessage, response: ServerResponse): void {
  if (fault === 'mute') return;
  if (fault === 'lose') raw.socket.destroy();
  else if (fault === 'garble') send(response, strangePage);
  else if (typeof fault === 'object' && 'instead' in fault) send(response, fault.instead);
  else if (fault === 'half') send(response, { ...answer, body: firstHalf(answer) });
  else if (fault === 'cut') {
    response.writeHead(answer.status, { 'content-length': bytesOf(answer).length });
    response.write(firstHalf(answer), () => raw.socket.destroy());
  } else send(response, answer);
}

function bytesOf({ body }: HttpAnswer): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body));
}

function firstHalf(answer: HttpAnswer): Buffer {
  const bytes = bytesOf(answer);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  const { body } = answer;
  const bare = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = bytesOf(answer);
  response.statusCode = answer.status;
  if (!bare) response.setHeader('content-type', 'application/json; charset=utf-8');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  // 204 and 304 carry no body, nor a length.
  if (answer.status !== 204 && answer.status !== 304) response.setHeader('content-length', bytes.length);
  response.end(answer.status === 204 || answer.status === 304 ? undefined : bytes);
}

function isStatus(fault: FaultAnswer | undefined): fault is Extract<FaultAnswer, { status: number }> {
  return typeof fault === 'object' && 'status' in fault;
}

function isDelay(fault: FaultAnswer | undefined): fault is { readonly delayMs: number } {
  return typeof fault === 'object' && 'delayMs' in fault;
}

function controlHandler(control: object): Handler {
  return async (request) => {
    // The port is open to every page in a browser on this machine; none of them may drive the sandbox.
    if (request.method !== 'POST' || request.headers.origin !== undefined || !isLoopbackHost(request.headers.host)) {
      return { status: 403, body: { message: 'The control endpoint takes POST from programs on this machine' } };
    }
    const name = decodeURIComponent(request.path.slice('/__control/'.length));
    const args = jsonBody(request) ?? [];
    if (!Array.isArray(args)) return { status: 400, body: { message: 'The body is a JSON array of arguments' } };
    const call = await callControl(control, name, args);
    switch (call.kind) {
      case 'done':
        return { status: 200, body: { result: call.result ?? null } };
      case 'unknown':
        return { status: 404, body: { message: `There is no control named ${name}` } };
      case 'failed':
        return { status: 400, body: { message: call.why } };
    }
  };
}

function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
}
