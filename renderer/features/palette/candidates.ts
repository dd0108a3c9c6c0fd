import { byUrgency, sessionWords } from '../../../shared/format.ts';
import type { AppState, SessionView } from '../../../shared/model.ts';
import { isManaged } from '../../../shared/preferences.ts';
import { run } from '../../actions.ts';
import { pages } from '../../shell/sidebar.tsx';
import { appOf } from '../../store.ts';
import {
  askForGrant,
  askToLeave,
  askToRevokeAll,
  askToRotateAll,
  openPage,
  showCredential,
  showDoors,
  showGrant,
  showHeld,
  showIdentity,
  showRow,
  showTimeline,
} from '../../view.ts';
import { mayHaveMoved } from '../sessions/rows.ts';
import type { Candidate } from './matching.ts';

const mute = (title: string, hint: string, until: 'hour' | 'tomorrow' | null): Candidate => ({
  id: `mute-${until}`,
  group: 'Actions',
  title,
  hint,
  choose: () => void run('notifications.mute', { until }),
});

function actionsOf(state: AppState): Candidate[] {
  const live = Object.values(state.credentials)
    .filter((one) => one.state === 'active')
    .sort((a, b) => a.worktreeName.localeCompare(b.worktreeName));
  const muted = (state.notifying.notifying?.mutedUntil ?? null) !== null;
  return [
    ...live.map(
      ({ worktreeId, worktreeName, projectId }): Candidate => ({
        id: `rotate-${worktreeId}`,
        group: 'Actions',
        title: `Rotate ${worktreeName}`,
        hint: state.projects[projectId]?.name ?? '',
        choose: () => void run('credentials.rotate', { worktreeId }),
      }),
    ),
    ...(live.filter(({ shared }) => !shared).length > 1
      ? [{ id: 'rotate-all', group: 'Actions', title: 'Rotate everything', hint: 'asks first', choose: askToRotateAll } as const]
      : []),
    ...(muted
      ? [mute('Unmute notifications', '', null)]
      : [mute('Mute notifications', 'for one hour', 'hour'), mute('Mute notifications', 'until tomorrow', 'tomorrow')]),
    { id: 'first-steps', group: 'Pages', title: 'First steps', hint: 'page', choose: () => openPage('first-steps') },
    ...identityActions(state),
    ...remoteActions(state),
    { id: 'held', group: 'Actions', title: 'Why was I not told?', hint: 'notifications that were held', choose: showHeld },
    ...(Object.values(state.credentials).some((one) => one.state !== 'revoked')
      ? [{ id: 'revoke-all', group: 'Actions', title: 'Revoke everything', hint: 'asks first', choose: askToRevokeAll } as const]
      : []),
    ...(appOf(state)?.mode === 'live'
      ? [{ id: 'leave', group: 'Actions', title: 'Quit for good', hint: 'asks first', choose: askToLeave } as const]
      : []),
  ];
}

/** The way to who each project is to the outside. */
const identityActions = ({ projects, identities }: AppState): Candidate[] =>
  Object.values(projects)
    .filter(({ repository }) => repository !== null)
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ id, name }) => ({
      id: `identity-${id}`,
      group: 'Actions',
      title: `Identity of ${name}`,
      hint: identities[id]?.login ?? identities[id]?.identity?.name ?? 'none',
      choose: () => showIdentity(id),
    }));

/** What can be done about remote access without its page. */
function remoteActions({ remote, grants, preferences }: AppState): Candidate[] {
  const view = remote.remote;
  if (!view) return [];
  const act = (id: string, title: string, hint: string, choose: () => void): Candidate => ({
    id,
    group: 'Actions',
    title,
    hint,
    choose,
  });
  const locked = (name: string): boolean => isManaged(preferences.preferences?.managed ?? [], `remoteAccess.${name}`);
  if (!view.enabled) {
    return [
      locked('enabled')
        ? act('remote-on', 'Remote access', 'off, set by your organization', () => openPage('remote'))
        : act('remote-on', 'Turn on remote access', '', () => void run('remote.turn', { on: true })),
    ];
  }
  const open = Object.values(grants).filter(({ standing }) => standing === 'active' || standing === 'suspended');
  return [
    act('grant-new', 'New grant', 'remote access', askForGrant),
    ...(locked('paused')
      ? []
      : [
          view.paused
            ? act('remote-resume', 'Resume remote access', '', () => void run('remote.pause', { paused: false }))
            : act('remote-pause', 'Pause remote access', 'everybody is out', () => void run('remote.pause', { paused: true })),
        ]),
    act('doors', 'Who came in?', 'doors of remote access', showDoors),
    ...open.map(({ id, person }) => act(`grant-${id}`, `Grant of ${person}`, 'remote access', () => showGrant(id))),
  ];
}

/** A session of a Jean that is away is how it was when it was last seen. */
function wordsOf({ instances }: AppState, session: SessionView, now: number): string {
  const instance = instances[session.instanceId];
  if (instance?.health === 'online' || !mayHaveMoved(session)) return sessionWords(session, now);
  return `last seen: ${sessionWords(session, instance?.since ?? now)}`;
}

/** All that can be jumped to or done, in the order in which it is offered before anything is typed. */
export function candidates(state: AppState, now: number): readonly Candidate[] {
  const sessions = Object.values(state.sessions)
    .sort(byUrgency)
    .map(
      (session): Candidate => ({
        id: `session-${session.id}`,
        group: 'Sessions',
        title: session.name,
        hint: [state.worktrees[session.worktreeId]?.name, wordsOf(state, session, now)].filter(Boolean).join(' · '),
        choose: () => showRow(session.id),
      }),
    );
  const worktrees = Object.values(state.worktrees)
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(
      (worktree): Candidate => ({
        id: `worktree-${worktree.id}`,
        group: 'Worktrees',
        title: worktree.name,
        hint: [state.projects[worktree.projectId]?.name, state.credentials[worktree.id] ? 'credential' : 'timeline']
          .filter(Boolean)
          .join(' · '),
        choose: () => (state.credentials[worktree.id] ? showCredential(worktree.id) : showTimeline(worktree.id)),
      }),
    );
  const places = pages.map(
    ({ page, name }): Candidate => ({
      id: `page-${page}`,
      group: 'Pages',
      title: name,
      hint: 'page',
      choose: () => openPage(page),
    }),
  );
  return [...sessions, ...worktrees, ...places, ...actionsOf(state)];
}
