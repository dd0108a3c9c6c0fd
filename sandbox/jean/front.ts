import { request as ask, createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Key and certificate in PEM. */
export interface FrontCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A reverse proxy that has a Jean below a path, as companies have; by https where it has a certificate. */
export interface Front {
  /** Without a slash at its end. */
  readonly url: string;
  /** Every request that came through, with its headers and so perhaps a token. */
  readonly seen: readonly IncomingMessage[];
  /** Takes this certificate from now on. */
  renew(certificate: FrontCertificate): void;
  close(): void;
}

/** Starts one on 127.0.0.1 for the Jean at `port`. `path`: such as `/tools/jean`. */
export async function startFront(port: number, path: string, certificate?: FrontCertificate): Promise<Front> {
  const target = (url = '/'): string => url.slice(path.length) || '/';
  const seen: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
    seen.push(incoming);
    if (!incoming.url?.startsWith(`${path}/`)) return void response.writeHead(404).end();
    const options = { port, path: target(incoming.url), method: incoming.method, headers: incoming.headers };
    const asked = ask(options, (from) => from.pipe(response.writeHead(from.statusCode ?? 502, from.headers)));
    asked.on('error', () => response.destroy());
    asked.end();
  };
  const secure = certificate && createHttps({ ...certificate }, answer);
  const server = secure ?? createHttp(answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
    seen.push(incoming);
    if (!incoming.url?.startsWith(`${path}/`)) return void socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    const through = connect(port, '127.0.0.1', () => {
      const headers = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      through.write(`GET ${target(incoming.url)} HTTP/1.1\r\n${headers.join('')}\r\n`);
      through.pipe(socket).pipe(through);
    });
    socket.on('error', () => through.destroy());
    through.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    seen,
    renew: (next) => secure?.setSecureContext({ ...next }),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
