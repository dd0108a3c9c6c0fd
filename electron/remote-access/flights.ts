import type { ClientRequest, IncomingMessage } from 'node:http';
import { type JeanWay, mayBeRepeated, whenConnected } from './jean-way.ts';
import { headersIn } from './proxy-headers.ts';
import type { Trouble } from './trouble.ts';
import { readWhole } from './whole-body.ts';

/** Jean's answer to a request that several wait for. */
export interface SharedAnswer {
  readonly answer: IncomingMessage;
  readonly body: Buffer;
  /** What was made of it for those who may see the same, by who they are. */
  readonly made: Map<string, ReadyAnswer>;
}

/** An answer as it leaves. */
export interface ReadyAnswer {
  readonly head: readonly string[];
  readonly text: string;
  readonly length: number;
}

type Outcome = SharedAnswer | Trouble;
type Heard = (outcome: Outcome) => void;

/**
 * How old a request to Jean may be for another to wait for its answer with it, ms. Jean answers within one or two; with one that is slower
 * nobody is told how it was long before they asked.
 */
const togetherMs = 20;

/** What has one answer for all: it tells whether Jean lives, takes the gateway's token, and which one it is (contract jean §1). */
const shared: ReadonlySet<string> = new Set(['/api/auth', '/api/version']);

/** Whether what Jean answers to that depends on nobody who asks. Who may ask, and what of the answer they may see, is decided for each. */
export const isShared = (method: string | undefined, target: string): boolean => method === 'GET' && shared.has(target);

/**
 * Requests to Jean that several wait for: who asks while one is under way gets its answer too. That is no cache: an answer that is there is
 * given to nobody who comes later, so whoever asks hears of a Jean that has just answered. Right because the request holds the gateway's
 * token and no header of any client.
 */
export class Flights {
  readonly #latest = new Map<string, Flight>();

  constructor(
    private readonly way: JeanWay,
    private readonly wholeBytes: number,
    private readonly monotonic: () => number,
  ) {}

  /** Waits for an answer to that target. `heard` is called once, later, unless the seat is left before. */
  join(target: string, heard: Heard): Seat {
    const now = this.monotonic();
    const latest = this.#latest.get(target);
    // Jean's address or token may have changed since.
    if (latest?.isOpen === true && now - latest.at <= togetherMs && latest.road === this.way.way) return latest.join(heard);
    const flight = new Flight(this.way, target, this.wholeBytes, now);
    this.#latest.set(target, flight);
    return flight.join(heard);
  }
}

/** Somebody's place among those who wait for an answer. */
export class Seat {
  constructor(
    private readonly flight: Flight,
    private readonly heard: Heard,
  ) {}

  get phase(): Flight['phase'] {
    return this.flight.phase;
  }

  /** They wait no longer. The others notice nothing; when nobody waits any more, Jean is not made to answer. */
  leave(): void {
    this.flight.leave(this.heard);
  }
}

/** One request to Jean, and who waits for its answer. */
class Flight {
  readonly road: JeanWay['way'];
  phase: 'connecting' | 'waiting' = 'connecting';
  isOpen = true;
  readonly #waiting = new Set<Heard>();
  #upstream: ClientRequest | undefined;
  #tries = 0;

  constructor(
    private readonly way: JeanWay,
    private readonly target: string,
    private readonly wholeBytes: number,
    /** Monotonic ms when it was begun. */
    readonly at: number,
  ) {
    this.road = way.way;
    this.#ask();
  }

  join(heard: Heard): Seat {
    this.#waiting.add(heard);
    return new Seat(this, heard);
  }

  leave(heard: Heard): void {
    if (!this.#waiting.delete(heard) || this.#waiting.size > 0) return;
    this.isOpen = false;
    this.#upstream?.destroy();
  }

  #ask(): void {
    const { host, authorization } = this.way.way;
    const upstream = this.way.begin('GET', this.target, headersIn([], host, authorization, 'strip'));
    this.#upstream = upstream;
    this.phase = 'connecting';
    this.#tries += 1;
    whenConnected(upstream, () => {
      this.phase = 'waiting';
    });
    upstream.on('response', (answer) => {
      if (this.isOpen && this.#upstream === upstream) this.#take(answer);
      else answer.destroy();
    });
    upstream.on('error', (error) => {
      if (!this.isOpen || this.#upstream !== upstream) return;
      if (mayBeRepeated(upstream, error) && this.#tries < 3) this.#ask();
      else this.#tell(this.phase === 'connecting' ? 'away' : 'broken');
    });
    upstream.end();
  }

  #take(answer: IncomingMessage): void {
    if (answer.statusCode === 401) return this.#refused(answer);
    readWhole(answer, answer.headers['content-encoding'], this.wholeBytes).then(
      (body) => this.#tell(answer.complete ? { answer, body, made: new Map() } : 'broken'),
      () => this.#tell('unreadable'),
    );
  }

  /** Jean takes the token in the other place, or not at all. */
  #refused(answer: IncomingMessage): void {
    answer.resume();
    this.#upstream = undefined;
    if (this.#tries > 1) return this.#tell('token');
    this.way.learn().then(
      (learnt) => {
        if (!this.isOpen) return;
        if (learnt) this.#ask();
        else this.#tell('token');
      },
      () => this.#tell('token'),
    );
  }

  #tell(outcome: Outcome): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (typeof outcome === 'string') this.#upstream?.destroy();
    this.#upstream = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const heard of waiting) heard(outcome);
  }
}
