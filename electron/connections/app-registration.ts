import { randomBytes } from 'node:crypto';
import { permissionsOf } from '../../shared/policy.ts';
import { safeBaseUrl } from '../base/http-call.ts';
import { GitHubApi, type GitHubApiOptions } from '../github/api.ts';
import { appManifest, convertManifest, type RegisteredApp } from '../github/manifest.ts';
import { askByManifest } from '../github/manifest-page.ts';

/** The App that the person wants made at GitHub. */
export interface WantedApp {
  /** Null: the person's own account. */
  readonly organization: string | null;
  /** Whether its credentials may ever change workflow files. */
  readonly workflows: boolean;
  readonly webUrl: string;
}

export interface AppRegistrationOptions {
  readonly now: () => number;
  /** `expiresAt` has changed. */
  readonly onChange: () => void;
}

/** How long the person may take at GitHub, ms. */
const patienceMs = 10 * 60_000;
const cancelled = new Error('The person cancelled.');

/** Makes a GitHub App through the person's browser; one at a time, a new try ends the one before. */
export class AppRegistration {
  readonly #o: AppRegistrationOptions;
  #current: { readonly abort: AbortController; readonly expiresAt: number } | null = null;

  constructor(options: AppRegistrationOptions) {
    this.#o = options;
  }

  /** Until when an answer is waited for, epoch ms; null while none is. */
  get expiresAt(): number | null {
    return this.#current?.expiresAt ?? null;
  }

  cancel(): void {
    this.#current?.abort.abort(cancelled);
  }

  /**
   * Resolves with true once the App is made and `keep` has kept it, with false when it was cancelled. `keep` answers the address on which
   * the browser goes on. Throws with the reason otherwise.
   */
  async run(
    wanted: WantedApp,
    api: GitHubApiOptions,
    open: (url: string) => Promise<void>,
    keep: (app: RegisteredApp) => Promise<string>,
  ): Promise<boolean> {
    if (safeBaseUrl(wanted.webUrl) === null) throw new Error('GitHub’s web address must begin with https://.');
    this.cancel();
    const abort = new AbortController();
    const current = { abort, expiresAt: this.#o.now() + patienceMs };
    this.#current = current;
    this.#o.onChange();
    const { organization, webUrl } = wanted;
    try {
      const client = new GitHubApi(api);
      await askByManifest({
        target: `${webUrl}${organization === null ? '' : `/organizations/${encodeURIComponent(organization)}`}/settings/apps/new`,
        manifest: (redirectUrl) =>
          appManifest({
            // Names are taken once on all of GitHub; the person can change it on GitHub's page.
            name: `Jean agents ${organization ?? randomBytes(3).toString('hex')}`,
            homepage: organization === null ? webUrl : `${webUrl}/${encodeURIComponent(organization)}`,
            redirectUrl,
            permissions: permissionsOf({ profile: wanted.workflows ? 'contribute-workflows' : 'contribute', custom: {} }),
          }),
        open,
        take: async (code) => keep(await convertManifest(client, code)),
        timeoutMs: patienceMs,
        signal: abort.signal,
      });
      return true;
    } catch (error) {
      if (error === cancelled) return false;
      throw error;
    } finally {
      if (this.#current === current) this.#current = null;
      this.#o.onChange();
    }
  }
}
