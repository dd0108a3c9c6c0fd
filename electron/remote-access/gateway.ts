import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionView } from '../../shared/remote-access.ts';
import { type Decision, isPage, type Knock, type Refused } from './door.ts';
import { DoorLog, type Turning } from './door-log.ts';
import type { GatewayOptions, Listening, Place } from './gateway-options.ts';
import { type Admitted, type Grant, plainAddress } from './grant.ts';
import { checkForm, checkOrigin } from './http-checks.ts';
import { readTarget } from './http-target.ts';
import { FailedAttempts, type Limits, usualLimits } from './limits.ts';
import { endWith, type OwnAnswer, sendOwn } from './own-answer.ts';
import {
  askPage,
  busyPage,
  entrance,
  lockedOutPage,
  movedPage,
  pausedPage,
  refusedPage,
  strangerPage,
  turnedPage,
} from './pages.ts';
import { readForm } from './read-form.ts';
import { routeVerdict } from './routes.ts';
import { Running } from './running.ts';
import { type Visit, Visits } from './visits.ts';

/** A request that is turned away for how it is made. */
interface Turned {
  readonly reason: 'form' | 'host' | 'origin';
  readonly status: number;
  readonly why: string;
}

const sweepEveryMs = 5_000;
const lookAtInterfacesEveryMs = 15_000;
const lookAtCertificateEveryMs = 30_000;
const touchEveryMs = 60_000;
/** Refusals that are held back at once; beyond that nobody is made to wait, for waiting costs us a connection. */
const mostHeld = 64;
const pausedWords = 'Remote access is paused.';

/** The door of one Jean towards the outside: HTTP, and who may pass to its WebSocket. */
export class Gateway {
  readonly #o: GatewayOptions;
  readonly #limits: Limits;
  readonly #log: DoorLog;
  readonly #visits: Visits;
  readonly #attempts: FailedAttempts;
  readonly #timers: NodeJS.Timeout[] = [];
  #running: Running | undefined;
  #paused = false;
  #held = 0;
  #touchedAt = new WeakMap<Visit, number>();
  #unlisten: () => void = () => {};

  constructor(options: GatewayOptions) {
    this.#o = options;
    this.#limits = { ...usualLimits, ...options.limits };
    this.#log = new DoorLog(options.instanceId, options.audit, options.now);
    this.#visits = new Visits(options.instanceId, options.now, this.#log, () => options.onChange?.());
    this.#attempts = new FailedAttempts(options.now);
  }

  /** Begins to listen. @throws a sentence when it can't */
  async start(place: Place): Promise<Listening> {
    await this.stop();
    if (place.bind !== 'loopback' && place.certificate === null)
      throw new Error('Beyond this computer the gateway goes with encryption alone. Choose a certificate.');
    const running = new Running(this.#o, this.#limits, place, () => this.#paused, {
      request: this.#onRequest,
      upgrade: this.#onUpgrade,
    });
    try {
      await running.listen();
    } catch (error) {
      await running.stop();
      throw error;
    }
    this.#running = running;
    this.#unlisten = this.#o.grants.onChange((grantId, what) => {
      if (what === 'ended') this.closeGrant(grantId);
    });
    const tell = (changed: boolean): void => void (changed && this.#o.onChange?.());
    // An address at which it listened may be gone; it is looked for again.
    const look = (): void => void running.listen().then(tell, () => tell(true));
    // Also where it listens on all of them: its own names are theirs.
    if (place.bind !== 'loopback') this.#every(lookAtInterfacesEveryMs, look);
    if (place.certificate !== null) this.#every(lookAtCertificateEveryMs, () => void running.lookAtCertificate().then(tell));
    this.#every(sweepEveryMs, () => this.#visits.sweep());
    this.#every(60_000, () => this.#log.flush());
    return running.listening();
  }

  /** Stops listening and cuts what is open. The WebSocket side is stopped by who put it together. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#unlisten();
    this.#unlisten = () => {};
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    await running.stop();
    this.#visits.endAll();
    this.#log.flush();
  }

  /** Where it listens; null when it does not. */
  listening(): Listening | null {
    return this.#running?.listening() ?? null;
  }

  /** Lets nobody in, and sends away who is, until it is resumed. */
  pause(): void {
    this.#paused = true;
    this.#running?.proxy.closeAll();
    this.#visits.endAll();
  }

  resume(): void {
    this.#paused = false;
  }

  /** Cuts what is open over HTTP by a grant. */
  closeGrant(grantId: string): void {
    this.#running?.proxy.closeGrant(grantId);
    this.#visits.endGrant(grantId);
  }

  /** Who is in over HTTP. */
  connections(): readonly ConnectionView[] {
    return this.#visits.list();
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const running = this.#running;
    if (running === undefined) return void request.socket.destroy();
    const knock = this.#look(running, request, false);
    if ('why' in knock) return this.#turnAway(running, request, response, knock);
    if (knock.target.path === entrance) return void this.#enter(running, knock, request, response);
    const decision = running.door.decide(knock);
    switch (decision.kind) {
      case 'out':
        return this.#refuse(running, knock, request, response, decision);
      case 'ask':
        return this.#own(running, request, response, {
          status: 200,
          page: askPage(decision.token, knock.target.clean),
          text: '',
        });
      case 'settle':
        return this.#settle(running, request, response, decision, knock.target.clean);
      case 'in':
        return this.#letIn(running, knock, request, response, decision.admitted);
    }
  };

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const running = this.#running;
    if (running === undefined) return void socket.destroy();
    const knock = this.#look(running, request, true);
    if ('why' in knock) {
      this.#log.turned({ reason: knock.reason, address: addressOf(request), grant: null, what: null });
      return endWith(socket, knock.status, knock.why);
    }
    const decision = running.door.decide(knock);
    if (decision.kind === 'out' && decision.reason === 'paused') {
      this.#turn('paused', knock, decision.grant, null);
      return endWith(socket, 503, pausedWords);
    }
    if (decision.kind !== 'in') {
      const status = decision.kind === 'out' ? this.#count(knock, decision) : { status: 401, afterMs: 0 };
      return this.#hold(status.afterMs, socket, () =>
        endWith(socket, status.status, status.status === 429 ? 'Try again later.' : 'Invalid token'),
      );
    }
    const { admitted } = decision;
    const verdict = routeVerdict(admitted.grant.role, 'GET', request.url ?? '/');
    if (!verdict.allow || knock.target.path !== '/ws') {
      this.#turn('policy', knock, admitted.grant, 'upgrade');
      return endWith(socket, verdict.allow ? 404 : 403, verdict.allow ? 'There is no WebSocket here.' : verdict.why);
    }
    if (!running.connections.give(request.socket, admitted.grant.id)) {
      this.#turn('too-many', knock, admitted.grant, null);
      return endWith(socket, 429, 'There are too many connections with this token.');
    }
    this.#touch(admitted);
    this.#o.sockets.accept(request, socket, head, admitted);
  };

  /** Looks at how a request is made, before anybody looks at who sends it. */
  #look(running: Running, request: IncomingMessage, upgrade: boolean): Knock | Turned {
    const method = request.method ?? 'GET';
    if (request.rawHeaders.length > 2 * this.#limits.headers)
      return { reason: 'form', status: 431, why: 'There are too many headers.' };
    const form = checkForm({ method, rawHeaders: request.rawHeaders });
    if (form !== null) return { reason: 'form', ...form };
    const origin = checkOrigin({ method, headers: request.headers }, running.hosts, upgrade);
    if (origin !== null) return { reason: origin.status === 421 ? 'host' : 'origin', ...origin };
    const reading = readTarget(request.url ?? '');
    if (!reading.ok) return { reason: 'form', status: reading.status, why: reading.why };
    return { method, target: reading.target, headers: request.headers, address: addressOf(request) };
  }

  #turnAway(running: Running, request: IncomingMessage, response: ServerResponse, { reason, status, why }: Turned): void {
    this.#log.turned({ reason, address: addressOf(request), grant: null, what: null });
    const answer = { status, page: turnedPage(why), text: why, json: { ok: false, error: why }, close: true };
    this.#own(running, request, response, answer, isApi(request) ? 'program' : 'person');
  }

  #letIn(running: Running, knock: Knock, request: IncomingMessage, response: ServerResponse, admitted: Admitted): void {
    const { grant } = admitted;
    if (!running.connections.give(request.socket, grant.id)) {
      this.#turn('too-many', knock, grant, null);
      const why = 'There are too many connections with this token.';
      return this.#own(running, request, response, {
        status: 429,
        page: busyPage,
        text: why,
        json: { ok: false, error: why },
        close: true,
      });
    }
    const visit = this.#visit(admitted);
    const path = decodeURIComponent(knock.target.path);
    const route = routeVerdict(grant.role, knock.method, request.url ?? '');
    if (!route.allow || path === '/ws') {
      const why = route.allow ? 'This address takes WebSockets alone.' : route.why;
      visit.refusals += 1;
      if (!route.allow) this.#turn('policy', knock, grant, routeWords(knock));
      const json = { ok: false, error: why };
      return this.#own(running, request, response, { status: route.allow ? 426 : 403, page: turnedPage(why), text: why, json });
    }
    visit.count(path);
    running.proxy.carry({
      request,
      response,
      admitted,
      visit,
      target: knock.target.clean,
      path,
      reader: isPage(knock) && wantsPage(request) ? 'person' : 'program',
    });
  }

  /** Gives the browser its cookie and sends it on to the address without a token. */
  #settle(
    running: Running,
    request: IncomingMessage,
    response: ServerResponse,
    { admitted, cookie }: Extract<Decision, { kind: 'settle' }>,
    to: string,
  ): void {
    this.#visit(admitted);
    // A redirect out of another site's link would arrive without a cookie that is SameSite=Strict; what our own page asks for does not.
    const headers = cookie === null ? [] : ['Set-Cookie', running.door.setCookie(cookie, admitted.grant.expiresAt)];
    this.#own(
      running,
      request,
      response,
      { status: 200, page: movedPage(to), text: 'Go on without the token.', headers },
      'person',
    );
  }

  async #enter(running: Running, knock: Knock, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = knock.method === 'POST' ? await readForm(request, knock.headers['content-type']) : null;
    if (response.destroyed) return;
    const token = form?.get('token') ?? null;
    const to = readTarget(form?.get('to') ?? '/');
    if (token === null || !to.ok || to.target.path === entrance) {
      const why = 'Open the link that you were given again.';
      return this.#own(running, request, response, { status: 400, page: turnedPage(why), text: why, close: true }, 'person');
    }
    // A code is spent by a look at whose it is.
    if (this.#paused)
      return this.#own(running, request, response, { status: 503, page: pausedPage, text: pausedWords }, 'person');
    const decision = running.door.enter(knock, token);
    if (decision.kind === 'out') this.#refuse(running, knock, request, response, decision, 'person');
    else this.#settle(running, request, response, decision, to.target.clean);
  }

  #refuse(
    running: Running,
    knock: Knock,
    request: IncomingMessage,
    response: ServerResponse,
    refused: Refused,
    reader?: 'person',
  ): void {
    const readBy = reader ?? (isPage(knock) && wantsPage(request) ? 'person' : 'program');
    if (refused.reason === 'paused') {
      this.#turn('paused', knock, refused.grant, null);
      const json = { ok: false, error: pausedWords };
      return this.#own(running, request, response, { status: 503, page: pausedPage, text: pausedWords, json }, readBy);
    }
    const { status, afterMs } = this.#count(knock, refused);
    const headers = refused.staleCookie ? ['Set-Cookie', running.door.setCookie(null, 0)] : [];
    const api = knock.target.path === '/api/auth';
    const answer: OwnAnswer =
      status === 429
        ? { status, page: lockedOutPage, text: 'Try again later.', headers: [...headers, 'Retry-After', '60'], close: true }
        : {
            status,
            page: refused.reason === 'nothing' ? strangerPage : refusedPage,
            text: 'Invalid token',
            ...(api && { json: { ok: false, error: 'Invalid token' } }),
            headers,
            close: refused.guess || !request.complete,
          };
    this.#hold(afterMs, request.socket, () => {
      if (!response.destroyed) this.#own(running, request, response, answer, readBy);
    });
  }

  /** Counts a refusal, and says how to answer it. */
  #count(knock: Knock, { reason, grant, guess }: Refused): { readonly status: 401 | 429; readonly afterMs: number } {
    const { address } = knock;
    if (!guess) {
      if (reason !== 'nothing') this.#turn(reason, knock, grant, null);
      else if (isPage(knock)) this.#turn('nothing', knock, null, null);
      return { status: this.#attempts.lockedUntil(address) === null ? 401 : 429, afterMs: 0 };
    }
    const attempt = this.#attempts.fail(address);
    if (attempt.kind === 'refuse') {
      this.#turn(reason, knock, grant, null);
      return { status: 401, afterMs: attempt.afterMs };
    }
    if (attempt.first) this.#log.lockedOut(address, attempt.untilMs);
    else this.#turn('locked-out', knock, null, null);
    return { status: 429, afterMs: 0 };
  }

  /** Answers after a while, while there are few that wait. */
  #hold(afterMs: number, socket: Duplex, answer: () => void): void {
    if (afterMs === 0 || this.#held >= mostHeld) return answer();
    this.#held += 1;
    const end = (): void => {
      clearTimeout(timer);
      socket.off('close', end);
      this.#held -= 1;
    };
    const timer = setTimeout(() => {
      end();
      answer();
    }, afterMs);
    socket.once('close', end);
  }

  #turn(reason: Turning['reason'], { address }: Knock, grant: Grant | null, what: string | null): void {
    this.#log.turned({ reason, address, grant: grant === null ? null : { id: grant.id, person: grant.person }, what });
  }

  #visit(admitted: Admitted): Visit {
    const { visit, isNew } = this.#visits.enter(admitted);
    const now = this.#o.now();
    if (isNew || Math.abs(now - (this.#touchedAt.get(visit) ?? 0)) >= touchEveryMs) {
      this.#touchedAt.set(visit, now);
      this.#touch(admitted);
    }
    return visit;
  }

  #touch(admitted: Admitted): void {
    const { newAddress } = this.#o.grants.touch(admitted.grant.id, admitted.address, admitted.deviceId);
    if (newAddress) this.#o.onNewAddress?.(admitted);
  }

  #own(
    running: Running,
    request: IncomingMessage,
    response: ServerResponse,
    answer: OwnAnswer,
    reader?: 'person' | 'program',
  ): void {
    sendOwn(response, answer, reader ?? (isApi(request) ? 'program' : 'person'), running.tls, request.method !== 'HEAD');
  }

  #every(ms: number, act: () => void): void {
    const timer = setInterval(act, ms);
    timer.unref();
    this.#timers.push(timer);
  }
}

/** The other end, as the socket says it; an IPv4 address as such. */
function addressOf({ socket }: IncomingMessage): string {
  return plainAddress(socket.remoteAddress ?? '') ?? 'an unknown address';
}

const isApi = ({ url }: IncomingMessage): boolean => /^\/(?:api|ws|healthz|readyz)\b/i.test(url ?? '');

/** Whether what is answered is shown to a person: a script or a picture of a page is not, and no program says that it reads HTML. */
const wantsPage = ({ headers }: IncomingMessage): boolean =>
  headers['sec-fetch-mode'] === 'navigate' || /text\/html/i.test(headers.accept ?? '');

/** What was asked for, without names of files. */
const routeWords = ({ method, target }: Knock): string => `${method} ${/^(?:\/api)?\/[a-z-]{0,20}/.exec(target.path)?.[0] ?? ''}`;
