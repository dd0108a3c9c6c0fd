import type { ConnectionView } from '../../shared/remote-access.ts';
import type { Admitted } from './grant.ts';

/** What is counted of somebody who is in, over a WebSocket or over HTTP. */
export interface Counted {
  readonly id: string;
  readonly admitted: Admitted;
  /** Epoch ms. */
  readonly since: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly refusals: number;
}

/** A connection as the page shows it. `asked`: how often each command or route was asked for. */
export function connectionView(of: Counted, instanceId: string, asked: ReadonlyMap<string, number>): ConnectionView {
  const { grant, address, userAgent } = of.admitted;
  return {
    id: of.id,
    instanceId,
    grantId: grant.id,
    person: grant.person,
    role: grant.role,
    address,
    userAgent,
    since: of.since,
    bytesIn: of.bytesIn,
    bytesOut: of.bytesOut,
    commands: [...asked.values()].reduce((sum, count) => sum + count, 0),
    refusals: of.refusals,
  };
}

/** Who and from where, for the audit log. */
export function connectionFacts(connection: ConnectionView): Record<string, string> {
  const { id, instanceId, grantId, person, role, address, userAgent } = connection;
  return {
    connection: id,
    instance: instanceId,
    grant: grantId,
    person,
    role,
    address,
    ...(userAgent !== null && { userAgent }),
  };
}
