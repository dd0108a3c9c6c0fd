import type { AuditInput } from './audit/log.ts';
import { delay } from './base/backoff.ts';
import type { GitHubConnection } from './connections/github.ts';
import type { KilledToken } from './connections/kill-tokens.ts';
import type { Sources } from './connections/sources.ts';
import type { Lifecycle, Revoked } from './credentials/lifecycle.ts';

export interface KillSwitchOptions {
  readonly lifecycle: Pick<Lifecycle, 'revokeAll'>;
  readonly github: Pick<GitHubConnection, 'connected' | 'suspendAll'>;
  readonly sources: Pick<Sources, 'revokeAll'>;
  readonly audit: (entry: AuditInput) => void;
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

/** Part of the roof: everything dead at once, and what is known of it. */
export async function revokeEverything(o: KillSwitchOptions, { suspend, people }: KillWish): Promise<Killed> {
  o.audit({ kind: 'credential.revoked', actor: 'person', outcome: 'ok', message: 'Revoke everything now.' });
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
