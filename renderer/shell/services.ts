import type { AppState, InstanceView, ServiceView } from '../../shared/model.ts';

/** One line at the foot of the side bar. */
export interface FootLine {
  readonly id: string;
  readonly title: string;
  readonly message: string;
  readonly health: ServiceView['health'];
}

/** A Jean's health in the words of a service's. */
export function healthOf(health: InstanceView['health']): ServiceView['health'] {
  switch (health) {
    case 'searching':
    case 'connecting':
      return 'checking';
    case 'absent':
      return 'absent';
    case 'online':
      return 'ok';
    case 'offline':
    case 'refused':
      return 'down';
    default:
      return health satisfies never;
  }
}

/** A health as one word, for those who can't see its shape. */
export const healthWords: Readonly<Record<ServiceView['health'], string>> = {
  ok: 'connected',
  warning: 'needs a look',
  down: 'not reachable',
  absent: 'not set up',
  checking: 'checking',
};

/** What the Companion leans on: each Jean, the vault in use (Ravi's, or this machine's where there is no Ravi), GitHub. */
export function footLines(state: AppState): readonly FootLine[] {
  const { ravi, vault, github, storage } = state.services;
  const raviInUse = ravi !== undefined && ravi.health !== 'absent';
  const vaultShown = vault && (!raviInUse || vault.health === 'warning' || vault.health === 'down');
  return [
    ...Object.values(state.instances).map(({ id, name, message, health }) => ({
      id,
      title: name,
      message,
      health: healthOf(health),
    })),
    ...[raviInUse || !vault ? ravi : undefined, vaultShown ? vault : undefined, github, storage].filter(
      (one) => one !== undefined,
    ),
  ];
}
