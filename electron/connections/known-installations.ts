import type { GitHubApp, Installation } from '../github/app.ts';

/** An installation changes when its owner changes it: what was asked this long ago is asked anew, ms. */
const believedMs = 5 * 60_000;

interface Known {
  readonly found: Promise<Installation>;
  /** Epoch ms. */
  readonly askedAt: number;
}

/** Which installation covers a repository, asked once for all worktrees that want to know; a failure is not remembered. */
export class KnownInstallations {
  readonly #app: Pick<GitHubApp, 'installationFor'>;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  constructor(app: Pick<GitHubApp, 'installationFor'>, now: () => number) {
    this.#app = app;
    this.#now = now;
  }

  /** Whether the answer for any of these (`owner/name`) comes from memory. */
  remembers(repositories: readonly string[]): boolean {
    return repositories.some((repository) => this.#fresh(repository) !== undefined);
  }

  /** @throws what {@link GitHubApp.installationFor} throws. */
  find(repository: string): Promise<Installation> {
    const known = this.#fresh(repository);
    if (known !== undefined) return known.found;
    const [owner = '', name = ''] = repository.split('/');
    const asked: Known = { found: this.#app.installationFor(owner, name), askedAt: this.#now() };
    this.#known.set(repository.toLowerCase(), asked);
    asked.found.catch(() => {
      if (this.#known.get(repository.toLowerCase()) === asked) this.#known.delete(repository.toLowerCase());
    });
    return asked.found;
  }

  forget(repositories: readonly string[]): void {
    for (const repository of repositories) this.#known.delete(repository.toLowerCase());
  }

  #fresh(repository: string): Known | undefined {
    const known = this.#known.get(repository.toLowerCase());
    const age = known === undefined ? 0 : this.#now() - known.askedAt;
    return age >= 0 && age < believedMs ? known : undefined;
  }
}
