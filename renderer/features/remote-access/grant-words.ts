import { agoWords, connectedWords, durationWords, peopleIn } from '../../../shared/format.ts';
import type { AppState } from '../../../shared/model.ts';
import type { ConnectionView, GrantView, ListenerView } from '../../../shared/remote-access.ts';
import type { RemoteView } from '../../../shared/remote-settings.ts';
import type { Shape } from '../../ui/status-shape.tsx';

const hourMs = 3_600_000;

/** Under this much of its end a grant is shown in the warning colour: an hour is the shortest that one can live. */
const soonMs = hourMs / 4;

/** Whether somebody can come in with it, now or after it is resumed. */
export const isOpen = ({ standing }: Pick<GrantView, 'standing'>, expiresAt: number, now: number): boolean =>
  (standing === 'active' || standing === 'suspended') && expiresAt > now;

/** What is left of a grant's life: `left` from 0 to 1. Null when it has ended. */
export function lifeOfGrant(grant: GrantView, now: number): { readonly left: number; readonly soon: boolean } | null {
  if (!isOpen(grant, grant.expiresAt, now)) return null;
  const left = grant.expiresAt - now;
  return { left: left / Math.max(1, grant.expiresAt - grant.createdAt), soon: left < soonMs };
}

/** A grant's life in words: "6 days left", "suspended, 3 h left", "revoked 2 min ago". */
export function grantLifeWords(grant: GrantView, now: number): string {
  switch (grant.standing) {
    case 'active':
      return grant.expiresAt > now ? `${durationWords(grant.expiresAt - now)} left` : 'has run out';
    case 'suspended':
      return grant.expiresAt > now ? `suspended, ${durationWords(grant.expiresAt - now)} left` : 'has run out';
    case 'expired':
      return grant.endedAt === null ? 'has run out' : `ran out ${agoWords(grant.endedAt, now)}`;
    case 'revoked':
      return grant.endedAt === null ? 'revoked' : `revoked ${agoWords(grant.endedAt, now)}`;
    default:
      return grant.standing satisfies never;
  }
}

/** How a grant was used, in words. */
export function useWords(grant: GrantView, connected: number, now: number): string {
  if (connected > 0) return connected === 1 ? 'connected now' : `connected ${connected} times now`;
  if (grant.lastUsedAt !== null) return `used ${agoWords(grant.lastUsedAt, now)}`;
  if (grant.claimUntil !== null && grant.claimUntil > now) return `link sent, dies in ${durationWords(grant.claimUntil - now)}`;
  return 'not used yet';
}

/** Grants that let somebody in, the next to end first; those that have ended, the newest end first. */
export function groupGrants(
  grants: Readonly<Record<string, GrantView>>,
  now: number,
): { readonly open: readonly GrantView[]; readonly ended: readonly GrantView[] } {
  const all = Object.values(grants);
  const open = all.filter((grant) => isOpen(grant, grant.expiresAt, now)).sort((a, b) => a.expiresAt - b.expiresAt);
  const ended = all
    .filter((grant) => !isOpen(grant, grant.expiresAt, now))
    .sort((a, b) => (b.endedAt ?? b.expiresAt) - (a.endedAt ?? a.expiresAt));
  return { open, ended };
}

/** The line at the head of the page. */
export function remoteLine({ remote, connections }: Pick<AppState, 'remote' | 'connections'>): string {
  const view = remote.remote;
  if (!view?.enabled) return 'Off';
  if (view.paused) return 'Paused: nobody gets in';
  return `On, ${connectedWords(peopleIn(connections))}`;
}

/** The shape of a listener. */
export function shapeOfListener({ state, trouble }: Pick<ListenerView, 'state' | 'trouble'>): Shape {
  switch (state) {
    case 'off':
      return 'offline';
    case 'starting':
      return 'running';
    case 'listening':
      return trouble === null ? 'finished' : 'needs-you';
    case 'paused':
      return 'idle';
    case 'failed':
      return 'failed';
    default:
      return state satisfies never;
  }
}

/** How a listener stands, in words. */
export const listenerWords: Readonly<Record<ListenerView['state'], string>> = {
  off: 'Not shared',
  starting: 'Starting',
  listening: 'Listening',
  paused: 'Paused',
  failed: 'Does not listen',
};

/** What comes of revoking these, for the person to confirm. */
export function revokeWords(grants: readonly GrantView[], connections: readonly ConnectionView[]): string {
  const names = new Intl.ListFormat('en').format(grants.map(({ person }) => person));
  const ids = new Set(grants.map(({ id }) => id));
  const inNow = new Set(connections.filter(({ grantId }) => ids.has(grantId)).map(({ grantId }) => grantId)).size;
  const out =
    inNow === 0
      ? ''
      : inNow === grants.length
        ? ` ${grants.length === 1 ? 'The connection is' : 'Their connections are'} cut within a second.`
        : ` ${inNow} of them ${inNow === 1 ? 'is' : 'are'} connected now and cut off within a second.`;
  const links = grants.length === 1 ? 'Its link and its devices' : 'Their links and devices';
  return `${names} can’t come in any more.${out} ${links} are dead for good: to let somebody back in, make a new grant.`;
}

/** What each choice of where to listen means. */
export const bindWords: Readonly<Record<RemoteView['bind'], { readonly name: string; readonly what: string }>> = {
  loopback: {
    name: 'This computer only',
    what: 'For a tunnel or a proxy of your own that runs here.',
  },
  lan: { name: 'Local network', what: 'Everybody in the same network can knock.' },
  tailscale: { name: 'Tailscale', what: 'Only devices of your tailnet can knock.' },
  all: { name: 'All networks', what: 'Everybody who can reach this computer can knock, from the Internet too.' },
};

const units = ['bytes', 'KB', 'MB', 'GB'] as const;

/** "312 bytes", "4.2 MB". */
export function byteWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A browser and its system, from what it says of itself: "Firefox on Linux". What it can't tell stays as it is, cut. */
export function agentWords(userAgent: string | null): string {
  if (userAgent === null) return 'a program that does not say what it is';
  const browser = [
    ['Edg/', 'Edge'],
    ['Electron/', 'Electron'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ].find(([mark = '']) => userAgent.includes(mark))?.[1];
  const system = [
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Windows', 'Windows'],
    ['Mac OS', 'macOS'],
    ['Linux', 'Linux'],
  ].find(([mark = '']) => userAgent.includes(mark))?.[1];
  return browser ? [browser, system].filter(Boolean).join(' on ') : userAgent.slice(0, 60);
}
