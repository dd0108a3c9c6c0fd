import type { Secret } from './base/secret.ts';
import type { GitHubConnection } from './connections/github.ts';
import type { Projects } from './projects.ts';
import type { Provisioning } from './provisioning.ts';

export interface AccountsOptions {
  readonly github: GitHubConnection;
  readonly projects: () => Projects;
  readonly provisioning: () => Provisioning;
}

/** Part of the roof: an account comes, goes, or is another one, and what was made with the old one ends first. */
export class Accounts {
  readonly #o: AccountsOptions;

  constructor(options: AccountsOptions) {
    this.#o = options;
  }

  /** Asks GitHub whether all is well. An App whose key could not be read before may be usable now. */
  async checkGitHub(): Promise<void> {
    const { github, projects } = this.#o;
    const before = github.connected;
    await github.check();
    if (!before && github.connected) await projects().provisionAll();
    else await projects().look();
  }

  /** Connects a GitHub App; worktrees get their credentials from it. Those that another App made end first. Throws with the reason. */
  async connectGitHub(request: Parameters<GitHubConnection['connect']>[0], pem: Secret): Promise<string> {
    const { github, projects, provisioning } = this.#o;
    try {
      return await provisioning().paused(() => github.connect(request, pem, () => provisioning().endAll()));
    } finally {
      await projects().provisionAll();
    }
  }

  /** Gives the connected App another private key; what waited for one goes on. Answers its fingerprint. Throws with the reason. */
  async replaceKey(pem: Secret): Promise<string> {
    const { github, projects } = this.#o;
    const fingerprint = await github.replaceKey(pem);
    await projects().provisionAll();
    return fingerprint;
  }

  /** Makes a GitHub App through the person's browser and connects it; null when it was cancelled. Throws with the reason. */
  async createGitHubApp(...wanted: Parameters<GitHubConnection['create']>): Promise<string | null> {
    const slug = await this.#o.github.create(...wanted);
    if (slug !== null) await this.#o.projects().provisionAll();
    return slug;
  }

  /** Ends every credential of the App, then forgets it. Throws when one could not be verified dead; the App stays then. */
  async disconnectGitHub(): Promise<void> {
    const { github, projects, provisioning } = this.#o;
    await provisioning().paused(async () => {
      await provisioning().endAll();
      await github.forget();
    });
    await projects().look();
  }
}
