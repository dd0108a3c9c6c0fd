import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { serve } from './part.ts';
import { Answers, dial, LeanSocket, percentiles, seqOf, type Target } from './wire.ts';

/** Makes the load, and measures from the outside. Times in ms unless a name says otherwise. */
export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** How many answers had which status. */
export interface Statuses {
  readonly statuses: Readonly<Record<string, number>>;
}

/** What viewers have got. */
export interface Got {
  /** Of all viewers together. */
  readonly frames: number;
  /** Of the viewer that got the least, and of the one that got the most. */
  readonly least: number;
  readonly most: number;
  /** Events whose number was not the one after. */
  readonly holes: number;
  readonly closed: number;
  /** Age of an event when it came. */
  readonly p50: number;
  readonly p99: number;
}

const auth = '/api/auth';
const requestTo = ({ port, token }: Target, path = auth): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`;

function count(statuses: Map<string, number>, status: string): void {
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
}

/** One connection that sends a request, waits for its answer, and sends the next. Ends the loop when `until` is over. */
async function askOnAndOn(
  target: Target,
  path: string,
  until: number,
  times: number[],
  statuses: Map<string, number>,
): Promise<void> {
  const wire = await dial(target.port);
  const request = Buffer.from(requestTo(target, path));
  await new Promise<void>((resolve, reject) => {
    let began = 0;
    const ask = (): void => {
      if (performance.now() >= until) {
        wire.destroy();
        return resolve();
      }
      began = performance.now();
      wire.write(request);
    };
    const answers = new Answers((status, last) => {
      times.push(performance.now() - began);
      count(statuses, status);
      if (!last) return ask();
      // Servers end a connection after so many requests.
      wire.destroy();
      askOnAndOn(target, path, until, times, statuses).then(resolve, reject);
    });
    wire.on('data', (chunk) => answers.take(chunk));
    wire.on('error', reject);
    ask();
  });
}

let viewers: LeanSocket[] = [];
let frames: number[] = [];
let holes = 0;
let ages: number[] = [];

const acts = {
  /** Requests over that many connections at once, one after the other on each. */
  async http(target: Target, connections: number, seconds: number, path = auth): Promise<Measured & Statuses> {
    const times: number[] = [];
    const statuses = new Map<string, number>();
    const began = performance.now();
    const until = began + seconds * 1_000;
    await Promise.all(Array.from({ length: connections }, () => askOnAndOn(target, path, until, times, statuses)));
    const perSecond = times.length / ((performance.now() - began) / 1_000);
    return { perSecond, ...percentiles(times), statuses: Object.fromEntries(statuses) };
  },

  /** Requests of viewers who load something now and then, whether or not the one before was answered: that many a second together. */
  async visits(target: Target, connections: number, perSecond: number, seconds: number): Promise<Measured & Statuses> {
    const times: number[] = [];
    const statuses = new Map<string, number>();
    const began = performance.now();
    const one = async (n: number): Promise<void> => {
      const wire = await dial(target.port);
      const asked: number[] = [];
      const answers = new Answers((status) => {
        times.push(performance.now() - (asked.shift() ?? 0));
        count(statuses, status);
      });
      wire.on('data', (chunk) => answers.take(chunk));
      const every = (1_000 * connections) / perSecond;
      for (let due = (every * n) / connections; due < seconds * 1_000; due += every) {
        await wait(Math.max(0, began + due - performance.now()));
        asked.push(performance.now());
        wire.write(requestTo(target));
      }
      for (let tries = 0; asked.length > 0 && tries < 100; tries += 1) await wait(20);
      wire.destroy();
      // Nobody answered: that is the worst there is.
      for (const at of asked) times.push(performance.now() - at);
    };
    await Promise.all(Array.from({ length: connections }, (_, n) => one(n)));
    return {
      perSecond: times.length / ((performance.now() - began) / 1_000),
      ...percentiles(times),
      statuses: Object.fromEntries(statuses),
    };
  },

  /** Requests over a WebSocket, `atOnce` open at a time; measured until the event that each makes has come back. */
  async echo(target: Target, atOnce: number, perSecond: number, seconds: number): Promise<Measured> {
    const socket = await LeanSocket.open(target);
    const times: number[] = [];
    const open: number[] = [];
    let asked = 0;
    const began = performance.now();
    const until = began + seconds * 1_000;
    await new Promise<void>((resolve) => {
      const ask = (): void => {
        const now = performance.now();
        if (now >= until) return resolve();
        while (open.length < atOnce && asked < ((now - began) * perSecond) / 1_000) {
          asked += 1;
          open.push(performance.now());
          socket.send(`{"type":"invoke","id":"${asked}","command":"has_running_sessions","args":{}}`);
        }
        setImmediate(ask);
      };
      // Events come in the order of the requests.
      socket.onText = (frame) => {
        if (seqOf(frame) === null) return;
        const since = open.shift();
        if (since !== undefined) times.push(performance.now() - since);
      };
      ask();
    });
    socket.close();
    return { perSecond: times.length / seconds, ...percentiles(times) };
  },

  /** Connects viewers who count what they get, and look that nothing is missing. */
  async watch(targets: readonly Target[]): Promise<void> {
    for (const viewer of viewers) viewer.close();
    viewers = [];
    frames = targets.map(() => 0);
    holes = 0;
    ages = [];
    for (const [n, target] of targets.entries()) {
      const viewer = await LeanSocket.open(target);
      let last: number | undefined;
      viewer.onText = (frame) => {
        const seq = seqOf(frame);
        if (seq === null) return;
        if (last !== undefined && seq !== last + 1) holes += 1;
        last = seq;
        frames[n] = (frames[n] ?? 0) + 1;
        if (seq % 97 !== n % 97) return;
        const at = /"at":"(\d+)"/.exec(frame.toString('latin1'))?.[1];
        if (at !== undefined) ages.push(Number(process.hrtime.bigint() - BigInt(at)) / 1e6);
      };
      viewers.push(viewer);
    }
  },

  /** What the viewers have got since the last time. */
  async got(): Promise<Got> {
    const counted = frames;
    const told = {
      frames: counted.reduce((sum, count) => sum + count, 0),
      least: Math.min(...counted),
      most: Math.max(...counted),
      holes,
      closed: viewers.filter((viewer) => viewer.isClosed).length,
      ...percentiles(ages),
    };
    frames = counted.map(() => 0);
    ages = [];
    return told;
  },

  leave(): void {
    for (const viewer of viewers.splice(0)) viewer.close();
  },

  /** Requests with wrong tokens at a pace, from loopback addresses in turn; each is a connection of its own, as a guesser's would be. */
  async guess(
    port: number,
    perSecond: number,
    addresses: number,
    seconds: number,
  ): Promise<{ sent: number; statuses: Record<string, number> }> {
    const statuses = new Map<string, number>();
    const done: Promise<void>[] = [];
    const began = performance.now();
    let sent = 0;
    const one = async (): Promise<void> => {
      const address = `127.0.1.${1 + (sent % addresses)}`;
      const token = `jrg_${String(sent).padStart(43, 'A')}000000`;
      sent += 1;
      const wire = await dial(port, address).catch(() => null);
      if (wire === null) return count(statuses, 'cut');
      let text = '';
      wire.setTimeout(10_000, () => wire.destroy());
      wire.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      wire.on('error', () => undefined);
      wire.write(requestTo({ port, token }).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      await once(wire, 'close').catch(() => undefined);
      count(statuses, text === '' ? 'cut' : text.slice(9, 12));
    };
    while (performance.now() - began < seconds * 1_000) {
      const due = ((performance.now() - began) * perSecond) / 1_000;
      // When the machine held it up it catches up bit by bit: all at once would be another attack than the one that is meant.
      for (let burst = 0; burst < 20 && sent < due; burst += 1) done.push(one());
      await wait(1);
    }
    await Promise.all(done);
    return { sent, statuses: Object.fromEntries(statuses) };
  },
};
export type LoadActs = typeof acts;
serve(acts);
