import { shellWord } from '../base/shell-word.ts';
import { writtenByUs } from '../git/gh-shim.ts';

export interface WrapperOptions {
  /** The app's own program: the AppImage where it is one. */
  readonly app: string;
  /** What comes before our flag: the app's folder where it runs from one. */
  readonly args: readonly string[];
  /** The running app's socket. */
  readonly socket: string;
}

/** What keeps Chromium out of a program that is the app's own. It never loads a page here, so its sandbox guards nothing, and its processes are not needed. */
export const quietSwitches = ['--no-sandbox', '--no-zygote', '--ozone-platform=headless', '--log-level=3'];

/**
 * The installed `jean-ravi`, POSIX sh: the app's own program with a flag. For exec it evaluates the exports that the program prints and
 * becomes the command, so that nothing stands between the person and it. What follows `--` is no switch for Chromium.
 */
export function wrapperScript({ app, args, socket }: WrapperOptions): string {
  const words = [app, ...quietSwitches, ...args, `--command-line=${socket}`].map(shellWord).join(' ');
  return `#!/bin/sh
# ${writtenByUs}
# The command line of Jean Ravi Companion.

app=${shellWord(app)}
if [ ! -x "$app" ]; then
  echo "jean-ravi: Jean Ravi Companion is not at $app any more. Start it from where it is, and install jean-ravi again in its Settings." >&2
  exit 3
fi

if [ "$1" = exec ]; then
  exports=$(${words} -- "$@") || exit
  [ -n "$exports" ] || exit 0
  eval "$exports"
  unset exports
  exec "$@"
fi
exec ${words} -- "$@"
`;
}

/**
 * The same for Windows' command interpreter, which waits for the app's program because this is a batch file. exec's command is run by the
 * program itself there.
 */
export function wrapperForWindows({ app, args, socket }: WrapperOptions): string {
  // Between quotes only the percent sign means something; file names hold no quotes there.
  const word = (text: string): string => `"${text.replaceAll('%', '%%')}"`;
  return [
    '@echo off',
    `rem ${writtenByUs}`,
    'rem The command line of Jean Ravi Companion.',
    'setlocal EnableExtensions DisableDelayedExpansion',
    `if not exist ${word(app)} (`,
    '  >&2 echo jean-ravi: Jean Ravi Companion is not where it was any more. Start it from where it is, and install jean-ravi again in its Settings.',
    '  exit /b 3',
    ')',
    `${[app, ...quietSwitches, ...args, `--command-line=${socket}`].map(word).join(' ')} -- %*`,
    'exit /b %ERRORLEVEL%',
    '',
  ].join('\r\n');
}
