import { RaviError } from '../ravi/errors.ts';
import type { Db } from '../storage/database.ts';
import { memoryDatabase } from '../storage/database.ts';
import type { Carrier, Found, Writing } from './carrier.ts';
import type { ChannelTerms, Rest, Telling } from './delivery.ts';
import type { Letter } from './letter.ts';
import { Outbox } from './outbox.ts';
import { OutboxRecords, outboxMigrations } from './outbox-records.ts';

/** What a call comes to. `taken`: the message is out, whatever the answer says. */
export type Fate =
  | 'ok'
  | 'lost-taken'
  | 'lost'
  | 'refused-connection'
  | 'throttled'
  | 'broken-taken'
  | 'broken'
  | 'garbage-taken';

/** A Ravi in memory, with what happens to the next calls. */
export class FakeRavi {
  /** What the world got: `channel to title`. */
  readonly received: string[] = [];
  readonly listed: { readonly id: string; readonly mark: string }[] = [];
  readonly fates: (Fate | RaviError)[] = [];
  /** Whether its lists have sent messages at all. */
  lists = true;
  retryAfterMs = 90_000;
  /** Called at each moment at which the app may die. */
  moment = (): void => undefined;

  carrier(channel: 'sms' | 'email'): Carrier {
    const send = async ({ to, telling, mark }: Writing): Promise<string> => {
      this.moment();
      await Promise.resolve();
      const fate = this.fates.shift() ?? 'ok';
      if (fate instanceof RaviError) throw fate;
      const taken = fate === 'ok' || fate.endsWith('-taken');
      if (taken) {
        this.received.push(`${channel} ${to} ${telling.id}`);
        this.listed.push({ id: String(this.listed.length + 1), mark });
      }
      this.moment();
      if (fate !== 'ok') throw this.#error(fate);
      return String(this.listed.length);
    };
    return {
      ready: async () => {
        this.moment();
        return send;
      },
      find: async (mark, _identity, known): Promise<Found> => {
        this.moment();
        await Promise.resolve();
        const listed = this.lists ? this.listed : [];
        const hit = listed.find((one) => one.mark === mark);
        return hit
          ? { type: 'found', id: hit.id }
          : { type: 'absent', proven: known[0] !== undefined && listed.some(({ id }) => id === known[0]) };
      },
    };
  }

  #error(fate: Exclude<Fate, 'ok'>): RaviError {
    switch (fate) {
      case 'lost':
      case 'lost-taken':
        return new RaviError('unreachable', 'The answer was lost.');
      case 'refused-connection':
        return new RaviError('unreachable', 'Ravi could not be reached.', { neverArrived: true });
      case 'throttled':
        return new RaviError('throttled', 'Ravi is throttling us.', { status: 429, retryAfterMs: this.retryAfterMs });
      case 'broken':
      case 'broken-taken':
        return new RaviError('unavailable', 'Ravi has a problem of its own.', { status: 503 });
      case 'garbage-taken':
        return new RaviError('malformed', 'Ravi’s answer was not understood.', { status: 201 });
      default:
        return fate satisfies never;
    }
  }
}

export const day = 24 * 60 * 60_000;

export const tellingOf = (id: string, change: Partial<Telling> = {}): Telling => ({
  id,
  kind: 'finished',
  title: `${id} finished`,
  line: 'shop · checkout-flake',
  detail: null,
  ...change,
});

/** An outbox on a database of its own, with two recipients by SMS and one by mail. */
export function setUp(options: { readonly ravi?: FakeRavi; readonly db?: Db; readonly terms?: Partial<ChannelTerms> } = {}) {
  const ravi = options.ravi ?? new FakeRavi();
  const db = options.db ?? memoryDatabase(outboxMigrations);
  const records = new OutboxRecords(db);
  const terms = {
    sms: { identity: 'robin', recipients: ['+15550000001', '+15550000002'], budget: 100, detail: false, ...options.terms },
    email: { identity: 'robin', recipients: ['me@acme.test'], budget: 100, detail: false },
  };
  const carriers = { sms: ravi.carrier('sms'), email: ravi.carrier('email') };
  const nowhere: string[] = [];
  const ended: Letter[] = [];
  const logged: string[] = [];
  const rest = { now: null as Rest | null };
  let seed = 1;
  const outbox = new Outbox({
    records,
    terms: (channel) => terms[channel],
    carrier: (channel) => carriers[channel],
    onNowhere: (telling, why) => nowhere.push(`${telling.id}: ${why}`),
    onLetter: (letter) => ended.push(letter),
    onChannel: () => undefined,
    rest: ({ urgent }) => (urgent ? null : rest.now),
    dayOf: (at) => at - (at % day),
    log: (message) => logged.push(message),
    now: Date.now,
    random: () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    },
  });
  return { outbox, ravi, db, records, terms, rest, nowhere, ended, logged };
}
