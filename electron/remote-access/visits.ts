import { randomUUID } from 'node:crypto';
import type { ConnectionView } from '../../shared/remote-access.ts';
import { connectionView } from './connection-view.ts';
import type { Admitted } from './grant.ts';

/** What the log hears of visits. */
export interface VisitWitness {
  came(visit: ConnectionView): void;
  left(visit: ConnectionView, durationMs: number, requests: Readonly<Record<string, number>>): void;
}

/** One person, device or script that asks over HTTP, from one address, until it has been quiet for a while. */
export class Visit {
  readonly id = randomUUID();
  bytesIn = 0;
  bytesOut = 0;
  refusals = 0;
  /** Requests that have no whole answer yet. */
  open = 0;
  lastAt: number;
  /** By the first parts of their paths. */
  readonly requests = new Map<string, number>();

  constructor(
    readonly admitted: Admitted,
    readonly since: number,
  ) {
    this.lastAt = since;
  }

  count(path: string): void {
    const name = routeOf(path);
    const known = this.requests.has(name) || this.requests.size < mostRoutes ? name : '(others)';
    this.requests.set(known, (this.requests.get(known) ?? 0) + 1);
  }

  view(instanceId: string): ConnectionView {
    return connectionView(this, instanceId, this.requests);
  }
}

const mostRoutes = 50;
/** Quiet for so long, a visit is over. */
const quietMs = 60_000;
/** More than there are connections; a script that changes its user agent with each request makes no more of them. */
const mostVisits = 4_096;

/** `/api/files/a/b` is `/api/files`: what was asked for, without names of anybody's files. */
function routeOf(path: string): string {
  const api = /^\/api\/[a-z-]{1,30}(?=\/|$)/.exec(path)?.[0];
  return api ?? (path.startsWith('/api/') ? '/api/…' : 'page');
}

/** Who is in over HTTP now. WebSockets are told of elsewhere. */
export class Visits {
  readonly #visits = new Map<string, Visit>();

  constructor(
    private readonly instanceId: string,
    private readonly now: () => number,
    private readonly witness: VisitWitness,
    private readonly onChange: () => void = () => {},
  ) {}

  /** The visit that a request belongs to; `isNew` when it begins with it. */
  enter(admitted: Admitted): { readonly visit: Visit; readonly isNew: boolean } {
    const key = keyOf(admitted);
    const now = this.now();
    const known = this.#visits.get(key);
    if (known !== undefined) {
      known.lastAt = now;
      return { visit: known, isNew: false };
    }
    if (this.#visits.size >= mostVisits) this.#endQuietest();
    const visit = new Visit(admitted, now);
    this.#visits.set(key, visit);
    this.witness.came(visit.view(this.instanceId));
    this.onChange();
    return { visit, isNew: true };
  }

  /** Ends what has been quiet; to be called every few seconds. */
  sweep(): void {
    const now = this.now();
    // A clock that was set back makes nothing quiet for ever.
    for (const [key, visit] of this.#visits)
      if (visit.open === 0 && Math.abs(now - visit.lastAt) >= quietMs) this.#end(key, visit);
  }

  endGrant(grantId: string): void {
    for (const [key, visit] of this.#visits) if (visit.admitted.grant.id === grantId) this.#end(key, visit);
  }

  endAll(): void {
    for (const [key, visit] of this.#visits) this.#end(key, visit);
  }

  list(): readonly ConnectionView[] {
    return [...this.#visits.values()].map((visit) => visit.view(this.instanceId));
  }

  #end(key: string, visit: Visit): void {
    this.#visits.delete(key);
    this.witness.left(visit.view(this.instanceId), Math.max(0, this.now() - visit.since), Object.fromEntries(visit.requests));
    this.onChange();
  }

  #endQuietest(): void {
    let quietest: readonly [string, Visit] | undefined;
    for (const entry of this.#visits) if (quietest === undefined || entry[1].lastAt < quietest[1].lastAt) quietest = entry;
    if (quietest !== undefined) this.#end(...quietest);
  }
}

function keyOf({ grant, deviceId, address, userAgent }: Admitted): string {
  return deviceId === null ? `${grant.id} ${address} ${userAgent ?? ''}` : `${grant.id} ${deviceId} ${address}`;
}
