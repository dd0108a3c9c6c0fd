import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from './whole-file.ts';

/** What a commit made now is marked with (contract github §2.2). Null: not known, or none. */
export interface Trailers {
  /** Jean's id of the session that works in the worktree. */
  readonly session: string | null;
  /** The beginning of the credential's fingerprint, safe in a URL. */
  readonly credential: string | null;
}

/** Every hook that git runs on this side (githooks(5)); what a server runs is not asked for in a worktree. */
const hooks = [
  'applypatch-msg',
  'pre-applypatch',
  'post-applypatch',
  'pre-commit',
  'pre-merge-commit',
  'prepare-commit-msg',
  'commit-msg',
  'post-commit',
  'pre-rebase',
  'post-checkout',
  'post-merge',
  'pre-push',
  'reference-transaction',
  'pre-auto-gc',
  'post-rewrite',
  'sendemail-validate',
  'post-index-change',
  'p4-changelist',
  'p4-prepare-changelist',
  'p4-post-changelist',
  'p4-pre-submit',
] as const;

/** Finds the hook of this name that git would run without us: looked up anew each time, because husky and others come and go. */
const find = `#!/bin/sh
# Jean Ravi Companion: runs the repository's own hook of this name, if there is one.
here=\${0%/*}
dir=
while IFS= read -r one; do [ "$one" = "$here" ] || dir=$one; done <<END
$(git config --type=path --get-all core.hooksPath)
END
[ -n "$dir" ] || dir=$(git rev-parse --git-common-dir)/hooks
hook=$dir/\${0##*/}
`;

const chain = `${find}if [ -f "$hook" ] && [ -x "$hook" ]; then exec "$hook" "$@"; fi
exit 0
`;

/**
 * The repository's hook has the first word, and may stop the commit. Left as they are: messages still to be written in an editor (git
 * takes an empty one for "stop", and a trailer would fill it), and commits that are only moved, because others may have made them.
 */
const prepareCommitMessage = `${find}if [ -f "$hook" ] && [ -x "$hook" ]; then "$hook" "$@" || exit $?; fi
case $2 in message | merge | squash | commit) ;; *) exit 0 ;; esac
grep -q '[^[:space:]]' "$1" || exit 0
at=$(git rev-parse --git-dir)
if [ -d "$at/rebase-merge" ] || [ -d "$at/rebase-apply" ] || [ -f "$at/CHERRY_PICK_HEAD" ]; then exit 0; fi
file=$(git config jeanravi.trailers) && [ -f "$file" ] || exit 0
session= credential=
while read -r key value; do
  case $key in session) session=$value ;; credential) credential=$value ;; esac
done <"$file"
# Where Jean says which session this is, that is better than what we know.
[ -n "$JEAN_SESSION_ID" ] && [ "$JEAN_WORKTREE_ID" = "$(git config jeanravi.worktree)" ] && session=$JEAN_SESSION_ID
case $session in *[!A-Za-z0-9._-]*) session= ;; esac
set -- "$1"
[ -n "$session" ] && set -- "$@" --trailer "Agent-Session: $session"
[ -n "$credential" ] && set -- "$@" --trailer "Agent-Credential: $credential"
[ $# -gt 1 ] || exit 0
message=$1
shift
git interpret-trailers --in-place --if-exists doNothing "$@" "$message" || exit 0
`;

/** Writes the folder that worktrees with trailers have as `core.hooksPath`. Other programs must not put their hooks there: it is read-only. */
export async function writeHooks(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  for (const name of hooks) {
    const text = name === 'prepare-commit-msg' ? prepareCommitMessage : chain;
    const path = join(folder, name);
    if ((await readFile(path, 'utf8').catch(() => null)) !== text) await writeWhole(path, text, 0o500);
  }
  const ours = new Set<string>(hooks);
  for (const name of await readdir(folder)) if (!ours.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  await chmod(folder, 0o500);
}

/** Says what commits in a worktree are marked with from now on; null: with nothing. */
export async function writeTrailers(path: string, trailers: Trailers | null): Promise<void> {
  const lines = Object.entries(trailers ?? {}).flatMap(([key, value]) => (value === null ? [] : [`${key} ${value}\n`]));
  if (lines.length === 0) return await rm(path, { force: true });
  await writeWhole(path, lines.join(''), 0o600);
}
