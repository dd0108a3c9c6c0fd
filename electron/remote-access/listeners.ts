import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Secret } from '../base/secret.ts';
import type { OpenConnections } from './connections.ts';
import type { Limits } from './limits.ts';
import { endWith } from './own-answer.ts';

/** A certificate to serve with. */
export interface Served {
  /** With its chain, PEM. */
  readonly certificate: string;
  readonly key: Secret;
}

/** What comes in. */
export interface Incoming {
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The servers of one gateway: the same port on each of its addresses. */
export class Listeners {
  readonly #servers = new Map<string, Server>();
  #port = 0;

  constructor(
    private readonly incoming: Incoming,
    private readonly limits: Limits,
    private readonly connections: OpenConnections,
    /** Null: without TLS. */
    private served: Served | null,
  ) {}

  /** The port of all of them; 0 before the first listens. */
  get port(): number {
    return this.#port;
  }

  get addresses(): readonly string[] {
    return [...this.#servers.keys()];
  }

  /**
   * Listens on these addresses and no longer on others.
   * @param port 0: one that is free
   * @throws a sentence when the first can't be listened on; the others are tried again with the next call
   */
  async listenOn(addresses: readonly string[], port: number): Promise<void> {
    for (const [address, server] of this.#servers)
      if (!addresses.includes(address)) {
        this.#servers.delete(address);
        server.close();
        server.closeIdleConnections();
      }
    for (const [index, address] of addresses.entries()) {
      if (this.#servers.has(address)) continue;
      try {
        const server = await this.#listen(address, this.#port === 0 ? port : this.#port);
        this.#servers.set(address, server);
        const bound = server.address() as AddressInfo | null;
        if (this.#port === 0) this.#port = bound?.port ?? 0;
      } catch (error) {
        if (index === 0) throw error;
      }
    }
  }

  /** Serves with another certificate from the next connection on. */
  serve(served: Served): void {
    this.served = served;
    for (const server of this.#servers.values())
      if ('setSecureContext' in server && typeof server.setSecureContext === 'function')
        server.setSecureContext({ cert: served.certificate, key: served.key.reveal(), minVersion: 'TLSv1.2' });
  }

  /** Stops listening and cuts what is open. */
  async stop(): Promise<void> {
    const closed = [...this.#servers.values()].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    this.#servers.clear();
    this.connections.cut();
    await Promise.all(closed);
    this.#port = 0;
  }

  #listen(address: string, port: number): Promise<Server> {
    const server = this.#make();
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(sentenceOf(error, address, port), { cause: error })),
      );
      server.listen({ host: address, port, ipv6Only: isIPv6(address) }, () => {
        server.removeAllListeners('error');
        // What goes wrong with accepting (no file descriptors left) is over with the next connection.
        server.on('error', () => undefined);
        resolve(server);
      });
    });
  }

  #make(): Server {
    const { limits, served } = this;
    const options: ServerOptions = {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.max(50, Math.min(5_000, limits.headMs / 4)),
      requireHostHeader: true,
      insecureHTTPParser: false,
      noDelay: true,
    };
    const server =
      served === null
        ? createServer(options)
        : createSecureServer({
            ...options,
            cert: served.certificate,
            key: served.key.reveal(),
            minVersion: 'TLSv1.2',
            handshakeTimeout: limits.headMs,
            ALPNProtocols: ['http/1.1'],
          });
    server.maxRequestsPerSocket = limits.requestsPerConnection;
    // Node would leave out silently what goes beyond; it is counted where the request is looked at.
    server.maxHeadersCount = 0;
    server.timeout = 0;
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => socket.destroy());
      if (!this.connections.take(socket)) socket.destroy();
    });
    server.on('request', this.incoming.request);
    server.on('checkContinue', this.incoming.request);
    server.on('checkExpectation', this.incoming.request);
    server.on('upgrade', this.incoming.upgrade);
    server.on('connect', (_request, socket: Duplex) => endWith(socket, 405, 'This is no proxy.'));
    server.on('tlsClientError', (_error, socket: Duplex) => socket.destroy());
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
      // A socket that was reset has nobody to tell.
      if (error.code === 'ECONNRESET') socket.destroy();
      else endWith(socket, status, 'This request can’t be read.');
    });
    return server;
  }
}

function sentenceOf(error: NodeJS.ErrnoException, address: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program on this computer. Choose another port for this Jean.`;
    case 'EACCES':
      return `The system does not let the companion listen on port ${port}. Choose a port from 1024 on.`;
    case 'EADDRNOTAVAIL':
      return `This computer does not have the address ${address} any more.`;
    default:
      return `The gateway can’t listen on ${address}, port ${port} (${error.code ?? error.message}).`;
  }
}
