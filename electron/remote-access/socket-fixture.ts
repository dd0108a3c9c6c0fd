import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { SandboxClock } from '../../sandbox/clock.ts';
import { type JeanSandbox, startJean } from '../../sandbox/jean/jean.ts';
import { TestClient } from '../../sandbox/jean/test-client.ts';
import type { RemoteRole } from '../../shared/remote-access.ts';
import type { AuditInput } from '../audit/log.ts';
import { Secret } from '../base/secret.ts';
import { ConnectionAudit } from './connection-audit.ts';
import type { Grant } from './grant.ts';
import { InstancePolicy } from './instance-policy.ts';
import { WebSocketSide, type WebSocketSideOptions } from './web-socket.ts';

/** The WebSocket side of a gateway before a Jean of the sandbox, for tests: a bearer "viewer-ada" is Ada, a viewer. */
export interface TestSide extends AsyncDisposable {
  readonly jean: JeanSandbox;
  readonly side: WebSocketSide;
  readonly audit: AuditInput[];
  readonly url: string;
  /** Epoch ms of the side. */
  time: number;
  /** Commands that clients asked Jean for, in order. */
  asked(): string[];
  connect(who: string): Promise<TestClient>;
  /** A socket of which the test has all in its hand. */
  raw(who: string): WebSocket;
}

function grantOf(who: string): Grant {
  const [role = 'viewer', person = who] = who.split('-');
  const ends = { suspendedAt: null, revokedAt: null, expiredAt: null, firstUsedAt: null, lastUsedAt: null };
  const whom = { id: who, person, mail: null, phone: null, role: role as RemoteRole, instanceIds: ['here'], addresses: [] };
  return { ...whom, oneTime: false, createdAt: 0, expiresAt: 1_000_000, ...ends };
}

/** Starts both. */
export async function testSide(
  options: Partial<WebSocketSideOptions> & {
    readonly jeanOptions?: object;
    readonly tls?: { readonly cert: string; readonly key: string };
  } = {},
): Promise<TestSide> {
  const dir = mkdtempSync(join(tmpdir(), 'remote-jean-'));
  const jean = await startJean({ dir, clock: new SandboxClock(), ...options.jeanOptions });
  const audit: AuditInput[] = [];
  const tokens = [Secret.of(jean.token)];
  const side = new WebSocketSide({
    instanceId: 'here',
    jean: () => ({ url: jean.url, token: Secret.of(jean.token) }),
    policy: new InstancePolicy(() => tokens),
    witness: new ConnectionAudit((entry) => audit.push(entry)),
    now: () => test.time,
    ...options,
  });
  const { tls } = options;
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on('upgrade', (request, socket, head) => {
    const who = request.headers.authorization?.slice('Bearer '.length) ?? '';
    const admitted = { grant: grantOf(who), deviceId: null, by: 'bearer', address: '127.0.0.1', userAgent: 'Test' } as const;
    side.accept(request, socket, head, admitted);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open: { terminate(): void }[] = [];
  const test: TestSide = {
    jean,
    side,
    audit,
    url,
    time: 1_000,
    asked: () => {
      const commands = jean.calls().flatMap((call) => (call.kind === 'invoke' ? [call.command] : []));
      // A shared line asks these two itself, before anybody is on it.
      const own = commands.filter((command) => command === 'list_all_sessions').length;
      let left = own;
      return commands.filter((command) => {
        if (command === 'list_projects' && left > 0) {
          left -= 1;
          return false;
        }
        return command !== 'list_all_sessions';
      });
    },
    async connect(who) {
      const client = await TestClient.connect(url, who);
      open.push(client.socket);
      return client;
    },
    raw(who) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
        headers: { authorization: `Bearer ${who}` },
        rejectUnauthorized: false,
      });
      socket.on('error', () => undefined);
      open.push(socket);
      return socket;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.terminate();
      side.stop();
      server.closeAllConnections();
      server.close();
      await jean.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return test;
}
