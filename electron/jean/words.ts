import { isLoopback } from '../base/http-call.ts';
import type { JeanFound } from './discover.ts';
import type { JeanError } from './error.ts';
import type { JeanSnapshot } from './snapshot.ts';
import type { JeanEndpoint } from './socket.ts';

/** What the person reads about the connection: what is the matter, and what to do about it. */

export const searchingWords = 'Looking for Jean on this computer.';

export const connectingWords = (url: string): string => `Connecting to Jean at ${url}.`;

export function onlineWords(url: string, version: string | null): string {
  const { protocol, hostname } = new URL(url);
  const open = protocol === 'http:' && !isLoopback(hostname);
  return `Connected to Jean${version === null ? '' : ` ${version}`} at ${url}.${
    open ? ' It is plain http: on a network that is not private, others can read its token.' : ''
  }`;
}

/** What a snapshot had to leave out; null when nothing. */
export function unreadableWords({ unreadable }: JeanSnapshot): string | null {
  if (unreadable === null) return null;
  const rows = unreadable.rows === 1 ? 'One row of Jean could' : `${unreadable.rows} rows of Jean could`;
  return `${rows} not be read and may be missing here. ${unreadable.first}`;
}

/** For a data folder that gives no address. */
export function foundWords(found: Exclude<JeanFound, { readonly kind: 'found' }>): string {
  return found.kind === 'absent'
    ? 'Jean was not found on this computer. Install and start it, or choose its data folder.'
    : found.message;
}

/** For a connection that ended or did not come about. */
export function troubleWords(error: JeanError, { url, folder }: Pick<JeanEndpoint, 'url' | 'folder'>): string {
  const here = folder !== null;
  switch (error.kind) {
    case 'unauthorized':
      return here
        ? 'Jean refused the token in its own preferences. Restart Jean: after a change of the token it keeps the old one until then.'
        : `Jean at ${url} refused the token. Copy its access address as it is now, and add it again under Settings.`;
    case 'unreachable':
      if (!here)
        return `Jean cannot be reached: ${error.message} It is tried again by itself; check that it runs, and the network.`;
      return /ECONNREFUSED/.test(error.message)
        ? 'Jean is not running, or its web access is off. Turn on Settings → Web Access in Jean.'
        : `Jean cannot be reached: ${error.message} Check the address in Settings → Web Access in Jean.`;
    case 'certificate':
      return `${error.message} Nothing was sent to it. Copy its access address and add it again under Settings, to look at its certificate and trust it.`;
    case 'timeout':
      return `Jean at ${url} does not answer. It is tried again by itself; if it hangs, restart Jean.`;
    case 'closed':
      return 'The connection to Jean was lost. It is tried again by itself.';
    case 'unknown-command':
      return 'This version of Jean is too old to be watched. Update Jean.';
    case 'command-failed':
    case 'malformed':
      return `Jean answers, but not as expected. ${error.message}`;
    default:
      return error.kind satisfies never;
  }
}

export const mcpWords = 'Connected to Jean by its MCP socket, because its web access is off.';

const turnOn = 'Turn on Settings → Web Access in Jean to see all of it at once.';

/** `refused`: why web access can't be used, when it is on. */
export const mcpLimits = (refused: string | null): string =>
  `Changes show some seconds late; what a session asks in the middle of a turn shows only while Jean’s window is open, and errors have no text. ${refused ?? turnOn}`;

export const filesOnlineWords = 'Jean is read by its files, because both its web access and its MCP socket are off.';

export const filesLimits = `Whether Jean itself is running is not known, changes may show late, and errors have no text. ${turnOn}`;

export const filesWhileOfflineWords = 'Until it is back, what its files say is shown.';
