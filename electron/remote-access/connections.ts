import type { Socket } from 'node:net';
import { type Limits, sourceOf } from './limits.ts';

interface Open {
  readonly source: string;
  readonly wire: Socket;
  /** Null: nobody there has shown a credential. */
  grantId: string | null;
}

/** The open connections of a gateway: how many in all, of strangers by address, and of each grant. */
export class OpenConnections {
  /** By where they come from and go to: the socket below TLS is another object than the one above it. */
  readonly #open = new Map<string, Open>();
  readonly #known = new WeakMap<Socket, Open>();
  readonly #strangers = new Map<string, number>();
  readonly #byGrant = new Map<string, number>();

  constructor(private readonly limits: Pick<Limits, 'connections' | 'connectionsPerGrant' | 'strangersPerAddress'>) {}

  /** Takes a new connection in; false when there are too many, and then it is to be cut. */
  take(wire: Socket): boolean {
    const source = sourceOf(wire.remoteAddress ?? '');
    if (this.#open.size >= this.limits.connections || count(this.#strangers, source) >= this.limits.strangersPerAddress)
      return false;
    const open: Open = { source, wire, grantId: null };
    const name = nameOf(wire);
    this.#open.set(name, open);
    add(this.#strangers, source, 1);
    wire.once('close', () => {
      this.#open.delete(name);
      if (open.grantId === null) add(this.#strangers, source, -1);
      else add(this.#byGrant, open.grantId, -1);
    });
    return true;
  }

  /** A connection has shown a grant's credential; false when that grant has too many already. */
  give(socket: Socket, grantId: string): boolean {
    const open = this.#known.get(socket) ?? this.#open.get(nameOf(socket));
    if (open === undefined) return !socket.destroyed;
    this.#known.set(socket, open);
    if (open.grantId === grantId) return true;
    if (count(this.#byGrant, grantId) >= this.limits.connectionsPerGrant) return false;
    if (open.grantId === null) add(this.#strangers, open.source, -1);
    else add(this.#byGrant, open.grantId, -1);
    open.grantId = grantId;
    add(this.#byGrant, grantId, 1);
    return true;
  }

  /** Cuts all of them. */
  cut(): void {
    for (const { wire } of this.#open.values()) wire.destroy();
  }

  get size(): number {
    return this.#open.size;
  }
}

const nameOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;

const count = (counts: ReadonlyMap<string, number>, name: string): number => counts.get(name) ?? 0;

function add(counts: Map<string, number>, name: string, more: number): void {
  const sum = count(counts, name) + more;
  if (sum > 0) counts.set(name, sum);
  else counts.delete(name);
}
