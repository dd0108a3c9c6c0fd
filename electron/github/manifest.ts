import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import { type GitHubApi, parsed } from './api.ts';
import type { Permissions } from './app.ts';
import { GitHubError } from './errors.ts';

/** What GitHub's page for a new App is told (contract github §3.1). */
export interface AppManifest {
  readonly name: string;
  readonly url: string;
  readonly description: string;
  readonly redirect_url: string;
  readonly public: false;
  readonly default_permissions: Permissions;
  readonly default_events: readonly [];
}

/** A GitHub App that was just made. Its key is told once, and never again. */
export interface RegisteredApp {
  readonly appId: string;
  readonly slug: string;
  readonly privateKey: Secret;
}

/** GitHub's limit for the name of an App. */
const longestName = 34;

/**
 * The manifest of a private App. `hook_attributes` is left out, because without a public address GitHub refuses it, and so is
 * `setup_url`, because GitHub keeps it for good and our port is a random one (contract github §3.1).
 */
export function appManifest(wanted: {
  readonly name: string;
  readonly homepage: string;
  readonly redirectUrl: string;
  readonly permissions: Permissions;
}): AppManifest {
  return {
    name: wanted.name.slice(0, longestName).trim(),
    url: wanted.homepage,
    description: 'Gives each worktree of Jean a short-lived credential of its own.',
    redirect_url: wanted.redirectUrl,
    public: false,
    default_permissions: wanted.permissions,
    default_events: [],
  };
}

const conversion = z.object({ id: z.number().int().positive(), slug: z.string().min(1), pem: z.string().min(1) });

/**
 * Exchanges the code that GitHub's page gave for the App and its key: once, within the hour, and by nobody in particular. The secrets for
 * webhooks and for OAuth that come with it are dropped: nothing here needs them. @throws GitHubError
 */
export async function convertManifest(api: GitHubApi, code: string, signal?: AbortSignal): Promise<RegisteredApp> {
  const what = 'Fetching the new App’s key';
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(code)) throw new GitHubError('invalid', `${what} failed: GitHub’s code can’t be read.`);
  const answer = await api.send({ method: 'POST', path: `/app-manifests/${code}/conversions`, what, signal });
  const { id, slug, pem } = parsed(what, answer, conversion);
  return { appId: String(id), slug, privateKey: Secret.of(pem) };
}
