import type { RaviState, RaviView } from '../../shared/ravi.ts';
import type { RaviRequest } from '../ravi/client.ts';
import type { RaviError } from '../ravi/errors.ts';
import type { RaviKeyKind } from '../ravi/keys.ts';

type Trouble = NonNullable<RaviView['last']> & { readonly retryAt: number | null };
type Limit = RaviView['limits'][number];

/** What an error says of the account; null for one that says nothing of it. */
function stateOf(error: RaviError): RaviState | null {
  switch (error.kind) {
    case 'unauthorized':
      return 'key-unknown';
    case 'subscription':
      return 'plan';
    case 'forbidden':
      return 'forbidden';
    case 'conflict':
      return 'conflict';
    case 'throttled':
      return 'throttled';
    case 'unavailable':
      return 'unavailable';
    case 'unreachable':
      return 'away';
    case 'malformed':
      return 'strange';
    case 'invalid':
    case 'not-found':
    case 'foreign':
    case 'login-expired':
    case 'login-denied':
      return null;
    default:
      return error.kind satisfies never;
  }
}

/** Whether a trouble is over once anything goes well; one of a key, or of one kind of request, is not. */
const isOfAll = (state: RaviState): boolean =>
  !(['locked', 'key-unknown', 'plan', 'forbidden', 'conflict'] as RaviState[]).includes(state);

const unknownWords: Readonly<Record<RaviKeyKind, string>> = {
  management: 'Ravi does not know the account’s management key any more: it was deleted in the dashboard. Log in again.',
  identity:
    'Ravi does not know the identity’s own key any more: it was deleted in the dashboard. Make a new one, or log in again.',
};

/** What is worse stands for all. */
const order: readonly RaviState[] = [
  'locked',
  'key-unknown',
  'away',
  'unavailable',
  'strange',
  'throttled',
  'forbidden',
  'plan',
  'conflict',
];

const kindOfRequest = ({ method = 'GET', path }: RaviRequest): string => `${method} ${path.split('/').slice(0, 3).join('/')}`;

/** How Ravi is, told by how each request ends. */
export class RaviHealth {
  readonly #now: () => number;
  readonly #troubles = new Map<string, Trouble>();
  #last: Trouble | null = null;
  #limits: readonly Limit[];
  #answered = false;

  /** `limits`: what an earlier run met. */
  constructor(now: () => number, limits: readonly Limit[] = []) {
    this.#now = now;
    this.#limits = limits;
  }

  get answered(): boolean {
    return this.#answered;
  }

  /** What the plan did not include so far, the newest first. */
  get limits(): readonly Limit[] {
    return this.#limits;
  }

  /** The last thing that went wrong. */
  get last(): Trouble | null {
    return this.#last;
  }

  /** What is in the way now. */
  get trouble(): Trouble | null {
    const all = [...this.#troubles.values()];
    return all.sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state))[0] ?? null;
  }

  /** Takes note of how a request ended; answers whether it met a new limit of the plan. */
  outcome(request: RaviRequest, error: RaviError | null, key: RaviKeyKind): boolean {
    const kind = kindOfRequest(request);
    const keyTrouble = `key-unknown ${key}`;
    const state = error && stateOf(error);
    if (error === null || state === null) {
      this.#answered = true;
      for (const [name, trouble] of this.#troubles)
        if (name === kind || name === keyTrouble || isOfAll(trouble.state)) this.#troubles.delete(name);
      return false;
    }
    const at = this.#now();
    const retryAt = error.retryAfterMs === null ? null : at + error.retryAfterMs;
    const message = state === 'key-unknown' ? unknownWords[key] : error.message;
    this.#last = { state, message, at, retryAt };
    // Whatever Ravi itself answers, it is there.
    if (state !== 'away' && state !== 'strange') this.#answered = true;
    const name = state === 'key-unknown' ? keyTrouble : isOfAll(state) ? state : kind;
    this.#troubles.set(name, this.#last);
    if (state !== 'plan') return false;
    this.#limits = [
      { what: request.what, message: error.message, at },
      ...this.#limits.filter(({ what }) => what !== request.what),
    ];
    return true;
  }

  /** The key can't be read on this machine, or can again. */
  locked(message: string | null): void {
    if (message === null) this.#troubles.delete('locked');
    else this.#troubles.set('locked', { state: 'locked', message, at: this.#now(), retryAt: null });
  }
}
