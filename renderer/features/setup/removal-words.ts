import { many } from '../../../shared/format.ts';
import type { AppState, InstanceView } from '../../../shared/model.ts';

/** What becomes of everything that belongs to a Jean when it is watched no more; nothing in Jean itself changes. */
export function removalWords(instance: InstanceView, state: AppState): readonly string[] {
  const sessions = Object.values(state.sessions).filter(({ instanceId }) => instanceId === instance.id).length;
  const managed = Object.values(state.worktrees).filter(
    ({ id, instanceId }) => instanceId === instance.id && state.credentials[id]?.managed === true,
  ).length;
  const shared = Object.values(state.grants).filter(
    ({ instanceIds, standing }) =>
      (standing === 'active' || standing === 'suspended') &&
      instanceIds.includes(instance.id) &&
      !instanceIds.some((id) => id !== instance.id && id in state.instances),
  ).length;
  return [
    `The Companion watches it no more: ${many(sessions, 'session leaves', 'sessions leave')} the list, and no notice comes of them. In Jean itself nothing changes.`,
    ...(managed === 0
      ? []
      : [
          `${many(managed, 'credential is', 'credentials are')} revoked, and git in ${
            managed === 1 ? 'that worktree' : 'those worktrees'
          } is your own again.`,
        ]),
    ...(shared === 0
      ? []
      : [
          `${many(shared, 'grant that leads', 'grants that lead')} to it alone ${shared === 1 ? 'is' : 'are'} revoked: nobody comes in by ${shared === 1 ? 'it' : 'them'} any more.`,
        ]),
    instance.place === 'elsewhere'
      ? 'Its token is deleted here. To watch it again you need its access address.'
      : 'You can watch it again from this page.',
  ];
}
