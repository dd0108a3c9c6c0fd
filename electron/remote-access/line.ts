import { z } from 'zod';
import type { RemoteRole } from '../../shared/remote-access.ts';
import type { Client } from './client.ts';
import { FanOut, textFrame } from './fan-out.ts';
import type { InstancePolicy } from './instance-policy.ts';
import type { CleanFrame } from './policy.ts';
import { type JeanAddress, Upstream } from './upstream.ts';

/** What a line needs to know of the Jean behind it. */
export interface JeanFacts {
  /** Where it is now, and with which token it lets us in. */
  readonly jean: () => JeanAddress;
  /** What each role may send, and what it gets of answers and events. */
  readonly policy: Pick<InstancePolicy, 'judge' | 'answer' | 'event' | 'text' | 'learn'>;
}

interface Asked {
  readonly client: Client;
  /** What the client calls it. */
  readonly id: string;
  readonly command: string;
}

const envelope = z.object({
  type: z.enum(['response', 'error']),
  id: z.string(),
  data: z.unknown().optional(),
  error: z.unknown().optional(),
});
/** How an event's frame begins, whether its keys stand in Jean's order or sorted (contract jean §2). */
const eventStarts = [Buffer.from('{"type":"event"'), Buffer.from('{"event":"')];
const lostSentence = 'The connection to Jean was lost before it answered.';
const refusedSentence = 'Jean does not take requests at the moment. Try again.';

/** What is asked on a shared line before anybody is on it: viewers and operators may use the ids alone that Jean has named. */
const firstAsked = ['list_projects', 'list_all_sessions'];
/** A Jean with thousands of sessions takes a second or two; without an answer ids become known as clients list them. */
const longestLearningMs = 5_000;

/** What comes of a line. */
export interface LineEvents {
  /** Jean is gone; all who asked were told, and nobody hears anything more on this line. */
  onLost(line: Line, why: string): void;
}

/**
 * One connection to Jean and the clients that share it. Requests get ids of the line's own, so that no two clients' can meet, and an
 * answer goes to the one who asked, with the id that it gave, without what its role may not see. Events go to all.
 *
 * Why shared: Jean sends each event to each of its sockets. With a connection for each of 200 viewers it would write, and the gateway
 * read, judge and strip, each event 200 times; shared, an event is read once, stripped once per role and framed once.
 */
export class Line {
  readonly #facts: JeanFacts;
  readonly #events: LineEvents;
  readonly #fanOut = new FanOut<RemoteRole>();
  readonly #asked = new Map<string, Asked>();
  readonly #stop = new AbortController();
  readonly #opening: Promise<void>;
  /** Our own questions, by id. */
  readonly #learning = new Map<string, string>();
  #learned: () => void = () => undefined;
  #upstream: Upstream | undefined;
  #lost: string | undefined;
  #lastId = 0;

  /** @param shared for viewers and operators, to whom the policy gives known ids alone */
  constructor(facts: JeanFacts, events: LineEvents, monotonic: () => number, shared: boolean) {
    this.#facts = facts;
    this.#events = events;
    const handlers = { onFrame: (data: Buffer) => this.#onFrame(data), onLost: (why: string) => this.#onLost(why) };
    this.#opening = Upstream.open(facts.jean(), handlers, this.#stop.signal, monotonic).then((upstream) => {
      if (this.#stop.signal.aborted) return upstream.close();
      this.#upstream = upstream;
      return shared ? this.#learnIds(upstream) : undefined;
    });
    // Whoever waits for it hears of it.
    this.#opening.catch(() => undefined);
  }

  /** Resolves when Jean has taken the connection. @throws UpstreamError */
  opened(): Promise<void> {
    return this.#opening;
  }

  /** Whether clients can join: it is connected, or about to be. */
  get isUsable(): boolean {
    return this.#lost === undefined && !this.#stop.signal.aborted;
  }

  get clients(): number {
    return this.#fanOut.size;
  }

  join(client: Client): void {
    this.#fanOut.join(client.admitted.grant.role, client);
  }

  /** Nothing goes to this client any more; what it has asked is forgotten, and answers to it are dropped. */
  leave(client: Client): void {
    this.#fanOut.leave(client);
    for (const id of client.open) this.#asked.delete(id);
    client.open.clear();
  }

  /** Passes on a frame that was judged; gives null, or a sentence why it can't be. */
  ask(client: Client, frame: CleanFrame): string | null {
    if (this.#upstream === undefined) return lostSentence;
    if (frame.type === 'terminal_replay') return this.#upstream.send(JSON.stringify(frame)) ? null : refusedSentence;
    this.#lastId += 1;
    const id = `g${this.#lastId}`;
    if (!this.#upstream.send(JSON.stringify({ ...frame, id }))) return refusedSentence;
    this.#asked.set(id, { client, id: frame.id, command: frame.command });
    client.open.add(id);
    return null;
  }

  /** Looks whether Jean still lives. To be called every 20 s or so. */
  probe(): void {
    this.#upstream?.probe();
  }

  /** Ends the connection to Jean. Clients are not told. */
  close(): void {
    this.#stop.abort();
    this.#upstream?.close();
    this.#upstream = undefined;
    this.#fanOut.stop();
    this.#asked.clear();
    this.#learned();
  }

  #learnIds(upstream: Upstream): Promise<void> {
    for (const [at, command] of firstAsked.entries()) {
      const id = `k${at}`;
      if (upstream.send(JSON.stringify({ type: 'invoke', id, command, args: {} }))) this.#learning.set(id, command);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longestLearningMs);
      timer.unref();
      this.#learned = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#learning.size === 0) this.#learned();
    });
  }

  #onFrame(data: Buffer): void {
    if (eventStarts.some((start) => data.subarray(0, start.length).equals(start))) this.#onEvent(data);
    else this.#onAnswer(data);
  }

  #onEvent(data: Buffer): void {
    const text = data.toString('utf8');
    let whole: Buffer | undefined;
    for (const role of this.#fanOut.names()) {
      const visible = this.#facts.policy.event(role, text);
      if (visible === null) continue;
      if (visible === text) {
        whole ??= textFrame(data);
        this.#fanOut.toAll(role, whole);
      } else this.#fanOut.toAll(role, textFrame(Buffer.from(visible)));
    }
  }

  /** Heartbeats are not passed on: each client gets its own. What is no answer to anybody is dropped. */
  #onAnswer(data: Buffer): void {
    const read = envelope.safeParse(parse(data.toString('utf8')));
    const own = read.success ? this.#learning.get(read.data.id) : undefined;
    if (read.success && own !== undefined) {
      this.#learning.delete(read.data.id);
      if (read.data.type === 'response') this.#facts.policy.learn(own, read.data.data);
      if (this.#learning.size === 0) this.#learned();
      return;
    }
    const asked = read.success ? this.#asked.get(read.data.id) : undefined;
    if (!read.success || asked === undefined) return;
    this.#asked.delete(read.data.id);
    asked.client.open.delete(read.data.id);
    this.#answer(asked, this.#visible(asked, read.data));
  }

  #visible({ client, id, command }: Asked, { type, data, error }: z.infer<typeof envelope>): string {
    const { policy } = this.#facts;
    if (type === 'error') return errorEnvelope(id, policy.text(typeof error === 'string' ? error : 'Jean refused it.'));
    return JSON.stringify({ type, id, data: policy.answer(client.admitted.grant.role, command, data) ?? null });
  }

  #answer({ client }: Pick<Asked, 'client'>, text: string): void {
    const frame = textFrame(Buffer.from(text));
    if (client.reserve(frame.length)) this.#fanOut.toOne(client, frame);
  }

  #onLost(why: string): void {
    this.#lost = why;
    this.#upstream = undefined;
    for (const asked of this.#asked.values()) this.#answer(asked, errorEnvelope(asked.id, lostSentence));
    this.#asked.clear();
    this.#fanOut.flush();
    this.#learned();
    this.#events.onLost(this, why);
  }
}

/** Jean's own envelope of a refusal (contract jean §2). */
export function errorEnvelope(id: string, error: string): string {
  return JSON.stringify({ type: 'error', id, error });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
