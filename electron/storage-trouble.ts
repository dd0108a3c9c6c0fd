import type { StateChange } from '../shared/model.ts';
import type { DatabaseWatch } from './storage/watched-database.ts';
import type { World } from './world.ts';

interface StorageTroubleOptions {
  readonly world: () => World;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** The roof: the page learns that nothing can be written down, and once it can, what was missed meanwhile is made up for. */
export function storageTrouble({ world, publish, log, now }: StorageTroubleOptions): DatabaseWatch {
  return {
    changed: (trouble) => {
      log(trouble ?? 'The database can be written again.');
      const said = { id: 'storage', title: 'Data on this computer', facts: {}, login: null, since: now() } as const;
      const value = trouble === null ? null : { ...said, health: 'down' as const, message: trouble };
      publish([{ collection: 'services', id: 'storage', value }]);
      if (trouble === null) makeUp(world(), log);
    },
  };
}

/** Worktrees that came, changed or went without a trace of it in the database. */
function makeUp(world: World, log: (message: string) => void): void {
  world.provisioning.endMissing();
  world.provisioning.provisionAll().then(
    () => world.nudge(),
    (error: unknown) => log(String(error)),
  );
}
