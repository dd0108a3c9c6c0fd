import { durationWords } from '../../shared/format.ts';
import type { ConnectionView } from '../../shared/remote-access.ts';
import type { AuditInput } from '../audit/log.ts';
import { connectionFacts } from './connection-view.ts';
import type { Left, SocketWitness } from './web-socket.ts';

/** Entries about what one connection was refused; beyond that it is only counted. */
const mostRefusals = 20;
/** Names of commands in one fact. */
const mostNames = 12;

/** What is known of the refusals of one connection. */
interface Refusals {
  readonly told: Set<string>;
  readonly counts: Map<string, number>;
}

/**
 * Writes the comings and goings at the WebSocket side into the audit log. A command that a connection was refused has an entry when it is
 * refused first; how often it was, is told when the connection has ended: nobody can fill the log by asking again and again.
 */
export class ConnectionAudit implements SocketWitness {
  readonly #write: (entry: AuditInput) => void;
  readonly #refusals = new Map<string, Refusals>();

  constructor(write: (entry: AuditInput) => void) {
    this.#write = write;
  }

  connected(connection: ConnectionView): void {
    const { person, role, address } = connection;
    this.#write({
      kind: 'remote.connected',
      actor: 'guest',
      outcome: 'ok',
      subject: person,
      message: `${person} (${role}) connected from ${address}.`,
      facts: connectionFacts(connection),
    });
  }

  disconnected(connection: ConnectionView, { durationMs, ending, commands }: Left): void {
    const refused = this.#refusals.get(connection.id)?.counts ?? new Map<string, number>();
    this.#refusals.delete(connection.id);
    const { person, role, bytesIn, bytesOut, refusals } = connection;
    const why = ending.reason === '' ? '' : ` ${ending.reason}`;
    this.#write({
      kind: 'remote.disconnected',
      actor: 'guest',
      outcome: 'ok',
      subject: person,
      message: `${person} (${role}) left after ${durationWords(durationMs)}.${why}`,
      facts: {
        ...connectionFacts(connection),
        seconds: String(Math.round(durationMs / 1000)),
        bytesIn: String(bytesIn),
        bytesOut: String(bytesOut),
        code: String(ending.code),
        commands: countsOf(Object.entries(commands)),
        refusals: String(refusals),
        ...(refused.size > 0 && { refused: countsOf([...refused]) }),
      },
    });
  }

  refused(connection: ConnectionView, command: string | null, why: string): void {
    const name = command ?? '(no command)';
    const known = this.#refusals.get(connection.id) ?? { told: new Set(), counts: new Map() };
    this.#refusals.set(connection.id, known);
    if (known.counts.has(name) || known.counts.size < mostRefusals) known.counts.set(name, (known.counts.get(name) ?? 0) + 1);
    if (known.told.has(name) || known.told.size >= mostRefusals) return;
    known.told.add(name);
    const { person, role } = connection;
    this.#write({
      kind: 'remote.refused',
      actor: 'guest',
      outcome: 'refused',
      subject: person,
      message: `${person} (${role}) was refused ${command ?? 'a frame'}: ${why}`,
      facts: { ...connectionFacts(connection), ...(command !== null && { command }) },
    });
  }
}

/** "list_projects 3, get_session 1": the most frequent first. */
function countsOf(counts: readonly (readonly [string, number])[]): string {
  const sorted = counts.toSorted(([, one], [, other]) => other - one);
  const shown = sorted.slice(0, mostNames).map(([name, count]) => `${name.slice(0, 30)} ${count}`);
  const rest = sorted.slice(mostNames).reduce((sum, [, count]) => sum + count, 0);
  return [...shown, ...(rest > 0 ? [`others ${rest}`] : [])].join(', ');
}
