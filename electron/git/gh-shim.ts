/** In every file that the companion writes for a shell; without it a file is not ours to change. */
export const writtenByUs = 'Written by Jean Ravi Companion, which also removes it.';

/**
 * A `gh` that stands before the real one on the PATH. In a managed worktree it asks git for the worktree's credential and hands it to the
 * real gh for that process alone (contract github §4.1); elsewhere it is the real gh. Where the companion refuses, it fails with the
 * companion's sentence. POSIX sh; the token is in a variable and in gh's environment, never in an argument or a file.
 */
export function ghShim(): string {
  return `#!/bin/sh
# ${writtenByUs}
# gh with the credential of the worktree that it runs in.

say() { printf 'gh: %s\\n' "$1" >&2; }

# Another wrapper may look for gh on the PATH and find this one again.
depth=\${JEAN_RAVI_GH_DEPTH:-0}
case $depth in *[!0-9]*) depth=0 ;; esac
if [ "$depth" -ge 8 ]; then
  say 'The gh of Jean Ravi Companion and another gh on the PATH start each other. Take one of them off the PATH.'
  exit 1
fi
JEAN_RAVI_GH_DEPTH=$((depth + 1))
export JEAN_RAVI_GH_DEPTH

real=
ifs=$IFS
IFS=:
set -f
for folder in $PATH; do
  case $folder in /*) ;; *) continue ;; esac
  candidate=$folder/gh
  { [ -f "$candidate" ] && [ -x "$candidate" ]; } || continue
  [ "$candidate" -ef "$0" ] && continue
  # A copy of this file, or a link to one.
  second=
  { IFS= read -r first && IFS= read -r second; } <"$candidate" 2>/dev/null
  [ "$second" = '# ${writtenByUs}' ] && continue
  real=$candidate
  break
done
set +f
IFS=$ifs
if [ -z "$real" ]; then
  say 'Jean Ravi Companion finds no other gh on the PATH. Install GitHub CLI.'
  exit 127
fi

if [ -n "$(git config jeanravi.worktree 2>/dev/null)" ]; then
  url=$(git remote get-url origin 2>/dev/null)
  case $url in
    https://*/* | http://*/*) ;;
    *)
      say 'This worktree is managed by Jean Ravi Companion, but its remote origin is not at the GitHub that is connected there.'
      exit 1
      ;;
  esac
  rest=\${url#*://}
  host=\${rest%%/*}
  host=\${host##*@}
  if answer=$(printf 'protocol=%s\\nhost=%s\\npath=%s\\n\\n' "\${url%%://*}" "$host" "\${rest#*/}" |
    LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_ASKPASS='' SSH_ASKPASS='' git -c core.askPass= credential fill 2>&1); then
    line='
'
    token=\${answer#*"\${line}password="}
    token=\${token%%"$line"*}
  else
    said=$(printf '%s\\n' "$answer" | grep -v '^fatal:')
    say "\${said:-git gets no credential for this worktree.}"
    exit 1
  fi
  case $host in
    github.com)
      GH_TOKEN=$token
      export GH_TOKEN
      ;;
    *.ghe.com)
      GH_TOKEN=$token GH_HOST=$host
      export GH_TOKEN GH_HOST
      ;;
    *)
      GH_ENTERPRISE_TOKEN=$token GH_HOST=$host
      export GH_ENTERPRISE_TOKEN GH_HOST
      ;;
  esac
fi

exec "$real" "$@"
`;
}

/**
 * The same for Windows' command interpreter. `%%~$PATH:` leaves the current folder out, and asks for gh.exe, which this file is not,
 * so that it can't find itself.
 */
export function ghShimForWindows(): string {
  return [
    '@echo off',
    `rem ${writtenByUs}`,
    'rem gh with the credential of the worktree that it runs in.',
    'setlocal EnableExtensions DisableDelayedExpansion',
    'for %%G in (gh.exe) do set "JR_REAL=%%~$PATH:G"',
    'if not defined JR_REAL (',
    '  >&2 echo gh: Jean Ravi Companion finds no other gh on the PATH. Install GitHub CLI.',
    '  exit /b 127',
    ')',
    'set "JR_WORKTREE="',
    'for /f "delims=" %%W in (\'git config jeanravi.worktree 2^>nul\') do set "JR_WORKTREE=%%W"',
    'if not defined JR_WORKTREE goto run',
    'set "JR_URL="',
    'for /f "delims=" %%U in (\'git remote get-url origin 2^>nul\') do set "JR_URL=%%U"',
    // A quotation mark would end the quotes below, and what follows it be a command.
    'if defined JR_URL set "JR_URL=%JR_URL:"=%"',
    'set "JR_PROTOCOL="',
    'if "%JR_URL:~0,8%"=="https://" set "JR_PROTOCOL=https"',
    'if "%JR_URL:~0,7%"=="http://" set "JR_PROTOCOL=http"',
    'if defined JR_PROTOCOL goto ask',
    '>&2 echo gh: This worktree is managed by Jean Ravi Companion, but its remote origin is not at the GitHub that is connected there.',
    'exit /b 1',
    ':ask',
    'set "JR_REST=%JR_URL:*//=%"',
    'set "JR_PATH=%JR_REST:*/=%"',
    'for /f "delims=/" %%H in ("%JR_REST%") do set "JR_HOST=%%H"',
    'set "JR_HOST=%JR_HOST:*@=%"',
    'set "JR_TOKEN="',
    'setlocal',
    'set "GIT_TERMINAL_PROMPT=0"',
    'set "GIT_ASKPASS="',
    'set "SSH_ASKPASS="',
    // A second interpreter puts the values in once nothing is read as a command any more; `rem` takes the blank that a pipe adds. What git
    // says against it goes to the person.
    'for /f "tokens=1* delims==" %%A in (\'cmd /v:on /c "echo protocol=!JR_PROTOCOL!&echo host=!JR_HOST!&echo path=!JR_PATH!&rem" ^| git -c core.askPass^= credential fill\') do if "%%A"=="password" set "JR_TOKEN=%%B"',
    // What is only for git's question is undone here; the line is read before it is.
    'endlocal & set "JR_TOKEN=%JR_TOKEN%"',
    'if not defined JR_TOKEN exit /b 1',
    'if /i "%JR_HOST%"=="github.com" (',
    '  set "GH_TOKEN=%JR_TOKEN%"',
    ') else if /i "%JR_HOST:~-8%"==".ghe.com" (',
    '  set "GH_TOKEN=%JR_TOKEN%" & set "GH_HOST=%JR_HOST%"',
    ') else (',
    '  set "GH_ENTERPRISE_TOKEN=%JR_TOKEN%" & set "GH_HOST=%JR_HOST%"',
    ')',
    'set "JR_TOKEN="',
    ':run',
    '"%JR_REAL%" %*',
    'exit /b %ERRORLEVEL%',
    '',
  ].join('\r\n');
}
