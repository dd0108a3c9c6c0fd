import type { AuditInput } from './audit/log.ts';
import { delay } from './base/backoff.ts';
import type { GitHubConnection } from './connections/github.ts';
import type { KilledToken } from './connections/kill-tokens.ts';
import type { Sources } from './connections/sources.ts';
import type { Lifecycle, Revoked } from './credentials/lifecycle.ts';
import type { KillOrder } from './kill-order.ts';
import { type Notice, notice } from './notifications/notice.ts';

export interface KillSwitchOptions {
  readonly lifecycle: Pick<Lifecycle, 'revokeAll'>;
  readonly github: Pick<GitHubConnection, 'connected' | 'suspendAll'>;
  readonly sources: Pick<Sources, 'revokeAll'>;
  readonly audit: (entry: AuditInput) => void;
  readonly order: Pick<KillOrder, 'begin' | 'left' | 'done'>;
  /** Nobody waits for the answer: what is not dead has to be told. */
  readonly tell: (notice: Notice) => void;
  readonly now: () => number;
}

/** How far the person wants it to go. */
export interface KillWish {
  /** Also what nobody could revoke one by one. */
  readonly suspend: boolean;
  /** Also the tokens of people, which live on otherwise: for everybody who uses them, and for good. */
  readonly people: boolean;
}

export interface Killed extends Revoked {
  readonly suspended: number;
  /** Why suspending failed, in a sentence. */
  readonly notSuspended: string | null;
  readonly people: readonly KilledToken[];
}

/** How long suspending the App waits for the revocations one by one, ms. */
const suspendAfterMs = 5_000;

/** Part of the roof: the person's word that everything is to die. Once given it is carried out, whatever happens to the app. */
export class KillSwitch {
  readonly #o: KillSwitchOptions;

  constructor(options: KillSwitchOptions) {
    this.#o = options;
  }

  /** Everything dies at once, as far as the person wants it to go. */
  async pull(wish: KillWish): Promise<Killed> {
    this.#o.audit({ kind: 'credential.revoked', actor: 'person', outcome: 'ok', message: 'Revoke everything now.' });
    // A disk that does not take it is no reason to let anything live.
    await this.#o.order.begin(wish).catch(() => undefined);
    const killed = await revokeEverything(this.#o, wish);
    this.#o.order.done();
    return killed;
  }

  /** Goes on with what the last run of the app was told and did not finish. Never throws. */
  async resume(): Promise<void> {
    const { audit, now, order, tell } = this.#o;
    const wish = order.left();
    if (wish === null) return;
    const message = 'The app ended while it revoked everything; it goes on with that now.';
    audit({ kind: 'app.recovered', actor: 'companion', outcome: 'ok', message });
    const { people, notSuspended } = await revokeEverything(this.#o, wish);
    // Not again at each start: by then the person may have made new ones.
    order.done();
    const troubles = [
      ...people.flatMap(({ projectName, login, why }) => (why === null ? [] : [`${login} (${projectName}): ${why}`])),
      ...(notSuspended === null ? [] : [`The App is not suspended. ${notSuspended}`]),
    ];
    if (troubles.length > 0) tell(unfinished(troubles.join(' '), now()));
  }
}

const unfinished = (why: string, at: number): Notice =>
  notice({
    id: `kill-switch:${at}`,
    topic: 'kill-switch',
    kind: 'orphan-found',
    title: 'Not everything could be revoked',
    line: why,
    target: { page: 'credentials', id: null },
    at,
    severity: 'error',
  });

/** Everything dead at once, and what is known of it. */
async function revokeEverything(
  o: Pick<KillSwitchOptions, 'lifecycle' | 'github' | 'sources'>,
  { suspend, people }: KillWish,
): Promise<Killed> {
  const revoking = o.lifecycle.revokeAll();
  const killing = people ? o.sources.revokeAll() : Promise.resolve([]);
  // One by one first, because GitHub revokes nothing in a suspended installation; but those that hang must not keep the rest alive.
  await Promise.race([Promise.allSettled([revoking, killing]), delay(suspendAfterMs)]);
  const suspending = suspend && o.github.connected ? o.github.suspendAll() : Promise.resolve(0);
  const outcome = await suspending.then(
    (suspended) => ({ suspended, notSuspended: null }),
    (error: unknown) => ({ suspended: 0, notSuspended: error instanceof Error ? error.message : String(error) }),
  );
  return { ...(await revoking), ...outcome, people: await killing };
}
