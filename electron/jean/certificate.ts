import { type RequestOptions, request } from 'node:https';
import { isIP } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { connect, type TLSSocket } from 'node:tls';
import { JeanError } from './error.ts';

/** The certificate of a server: its SHA-256 in hex with colons, and what is the matter with it; null when it is vouched for. */
export interface SeenCertificate {
  readonly fingerprint: string;
  readonly problem: string | null;
}

const withinMs = 10_000;
/** Our own code, beside Node's, for a certificate that took the place of the trusted one. */
const changedCode = 'JEAN_CERTIFICATE_CHANGED';

/**
 * Why a server's certificate is refused, as the end of a sentence; null for a code that is about something else. Node's codes are
 * OpenSSL's (`X509_V_ERR_…`), Electron's are Chromium's (`ERR_CERT_…`).
 */
export function certificateProblem(code: string | null): string | null {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_UNTRUSTED':
    case 'ERR_CERT_AUTHORITY_INVALID':
      return 'no authority that the Companion knows vouches for its certificate';
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired, or the clock of this computer is wrong';
    case 'CERT_NOT_YET_VALID':
    case 'ERR_CERT_DATE_INVALID':
      return 'its certificate is not valid today, or the clock of this computer is wrong';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
    case 'ERR_CERT_COMMON_NAME_INVALID':
      return 'its certificate is for another name';
    case changedCode:
      return 'its certificate is not the one that you trusted';
    default:
      return code !== null && /^(ERR_)?CERT_/.test(code) ? `its certificate is refused (${code})` : null;
  }
}

/** The error for a certificate that is refused; null for a code that is about something else. */
export function certificateError(code: string | null, url: string): JeanError | null {
  const problem = certificateProblem(code);
  if (problem !== null) return new JeanError('certificate', `${new URL(url).host} can’t be trusted: ${problem}.`);
  // What OpenSSL and Chromium say when the other side does not speak TLS at all.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO' || code === 'ERR_SSL_PROTOCOL_ERROR')
    return new JeanError(
      'unreachable',
      `${new URL(url).host} does not speak https. If it is Jean itself, its address begins with http.`,
    );
  return null;
}

/** Shakes hands with a server, sends it nothing, and says what certificate it has. @throws JeanError `unreachable`, `timeout` or `closed` */
export async function seeCertificate(url: string, signal: AbortSignal): Promise<SeenCertificate> {
  const { hostname, port } = new URL(url);
  const socket = await handshake({ host: hostname, port: port || 443 }, signal).catch((error: unknown) => {
    if (error instanceof JeanError) throw error;
    const code = codeOf(error);
    throw certificateError(code, url) ?? new JeanError('unreachable', `${url} cannot be reached (${code}).`);
  });
  const fingerprint = socket.getPeerCertificate().fingerprint256;
  const refused = socket.authorized ? null : String(socket.authorizationError);
  socket.destroy();
  if (refused === null) return { fingerprint, problem: null };
  return { fingerprint, problem: certificateProblem(refused) ?? `its certificate is refused (${refused})` };
}

type CreateConnection = NonNullable<RequestOptions['createConnection']>;

/** Connections to the server with this certificate and to no other: nothing, and so no token, is sent before it was seen. */
export function pinnedConnection(fingerprint: string): CreateConnection {
  return (options, created) => {
    handshake({ host: options.host ?? options.hostname ?? '', port: options.port ?? 443 }, null).then(
      (socket) => {
        if (socket.getPeerCertificate().fingerprint256 === fingerprint) return created(null, socket);
        socket.destroy();
        created(Object.assign(new Error('The certificate changed.'), { code: changedCode }), socket);
      },
      // Node's types want a stream beside the error too; it is not used then.
      (error: unknown) => created(error instanceof Error ? error : new Error(String(error)), new PassThrough()),
    );
    return undefined;
  };
}

/** `fetch` from the server with this certificate alone. Redirects are answers; nothing is decoded or kept. */
export function pinnedFetch(fingerprint: string): typeof globalThis.fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const asked = request(
        input instanceof Request ? input.url : input,
        {
          method: init.method ?? 'GET',
          headers: Object.fromEntries(new Headers(init.headers)),
          createConnection: pinnedConnection(fingerprint),
          ...(init.signal && { signal: init.signal }),
        },
        (answer) => {
          const status = answer.statusCode ?? 502;
          const headers = new Headers();
          for (const [name, values] of Object.entries(answer.headersDistinct))
            for (const value of values ?? []) headers.append(name, value);
          const empty = status === 204 || status === 205 || status === 304;
          if (empty) answer.resume();
          // The two declarations of the same stream, Node's and the browser's, differ in a type parameter.
          const body = empty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array> & BodyInit);
          resolve(new Response(body, { status, headers }));
        },
      );
      asked.on('error', reject);
      asked.end(typeof init.body === 'string' ? init.body : undefined);
    });
}

/** A TLS connection whose certificate nobody has judged yet. */
function handshake(
  { host, port }: { readonly host: string; readonly port: string | number },
  signal: AbortSignal | null,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const bare = host.replace(/^\[|\]$/g, '');
    const name = isIP(bare) ? {} : { servername: bare };
    const socket = connect({ host: bare, port: Number(port), ...name, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    const fail = (error: Error): void => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const stop = (): void => fail(new JeanError('closed', 'Connecting to Jean was stopped.'));
    const timer = setTimeout(() => fail(new JeanError('timeout', `${bare} did not answer.`)), withinMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.off('error', fail);
    };
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      settle();
      resolve(socket);
    });
    if (signal?.aborted) return stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
