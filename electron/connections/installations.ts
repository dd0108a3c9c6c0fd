import type { Coverage, InstallationView, StateChange } from '../../shared/model.ts';
import { defaultProjectPolicy, missingPermissions, permissionsOf } from '../../shared/policy.ts';
import type { Installation } from '../github/app.ts';

/** What of the GitHub connection is asked. */
export interface InstallationSource {
  readonly connected: boolean;
  installations(): Promise<readonly Installation[]>;
  installationFor(repository: string): Promise<Installation | null>;
}

/** Whether the App reaches a repository, and with which permissions. */
export interface Reach {
  readonly coverage: Coverage;
  readonly grants: Readonly<Record<string, string>> | null;
}

const unknown: Reach = { coverage: 'unknown', grants: null };

/** Where the GitHub App is installed, and which of the projects' repositories that covers. Asks when told, and never by itself. */
export class Installations {
  readonly #source: InstallationSource;
  readonly #publish: (changes: readonly StateChange[]) => void;
  #shown: readonly InstallationView[] = [];
  #reach: ReadonlyMap<string, Reach> = new Map();

  constructor(options: { readonly source: InstallationSource; readonly publish: (changes: readonly StateChange[]) => void }) {
    this.#source = options.source;
    this.#publish = options.publish;
  }

  /** As GitHub said when it was last asked. */
  reachOf(repository: string | null): Reach {
    return (repository !== null && this.#reach.get(repository.toLowerCase())) || unknown;
  }

  /** Asks GitHub anew for these repositories (`owner/name`). True when what is reached has changed; throws what GitHub answers. */
  async refresh(repositories: readonly string[]): Promise<boolean> {
    const installed = this.#source.connected ? await this.#source.installations() : [];
    const reach = new Map<string, Reach>();
    for (const repository of this.#source.connected ? new Set(repositories.map((name) => name.toLowerCase())) : [])
      reach.set(repository, await this.#ask(repository, installed));
    const changed = JSON.stringify([...reach]) !== JSON.stringify([...this.#reach]);
    this.#reach = reach;
    this.#show(installed);
    return changed;
  }

  /** One request a repository, and none where the list already says it. */
  async #ask(repository: string, installed: readonly Installation[]): Promise<Reach> {
    const owner = repository.split('/')[0];
    const there = installed.find(({ account }) => account.toLowerCase() === owner);
    if (there === undefined) return { coverage: 'not-installed', grants: null };
    const covers = there.repositorySelection === 'all' || (await this.#source.installationFor(repository)) !== null;
    const coverage = there.suspended ? 'suspended' : covers ? 'covered' : 'not-chosen';
    return { coverage, grants: there.permissions };
  }

  #show(installed: readonly Installation[]): void {
    const wanted = permissionsOf(defaultProjectPolicy);
    const rows = installed.map(
      (one): InstallationView => ({
        id: String(one.id),
        account: one.account,
        selection: one.repositorySelection,
        suspended: one.suspended,
        missing: [...missingPermissions(wanted, one.permissions)],
      }),
    );
    const gone = this.#shown.filter(({ id }) => !rows.some((row) => row.id === id));
    this.#shown = rows;
    this.#publish([
      ...gone.map(({ id }) => ({ collection: 'installations', id, value: null }) as const),
      ...rows.map((value) => ({ collection: 'installations', id: value.id, value }) as const),
    ]);
  }
}
