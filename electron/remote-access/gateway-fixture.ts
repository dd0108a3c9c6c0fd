import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecurely } from 'node:tls';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import type { GrantWish } from '../../shared/remote-access.ts';
import type { AuditInput } from '../audit/log.ts';
import { Secret } from '../base/secret.ts';
import { GrantsFixture, wish } from './fixture.ts';
import { Gateway } from './gateway.ts';
import type { GatewayOptions, Place } from './gateway-options.ts';
import type { Admitted, Grant } from './grant.ts';
import { InstancePolicy } from './instance-policy.ts';

/** What came back over a bare socket. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Each header's value; of several, joined by a line break. */
  readonly headers: ReadonlyMap<string, string>;
}

/** For tests: a gateway before a real sandbox Jean, with real grants, and requests written by hand. */
export class GatewayFixture {
  readonly audit: AuditInput[] = [];
  readonly upgrades: Admitted[] = [];
  readonly newAddresses: string[] = [];
  port = 0;

  private constructor(
    readonly made: TestJean | null,
    readonly fixture: GrantsFixture,
    readonly gateway: Gateway,
    private readonly secure: boolean,
  ) {}

  /** Starts one; with `url`, before that instead of a Jean. */
  static async start(
    options: Partial<GatewayOptions> & { readonly url?: string } = {},
    place: Partial<Place> = {},
  ): Promise<GatewayFixture> {
    const jean = options.url === undefined ? await testJean() : null;
    const fixture = new GrantsFixture();
    const token = Secret.of(jean?.jean.token ?? 'jean-token-of-a-fake-server');
    const tokens = [token];
    const gateway = new Gateway({
      instanceId: 'local',
      grants: fixture.grants,
      jean: () => ({ url: jean?.jean.url ?? options.url ?? '', token }),
      policy: new InstancePolicy(() => tokens),
      tokens: () => tokens,
      sockets: {
        accept: (_request: IncomingMessage, socket: Duplex, _head: Buffer, admitted: Admitted) => made.upgraded(socket, admitted),
      },
      audit: (entry) => made.audit.push(entry),
      now: () => fixture.now,
      onNewAddress: ({ address }) => made.newAddresses.push(address),
      ...options,
    });
    const made = new GatewayFixture(jean, fixture, gateway, place.certificate !== undefined && place.certificate !== null);
    const listening = await gateway.start({ bind: 'loopback', port: 0, hosts: [], certificate: null, ...place });
    made.port = listening.port;
    return made;
  }

  get origin(): string {
    return `${this.secure ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  grant(facts: Partial<GrantWish> = {}): { readonly grant: Grant; readonly token: string } {
    const { grant, token } = this.fixture.grants.create(wish(facts));
    return { grant, token: token.reveal() };
  }

  /** Sends a request made of a first line and headers, and reads the answer to the end of the connection. */
  async ask(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<Answer> {
    const all = { host: `127.0.0.1:${this.port}`, ...headers, connection: headers.connection ?? 'close' };
    const length = body === '' || 'content-length' in headers ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const lines = Object.entries({ ...all, ...length }).map(([name, value]) => `${name}: ${value}`);
    return this.send(`${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  }

  /** Sends bytes as they are. */
  async send(text: string, from = '127.0.0.1'): Promise<Answer> {
    const socket = this.secure
      ? connectSecurely({ host: '127.0.0.1', port: this.port, rejectUnauthorized: false })
      : connect({ host: '127.0.0.1', port: this.port, localAddress: from });
    socket.on('error', () => socket.destroy());
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(text);
    await once(socket, 'close');
    return read(Buffer.concat(chunks));
  }

  /** All that was audited, as text. */
  get told(): string {
    return JSON.stringify(this.audit);
  }

  upgraded(socket: Duplex, admitted: Admitted): void {
    this.upgrades.push(admitted);
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    this.fixture.grants.stop();
    await this.made?.close();
  }
}

function read(bytes: Buffer): Answer {
  const text = bytes.toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  const headers = new Map<string, string>();
  for (const line of head.split('\r\n').slice(1)) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    const value = line.slice(line.indexOf(':') + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}\n${value}` : value);
  }
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  return { status, head, headers, body: end < 0 ? '' : text.slice(end + 4) };
}

/** Headers of a browser that opens a page. */
export const opening = { accept: 'text/html', 'sec-fetch-mode': 'navigate' } as const;
