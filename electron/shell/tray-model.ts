import {
  byUrgency,
  connectedWords,
  countBuckets,
  credentialWords,
  durationWords,
  headline,
  peopleIn,
  sessionWords,
} from '../../shared/format.ts';
import {
  type AppState,
  type Bucket,
  bucketOf,
  type CredentialView,
  type InstanceView,
  type SessionView,
} from '../../shared/model.ts';
import { isManaged } from '../../shared/preferences.ts';
import { plainLine } from '../base/plain-line.ts';

export type TrayIcon = 'offline' | 'idle' | 'running' | 'attention' | 'error';

/** What a menu item asks for. */
export type TrayAction =
  | { readonly type: 'open' }
  | { readonly type: 'page'; readonly page: 'sessions' | 'credentials' | 'remote' | 'settings' | 'first-steps' }
  | { readonly type: 'show'; readonly sessionId: string }
  | { readonly type: 'open-in-jean'; readonly sessionId: string }
  | { readonly type: 'rotate'; readonly worktreeId: string }
  /** Null: no more. */
  | { readonly type: 'mute'; readonly until: 'hour' | 'tomorrow' | null }
  /** Remote access: everybody out, or in again. */
  | { readonly type: 'remote-pause'; readonly paused: boolean }
  /** Asks first, in the window. */
  | { readonly type: 'revoke-all' }
  /** Takes everything of ours out, and quits; asks first, in the window. */
  | { readonly type: 'leave' }
  | { readonly type: 'quit' };

/** An item of the menu. Ids are the same as long as the item is about the same thing; labels are plain (no mnemonic is escaped yet). */
export type TrayItem =
  | { readonly type: 'separator'; readonly id: string }
  | { readonly type: 'heading'; readonly id: string; readonly label: string }
  | {
      readonly type: 'action';
      readonly id: string;
      readonly label: string;
      readonly enabled: boolean;
      readonly action: TrayAction;
    }
  | { readonly type: 'submenu'; readonly id: string; readonly label: string; readonly items: readonly TrayItem[] };

export interface TrayModel {
  readonly icon: TrayIcon;
  /** "2 running, 1 needs you". */
  readonly tooltip: string;
  readonly menu: readonly TrayItem[];
}

/** How many sessions the menu shows before "More…". */
export const trayRows = 10;
const labelLength = 60;
const minute = 60_000;
/** A session that ended longer ago is not "lately" any more. */
const latelyMs = 24 * 60 * minute;
/** How long a failed session keeps the error icon: longer and the icon would say nothing about now. */
const failureShownMs = 60 * minute;

/** What the tray shows. Times are in minutes, so that the menu does not change while someone reads it. */
export function trayModel(state: AppState, now: number): TrayModel {
  const online = new Set(Object.values(state.instances).flatMap((each) => (each.health === 'online' ? [each.id] : [])));
  const sessions = Object.values(state.sessions);
  const live = sessions.filter((session) => online.has(session.instanceId));
  const counts = countBuckets(live);
  const failures = live.filter((session) => bucketOf(session.status) === 'failed' && now - session.since < failureShownMs).length;
  const credentialTrouble = Object.values(state.credentials).some(({ state }) => state === 'failed' || state === 'unverified');
  const facts: Facts = { online: online.size > 0, counts, failures, credentialTrouble };
  const icon = iconOf(facts);
  const tooltip = icon === 'offline' ? offlineWords(Object.values(state.instances)) : tooltipOf(facts);
  return {
    icon,
    tooltip,
    menu: [
      heading('status', tooltip),
      ...troubleItems(state, facts),
      ...sessionItems(state, sessions, online, now),
      ...appItems(state, now),
    ],
  };
}

interface Facts {
  readonly online: boolean;
  readonly counts: Record<Bucket, number>;
  /** Failed sessions that are recent enough to be shown. */
  readonly failures: number;
  readonly credentialTrouble: boolean;
}

/** The order of the icons, most important first; the one place where it is written. */
function iconOf({ online, counts, failures, credentialTrouble }: Facts): TrayIcon {
  if (!online) return 'offline';
  if (counts['needs-you'] > 0) return 'attention';
  if (failures > 0 || credentialTrouble) return 'error';
  if (counts.running > 0) return 'running';
  return 'idle';
}

function tooltipOf({ counts, failures, credentialTrouble }: Facts): string {
  const trouble = [...(failures > 0 ? [`${failures} failed`] : []), ...(credentialTrouble ? ['credential trouble'] : [])];
  const quiet = counts.running === 0 && counts['needs-you'] === 0;
  return [...(quiet && trouble.length > 0 ? [] : [headline(counts)]), ...trouble].join(', ');
}

/** What is not as it should be and has its remedy in the window: one item each, which leads there. */
function troubleItems({ app, services }: AppState, { online, credentialTrouble }: Facts): TrayItem[] {
  const down = (['github', 'ravi'] as const).filter((id) => services[id]?.health === 'down');
  return [
    ...(online ? [] : [action('trouble:jean', 'See what to do…', { type: 'page', page: 'sessions' })]),
    ...(credentialTrouble ? [action('trouble:credentials', 'See which credential…', { type: 'page', page: 'credentials' })] : []),
    ...down.map((id) =>
      action(`trouble:${id}`, `${id === 'github' ? 'GitHub' : 'Ravi'} can’t be used now…`, { type: 'page', page: 'settings' }),
    ),
    ...(app.app?.firstRunDone === false
      ? [action('first-steps', 'Go on with the first steps…', { type: 'page', page: 'first-steps' })]
      : []),
  ];
}

function offlineWords(instances: readonly InstanceView[]): string {
  if (instances.some(({ health }) => health === 'connecting')) return 'Connecting to Jean';
  if (instances.some(({ health }) => health === 'refused')) return 'Jean refuses the connection';
  if (instances.some(({ health }) => health === 'offline')) return 'Jean is not reachable';
  if (instances.some(({ health }) => health === 'absent')) return 'Jean was not found';
  return 'Looking for Jean';
}

type Group = 'needs-you' | 'running' | 'lately';
const groupTitles: Record<Group, string> = { 'needs-you': 'Needs you', running: 'Running', lately: 'Lately' };
const groups: readonly Group[] = ['needs-you', 'running', 'lately'];

function groupOf(session: SessionView, now: number): Group | null {
  const bucket = bucketOf(session.status);
  switch (bucket) {
    case 'needs-you':
    case 'running':
      return bucket;
    case 'failed':
    case 'finished':
      return now - session.since < latelyMs ? 'lately' : null;
    case 'idle':
      return null;
    default:
      return bucket satisfies never;
  }
}

function sessionItems(state: AppState, sessions: readonly SessionView[], online: ReadonlySet<string>, now: number): TrayItem[] {
  const shown = sessions.filter((session) => groupOf(session, now) !== null).sort(byUrgency);
  const rows = shown.slice(0, trayRows);
  const items = groups.flatMap((group): TrayItem[] => {
    const members = rows.filter((session) => groupOf(session, now) === group);
    if (members.length === 0) return [];
    return [
      { type: 'separator', id: `before:${group}` },
      heading(`group:${group}`, groupTitles[group]),
      ...members.map((session) => sessionItem(state, session, online.has(session.instanceId), now)),
    ];
  });
  return shown.length > rows.length ? [...items, action('more', 'More…', { type: 'page', page: 'sessions' })] : items;
}

function sessionItem(state: AppState, session: SessionView, live: boolean, now: number): TrayItem {
  const words = coarseSessionWords(session, now);
  const show = action(`session:${session.id}:show`, 'Show', { type: 'show', sessionId: session.id });
  const credential = state.credentials[session.worktreeId];
  // An answer is given in the window, where what is asked is shown in full.
  const reachable = live && state.instances[session.instanceId]?.road === 'socket';
  const open =
    reachable && bucketOf(session.status) === 'needs-you'
      ? [action(`session:${session.id}:open`, 'Open in Jean', { type: 'open-in-jean', sessionId: session.id })]
      : [];
  return {
    type: 'submenu',
    id: `session:${session.id}`,
    label: rowLabel(session.name, live ? words : `last known: ${words}`),
    items: [show, ...open, ...(credential === undefined ? [] : [rotateItem(session.id, credential, now)])],
  };
}

/** The words say what it is about, so they are kept whole as far as possible and the name gives way. */
function rowLabel(name: string, words: string): string {
  const about = plainLine(words, 36);
  const title = plainLine(name, labelLength - 3 - [...about].length);
  return `${title || 'Untitled session'} — ${about}`;
}

function coarseSessionWords(session: SessionView, now: number): string {
  const bucket = bucketOf(session.status);
  const words = sessionWords(session, now);
  const fresh = now - session.since < minute;
  switch (bucket) {
    case 'needs-you':
      return words.replace(/ · [^·]*$/, '');
    case 'running':
      return fresh ? words.replace(/\d+ s$/, 'just now') : words;
    case 'failed':
    case 'finished':
      return fresh && session.error === null ? words.replace(/(?:\d+ s ago|just now)$/, 'just now') : words;
    case 'idle':
      return words;
    default:
      return bucket satisfies never;
  }
}

function rotateItem(sessionId: string, credential: CredentialView, now: number): TrayItem {
  const id = `session:${sessionId}:rotate`;
  const rotate: TrayAction = { type: 'rotate', worktreeId: credential.worktreeId };
  const words = credentialWords(credential, now)
    .replace(/^(\d+ s) left$/, 'under a minute left')
    .replace(/^renews in \d+ s$/, 'renews now');
  const shown: TrayItem = { type: 'action', id, label: `Credential: ${words}`, enabled: false, action: rotate };
  // A token that is shared is replaced for all its worktrees at once, in the window.
  if (credential.shared) return shown;
  switch (credential.state) {
    case 'active':
    case 'expiring':
    case 'failed':
      return action(id, `Rotate credential (${words})`, rotate);
    case 'absent':
    case 'sleeping':
    case 'minting':
    case 'storing':
    case 'installing':
    case 'rotating':
    case 'revoking':
    case 'revoked':
    case 'unverified':
      return shown;
    default:
      return credential.state satisfies never;
  }
}

function appItems(state: AppState, now: number): TrayItem[] {
  const mutedUntil = state.notifying.notifying?.mutedUntil ?? null;
  const sleeping = Object.values(state.credentials).filter((credential) => credential.state === 'sleeping').length;
  const revocable = Object.values(state.credentials).some((credential) => credential.state !== 'revoked');
  return [
    ...(sleeping > 0
      ? [{ type: 'separator', id: 'before:sleeping' } as const, heading('sleeping', sleepingWords(sleeping))]
      : []),
    ...remoteItems(state),
    { type: 'separator', id: 'before:app' },
    action('open', 'Open', { type: 'open' }),
    mutedUntil !== null && mutedUntil > now
      ? action('unmute', `Unmute notifications (${muteWords(mutedUntil - now)})`, { type: 'mute', until: null })
      : muteItem,
    ...(revocable ? [action('revoke-all', 'Revoke everything…', { type: 'revoke-all' })] : []),
    { type: 'separator', id: 'before:quit' },
    action('quit', 'Quit', { type: 'quit' }),
    ...(state.app.app?.mode === 'live' ? [action('leave', 'Quit for good…', { type: 'leave' })] : []),
  ];
}

/** Who is in from outside, and the way to put all of them out; nothing while remote access is off. */
function remoteItems({ remote, connections, preferences }: AppState): TrayItem[] {
  const view = remote.remote;
  if (!view?.enabled) return [];
  const words = view.paused ? 'Remote access is paused' : plainSentence(connectedWords(peopleIn(connections)));
  return [
    { type: 'separator', id: 'before:remote' },
    action('remote', words, { type: 'page', page: 'remote' }),
    isManaged(preferences.preferences?.managed ?? [], 'remoteAccess.paused')
      ? heading('remote-pause', 'Pausing is set by your organization')
      : view.paused
        ? action('remote-pause', 'Resume remote access', { type: 'remote-pause', paused: false })
        : action('remote-pause', 'Pause remote access', { type: 'remote-pause', paused: true }),
  ];
}

const plainSentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

const muteWords = (ms: number): string => (ms < minute ? 'back in under a minute' : `back in ${durationWords(ms)}`);

/** One whose credential lapsed for want of use; git's next question wakes it. */
const sleepingWords = (count: number): string => `${count} ${count === 1 ? 'credential' : 'credentials'} sleeping`;

const heading = (id: string, label: string): TrayItem => ({ type: 'heading', id, label });
const action = (id: string, label: string, what: TrayAction): TrayItem => ({
  type: 'action',
  id,
  label,
  enabled: true,
  action: what,
});

const muteItem: TrayItem = {
  type: 'submenu',
  id: 'mute',
  label: 'Mute notifications',
  items: [
    action('mute:hour', 'For 1 hour', { type: 'mute', until: 'hour' }),
    action('mute:tomorrow', 'Until tomorrow', { type: 'mute', until: 'tomorrow' }),
  ],
};
