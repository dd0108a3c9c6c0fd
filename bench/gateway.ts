import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BusyJean } from './parts/busy-jean.ts';
import { cpuOf } from './parts/cost.ts';
import type { GateActs } from './parts/gateway/gate.ts';
import type { JeanActs } from './parts/gateway/jean.ts';
import type { LoadActs, Measured, Statuses } from './parts/gateway/load.ts';
import { howToGetNginx, startNginx } from './parts/gateway/nginx.ts';
import { Part } from './parts/gateway/part.ts';
import type { Target } from './parts/gateway/wire.ts';
import { quick, report, rounded } from './parts/report.ts';

/**
 * What it costs to come to a Jean through the gateway. Jean's stand-in, the gateway and who makes the load are processes of their own. The
 * floor is the same load on Jean itself: for HTTP the sandbox's, with a bare server of Node's beside it; for the WebSocket a leaner one, whose
 * events come at a pace. Where nginx is installed it stands beside too. Contenders take turns, so that other work on the machine slows all of
 * them, and of the turns the middle one counts.
 */
const turns = quick ? 3 : 7;
const secondsPerTurn = quick ? 1 : 3;
/** A part of Jean's page, which is streamed to each who asks. */
const streamed = '/assets/index.js';
const connections = 32;
const viewers = 200;
const eventsPerSecond = 1_000;
const watchSeconds = quick ? 20 : 300;
const floodPerSecond = 20_000;
const guessesPerSecond = 1_000;
const guessers = 50;
/** Many and short: other work on the machine that comes and goes falls on a few of them. An even number, so that each order comes as often. */
const guessTurns = quick ? 2 : 16;
const guessSeconds = quick ? 1 : 2;
const visitsPerSecond = 200;

/** The gateway keeps within a client's own limit of 100 frames a second. */
const echoesPerSecond = 80;

const folder = await mkdtemp(join(tmpdir(), 'jrb-'));
const parts: { stop(): Promise<void> }[] = [];
const jean = started(Part.start<JeanActs>('jean'));
const load = started(Part.start<LoadActs>('load'));
const good = started(Part.start<LoadActs>('load'));
let met = true;

try {
  const bare = await jean.call('listen');
  const sandbox = started(await BusyJean.start(join(folder, 'sandbox')));
  await http(await before({ port: Number(new URL(sandbox.url).port), token: await sandbox.token() }, 1), bare, sandbox.pid);
  const { targets, gate, ...contenders } = await before(bare, viewers);
  await echo(contenders);
  await delivery(contenders);
  await manyViewers(targets, gate);
  await guesses(contenders.gateway);
} finally {
  for (const part of parts.toReversed()) await part.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exitCode = met ? 0 : 1;

function started<P extends { stop(): Promise<void> }>(part: P): P {
  parts.push(part);
  return part;
}

function note(ok: boolean): void {
  met &&= ok;
}

/** A gateway before that Jean, and nginx where it is installed. */
async function before(direct: Target, grants: number) {
  const gate = started(Part.start<GateActs>('gate'));
  const place = await mkdtemp(join(folder, 'gate-'));
  const { port, tokens } = await gate.call('start', direct, grants, place);
  const targets = tokens.map((token): Target => ({ port, token }));
  const [gateway] = targets;
  if (gateway === undefined) throw new Error('There is no grant.');
  const nginx = await startNginx(place, direct);
  if (nginx !== null) started(nginx);
  return { targets, gate, direct, gateway, ...(nginx && { nginx: { port: nginx.port, token: 'none' } }) };
}

/** Nginx where it is installed. */
interface Each<T> {
  readonly direct: T;
  readonly gateway: T;
  readonly nginx?: T;
  /** The leanest server that Node has. */
  readonly bare?: T;
}
type Contenders = Each<Target>;

/** `/api/auth`: requests a second when as many come as can, and what one that comes alone waits for. */
async function http(sandbox: Contenders & { readonly gate: Part<GateActs> }, bare: Target, jeanPid: number): Promise<void> {
  const contenders = { ...sandbox, bare };
  const cpu = { direct: [] as number[], gateway: [] as number[] };
  const busy = await inTurns(contenders, async (target) => {
    const pid = target === sandbox.gateway ? sandbox.gate.pid : jeanPid;
    const before = await cpuOf(pid);
    const told = await load.call('http', target, connections, secondsPerTurn);
    const perRequest = (((await cpuOf(pid)) - before) * 1e6) / (told.perSecond * secondsPerTurn);
    if (target === sandbox.gateway) cpu.gateway.push(perRequest);
    else if (target === sandbox.direct) cpu.direct.push(perRequest);
    return told;
  });
  // What others on the machine take away counts into throughput and not into this.
  const cpuPerRequest = { direct: rounded(middle(cpu.direct)), gateway: rounded(middle(cpu.gateway)), unit: 'µs' };
  const alone = await inTurns(contenders, (target) => load.call('http', target, 1, secondsPerTurn));
  // Requests for `/api/auth` that come together share an answer of Jean's; what a person loads does not.
  const apart = await inTurns(sandbox, (target) => load.call('http', target, connections, secondsPerTurn, streamed));
  const perRequest = ({ perSecond }: Measured): number => 1e6 / perSecond;
  note(
    report({
      bench: 'gateway-http',
      value: perRequest(busy.gateway),
      floor: perRequest(busy.direct),
      unit: 'µs/request',
      // Half of Jean's own throughput.
      target: 2,
      of: 'ratio',
      sound: [busy.direct, busy.gateway, apart.direct, apart.gateway].every(
        ({ statuses }) => Object.keys(statuses).join() === '200',
      ),
      facts: {
        connections,
        ...factsOf(busy),
        cpuPerRequest,
        notShared: { path: streamed, ratio: rounded(perRequest(apart.gateway) / perRequest(apart.direct)), ...factsOf(apart) },
      },
    }),
  );
  note(
    report({
      bench: 'gateway-http-added',
      value: alone.gateway.p50 - alone.direct.p50,
      floor: alone.direct.p50,
      unit: 'ms p50',
      target: 1,
      of: 'value',
      facts: { ...factsOf(alone) },
    }),
  );
}

/** A request over the WebSocket until the event that it makes is there. */
async function echo(contenders: Contenders): Promise<void> {
  const told = await inTurns(contenders, (target) => load.call('echo', target, 1, echoesPerSecond, secondsPerTurn));
  note(
    report({
      bench: 'gateway-echo-added',
      value: told.gateway.p50 - told.direct.p50,
      floor: told.direct.p50,
      unit: 'ms p50',
      target: 1,
      of: 'value',
      facts: { ...factsOf(told) },
    }),
  );
}

/** Events of a Jean in which much happens, for one viewer. */
async function delivery(contenders: Contenders): Promise<void> {
  const told = await inTurns(contenders, async (target) => {
    await load.call('watch', [target]);
    await jean.call('flood', floodPerSecond);
    await load.call('got');
    const began = performance.now();
    await wait(secondsPerTurn * 1_000);
    const { frames, holes, p50, p99 } = await load.call('got');
    const perSecond = frames / ((performance.now() - began) / 1_000);
    await jean.call('flood', 0);
    await load.call('leave');
    return { perSecond, p50, p99, holes };
  });
  const perEvent = ({ perSecond }: Measured): number => 1e6 / perSecond;
  note(
    report({
      bench: 'gateway-delivery',
      value: perEvent(told.gateway),
      floor: perEvent(told.direct),
      unit: 'µs/event',
      // 0.9 of what comes directly.
      target: 1 / 0.9,
      of: 'ratio',
      sound: [told.direct, told.gateway].every(({ holes }) => holes === 0),
      facts: { floodPerSecond, ...factsOf(told) },
    }),
  );
}

/** Many viewers of a Jean in which much happens: every event for each of them, and memory that does not grow. */
async function manyViewers(targets: readonly Target[], gate: Part<GateActs>): Promise<void> {
  await load.call('watch', targets);
  const sockets = await jean.call('sockets');
  await jean.call('flood', eventsPerSecond);
  // What is compiled and kept for later stands after that.
  await wait(watchSeconds * 100);
  const before = await gate.call('cost');
  const rss: number[] = [];
  const worst = { p50: 0, p99: 0 };
  let frames = 0;
  await load.call('got');
  const began = performance.now();
  while (performance.now() - began < watchSeconds * 1_000) {
    await wait(1_000);
    rss.push(await gate.call('memory'));
    const told = await load.call('got');
    frames += told.frames;
    worst.p50 = Math.max(worst.p50, told.p50);
    worst.p99 = Math.max(worst.p99, told.p99);
  }
  const seconds = (performance.now() - began) / 1_000;
  const after = await gate.call('cost');
  const made = await jean.call('flood', 0);
  await wait(2_000);
  const last = await load.call('got');
  await load.call('leave');
  const fifth = Math.max(1, Math.floor(rss.length / 5));
  const early = middle(rss.slice(0, fifth));
  const late = middle(rss.slice(-fifth));
  note(
    report({
      bench: 'gateway-viewers',
      value: late,
      floor: early,
      unit: 'MB',
      // Flat: the last fifth of the time against the first one.
      target: 1.1,
      of: 'ratio',
      sound:
        last.holes === 0 && last.closed === 0 && sockets === 1 && frames / seconds >= targets.length * eventsPerSecond * 0.98,
      facts: {
        viewers: targets.length,
        seconds: rounded(seconds),
        made,
        framesPerSecond: rounded(frames / seconds),
        holes: last.holes,
        closed: last.closed,
        socketsToJean: sockets,
        cpuPerSecond: rounded((after.cpu - before.cpu) / seconds),
        highestMB: rounded(Math.max(...rss)),
        heapMB: [rounded(before.heap), rounded(after.heap)],
        buffersMB: rounded(after.buffers),
        worstP50: rounded(worst.p50),
        worstP99: rounded(worst.p99),
      },
    }),
  );
}

/** Wrong tokens in masses, each over a connection of its own, and what viewers with a right one notice of it. */
async function guesses(target: Target): Promise<void> {
  const visit = (): Promise<Measured & Statuses> => good.call('visits', target, 20, visitsPerSecond, guessSeconds);
  const calm: (Measured & Statuses)[] = [];
  const under: (Measured & Statuses)[] = [];
  const statuses: Record<string, number> = {};
  let sent = 0;
  const leftAlone = async (): Promise<void> => void calm.push(await visit());
  const attacked = async (): Promise<void> => {
    const guessing = load.call('guess', target.port, guessesPerSecond, guessers, guessSeconds + 1);
    await wait(500);
    under.push(await visit());
    const told = await guessing;
    sent += told.sent;
    for (const [status, count] of Object.entries(told.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
    // What the last guesses left behind is not to fall on the quiet turn.
    await wait(200);
  };
  await visit();
  // Turn about, and the other way round each time: a machine that grows busier or quieter does so for both.
  for (let turn = 0; turn < guessTurns; turn += 1)
    for (const one of turn % 2 === 0 ? [leftAlone, attacked] : [attacked, leftAlone]) await one();
  const [quiet, busy] = [ofAll(calm), ofAll(under)];
  if (quiet === undefined || busy === undefined) throw new Error('Nothing was measured.');
  const worst = { quiet: worstOf(calm), busy: worstOf(under) };
  note(
    report({
      bench: 'gateway-guesses',
      value: busy.p99,
      floor: quiet.p99,
      unit: 'ms p99',
      target: 2,
      of: 'ratio',
      sound:
        Object.keys(statuses).every((status) => !status.startsWith('2')) &&
        sent >= guessesPerSecond * (guessSeconds + 1) * guessTurns * 0.98 &&
        [...calm, ...under].every((one) => Object.keys(one.statuses).join() === '200'),
      facts: { guesses: sent, statuses, addresses: guessers, quiet: shown(quiet), busy: shown(busy), worst },
    }),
  );
}

/** Each contender in turn, some times; of each the turn in the middle. */
async function inTurns<M extends Measured>(contenders: Contenders, measure: (target: Target) => Promise<M>): Promise<Each<M>> {
  const { direct, gateway, nginx, bare } = contenders;
  const all = { direct: [] as M[], gateway: [] as M[], nginx: [] as M[], bare: [] as M[] };
  for (let turn = 0; turn <= turns; turn += 1) {
    // The first one warms up.
    if (turn === 1) for (const told of Object.values(all)) told.length = 0;
    all.direct.push(await measure(direct));
    all.gateway.push(await measure(gateway));
    if (nginx !== undefined) all.nginx.push(await measure(nginx));
    if (bare !== undefined) all.bare.push(await measure(bare));
  }
  const of = { direct: ofAll(all.direct), gateway: ofAll(all.gateway), nginx: ofAll(all.nginx), bare: ofAll(all.bare) };
  if (of.direct === undefined || of.gateway === undefined) throw new Error('Nothing was measured.');
  return { direct: of.direct, gateway: of.gateway, ...(of.nginx && { nginx: of.nginx }), ...(of.bare && { bare: of.bare }) };
}

/** The turn of the middle throughput, with the middle of the times of all turns. */
function ofAll<M extends Measured>(all: readonly M[]): M | undefined {
  const turn = all.toSorted((one, other) => one.perSecond - other.perSecond)[Math.floor(all.length / 2)];
  return turn && { ...turn, p50: middle(all.map(({ p50 }) => p50)), p99: middle(all.map(({ p99 }) => p99)) };
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The highest p99 of all turns: what medians do not show. */
function worstOf(all: readonly Measured[]): number {
  return rounded(Math.max(...all.map(({ p99 }) => p99)));
}

function shown({ perSecond, p50, p99 }: Measured): object {
  return { perSecond: rounded(perSecond), p50: rounded(p50), p99: rounded(p99) };
}

function factsOf({ direct, gateway, nginx, bare }: Each<Measured>): Record<string, unknown> {
  const beside = nginx === undefined ? howToGetNginx : shown(nginx);
  return { direct: shown(direct), gateway: shown(gateway), nginx: beside, ...(bare && { bare: shown(bare) }) };
}
