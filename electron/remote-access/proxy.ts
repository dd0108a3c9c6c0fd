import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RemoteRole } from '../../shared/remote-access.ts';
import type { Secret } from '../base/secret.ts';
import { Flights, isShared, type Seat, type SharedAnswer } from './flights.ts';
import type { Admitted } from './grant.ts';
import { type JeanWay, mayBeRepeated, whenConnected } from './jean-way.ts';
import type { Limits } from './limits.ts';
import { Mask, masked } from './mask.ts';
import { careful, type Handling, handlingOf, headersIn, headersOut, locationOut, ofTheBody, scriptsOf } from './proxy-headers.ts';
import { sendTooLong, sendTrouble, type Trouble } from './trouble.ts';
import type { Visit } from './visits.ts';
import { readWhole } from './whole-body.ts';

/** What of Jean's answers may be seen (strip.ts). */
export interface BodyPolicy {
  /** What the role gets of a JSON body. */
  body(role: RemoteRole, path: string, body: unknown): unknown;
}

/** One request on its way to Jean and back. */
export interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly admitted: Admitted;
  readonly visit: Visit;
  /** Path and query as they go to Jean: as they came, without any token. */
  readonly target: string;
  /** Decoded. */
  readonly path: string;
  /** Who reads what we answer ourselves. */
  readonly reader: 'person' | 'program';
}

interface Open {
  readonly passage: Passage;
  readonly handling: Handling;
  upstream: ClientRequest | undefined;
  /** Among those who wait for the same answer. */
  seat: Seat | undefined;
  answer: IncomingMessage | undefined;
  phase: 'connecting' | 'waiting' | 'answering' | 'stuck';
  /** Monotonic ms of the last step. */
  at: number;
  tries: number;
  done: boolean;
}

const zip = promisify(gzip);
const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i;
/** Up to here a copy is cheaper than a second write, bytes. */
const short = 8_192;
/** Below that, compressing is not worth it, bytes. */
const zipFrom = 4_096;

/** Carries requests to Jean and its answers back, and ends them when their grant ends. */
export class Forwarder {
  readonly #open = new Map<string, Set<Open>>();
  readonly #flights: Flights;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly way: JeanWay,
    private readonly policy: BodyPolicy,
    /** Jean's own tokens. */
    private readonly tokens: () => readonly Secret[],
    private readonly limits: Limits,
    private readonly tls: boolean,
    private readonly monotonic: () => number = () => performance.now(),
  ) {
    this.#flights = new Flights(way, limits.wholeBytes, monotonic);
    const shortest = Math.min(limits.upstreamConnectMs, limits.upstreamAnswerMs, limits.upstreamPauseMs, limits.stuckMs);
    this.#timer = setInterval(() => this.#lookAtClock(), Math.max(20, Math.min(1_000, shortest / 4)));
    this.#timer.unref();
  }

  /** Begins to carry a request that was admitted and judged. */
  carry(passage: Passage): void {
    const { request, response, admitted, visit, path } = passage;
    const open: Open = {
      passage,
      handling: handlingOf(path),
      upstream: undefined,
      seat: undefined,
      answer: undefined,
      phase: 'connecting',
      at: this.monotonic(),
      tries: 0,
      done: false,
    };
    const own = this.#open.get(admitted.grant.id) ?? new Set();
    this.#open.set(admitted.grant.id, own.add(open));
    visit.open += 1;
    response.once('close', () => {
      open.done = true;
      open.seat?.leave();
      open.upstream?.destroy();
      visit.open -= 1;
      own.delete(open);
      if (own.size === 0 && this.#open.get(admitted.grant.id) === own) this.#open.delete(admitted.grant.id);
    });
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > this.limits.bodyBytes) return this.#tooLong(open);
    if (isShared(request.method, passage.target) && !hasBody(request)) this.#wait(open);
    else this.#ask(open);
  }

  /** Cuts what is open by a grant. */
  closeGrant(grantId: string): void {
    for (const { passage } of this.#open.get(grantId) ?? []) passage.response.destroy();
  }

  closeAll(): void {
    for (const grantId of this.#open.keys()) this.closeGrant(grantId);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.closeAll();
    this.way.stop();
  }

  /** Waits for an answer that others wait for too. */
  #wait(open: Open): void {
    open.seat = this.#flights.join(open.passage.target, (outcome) => {
      open.seat = undefined;
      if (open.done) return;
      if (typeof outcome === 'string') return this.#fail(open, outcome);
      this.#passShared(open, outcome);
    });
  }

  #ask(open: Open): void {
    const { passage, handling } = open;
    const { request, target, visit } = passage;
    const { host, authorization } = this.way.way;
    const upstream = this.way.begin(
      request.method ?? 'GET',
      target,
      headersIn(request.rawHeaders, host, authorization, handling),
    );
    open.upstream = upstream;
    open.phase = 'connecting';
    open.at = this.monotonic();
    open.tries += 1;
    whenConnected(upstream, () => {
      open.phase = 'waiting';
      open.at = this.monotonic();
    });
    upstream.on('response', (answer) => {
      if (open.done || open.upstream !== upstream) return void answer.destroy();
      open.answer = answer;
      open.at = this.monotonic();
      this.#take(open, answer);
    });
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      if (open.done || open.upstream !== upstream) return;
      if (mayBeRepeated(upstream, error) && open.answer === undefined && mayAskAgain(request) && open.tries < 3)
        return this.#ask(open);
      this.#fail(open, open.phase === 'connecting' ? 'away' : 'broken');
    });
    if (!hasBody(request)) return void upstream.end();
    if (request.headers.expect !== undefined) passage.response.writeContinue();
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      visit.bytesIn += chunk.length;
      if (length > this.limits.bodyBytes) return this.#tooLong(open);
      if (!upstream.write(chunk)) {
        request.pause();
        upstream.once('drain', () => request.resume());
      }
    });
    request.on('end', () => upstream.end());
    request.on('error', () => upstream.destroy());
  }

  #take(open: Open, answer: IncomingMessage): void {
    const { request, visit } = open.passage;
    const status = answer.statusCode ?? 502;
    visit.bytesIn += open.passage.target.length;
    if (status === 401) {
      answer.resume();
      // Jean's token, not the person's: they must not be told that theirs is wrong.
      if (open.tries > 1 || !mayAskAgain(request)) return this.#fail(open, 'token');
      this.way.learn().then(
        (learnt) => {
          if (open.done) return;
          open.answer = undefined;
          if (learnt) this.#ask(open);
          else this.#fail(open, 'token');
        },
        () => this.#fail(open, 'token'),
      );
      return;
    }
    if (status < 200 || status > 599) return this.#fail(open, 'broken');
    open.phase = 'answering';
    const isHtml = /^\s*text\/html/i.test(answer.headers['content-type'] ?? '');
    const bare = request.method === 'HEAD' || status === 204 || status === 304;
    const whole = !bare && (open.handling === 'strip' || (open.handling === 'document' && isHtml));
    if (whole) {
      this.#passWhole(open, answer, isHtml).catch(() => this.#fail(open, 'unreadable'));
      return;
    }
    // A page that comes from where a script or a style should be has no scripts of its own that run.
    const kind =
      open.handling === 'stream' && isHtml ? 'document' : open.handling === 'document' && !isHtml ? 'stream' : open.handling;
    this.#passOn(open, answer, kind, bare);
  }

  #passShared(open: Open, shared: SharedAnswer): void {
    const { passage } = open;
    const { grant, by } = passage.admitted;
    const status = shared.answer.statusCode ?? 502;
    if (status < 200 || status > 599) return this.#fail(open, 'broken');
    // All that an answer's form depends on.
    const who = by === 'cookie' ? `${grant.role} cookie` : grant.role;
    let ready = shared.made.get(who);
    if (ready === undefined) {
      try {
        const text = this.#textOf(open, shared.answer, shared.body);
        const length = Buffer.byteLength(text);
        const head = this.#head(shared.answer, 'strip', [], ofTheBody);
        if (head === null) return this.#fail(open, 'broken');
        head.push('Content-Length', String(length), 'Vary', 'Cookie, Authorization');
        ready = { head, text, length };
      } catch {
        return this.#fail(open, 'unreadable');
      }
      shared.made.set(who, ready);
    }
    if (!this.#begin(open, status, ready.head)) return this.#fail(open, 'broken');
    passage.visit.bytesIn += passage.target.length;
    passage.visit.bytesOut += ready.length;
    open.phase = 'stuck';
    open.at = this.monotonic();
    passage.response.end(ready.text);
  }

  #passOn(open: Open, answer: IncomingMessage, kind: Handling, bare: boolean): void {
    const { response, visit } = open.passage;
    const hides = kind === 'file' && !bare;
    // In what is compressed nothing could be found.
    const coding = answer.headers['content-encoding'] ?? 'identity';
    if (hides && coding !== 'identity') return this.#fail(open, 'unreadable');
    const head = this.#head(answer, kind);
    if (head === null || !this.#begin(open, answer.statusCode ?? 502, head)) return this.#fail(open, 'broken');
    const mask = hides ? new Mask(this.tokens()) : null;
    const length = Number(answer.headers['content-length'] ?? Number.NaN);
    answer.on('data', (chunk: Buffer) => {
      open.at = this.monotonic();
      visit.bytesOut += chunk.length;
      // All of it in one piece, as most answers are: head and body leave together.
      if (mask === null && chunk.length === length)
        return void (length <= short ? response.end(chunk.toString('latin1'), 'latin1') : response.end(chunk));
      const ready = mask === null ? chunk : mask.push(chunk);
      if (ready.length === 0 || response.write(ready)) return;
      open.phase = 'stuck';
      answer.pause();
      response.once('drain', () => {
        open.phase = 'answering';
        open.at = this.monotonic();
        answer.resume();
      });
    });
    answer.on('end', () => {
      // Jean's connection broke in the middle: an end would make what came look whole.
      if (!answer.complete) return void response.destroy();
      open.phase = 'stuck';
      open.at = this.monotonic();
      if (!response.writableEnded) response.end(mask?.end());
    });
    answer.on('error', () => response.destroy());
    answer.on('close', () => {
      if (!answer.complete) response.destroy();
    });
  }

  async #passWhole(open: Open, answer: IncomingMessage, isHtml: boolean): Promise<void> {
    const { passage, handling } = open;
    const { response, request, visit } = passage;
    answer.on('data', () => {
      open.at = this.monotonic();
    });
    const body = await readWhole(answer, answer.headers['content-encoding'], this.limits.wholeBytes);
    if (open.done) return;
    if (!answer.complete) return this.#fail(open, 'broken');
    const status = answer.statusCode ?? 502;
    const text = this.#textOf(open, answer, body);
    const head = this.#head(answer, isHtml ? 'document' : handling, isHtml ? scriptsOf(text) : [], ofTheBody);
    if (head === null) return this.#fail(open, 'broken');
    const zips = text.length >= zipFrom && takesGzip.test(String(request.headers['accept-encoding'] ?? ''));
    const packed = zips ? await zip(text, { level: 1 }) : null;
    if (open.done) return;
    if (packed !== null) head.push('Content-Encoding', 'gzip');
    const length = packed?.length ?? Buffer.byteLength(text);
    head.push('Content-Length', String(length), 'Vary', 'Accept-Encoding, Cookie, Authorization');
    if (isHtml) head.push('Cache-Control', 'no-cache');
    if (!this.#begin(open, status, head)) return this.#fail(open, 'broken');
    visit.bytesOut += length;
    open.phase = 'stuck';
    open.at = this.monotonic();
    // A text leaves together with the head, in one write.
    response.end(packed ?? text);
  }

  /** What a client gets of a body that was read whole. @throws when it should be JSON and is not */
  #textOf({ passage, handling }: Open, answer: IncomingMessage, body: Buffer): string {
    const isJson = (answer.statusCode ?? 502) < 300 || /json/i.test(answer.headers['content-type'] ?? '');
    const strips = handling === 'strip' && isJson;
    return masked(strips ? this.#stripped(body, passage, passage.admitted) : body.toString('utf8'), this.tokens());
  }

  #stripped(body: Buffer, { path }: Passage, { grant, by }: Admitted): string {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    const stripped = this.policy.body(grant.role, path, parsed);
    // Jean's page asks for a token unless it is told that none is needed (contract jean §1). One that came by a cookie has none to give.
    if (path === '/api/auth' && by === 'cookie' && isRecord(stripped))
      return JSON.stringify({ ...stripped, token_required: false });
    return JSON.stringify(stripped) ?? 'null';
  }

  #head(
    answer: IncomingMessage,
    kind: Handling,
    scripts: readonly string[] = [],
    without?: ReadonlySet<string>,
  ): string[] | null {
    const head = headersOut(answer.rawHeaders, without);
    const { location } = answer.headers;
    if (location !== undefined) {
      const to = locationOut(location, this.way.base);
      if (to === null) return null;
      head.push('Location', to);
    }
    head.push(...careful(kind, this.tls, scripts));
    return head;
  }

  /** Writes the head; false when Jean's has something in it that can't be one. */
  #begin(open: Open, status: number, head: readonly string[]): boolean {
    const { response } = open.passage;
    if (open.done || response.headersSent) return false;
    try {
      response.writeHead(status, [...head]);
      return true;
    } catch {
      return false;
    }
  }

  #fail(open: Open, trouble: Trouble): void {
    const { response, reader } = open.passage;
    open.seat?.leave();
    open.upstream?.destroy();
    if (open.done) return;
    if (response.headersSent) return void response.destroy();
    const { complete } = open.passage.request;
    sendTrouble(response, trouble, { reader, tls: this.tls, close: !complete, body: !isHead(open) });
  }

  #tooLong(open: Open): void {
    open.upstream?.destroy();
    const { response, reader } = open.passage;
    if (open.done || response.headersSent) return void response.destroy();
    sendTooLong(response, reader, this.tls);
  }

  #lookAtClock(): void {
    const now = this.monotonic();
    const longest = {
      connecting: this.limits.upstreamConnectMs,
      waiting: this.limits.upstreamAnswerMs,
      answering: this.limits.upstreamPauseMs,
      stuck: this.limits.stuckMs,
    };
    for (const grant of this.#open.values())
      for (const open of grant) {
        const phase = open.seat?.phase ?? open.phase;
        if (open.done || now - open.at <= longest[phase]) continue;
        if (phase === 'stuck') open.passage.response.destroy();
        else this.#fail(open, phase === 'connecting' ? 'away' : 'silent');
      }
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');

const mayAskAgain = (request: IncomingMessage): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request);

const isHead = (open: Open): boolean => open.passage.request.method === 'HEAD';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
