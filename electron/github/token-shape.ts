import type { Secret } from '../base/secret.ts';

/** Why each other kind of token can't be shared by a project's worktrees (contract github §1.1, §1.4). */
const unfit: readonly (readonly [RegExp, string])[] = [
  [
    /^ghp_/,
    'This is a classic token: it reaches every repository that its owner can reach, and can’t be narrowed. Make a fine-grained one for this repository.',
  ],
  [
    /^gho_/,
    'This is the login of an OAuth app, such as gh’s own: it reaches everything that its owner can reach, and can’t be narrowed. Make a fine-grained token for this repository.',
  ],
  [/^ghs_/, 'This is an installation token of a GitHub App: it ends within the hour. Connect the App itself instead.'],
  [
    /^gh[ur]_/,
    'This is the sign-in of a person to a GitHub App. To work under your own name, choose “Your own name” and sign in.',
  ],
];

/** Why a text is no fine-grained token, as a sentence without the text; null when it looks like one. */
export function whyNotFineGrained(text: Secret): string | null {
  const value = text.reveal();
  if (/^github_pat_[A-Za-z0-9_]{20,255}$/.test(value)) return null;
  if (value === '') return 'There is nothing to take. Copy the token at GitHub first.';
  const known = unfit.find(([shape]) => shape.test(value));
  return known?.[1] ?? 'That is no GitHub token. A fine-grained token begins with github_pat_.';
}

/**
 * When a token ends by the header `github-authentication-token-expiration`, epoch ms; null without one: it has no end. Read
 * leniently: `2026-11-22 14:00:00 UTC` and forms with an offset have been seen (contract github §1.7).
 */
export function tokenExpiry(header: string | null): number | null {
  const [, day, time, zone = 'Z'] =
    /^\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(UTC|GMT|Z|[+-]\d\d:?\d\d)?\s*$/i.exec(header ?? '') ?? [];
  if (day === undefined) return null;
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(...):?(..)$/, '$1:$2') : 'Z';
  const at = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(at) ? null : at;
}
