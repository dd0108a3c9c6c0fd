import type { AuditInput } from './audit/log.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import { jeanWords } from './jeans.ts';
import type { Notices } from './notices.ts';
import type { Origins } from './origins.ts';
import type { Provisioning } from './provisioning.ts';
import type { PullRequests } from './pull-requests.ts';
import type { Boards } from './sessions/boards.ts';
import type { Happening } from './sessions/happening.ts';
import { worktreeNote } from './worktree-note.ts';

export interface ReactionsOptions {
  readonly boards: Boards;
  readonly notices: Notices;
  readonly provisioning: Provisioning;
  readonly lifecycle: Lifecycle;
  readonly origins: Origins;
  readonly pulls: PullRequests;
  readonly audit: (entry: AuditInput) => void;
}

/** What follows from what happens in a Jean: credentials begin and end, people are told, and the log has it. */
export class Reactions {
  readonly #o: ReactionsOptions;

  constructor(options: ReactionsOptions) {
    this.#o = options;
  }

  on(happening: Happening, instanceId: string): void {
    const { notices, provisioning, lifecycle, origins, pulls, audit } = this.#o;
    pulls.onBoard(happening);
    switch (happening.type) {
      case 'worktree-appeared':
        if (!happening.first) audit(worktreeNote('worktree.appeared', happening.facts, 'Jean made a worktree.'));
        return void provisioning.provision(happening.facts);
      case 'worktree-changed':
        return void provisioning.provision(happening.facts);
      case 'worktree-gone':
        audit(worktreeNote('worktree.gone', happening.facts, `The worktree was ${happening.why} in Jean.`));
        return void lifecycle.end(happening.worktreeId, happening.why);
      case 'pull-changed':
        return;
      case 'online':
        notices.onOnline(instanceId);
        return this.#note(
          'jean.connected',
          `Connected to ${jeanWords(this.#o.boards.state(), instanceId, happening.version)}.`,
          instanceId,
        );
      case 'lost':
        notices.onLost(instanceId, false, happening.message);
        return this.#note('jean.lost', happening.message, instanceId);
      case 'refused':
        notices.onLost(instanceId, true, happening.message);
        return this.#note('jean.refused', happening.message, instanceId);
      case 'session-changed':
        origins.changed(happening.view.worktreeId);
        return notices.onSession(happening.view);
      default:
        return happening satisfies never;
    }
  }

  #note(kind: 'jean.connected' | 'jean.lost' | 'jean.refused', message: string, instanceId: string): void {
    this.#o.audit({
      subject: this.#o.boards.state().instances[instanceId]?.name ?? null,
      kind,
      actor: 'jean',
      outcome: kind === 'jean.refused' ? 'refused' : 'ok',
      message,
    });
  }
}
