import type { PolicyView } from '../../../shared/model.ts';
import { missingPermissions, type ProjectPolicy, permissionsOf } from '../../../shared/policy.ts';

/** "1 credential is", "3 credentials are": the beginning of a sentence. */
const nounWords = (count: number, noun: string): string =>
  count === 1 ? `1 ${noun} is` : `${count === 0 ? 'No' : count} ${noun}s are`;

/** What of a project counts for what a change does. */
export interface Affected {
  /** Credentials that are in force, or on their way. */
  readonly credentials: number;
  /** Worktrees that would have one. */
  readonly worktrees: number;
  readonly grants: PolicyView['grants'];
}

/** What the GitHub App was not granted of what a policy asks for; empty where that is not known. */
export function notGranted(policy: ProjectPolicy, grants: PolicyView['grants']): readonly string[] {
  return policy.source !== 'app' || grants === null ? [] : missingPermissions(permissionsOf(policy), grants);
}

/** What will happen when a policy takes the place of another, in sentences; none when nothing was changed. */
export function consequences(before: ProjectPolicy, after: ProjectPolicy, affected: Affected): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const { credentials, worktrees, grants } = affected;
  if (!after.enabled)
    return before.enabled && credentials > 0
      ? [`${nounWords(credentials, 'credential')} revoked at once; git in the worktrees is your own again.`]
      : ['No worktree of this project gets a credential.'];
  if (after.source !== 'app')
    return [
      credentials > 0
        ? `${nounWords(credentials, 'credential')} replaced by the one token as soon as it is there; until then they serve to their end.`
        : 'All worktrees of this project share one token, as soon as it is there.',
    ];
  const missing = notGranted(after, grants);
  const said: string[] = [];
  if (missing.length > 0)
    said.push(
      `The GitHub App was not granted ${missing.join(', ')}. Until it is, none can be made with this profile${credentials > 0 ? ', and those in use serve to their end' : ''}.`,
    );
  else if (!before.enabled) said.push(`${nounWords(worktrees, 'worktree')} given a credential.`);
  else if (credentials > 0)
    said.push(`${nounWords(credentials, 'credential')} replaced at once, and the old revoked. git goes on working.`);
  else said.push('New credentials are made like this.');
  const contents = permissionsOf(after).contents;
  if (contents === undefined) said.push('Without code and branches, git can neither fetch nor push.');
  else if (contents === 'read') said.push('Sessions can fetch, but not push.');
  return said;
}
