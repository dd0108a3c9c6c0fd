import type { AuditInput } from './audit/log.ts';
import type { GitHubConnection } from './connections/github.ts';
import { Clock } from './credentials/clock.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import type { CredentialRecords } from './credentials/records.ts';

export interface RecoveryOptions {
  readonly now: () => number;
  readonly records: () => Pick<CredentialRecords, 'setSkew'>;
  readonly world: () => {
    readonly github: Pick<GitHubConnection, 'connected' | 'check'>;
    readonly lifecycle: Pick<Lifecycle, 'kick'>;
    /** The times of the records were set anew. */
    publishAll(): void;
  };
  readonly audit: (entry: AuditInput) => void;
}

/** Part of the roof: what goes on by itself when GitHub has told the time, and when this machine's clock was set. */
export class Recovery {
  readonly clock: Clock;
  readonly #o: RecoveryOptions;
  #begun = false;

  constructor(options: RecoveryOptions) {
    this.#o = options;
    this.clock = new Clock({
      now: options.now,
      steady: () => performance.now(),
      connected: () => options.world().github.connected,
      moved: (skewMs) => this.#clockMoved(skewMs),
      told: () => this.#kick(),
      ask: () => void options.world().github.check(),
    });
  }

  /** What an earlier run left was taken up: from now on there is something to go on with. */
  begin(): void {
    this.#begun = true;
  }

  #clockMoved(skewMs: number): void {
    if (!this.#o.records().setSkew(skewMs)) return;
    this.#o.audit({
      kind: 'credential.reconciled',
      actor: 'companion',
      outcome: 'ok',
      message: 'The clock of this computer was set. The times of credentials were set by GitHub’s clock.',
    });
    this.#kick();
    this.#o.world().publishAll();
  }

  #kick(): void {
    if (this.#begun) this.#o.world().lifecycle.kick();
  }
}
