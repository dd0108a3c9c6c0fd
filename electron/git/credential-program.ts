import { shellWord } from '../base/shell-word.ts';
import { writtenByUs } from './gh-shim.ts';

export interface CredentialProgramOptions {
  /** The app's own program. */
  readonly app: string;
  /** What starts it as {@link askForGit}; what follows is the flag with the door. */
  readonly args: readonly string[];
}

/** The flag that names the door. */
const doorFlag = '--git-door=';

/**
 * The helper that git for Windows asks, in its own sh: it reads git's question, because Electron can't read its standard input there, and
 * has the app's own program ask the running app. The token is in a variable and in pipes, never in an argument; a password that git tells
 * of leaves here as its SHA-256 alone.
 */
export function credentialProgram({ app, args }: CredentialProgramOptions): string {
  return `#!/bin/sh
# ${writtenByUs}
# $1: where Jean Ravi Companion listens for this worktree. $2: what git wants.

case $2 in get | store | erase) ;; *) exit 0 ;; esac
app=${shellWord(forShell(app))}
if [ ! -f "$app" ]; then
  echo "Jean Ravi Companion is not at $app any more. Start it from where it is." >&2
  exit 1
fi

cr=$(printf '\\r')
protocol= host= path= password=
while IFS= read -r line || [ -n "$line" ]; do
  line=\${line%"$cr"}
  case $line in
    '') break ;;
    protocol=*) protocol=\${line#*=} ;;
    host=*) host=\${line#*=} ;;
    path=*) path=\${line#*=} ;;
    password=*) password=\${line#*=} ;;
  esac
done

sum=
if [ "$2" != get ]; then
  [ -n "$password" ] || exit 0
  sum=$(printf '%s' "$password" | sha256sum) || exit 1
  sum=\${sum%% *}
  unset password
fi

# Git for Windows would take what looks like a path for one, and change it.
answer=$(MSYS_NO_PATHCONV=1 MSYS2_ARG_CONV_EXCL='*' "$app" ${args.map((arg) => `${shellWord(arg)} `).join('')}"${doorFlag}$1" -- \\
  "$2" "$protocol" "$host" "$path" "$sum" </dev/null 2>/dev/null) || exit 1

# What the runtime prints besides is not for git.
printf '%s\\n' "$answer" | while IFS= read -r line; do
  line=\${line%"$cr"}
  case $line in username=* | password=* | password_expiry_utc=*) printf '%s\\n' "$line" ;; esac
done
`;
}

/** The value of `credential.<url>.helper` that has git's sh run {@link credentialProgram}; sh wants no backslashes. */
export function programHelper(program: string, door: string): string {
  return `!${shellWord(forShell(program))} ${shellWord(forShell(door))}`;
}

/** A path of Windows as git's sh knows it there: `C:/Users/…`. Another path is left as it is. */
export function forShell(path: string): string {
  return /^[A-Za-z]:\\|^\\\\/.test(path) ? path.replaceAll('\\', '/') : path;
}
