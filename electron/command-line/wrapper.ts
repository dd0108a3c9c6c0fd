import { writtenByUs } from '../git/gh-shim.ts';
import { quoted } from './program/exports.ts';

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
  const words = [app, ...quietSwitches, ...args, `--command-line=${socket}`].map(quoted).join(' ');
  return `#!/bin/sh
# ${writtenByUs}
# The command line of Jean Ravi Companion.

app=${quoted(app)}
if [ ! -x "$app" ]; then
  echo "jean-ravi: Jean Ravi Companion is not at $app any more. Start it from where it is, and install jean-ravi again in its Set-up." >&2
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
