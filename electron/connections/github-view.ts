import type { ServiceView } from '../../shared/model.ts';
import type { RateLimit } from '../github/api.ts';
import type { AppFacts } from '../github/app.ts';

/** What is known of the GitHub App just now. */
export interface KnownOfGitHub {
  /** Null: none is connected. */
  readonly slug: string | null;
  readonly webUrl: string;
  /** Null while the private key can't be read. */
  readonly keyFingerprint: string | null;
  readonly facts: AppFacts | null;
  readonly limits: RateLimit | null;
  /** What is wrong, in a sentence. */
  readonly trouble: string | null;
  /** Until when an App is waited for that is being made, epoch ms. */
  readonly registeringUntil: number | null;
}

/** The connection to GitHub in words; `since` is left to whoever knows what was shown before. */
export function githubView(known: KnownOfGitHub): Omit<ServiceView, 'since'> {
  const { slug, limits, trouble } = known;
  const facts: Record<string, string> = {};
  if (slug !== null) {
    facts.App = slug;
    facts.Address = known.webUrl;
    if (known.keyFingerprint !== null) facts['Key fingerprint'] = known.keyFingerprint;
    if (known.facts?.installationsCount != null) facts.Installations = String(known.facts.installationsCount);
  }
  const low = limits !== null && limits.remaining < limits.limit / 10;
  return {
    id: 'github',
    health: slug === null ? 'absent' : trouble ? 'down' : low ? 'warning' : known.facts || limits ? 'ok' : 'checking',
    title: slug === null ? 'GitHub, not connected' : limits && !trouble ? `GitHub, ${limits.remaining} calls left` : 'GitHub',
    message:
      trouble ??
      (slug === null
        ? 'Connect a GitHub App, so that worktrees can have credentials of their own.'
        : `Credentials are issued by the App ${slug}.`),
    facts,
    login: null,
    ...(known.registeringUntil !== null && { registration: { expiresAt: known.registeringUntil } }),
  };
}
