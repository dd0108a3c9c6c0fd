import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Secret } from '../base/secret.ts';
import { pinnedConnection } from '../jean/certificate.ts';
import { eitherWay, withToken } from '../jean/token-way.ts';
import type { JeanAddress } from './upstream.ts';

/** Where and how a request goes to Jean. */
interface Way {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** For the Host header. */
  readonly host: string;
  /** Of a Jean behind a path; no slash at its end. */
  readonly basePath: string;
  readonly authorization: string | null;
  /** For a Jean that takes its token in the query alone. */
  readonly query: string | null;
}

const answerMs = 10_000;

/** The HTTP road to one Jean: connections that are kept, its token, and in which place it takes it. */
export class JeanWay {
  readonly #plain = new HttpAgent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 32, noDelay: true });
  #secure: HttpsAgent | undefined;
  #way: { readonly jean: JeanAddress; readonly way: Way } | undefined;
  #learning: Promise<boolean> | undefined;

  constructor(private readonly jean: () => JeanAddress) {}

  /** Jean's address without a slash at its end. */
  get base(): string {
    return this.jean().url.replace(/\/+$/, '');
  }

  get token(): Secret | null {
    return this.jean().token;
  }

  /** The Host and Authorization headers of a request. */
  get way(): Pick<Way, 'host' | 'authorization'> {
    return this.#current();
  }

  /** Begins a request. @param clean path and query without our token. @param headers names and values in turn */
  begin(method: string, clean: string, headers: readonly string[]): ClientRequest {
    const way = this.#current();
    const path = `${way.basePath}${clean}${way.query === null ? '' : `${clean.includes('?') ? '&' : '?'}${way.query}`}`;
    const options = { hostname: way.hostname, port: way.port, method, path, headers: [...headers], setHost: false };
    return way.secure
      ? httpsRequest({ ...options, agent: this.#secureAgent() })
      : httpRequest({ ...options, agent: this.#plain });
  }

  /** Jean has refused its token: tries whether it takes it in the other place. True when it does now. */
  learn(): Promise<boolean> {
    this.#learning ??= this.#tryEitherWay().finally(() => {
      this.#learning = undefined;
      this.#way = undefined;
    });
    return this.#learning;
  }

  /** Closes what is kept open. */
  stop(): void {
    this.#plain.destroy();
    this.#secure?.destroy();
  }

  async #tryEitherWay(): Promise<boolean> {
    const attempt = (): Promise<number> => {
      this.#way = undefined;
      return this.#statusOf('/api/version');
    };
    const status = await eitherWay(this.token, attempt, (one) => one === 401);
    return status !== 401 && status !== 0;
  }

  /** 0 when there was no answer. */
  #statusOf(path: string): Promise<number> {
    return new Promise((resolve) => {
      const { host, authorization } = this.#current();
      const headers = ['Host', host, ...(authorization === null ? [] : ['Authorization', authorization])];
      const asked = this.begin('GET', path, headers);
      asked.setTimeout(answerMs, () => asked.destroy());
      asked.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asked.on('error', () => resolve(0));
      asked.on('close', () => resolve(0));
      asked.end();
    });
  }

  #current(): Way {
    const jean = this.jean();
    const { url, token } = jean;
    const known = this.#way;
    if (known !== undefined && same(known.jean, jean)) return known.way;
    // Connections to a server that was trusted by another certificate are not used again.
    this.#secure?.destroy();
    this.#secure = undefined;
    const base = new URL(url);
    const carried = withToken(base, token);
    const secure = base.protocol === 'https:';
    const way: Way = {
      secure,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
      host: base.host,
      basePath: base.pathname.replace(/\/+$/, ''),
      authorization: carried.headers.authorization ?? null,
      query: carried.url.searchParams.has('token') ? carried.url.search.slice(1) : null,
    };
    this.#way = { jean, way };
    return way;
  }

  #secureAgent(): HttpsAgent {
    if (this.#secure === undefined) {
      const { certificate } = this.jean();
      this.#secure = new HttpsAgent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 32, noDelay: true });
      if (certificate !== undefined) Object.assign(this.#secure, { createConnection: pinnedConnection(certificate) });
    }
    return this.#secure;
  }
}

/** Calls back once a request has a connection to Jean. */
export function whenConnected(request: ClientRequest, connected: () => void): void {
  request.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', connected);
    else connected();
  });
}

/** Whether Jean closed a connection that was kept open just as it was used again: it has not seen the request. */
export const mayBeRepeated = (request: ClientRequest, error: NodeJS.ErrnoException): boolean =>
  request.reusedSocket && error.code === 'ECONNRESET';

const same = (one: JeanAddress, other: JeanAddress): boolean =>
  one.url === other.url && one.token === other.token && one.certificate === other.certificate;
