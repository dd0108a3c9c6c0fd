import { durationWords } from '../../shared/format.ts';
import type { ConnectionView } from '../../shared/remote-access.ts';
import type { AuditInput } from '../audit/log.ts';
import { connectionFacts } from './connection-view.ts';
import type { Refused } from './door.ts';
import { sourceOf } from './limits.ts';
import type { VisitWitness } from './visits.ts';

/** Somebody or something that was not let in. */
export interface Turning {
  readonly reason: Refused['reason'] | 'form' | 'host' | 'origin' | 'policy' | 'too-many';
  readonly address: string;
  /** Of whoever it was, where that is known. */
  readonly grant: { readonly id: string; readonly person: string } | null;
  /** What was refused, without names of files; null where it does not matter. */
  readonly what: string | null;
}

const words: Readonly<Record<Turning['reason'], string>> = {
  nothing: 'came without a link or a token',
  unknown: 'tried a token that is not known here',
  malformed: 'tried something that is no token of ours',
  revoked: 'came with a token that was revoked or replaced',
  suspended: 'came with a grant that is suspended',
  expired: 'came with a link or a grant that has run out',
  instance: 'came with a grant that is for another Jean',
  address: 'came with a grant that is not for that address',
  used: 'came with a one-time link that was used already',
  paused: 'came while remote access was paused',
  'locked-out': 'went on trying while locked out',
  form: 'sent a request that can be read in two ways',
  host: 'asked under a name that is not ours',
  origin: 'was sent by another web page',
  policy: 'asked for what the role may not have',
  'too-many': 'had too many connections at once',
};

interface Kept {
  readonly turning: Turning;
  /** Since the last entry. */
  more: number;
}

const windowMs = 60_000;
/** Kinds of refusals told apart in one window; an attacker with many addresses fills no log and no memory. */
const mostKinds = 200;
/** Entries that are written at once in one window; the rest waits for its end. */
const mostAtOnce = 30;

/**
 * Writes who came, left and was turned away into the audit log: the first of a kind at once, and how many followed when a minute has passed.
 * Never an entry for each request.
 */
export class DoorLog implements VisitWitness {
  #kept = new Map<string, Kept>();
  #others = 0;
  #atOnce = 0;
  #windowFrom: number;

  constructor(
    private readonly instanceId: string,
    private readonly write: (entry: AuditInput) => void,
    private readonly now: () => number,
  ) {
    this.#windowFrom = now();
  }

  came(visit: ConnectionView): void {
    const { person, role, address } = visit;
    this.write({
      kind: 'remote.connected',
      actor: 'guest',
      outcome: 'ok',
      subject: person,
      message: `${person} (${role}) came in from ${address}.`,
      facts: connectionFacts(visit),
    });
  }

  left(visit: ConnectionView, durationMs: number, requests: Readonly<Record<string, number>>): void {
    const { person, role, bytesIn, bytesOut, refusals } = visit;
    const counts = Object.entries(requests).toSorted(([, one], [, other]) => other - one);
    this.write({
      kind: 'remote.disconnected',
      actor: 'guest',
      outcome: 'ok',
      subject: person,
      message: `${person} (${role}) asked for nothing more after ${durationWords(durationMs)}.`,
      facts: {
        ...connectionFacts(visit),
        seconds: String(Math.round(durationMs / 1_000)),
        bytesIn: String(bytesIn),
        bytesOut: String(bytesOut),
        requests: counts.map(([name, count]) => `${name} ${count}`).join(', '),
        refusals: String(refusals),
      },
    });
  }

  turned(turning: Turning): void {
    if (this.now() - this.#windowFrom >= windowMs) this.flush();
    const key = `${turning.reason} ${sourceOf(turning.address)} ${turning.grant?.id ?? ''} ${turning.what ?? ''}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      known.more += 1;
      return;
    }
    if (this.#kept.size >= mostKinds) {
      this.#others += 1;
      return;
    }
    const now = this.#atOnce < mostAtOnce;
    this.#kept.set(key, { turning, more: now ? 0 : 1 });
    if (!now) return;
    this.#atOnce += 1;
    this.write(entryOf(turning, this.instanceId, null));
  }

  lockedOut(address: string, untilMs: number): void {
    const minutes = Math.max(1, Math.round((untilMs - this.now()) / 60_000));
    this.write({
      kind: 'remote.locked-out',
      actor: 'guest',
      outcome: 'refused',
      subject: null,
      message: `${address} tried too many wrong tokens and is locked out for ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`,
      facts: { instance: this.instanceId, address, minutes: String(minutes) },
    });
  }

  /** Writes what was only counted, and begins anew; to be called every minute, and at the end. */
  flush(): void {
    const kept = this.#kept;
    const others = this.#others;
    this.#kept = new Map();
    this.#others = 0;
    this.#atOnce = 0;
    this.#windowFrom = this.now();
    for (const { turning, more } of kept.values()) if (more > 0) this.write(entryOf(turning, this.instanceId, more));
    if (others > 0)
      this.write({
        kind: 'remote.refused',
        actor: 'guest',
        outcome: 'refused',
        subject: null,
        message: `${others} more attempts from many addresses were refused within a minute.`,
        facts: { instance: this.instanceId, times: String(others) },
      });
  }
}

function entryOf({ reason, address, grant, what }: Turning, instanceId: string, more: number | null): AuditInput {
  const who = grant === null ? address : `${grant.person}, from ${address},`;
  return {
    kind: 'remote.refused',
    actor: 'guest',
    outcome: 'refused',
    subject: grant?.person ?? null,
    message: `${who} ${words[reason]}${what === null ? '' : ` (${what})`}${more === null ? '.' : `: ${more} more within a minute.`}`,
    facts: {
      instance: instanceId,
      reason,
      address,
      ...(grant !== null && { grant: grant.id, person: grant.person }),
      ...(more !== null && { times: String(more) }),
    },
  };
}
