import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ConnectionView, RemoteRole } from '../../shared/remote-access.ts';
import { Client, type ClientLimits, type Ending, longestFrame, usualClientLimits } from './client.ts';
import { textFrame } from './fan-out.ts';
import type { Admitted } from './grant.ts';
import { errorEnvelope, type JeanFacts, Line } from './line.ts';

/** Why a client is sent away. */
export type SentAway = 'revoked' | 'suspended' | 'expired' | 'paused' | 'disconnected' | 'stopped' | 'changed';

/** What a client was told and what it did, when it has left. */
export interface Left {
  readonly durationMs: number;
  readonly ending: Ending;
  /** By name; names beyond a limit are counted together. */
  readonly commands: Readonly<Record<string, number>>;
}

/** What the audit log hears of. */
export interface SocketWitness {
  connected(connection: ConnectionView): void;
  disconnected(connection: ConnectionView, left: Left): void;
  /** A frame that was refused; `command` is null where it had none. The witness makes few entries of many. */
  refused(connection: ConnectionView, command: string | null, why: string): void;
}

export interface WebSocketSideOptions extends JeanFacts {
  readonly instanceId: string;
  readonly witness: SocketWitness;
  /** Whether who was admitted still is; asked at each frame and heartbeat, so that nobody outlives their grant, whatever was missed. */
  readonly stillAdmitted?: (admitted: Admitted) => boolean;
  /** Connections came, went or were used; told once a second at most. */
  readonly onChange?: () => void;
  /** Epoch ms. */
  readonly now: () => number;
  /** ms, never set back. */
  readonly monotonic?: () => number;
  readonly limits?: Partial<ClientLimits>;
  /** How often clients and Jean are shown life, ms; Jean does it every 20 s (contract jean §2). */
  readonly heartbeatMs?: number;
  /** How long the shared connection to Jean outlives its last client, ms: a page that is loaded anew comes back at once. */
  readonly lingerMs?: number;
}

const endings: Readonly<Record<SentAway, Ending>> = {
  revoked: { code: 1008, reason: 'Your access was revoked.' },
  suspended: { code: 1008, reason: 'Your access is suspended.' },
  expired: { code: 1008, reason: 'Your access has run out.' },
  paused: { code: 1001, reason: 'Remote access is paused.' },
  disconnected: { code: 1008, reason: 'You were disconnected.' },
  changed: { code: 1008, reason: 'Your access has changed. Connect again.' },
  stopped: { code: 1001, reason: 'Remote access was turned off.' },
};
/** Jean's page has no resume: it connects again and reads everything anew (contract jean §2). */
const jeanLost: Ending = { code: 1012, reason: 'The connection to Jean was lost. Connect again.' };
const heartbeatFrame = textFrame(Buffer.from('{"type":"heartbeat"}'));
const coalesceMs = 1_000;
/** As Jean names a request whose id it could not read (contract jean §2). */
const noId = 'unknown';

/** Who was admitted and waits until Jean takes the connection. */
interface Waiting {
  readonly admitted: Admitted;
  readonly socket: Duplex;
}

/** The WebSocket side of one Jean's gateway: everybody's sockets, and the connections to Jean behind them. */
export class WebSocketSide {
  readonly #options: WebSocketSideOptions;
  readonly #limits: ClientLimits;
  readonly #monotonic: () => number;
  readonly #clients = new Map<Client, Line>();
  readonly #waiting = new Set<Waiting>();
  readonly #servers = new Map<RemoteRole, WebSocketServer>();
  /** Viewers and operators share it; an owner has one of their own, because Jean answers `terminal_replay` to the socket that asked. */
  #shared: Line | undefined;
  #linger: NodeJS.Timeout | undefined;
  #heart: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: WebSocketSideOptions) {
    this.#options = options;
    this.#limits = { ...usualClientLimits, ...options.limits };
    this.#monotonic = options.monotonic ?? (() => performance.now());
  }

  /** Takes the upgrade of somebody who was admitted. When Jean can't be reached it is answered with 502. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, admitted: Admitted): void {
    if (this.#stopped) return refuseUpgrade(socket, '503 Service Unavailable', 'Remote access was turned off.');
    const waiting: Waiting = { admitted, socket };
    this.#waiting.add(waiting);
    const forget = (): void => void this.#waiting.delete(waiting);
    // ws takes the socket over only when Jean is there.
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    socket.once('close', forget);
    const { role } = admitted.grant;
    const line = this.#lineFor(role);
    line.opened().then(
      () => {
        socket.off('error', onError);
        socket.off('close', forget);
        // Sent away, or gone, while Jean was asked.
        if (!this.#waiting.delete(waiting) || socket.destroyed) return this.#leaveIfEmpty(line);
        if (!line.isUsable) return refuseUpgrade(socket, '502 Bad Gateway', 'The connection to Jean was lost.');
        this.#serverOf(role).handleUpgrade(request, socket, head, (webSocket) => {
          const around = {
            socket: webSocket,
            wire: socket,
            limits: this.#limits,
            monotonic: this.#monotonic,
            events: this.#events,
          };
          this.#join(new Client(randomUUID(), admitted, this.#options.now(), around), line);
        });
        this.#leaveIfEmpty(line);
      },
      (error: unknown) => {
        if (this.#shared === line) this.#shared = undefined;
        if (this.#waiting.delete(waiting))
          refuseUpgrade(socket, '502 Bad Gateway', error instanceof Error ? error.message : String(error));
      },
    );
  }

  /** Ends all connections of a grant, those that are being made too. Others notice nothing. */
  closeGrant(grantId: string, reason: SentAway): void {
    this.#sendAway(reason, ({ grant }) => grant.id === grantId);
  }

  closeAll(reason: SentAway): void {
    this.#sendAway(reason, () => true);
  }

  /** Ends one connection; false when there is none of that id. */
  closeConnection(id: string, reason: SentAway): boolean {
    for (const client of this.#clients.keys()) {
      if (client.id !== id) continue;
      client.end(endings[reason]);
      return true;
    }
    return false;
  }

  /** Who is in now. */
  connections(): readonly ConnectionView[] {
    return [...this.#clients.keys()].map((client) => client.view(this.#options.instanceId));
  }

  /** Ends everything; nobody is taken after it. */
  stop(): void {
    this.#stopped = true;
    this.closeAll('stopped');
    this.#shared?.close();
    this.#shared = undefined;
    clearTimeout(this.#linger);
    clearTimeout(this.#telling);
    clearInterval(this.#heart);
  }

  readonly #events = {
    onFrame: (client: Client, text: string, tooMany: string | null): void => this.#onFrame(client, text, tooMany),
    onBinary: (client: Client): void => this.#refuse(client, noId, null, 'Invalid request: frames are text here.'),
    onEnd: (client: Client, ending: Ending): void => this.#onEnd(client, ending),
  };

  #onFrame(client: Client, text: string, tooMany: string | null): void {
    if (this.#options.stillAdmitted?.(client.admitted) === false) return client.end(endings.changed);
    const line = this.#clients.get(client);
    if (line === undefined) return;
    this.#changed();
    const judged = this.#options.policy.judge(client.admitted.grant.role, text);
    if (!judged.allow) return this.#refuse(client, judged.id ?? noId, judged.command, judged.why);
    const { frame } = judged;
    const command = frame.type === 'invoke' ? frame.command : frame.type;
    const why = tooMany ?? (client.mayAsk ? line.ask(client, frame) : 'Too many requests are open. Wait for their answers.');
    if (why === null) client.count(command);
    else this.#refuse(client, frame.type === 'invoke' ? frame.id : noId, command, why);
  }

  #refuse(client: Client, id: string, command: string | null, why: string): void {
    client.refusals += 1;
    client.tell(errorEnvelope(id, why));
    this.#options.witness.refused(client.view(this.#options.instanceId), command, why);
    this.#changed();
  }

  #join(client: Client, line: Line): void {
    clearTimeout(this.#linger);
    this.#clients.set(client, line);
    line.join(client);
    this.#heart ??= setInterval(() => this.#beat(), this.#options.heartbeatMs ?? 20_000);
    this.#options.witness.connected(client.view(this.#options.instanceId));
    this.#changed();
  }

  #onEnd(client: Client, ending: Ending): void {
    const line = this.#clients.get(client);
    if (line === undefined) return;
    this.#clients.delete(client);
    line.leave(client);
    this.#leaveIfEmpty(line);
    if (this.#clients.size === 0) {
      clearInterval(this.#heart);
      this.#heart = undefined;
    }
    const durationMs = Math.max(0, this.#options.now() - client.since);
    const commands = Object.fromEntries(client.commands);
    this.#options.witness.disconnected(client.view(this.#options.instanceId), { durationMs, ending, commands });
    this.#changed();
  }

  #sendAway(reason: SentAway, whom: (admitted: Admitted) => boolean): void {
    for (const waiting of this.#waiting) {
      if (!whom(waiting.admitted)) continue;
      this.#waiting.delete(waiting);
      refuseUpgrade(waiting.socket, '403 Forbidden', endings[reason].reason);
    }
    for (const client of [...this.#clients.keys()]) if (whom(client.admitted)) client.end(endings[reason]);
  }

  #beat(): void {
    for (const client of [...this.#clients.keys()]) {
      if (this.#options.stillAdmitted?.(client.admitted) === false) client.end(endings.changed);
      else client.beat(heartbeatFrame);
    }
    for (const line of new Set(this.#clients.values())) line.probe();
    this.#changed();
  }

  #lineFor(role: RemoteRole): Line {
    if (role === 'owner') return this.#newLine(false);
    clearTimeout(this.#linger);
    if (this.#shared?.isUsable !== true) this.#shared = this.#newLine(true);
    return this.#shared;
  }

  #newLine(shared: boolean): Line {
    return new Line(this.#options, { onLost: (line) => this.#onLost(line) }, this.#monotonic, shared);
  }

  #onLost(line: Line): void {
    if (this.#shared === line) this.#shared = undefined;
    for (const [client, of] of [...this.#clients]) if (of === line) client.end(jeanLost);
    line.close();
  }

  /** A line that nobody is on is closed: an owner's at once, the shared one when nobody has come back for a while. */
  #leaveIfEmpty(line: Line): void {
    if (line.clients > 0) return;
    if (line !== this.#shared) return line.close();
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => {
      if (line.clients > 0 || [...this.#waiting].some(({ admitted }) => admitted.grant.role !== 'owner')) return;
      if (this.#shared === line) this.#shared = undefined;
      line.close();
    }, this.#options.lingerMs ?? 5_000);
  }

  #changed(): void {
    const { onChange } = this.#options;
    if (onChange === undefined || this.#telling !== undefined || this.#stopped) return;
    const wait = Math.max(0, coalesceMs - (this.#monotonic() - this.#toldAt));
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      this.#toldAt = this.#monotonic();
      onChange();
    }, wait);
  }

  #serverOf(role: RemoteRole): WebSocketServer {
    const known = this.#servers.get(role);
    if (known !== undefined) return known;
    // Uncompressed: a frame is made once for all, and compression would keep a window per client.
    const fixed = { noServer: true, clientTracking: false, perMessageDeflate: false, handleProtocols: () => false as const };
    const server = new WebSocketServer({ ...fixed, maxPayload: longestFrame[role] });
    this.#servers.set(role, server);
    return server;
  }
}

function refuseUpgrade(socket: Duplex, status: string, sentence: string): void {
  socket.on('error', () => undefined);
  const text = `${sentence.replace(/[^\x20-\x7e]/g, '?')}\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n` +
      `Content-Length: ${text.length}\r\n\r\n${text}`,
  );
}
