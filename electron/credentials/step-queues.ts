import PQueue from 'p-queue';
import type { ActiveStep } from './steps.ts';

/** How many steps of all worktrees run at once, by what they wait for. */
export class StepQueues {
  /** Waits for GitHub and the vault. */
  readonly #making = new PQueue({ concurrency: 6 });
  /** Killing never waits behind making. */
  readonly #killing = new PQueue({ concurrency: 12 });
  /** Moving many entries holds up neither git nor killing. */
  readonly #moving = new PQueue({ concurrency: 3 });
  /** What is done on this machine does not take a place from what waits for an answer. */
  readonly #local = new PQueue({ concurrency: 4 });

  /** Runs a step in its turn. */
  run(step: ActiveStep, act: () => Promise<void>): Promise<void> {
    return this.#of(step).add(act);
  }

  /** Runs something on this machine in its turn. */
  locally<T>(act: () => Promise<T>): Promise<T> {
    return this.#local.add(act);
  }

  #of(step: ActiveStep): PQueue {
    switch (step.do) {
      case 'mint':
      case 'store':
      case 'unvault':
        return this.#making;
      case 'move':
      case 'clear':
        return this.#moving;
      case 'revoke':
        return this.#killing;
      case 'install':
      case 'serve':
      case 'retire':
      case 'expire':
      case 'sleep':
      case 'uninstall':
        return this.#local;
      default:
        return step satisfies never;
    }
  }
}
